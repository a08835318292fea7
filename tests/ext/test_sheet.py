"""Sheets of workbooks: every rule by example, and laws for everything else."""

from __future__ import annotations

import dataclasses
from array import array
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logflow_ext.reference.sheet
import logflow_ext.sheet
from logflow_ext.cells import LENGTH, MISSING
from logflow_ext.sheet_cells import FORMATS, KINDS, ZEROS, Grid, Reading, Strings

COMPILED = logflow_ext.sheet
TWIN = logflow_ext.reference.sheet
MODULES = [pytest.param(COMPILED, id="compiled"), pytest.param(TWIN, id="twin")]

SHARED = Strings(b"onetwo", array("I", [3, 3, 6]).tobytes())
READING = Reading(strings=SHARED, formats=bytes([*range(len(FORMATS)), ZEROS + 5]))
EXACT = dataclasses.replace(READING, exact=bytes([1, 1, 1]))
END = "</sheetData>"


def cells(grid: Grid) -> list[list[bytes | None]]:
    text = bytes(grid.text)
    columns = []
    for column in grid.columns:
        words = column.values.cast("I").tolist()
        columns.append(
            [
                None if word & MISSING else text[at : at + (word & LENGTH)]
                for at, word in zip(words[::2], words[1::2], strict=True)
            ]
        )
    return columns


def said(grid: Grid) -> dict[str, Any]:
    """All that shredding says, as something that can be compared."""
    return {
        "cells": cells(grid),
        "kinds": [column.kinds for column in grid.columns],
        "rows": (grid.starts.tolist(), grid.numbers.tolist()),
        "rest": grid[4:],
    }


def shred(module: ModuleType, text: str | bytes, reading: Reading = READING, **where: int) -> Grid:
    data = text.encode() if isinstance(text, str) else text
    given_ = {"row": 0, "body": 1, "last": True, **where}
    return module.shred(data, reading=reading, **given_)  # type: ignore[no-any-return]


def cell(value: str, kind: str = "", style: int = 0) -> str:
    return f'<c r="A1" s="{style}" t="{kind}"><v>{value}</v></c>'


# the markup of a cell: its kind and its text, or what is wrong
CELLS: dict[str, tuple[str, str] | str] = {
    cell("1"): ("number", "1"),
    cell("\n -1.5E-7 "): ("number", "-1.5E-7"),
    cell("0.10000000000000001"): ("number", "0.1"),
    cell("1.2345678901234567E+300"): ("number", "1.2345678901234567e+300"),
    cell("1e999"): ("number", "1e999"),
    cell("x"): "bad_value",
    cell("1", "b"): ("boolean", "true"),
    cell("2", "b"): "bad_value",
    cell("0", "s"): ("text", "one"),
    cell("2", "s"): ("text", "two"),
    cell("3", "s"): "bad_value",
    cell("99999999999999", "s"): "bad_value",
    cell("a &lt;&#xe9;<!-- no --><![CDATA[<b>]]>", "str"): ("text", "a <é<b>"),
    cell("a_x0041_\r\nb_xD800_", "str"): ("text", "aA\nb_xD800_"),
    cell("&nbsp;", "str"): "bad_entity",
    cell("#N/A", "e"): ("error", "#N/A"),
    cell("1", "z"): "bad_value",
    cell("2021-02-28", "d"): ("date", "2021-02-28"),
    cell("2021-02-29", "d"): ("text", "2021-02-29"),
    cell("2021-02-28T23:59:59.123456", "d"): ("datetime", "2021-02-28T23:59:59.123456"),
    cell("23:59:59.5", "d"): ("time", "23:59:59.5"),
    cell("24:00:00", "d"): ("text", "24:00:00"),
    cell("44197", style=1): ("date", "2021-01-01"),
    cell("44197.5", style=1): ("datetime", "2021-01-01T12:00:00"),
    cell("44197", style=2): ("datetime", "2021-01-01T00:00:00"),
    cell("0.5", style=3): ("time", "12:00:00"),
    cell("0.0000115740740740741", style=2): ("time", "00:00:01"),
    cell("1", style=1): ("date", "1900-01-01"),
    cell("60", style=1): ("text", "1900-02-29"),
    cell("61", style=1): ("date", "1900-03-01"),
    cell("2958465", style=1): ("date", "9999-12-31"),
    cell("2958466", style=1): ("number", "2958466"),
    cell("-1", style=1): ("number", "-1"),
    cell("1.5000115740740741", style=4): ("duration", "36:00:01"),
    cell("-0.25", style=4): ("duration", "-6:00:00"),
    cell("123", style=5): ("text", "00123"),
    cell("1.5", style=5): ("number", "1.5"),
    cell("7", style=99): ("number", "7"),
    '<c t="inlineStr"><is><t>a</t><rPh><t>no</t></rPh><r><rPr/><t> b</t></r></is></c>': (
        "text",
        "a b",
    ),
    "<c><f>SUM(A1:A2)</f><v>3</v></c>": ("number", "3"),
    '<x:c xmlns:x="y"><x:v>3</x:v></x:c>': ("number", "3"),
    "<c><v>1</c>": "mismatched_tag",
    "<c><v>1": "no_end_tag",
    "<c a=1><v>1</v></c>": "bad_attribute",
    "<c <v>1</v></c>": "bad_attribute",
    '<c r="B1"/><c r="A1"><v>1</v></c>': "bad_reference",
    '<c r="XFE1"><v>1</v></c>': "bad_reference",
    "<c>" + "<a>" * 200 + "</c>": "too_deep",
    "</x>": "mismatched_tag",
    "<!x": "bad_tag",
}


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("markup", CELLS)
def test_cells(module: ModuleType, markup: str) -> None:
    expected = CELLS[markup]
    grid = shred(module, f'<row r="1">{markup}</row>{END}')
    if isinstance(expected, str):
        assert [each.error for each in grid.broken] == [expected]
        assert not len(grid.starts)
        return
    assert not grid.broken
    assert [KINDS[c.kinds.bit_length() - 1] for c in grid.columns] == [expected[0]]
    assert cells(grid) == [[expected[1].encode()]]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (cell("44197", style=1), b"2021-01-01T00:00:00"),
        (cell("2021-01-01", "d"), b"2021-01-01T00:00:00"),
        (cell("1.5", style=4), b"129600000000"),
    ],
)
def test_what_is_read_as_a_type_is_exact(module: ModuleType, markup: str, expected: bytes) -> None:
    assert cells(shred(module, f"<row>{markup}</row>{END}", EXACT)) == [[expected]]


