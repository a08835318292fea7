"""The receipt inside outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import logflow
from logflow.ingest.receipt import MAX_EMBEDDED

DATA = b"Title\n\na;b\n1;x\n2\n3;y\n"


def embedded(path: Path) -> Any:
    return json.loads(pq.read_metadata(path).metadata[b"logflow:receipt"])


def test_parquet_tells_where_it_came_from(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(DATA.decode().encode("utf-16"))
    done = logflow.convert(str(source), str(tmp_path / "out.parquet"), skip_lines=2)
    found: Any = embedded(tmp_path / "out.parquet")
    [expected] = done.receipt.files
    assert found["totals"] == {
        "read": 6, "written": 2, "quarantined": 1, "dropped": 0, "skipped": 3,
    }  # fmt: skip
    assert found["run_id"] == done.receipt.run_id
    assert found["inputs"] == 1
    [file] = found["files"]
    assert file["file"] == str(source)
    assert (file["format"], file["encoding"]) == ("csv", expected.encoding)
    assert (file["stored_bytes"], file["checksum"]) == (len(source.read_bytes()), expected.checksum)
    assert file["skipped"] == {"preamble": 1, "header": 1, "blank": 1}
    assert "Title" not in json.dumps(found)


@pytest.mark.parametrize("number", [1, MAX_EMBEDDED, MAX_EMBEDDED + 5])
def test_it_stays_small(number: int, tmp_path: Path) -> None:
    sources = []
    for i in range(number):
        sources.append(str(tmp_path / f"{i:03}.csv"))
        Path(sources[-1]).write_bytes(b"a,b\n%d,2\n" % i)
    logflow.convert(sources, str(tmp_path / "out.parquet"))
    found: Any = embedded(tmp_path / "out.parquet")
    assert found["inputs"] == found["totals"]["written"] == number
    assert [file["file"] for file in found["files"]] == sources[:MAX_EMBEDDED]
