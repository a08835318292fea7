"""What of an input is no data is listed, with its place and its text."""

from __future__ import annotations

from typing import Any

import pytest

import logflow
from logflow.ingest.receipt import MAX_LISTED, MAX_TEXT

TABLE = b"a,b\n1,2\n3,4\n5,6\n"


@pytest.mark.parametrize(
    ("data", "options", "listed"),
    [
        (TABLE, {}, []),
        (b"\n\n" + TABLE, {}, []),
        (
            b"Title\r\n\r\nof \xfc\r\n" + TABLE,
            {"skip_lines": 3, "encoding": "cp1252"},
            [("preamble", 1, 1, "Title"), ("preamble", 3, 3, "of \xfc")],
        ),
        (
            b"#1\na,b\n#2\n1,2\n\"x\ny\",4\n\n#3\n5,6\nSource: me\n",
            {"comment": "#", "skip_footer": 1},
            [
                ("comment", 1, 1, "#1"),
                ("comment", 3, 3, "#2"),
                ("comment", 7, 8, "#3"),
                ("footer", 9, 10, "Source: me"),
            ],
        ),
        (b"#1\nTitle\n#2\n" + TABLE, {"comment": "#", "skip_lines": 3}, [
            ("comment", 1, 1, "#1"), ("preamble", 2, 2, "Title"), ("comment", 3, 3, "#2"),
        ]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("chunk_bytes", [1, 9, 1 << 20])
def test_what_is_no_data_is_listed(
    data: bytes, options: dict[str, Any], listed: list[Any], chunk_bytes: int, tmp_path: Any
) -> None:
    done = logflow.convert(
        data, str(tmp_path / "a.parquet"), format="csv", chunk_bytes=chunk_bytes, **options
    )
    [file] = done.receipt.files
    assert [(one.reason, one.record, one.line, one.text) for one in file.listed] == listed
    silent = file.skipped.get("header", 0) + file.skipped.get("blank", 0)
    assert sum(file.skipped.values()) - silent == len(listed)


@pytest.mark.parametrize("chunk_bytes", [1000, 1 << 20])
def test_the_list_is_bounded_but_not_the_counts(chunk_bytes: int, tmp_path: Any) -> None:
    comments = b"".join(b"# %d %s\n1,2\n" % (n, b"x" * 9 * MAX_TEXT) for n in range(150))
    done = logflow.convert(
        b"a,b\n" + comments,
        str(tmp_path / "a.parquet"),
        format="csv",
        comment="#",
        chunk_bytes=chunk_bytes,
    )
    [file] = done.receipt.files
    assert file.skipped["comment"] == 150
    assert [one.text.split()[1] for one in file.listed] == [str(n) for n in range(MAX_LISTED)]
    assert {len(one.text) for one in file.listed} == {MAX_TEXT}