@pytest.mark.parametrize("module", MODULES)
def test_days_may_be_counted_from_1904(module: ModuleType) -> None:
    reading = dataclasses.replace(READING, from_1904=True)
    assert cells(shred(module, f"<row>{cell('60', style=1)}</row>{END}", reading)) == [
        [b"1904-03-01"]
    ]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("kind", ["s", "n", "b", "str", "e"])
def test_values_that_are_empty_are_none(module: ModuleType, kind: str) -> None:
    grid = shred(module, f'<row><c r="A1" t="{kind}"><v></v></c><c><v>2</v></c></row>{END}')
    assert not grid.broken
    assert cells(grid) == [[None], [b"2"]]


SHEET = (
    f'<row r="2"><c r="B2"><v>1</v></c></row> <row r="3" hidden="1">{cell("2")}</row>'
    '<row r="4"/><row r="7"><c r="C7" t="e"><v>#REF!</v></c></row><row r="7"/>' + END
)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("keep", "body", "numbers", "blank"),
    [(False, 1, [1, 2, 6], 4), (True, 1, [0, 1, 2, 3, 4, 5, 6], 0), (False, 3, [2, 6], 3)],
)
def test_rows(module: ModuleType, keep: bool, body: int, numbers: list[int], blank: int) -> None:
    grid = shred(module, SHEET, dataclasses.replace(READING, keep_blank=keep), body=body)
    assert grid.numbers.tolist() == numbers
    assert (grid.records, grid.blank, grid.hidden) == (8, blank, 1)
    assert [(each.record, each.error) for each in grid.broken] == [(7, "bad_reference")]
    assert [tuple(each) for each in grid.errors] == [(len(numbers) - 1, 2)]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("text", "last", "errors"),
    [
        ("<row><c/>", True, ["cut_off", "cut_off"]),
        ("<row><c/><row/>", False, ["no_end_tag"]),
        ("<row", False, []),
        ("<!-- <row/> --><row><![CDATA[</row>]]></row>", False, []),
        (b"<row>\xff</row>", False, ["ill_formed_utf8"]),
        ('<row r="9999999"/><row r="x"/><row r=""/>', False, ["bad_reference", "bad_reference"]),
        ("", True, ["cut_off"]),
    ],
)
def test_damaged_rows(module: ModuleType, text: str | bytes, last: bool, errors: list[str]) -> None:
    assert [each.error for each in shred(module, text, last=last).broken] == errors


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<sst/>", ([], "none")),
        ("<sst><si><t>a</t></si><si/><si><r><t>b</t></r><r><t>c</t></r></si></sst>",
         ([b"a", b"", b"bc"], "none")),
        ("<si><t>a", ([], "no_end_tag")),
        ("<si><t>a</t></x></si>", ([], "mismatched_tag")),
    ],
)  # fmt: skip
def test_shared_strings(module: ModuleType, text: str, expected: tuple[list[bytes], str]) -> None:
    found = module.strings(text.encode())
    ends = memoryview(found.ends).cast("I").tolist()
    starts = [0, *ends]
    assert [found.text[a:b] for a, b in zip(starts, ends, strict=False)] == expected[0]
    assert found.error == expected[1]


