"""Names of columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logflow.detection.header import beside_row_names, column_names, title_rows


@pytest.mark.parametrize(
    ("header", "columns", "names"),
    [
        ("a,b", 2, "a,b"),
        ("a,a,a", 3, "a,a_2,a_3"),
        ("a,a_2,a", 3, "a,a_2,a_3"),
        ("a,a,a_2", 3, "a,a_3,a_2"),
        ("a,a_duplicated_0,a", 3, "a,a_duplicated_0,a_2"),
        (",column_1", 2, "column_1_2,column_1"),
        (",,", 3, "column_1,column_2,column_3"),
        (" a ,a", 2, "a,a_2"),
        ("a,A", 2, "a,A"),
        ("a", 3, "a,column_2,column_3"),
        ("a,b,c", 1, "a,b,c"),
    ],
)
def test_names(header: str, columns: int, names: str) -> None:
    assert column_names(header.encode().split(b","), columns) == tuple(names.split(","))


@given(st.lists(st.sampled_from([b"", b"a", b"a_2", b"a_3", b"column_2", b"\xff"])))
def test_names_are_distinct_and_keep_their_place(header: list[bytes]) -> None:
    names = column_names(header, 3)
    assert len(set(names)) == len(names) == max(3, len(header))
    for i, written in enumerate(header):
        name = written.decode("utf-8", "backslashreplace")
        if name and written not in header[:i]:
            assert names[i] == name


@pytest.mark.parametrize(
    ("records", "titles"),
    [
        ([["Title", "", ""], ["a", "b", "c"]], 1),
        ([["Title", ""], ["", ""], ["a", "b"]], 2),
        ([["Title", ""], ["a", "b"]], 0),
        ([["2015", "", ""], ["a", "b", "c"]], 0),
        ([["", "", "x"], ["a", "b", "c"]], 0),
        ([["Title", "", ""], ["1", "2", "3"]], 0),
        ([["a", "b", "c"], ["d", "", ""]], 0),
        ([["a", "", ""], ["b", "", ""]], 0),
        ([["", ""], ["", ""], ["a", "b"]], 2),
    ],
)
def test_titles(records: list[list[str]], titles: int) -> None:
    assert title_rows([[cell.encode() for cell in record] for record in records]) == titles


COUNTED = [[b"%d" % n, b"Roe %d" % n, b"2.5"] for n in range(1, 6)]
LABELLED = [[b"x%d" % n, b"1.%d" % n, b"good"] for n in range(1, 6)]


@pytest.mark.parametrize(
    ("header", "body", "shifted"),
    [
        ([b"x", b"y"], COUNTED, True),
        ([b"x", b"y"], LABELLED, True),
        # the first name is that of the first column
        ([b"id", b"who"], COUNTED, False),
        ([b"Record no.", b"price"], [[n, b"1.5", b"2.5"] for n, _, _ in COUNTED], False),
        ([b"name", b"price"], LABELLED, False),
        # that of the second one, as it may be
        ([b"name", b"price"], COUNTED, True),
        ([b"id", b"price"], [[n, b"7" + n, b"2.5"] for n, _, _ in COUNTED], True),
        ([b"code", b"price"], [[name, name + b"y", b"1"] for name, _, _ in LABELLED], True),
    ],
)
def test_a_header_one_name_short(
    header: list[bytes], body: list[list[bytes]], shifted: bool
) -> None:
    assert beside_row_names(header, body) == ([b"", *header] if shifted else header)
