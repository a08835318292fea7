"""The rules of the plugin contract, and what others have written down about CSV."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import pytest

from logflow.testing import DecoderConformance

DATA = os.environ.get("LOGFLOW_CONFORMANCE_DATA")
SPECTRUM = Path(DATA or "", "max-mapper+csv-spectrum")
SPECTRA = sorted(SPECTRUM.glob("csvs/*.csv"))
POLLOCK = Path(DATA or "", "HPI-Information-Systems+Pollock")
needs_data = pytest.mark.skipif(
    DATA is None, reason="LOGFLOW_CONFORMANCE_DATA does not say where the public suites are"
)

BROKEN = {
    "too few": "a,b\n1,2\n3\n4,5\n",
    "too many": "a,b\n1,2\n3,4,5\n6,7\n",
    "stray quote": 'a,b\n"x, y",1\n"z" w,2\n"u, v",3\n',
    "unterminated": 'a,b\n"x, y",1\n"u, v",3\n"z,2\n',
}
NOT_MINE = (
    b"PK\x03\x04",
    b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n',
    b"<log><a>1,2</a>\n<a>3,4</a></log>\n",
    b"host:a\tsize:1\nhost:b\tsize:2\n",
    b"a line of a log\nand another one\n",
)


class TestCsv(DecoderConformance):
    name = "csv"
    valid = {
        "types": (
            b"id;price;day\n1;2.5;2024-02-29\n2;;2024-03-01\n",
            [
                {"id": 1, "price": 2.5, "day": dt.date(2024, 2, 29)},
                {"id": 2, "price": None, "day": dt.date(2024, 3, 1)},
            ],
        ),
        "lines in fields": (
            b'a,b\r\n1,"x\r\ny"\r\n2,"z ""q"""\r\n',
            [{"a": 1, "b": "x\r\ny"}, {"a": 2, "b": 'z "q"'}],
        ),
        "preamble": (
            b"Report\n\na,b,c\n1,2,x\n4,5,y\n",
            [{"a": 1, "b": 2, "c": "x"}, {"a": 4, "b": 5, "c": "y"}],
        ),
    }
    broken = {title: text.encode() for title, text in BROKEN.items()}
    not_mine = (*NOT_MINE, b"a\tb\n1\t2\n3\t4\n")


class TestTsv(DecoderConformance):
    name = "tsv"
    valid = {
        "types": (b"a\tb\n1\tx, y\n2\tz\n", [{"a": 1, "b": "x, y"}, {"a": 2, "b": "z"}]),
        "tabs in fields": (b'a\tb\n1\t"x\ty"\n', [{"a": 1, "b": "x\ty"}]),
    }
    broken = {title: text.replace(",", "\t").encode() for title, text in BROKEN.items()}
    not_mine = (*NOT_MINE, b"a,b\n1,2\n3,4\n")


@needs_data
@pytest.mark.parametrize("path", SPECTRA, ids=[path.stem for path in SPECTRA])
def test_csv_spectrum(read: Any, path: Path) -> None:
    """Values as text.  The suite's copies of CRLF files have lost their CR, and one of its
    telephone numbers is another in the JSON: both are put right here."""
    data = path.read_bytes().replace(b"2095257564", b"1234567890")
    if path.stem.endswith("_crlf"):
        data = data.replace(b"\r", b"").replace(b"\n", b"\r\n")
    found = read(data, all_text=True)
    expected = json.loads((SPECTRUM / "json" / f"{path.stem}.json").read_bytes())
    rows = [{k: v or "" for k, v in row.items()} for row in found.table.to_pylist()]
    assert rows == (expected if isinstance(expected, list) else [expected])
    assert not found.rejects


@needs_data
@pytest.mark.parametrize(("folder", "step"), [("polluted_files", 8), ("survey_sample", 1)])
def test_pollock_is_read_without_losing_a_record(read: Any, folder: str, step: int) -> None:
    """What is rejected is few records, but for the files that have two tables in them."""
    paths = [p for p in (POLLOCK / folder / "csv").iterdir() if "multitable" not in p.name]
    assert paths
    lost = []
    for path in sorted(paths)[::step]:
        found = read(path.read_bytes().removeprefix(b"\xef\xbb\xbf"), all_text=True)
        records = sum(chunk.records for chunk in found.chunks)
        if len(found.rejects) > max(2, 0.1 * records):
            lost.append((path.name, len(found.rejects), records))
    assert lost == []