@pytest.mark.parametrize("module", MODULES)
def test_strings_that_end_behind_the_text_are_refused(module: ModuleType) -> None:
    reading = Reading(strings=Strings(b"a", array("I", [2]).tobytes()))
    with pytest.raises(ValueError, match="ends behind"):
        shred(module, "", reading)


PARTS = [
    "<row>", '<row r="3">', '<row r="2" hidden="1">', "</row>", "<row/>", "<c>", '<c r="B2">',
    '<c t="s">', '<c t="str">', '<c s="1">', '<c s="4">', '<c s="5">', '<c t="inlineStr">', "</c>",
    "<v>", "</v>", "<is>", "</is>", "<t>", "</t>", "<r>", "</r>", "<f>", "</f>", "<x/>", "1", "0.5",
    "44197.25", "0.30000000000000004", "_x0041_", "&amp;", "&x", "<!--", "-->", "<![CDATA[", "]]>",
    "\r\n", " ", "é", END, "<", "/", ">", '"', '<c t="d">', "2020-01-01", '<c t="e">', '<c t="b">',
]  # fmt: skip
texts = st.one_of(
    st.lists(st.sampled_from(PARTS), max_size=30).map(lambda parts: "".join(parts).encode()),
    st.lists(
        st.sampled_from([*(f"<row>{each}</row>" for each in CELLS), "<row/>", '<row r="40"/>']),
        max_size=6,
    ).map(lambda rows: ("".join(rows) + END).encode()),
    st.binary(max_size=60),
)
readings = st.builds(
    Reading,
    strings=st.just(SHARED),
    formats=st.just(READING.formats),
    exact=st.sampled_from([b"", b"\1\0\1"]),
    from_1904=st.booleans(),
    keep_blank=st.booleans(),
)


@given(data=texts, reading=readings, body=st.integers(1, 4), last=st.booleans())
@settings(max_examples=600, deadline=None)
def test_the_twin_says_the_same(data: bytes, reading: Reading, body: int, last: bool) -> None:
    found = [
        said(module.shred(data, row=0, body=body, reading=reading, last=last))
        for module in (COMPILED, TWIN)
    ]
    assert found[0] == found[1]
    assert COMPILED.strings(data) == TWIN.strings(data)


@given(
    data=texts, rows=st.integers(1, 5), size=st.integers(1, 80), most=st.integers(1, 20),
    final=st.booleans(),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_the_twin_cuts_the_same(data: bytes, rows: int, size: int, most: int, final: bool) -> None:
    limits = {"row": 0, "max_rows": rows, "max_bytes": size, "max_cells": most, "final": final}
    assert COMPILED.cut(data, **limits) == TWIN.cut(data, **limits)


@given(value=st.floats(allow_nan=False, allow_infinity=False), style=st.integers(0, 4))
@settings(max_examples=300, deadline=None)
def test_any_double_is_kept(value: float, style: int) -> None:
    markup = f"<row>{cell(f'{value:.17g}', style=style)}</row>{END}"
    grids = [said(shred(module, markup)) for module in (COMPILED, TWIN)]
    assert grids[0] == grids[1]
    if grids[0]["kinds"] == [1 << KINDS.index("number")]:
        assert float(grids[0]["cells"][0][0]) == value


@given(data=texts, rows=st.integers(1, 3), size=st.integers(1, 80))
@settings(max_examples=300, deadline=None)
def test_where_it_is_cut_does_not_matter(data: bytes, rows: int, size: int) -> None:
    whole = COMPILED.shred(data, row=0, body=2, reading=READING, last=True)
    found: list[list[bytes | None]] = []
    records = blank = at = row = 0
    closed = False
    while not closed:
        cut = COMPILED.cut(
            data[at:], row=row, max_rows=rows, max_bytes=size, max_cells=9, final=True
        )
        part = COMPILED.shred(
            data[at : at + cut.size], row=row, body=2, reading=READING, last=cut.closed
        )
        columns = cells(part)
        found += [[column[i] for column in columns] for i in range(len(part.starts))]
        records, blank = records + part.records, blank + part.blank
        assert part.records == cut.row - row
        at, row, closed = at + cut.size, cut.row, cut.closed
    columns = cells(whole)
    rows_ = [[column[i] for column in columns] for i in range(len(whole.starts))]

    def stripped(row: list[bytes | None]) -> list[bytes | None]:
        while row and row[-1] is None:
            row = row[:-1]
        return row

    assert list(map(stripped, found)) == list(map(stripped, rows_))
    assert (records, blank) == (whole.records, whole.blank)
