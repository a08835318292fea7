"""Lines after the table, and the records that are none of them."""

from __future__ import annotations

from typing import Any

import pytest
from logflow_csv.footer import footer_size
from logflow_csv.table import Syntax

TABLE = b"a,b,c\n1,2,3\n4,5,6\n"


@pytest.mark.parametrize(
    ("end", "footer"),
    [
        (b"", b""),
        (b"\n\n", b""),
        # a blank line before it, or a sentence
        (b"\nSource: me\n", b"Source: me\n"),
        (b"\n\nSource: me\n\nof today", b"Source: me\n\nof today"),
        (b'\n"Source, as it is"\n', b'"Source, as it is"\n'),
        (b"The source is me.\n", b"The source is me.\n"),
        (b"The source is me.\n\nOr not.\n", b"The source is me.\n\nOr not.\n"),
        # might be a row that is damaged or cut off
        (b"Source: me\n", b""),
        (b"The source is", b""),
        (b"\n7,8\n", b""),
        (b"\n7\n", b""),
        (b"\n7,8\nSource: me\n", b""),
        (b'"7,8,9\n', b""),
        (b"\n7,8,9\n", b""),
        (b"\nNote\n7,8,9\n", b""),
    ],
)
def test_footers(end: bytes, footer: bytes) -> None:
    assert footer_size(TABLE + end, Syntax(delimiter=b","), 3) == len(footer)


@pytest.mark.parametrize(
    ("data", "columns"),
    [(b"a\nb\n\nSource: me\n", 1), (b"\nSource: me\n", 3), (b"1,2\n\nSource: me\n", 3)],
)
def test_where_there_is_none(data: bytes, columns: int) -> None:
    assert footer_size(data, Syntax(delimiter=b","), columns) == 0


@pytest.mark.parametrize(("given", "size"), [(0, 0), (1, 6), (2, 12), (9, 18)])
def test_what_is_given_is_not_questioned(given: int, size: int) -> None:
    assert footer_size(TABLE, Syntax(delimiter=b","), 3, given) == size


@pytest.mark.parametrize("limits", [{}, {"chunk_rows": 1}, {"chunk_bytes": 5}, {"step": 1}])
def test_a_footer_is_skipped_and_counted(read: Any, limits: dict[str, int]) -> None:
    found = read(TABLE + b"\nSource: me\nof today\n", **limits)
    assert found.rows == [(1, 2, 3), (4, 5, 6)]
    assert found.skipped == {"header": 1, "blank": 1, "footer": 2}
    assert found.rejects == []


def test_a_footer_is_where_the_text_ends(read: Any) -> None:
    rows = b"".join(b"%d,x,y\n" % i for i in range(40_000))
    data = b"a,b,c\n" + rows + b"\nSource: me\n" + rows + b"\nSource: me\n"
    found = read(data, chunk_bytes=100_000)
    assert found.table.num_rows == 80_000
    assert found.errors == [(40_003, "too_few_fields", b"Source: me")]
    assert found.skipped["footer"] == 1


def test_lines_after_the_table_may_be_given(read: Any) -> None:
    found = read(TABLE + b"7,8,9\n", skip_footer=1)
    assert found.rows == [(1, 2, 3), (4, 5, 6)]
    assert found.skipped == {"header": 1, "footer": 1}
