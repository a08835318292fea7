"""Records and fields of delimited text: every rule by example, and laws for everything else."""

from __future__ import annotations

import mmap
import re
import sys
from array import array
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logflow_ext.delimited
import logflow_ext.reference.delimited
from logflow_ext.cells import ESCAPED, LENGTH, MISSING, QUOTED
from logflow_ext.records import MAX_COMMENTS, Place

COMPILED = logflow_ext.delimited
TWIN = logflow_ext.reference.delimited
MODULES = [pytest.param(COMPILED, id="compiled"), pytest.param(TWIN, id="twin")]

CSV: dict[str, Any] = {
    "delimiter": b",",
    "merge": False,
    "quote": ord('"'),
    "escape": ord('"'),
    "comment": b"",
    "skip_spaces": False,
    "max_record_bytes": 1000,
}
BACKSLASH = {"escape": ord("\\")}
MERGED = {"delimiter": b" ", "merge": True}
PIPES = {"delimiter": b"||"}
NO_ESCAPE = {"escape": None}
NO_QUOTE = {"quote": None, "escape": None}
SPACES = {"skip_spaces": True}
COMMENTS = {"comment": b"#"}
ALL = {"max_records": sys.maxsize, "max_bytes": sys.maxsize}


def most(size: int) -> dict[str, int]:
    return {"max_record_bytes": size}


def values(data: bytes, index: Any, dialect: dict[str, Any], columns: int) -> list[list[Any]]:
    """The rows; a quoted value is a str, any other is bytes."""
    cells: list[Any] = []
    pairs = iter(index.spans.tolist())
    for start, word in zip(pairs, pairs, strict=True):
        value = data[start : start + (word & LENGTH)]
        if word & ESCAPED:
            quoted = bool(word & QUOTED)
            value = TWIN.unescape(value, dialect["quote"], dialect["escape"], quoted=quoted)
        cells.append(value.decode("latin-1") if word & QUOTED else value)
    return [cells[i : i + columns] for i in range(0, len(cells), columns)]


def plain(index: Any) -> tuple[Any, ...]:
    """An index as something that can be compared."""
    return tuple(part.tolist() if isinstance(part, memoryview) else part for part in index)


# name: data, what differs from CSV, rows of two columns, (record, bytes, error, fields, offset)
EXAMPLES: dict[str, tuple[bytes, dict[str, Any], list[list[Any]], list[tuple[Any, ...]]]] = {
    "nothing": (b"", {}, [], []),
    "line feeds": (b"1,2\n3,4\n", {}, [[b"1", b"2"], [b"3", b"4"]], []),
    "no end": (b"1,2\n3,4", {}, [[b"1", b"2"], [b"3", b"4"]], []),
    "crlf": (b"1,2\r\n3,4\r\n", {}, [[b"1", b"2"], [b"3", b"4"]], []),
    "lone cr": (b"1,2\r3,4\r", {}, [[b"1", b"2"], [b"3", b"4"]], []),
    "mixed ends": (b"1,2\r3,4\r\n5,6\n\n", {}, [[b"1", b"2"], [b"3", b"4"], [b"5", b"6"]], []),
    "blank lines": (b"\n\r\r\n1,2\n\n", {}, [[b"1", b"2"]], []),
    "empty fields": (b",\n1,\n,2\n", {}, [[b"", b""], [b"1", b""], [b"", b"2"]], []),
    "spaces are data": (b" 1 ,  \n", {}, [[b" 1 ", b"  "]], []),
    "any bytes": (b"\x00,\xff\xfe\n", {}, [[b"\x00", b"\xff\xfe"]], []),
    "other delimiter": (b"1,5\t2\n", {"delimiter": b"\t"}, [[b"1,5", b"2"]], []),
    "long delimiter": (b"1||2\n3|||4\n|||5|", PIPES,
        [[b"1", b"2"], [b"3", b"|4"], [b"", b"|5|"]], []),
    "long delimiter, quoted": (b'"1||"||"2"\n||\n"3"||""', PIPES,
        [["1||", "2"], [b"", b""], ["3", ""]], []),
    "half a delimiter": (b'1|2\n"3"|4||5\n6||"7"|', PIPES, [],
        [(0, b"1|2", "too_few_fields", 1, 3), (1, b'"3"|4||5', "stray_quote", 1, 6),
         (2, b'6||"7"|', "stray_quote", 2, 18)]),
    "long delimiter, too long": (b"1||2\n12||\n123||4\n1234||", PIPES | most(5),
        [[b"1", b"2"], [b"12", b""]], [(2, b"123||4", "record_too_long", 2, 15),
        (3, b"1234||", "record_too_long", 2, 22)]),
    "merged": (b'  1   2\n3 4  \r\n "5"  "6 "\n7    8  ', MERGED,
        [[b"1", b"2"], [b"3", b"4"], ["5", "6 "], [b"7", b"8"]], []),
    "merged, ragged": (b" 1 \n1 2  3\n\n   \n", MERGED, [],
        [(0, b" 1 ", "too_few_fields", 1, 3), (1, b"1 2  3", "too_many_fields", 3, 9),
         (3, b"   ", "too_few_fields", 1, 15)]),
    "merged, too long": (b"1 2  \n 1  2 \n      1 2", MERGED | most(5), [[b"1", b"2"]],
        [(1, b" 1  2 ", "record_too_long", 2, 11), (2, b"      1 2", "record_too_long", 1, 18)]),
    "quoted": (b'"1","2"\n', {}, [["1", "2"]], []),
    "quoted to the end": (b'"1","2"', {}, [["1", "2"]], []),
    "quoted in part": (b'"1",2\n3,"4"\n', {}, [["1", b"2"], [b"3", "4"]], []),
    "quoted empty": (b'"",\n,""\n', {}, [["", b""], [b"", ""]], []),
    "quoted delimiter": (b'"1,5","2,"\n', {}, [["1,5", "2,"]], []),
    "quoted ends": (b'"1\n","\r\n2\r"\r\n3,4\n', {}, [["1\n", "\r\n2\r"], [b"3", b"4"]], []),
    "doubled": (b'"""1""","a""b"\n', {}, [['"1"', 'a"b']], []),
    "doubled only": (b'"""",""""""\n', {}, [['"', '""']], []),
    "other quote": (b"'1,','''\"'\n", {"quote": 39, "escape": 39}, [["1,", "'\""]], []),
    "backslash": (b'"1\\"","\\\\"\n', BACKSLASH, [['1"', "\\"]], []),
    "backslash and ends": (b'"\\\n\\,","\\\r\n"\n', BACKSLASH, [["\n,", "\r\n"]], []),
    "backslash outside": (b"a\\,b\\\\,2\n\\\"3,\\\"\n4\\ , 5\n", BACKSLASH,
        [[b"a,b\\", b"2"], [b'"3', b'"'], [b"4 ", b" 5"]], []),
    "backslash as data": (b"C:\\data,\\N\n\\\xe9,2\\\n\\,3\n", BACKSLASH,
        [[b"C:\\data", b"\\N"], [b"\\\xe9", b"2\\"]], [(2, b"\\,3", "too_few_fields", 1, 20)]),
    "backslash before a quote": (b'1\\,"2",3\n\\ "1",2\n', BACKSLASH, [],
        [(0, b'1\\,"2",3', "stray_quote", 1, 3), (1, b'\\ "1",2', "stray_quote", 1, 11)]),
    "no quote": (b'"1,2"\n5",6\n', NO_QUOTE, [[b'"1', b'2"'], [b'5"', b"6"]], []),
    "no escape": (b'"1","2"\n', NO_ESCAPE, [["1", "2"]], []),
    "skipped spaces": (b' "1" ,  "2"  \n "3", 4 \n', SPACES, [["1", "2"], ["3", b" 4 "]], []),
    "skipped to the end": (b'"1",  "2"  ', SPACES, [["1", "2"]], []),
    "skipped, empty": (b'  ,""  \n ,\n', SPACES, [[b"  ", ""], [b" ", b""]], []),
    "comment": (b'#"\n1,2\n#,,,\r\n# a', COMMENTS, [[b"1", b"2"]], []),
    "no comment": (b'1,#\n"#",2\n #,2\n', COMMENTS, [[b"1", b"#"], ["#", b"2"], [b" #", b"2"]], []),
    "long comment": (b"#" * 30 + b"\n1,2\n", COMMENTS | most(5), [[b"1", b"2"]], []),
    "comment of two": (b"##,\n#,2\n#", {"comment": b"##"}, [[b"#", b"2"]],
        [(2, b"#", "too_few_fields", 1, 9)]),
    "comment with quote": (b'a",\na,2\n', {"comment": b'a"'}, [[b"a", b"2"]], []),
    "comment in quotes": (b'"1\n#2",3\n', COMMENTS, [["1\n#2", b"3"]], []),
    "too few": (b"1\n3,4\n5", {}, [[b"3", b"4"]],
        [(0, b"1", "too_few_fields", 1, 1), (2, b"5", "too_few_fields", 1, 7)]),
    "too many": (b'1,2,3\n4,5\n"6","7", "8",9\r\n', SPACES, [[b"4", b"5"]],
        [(0, b"1,2,3", "too_many_fields", 3, 4),
         (2, b'"6","7", "8",9', "too_many_fields", 4, 18)]),
    "too many, empty": (b"1,2,", {}, [], [(0, b"1,2,", "too_many_fields", 3, 4)]),
    "stray, first": (b'a",b\n1,2\n', {}, [[b"1", b"2"]], [(0, b'a",b', "stray_quote", 1, 1)]),
    "stray, middle": (b'1,b"b",2\n3,4\n', {}, [[b"3", b"4"]],
        [(0, b'1,b"b",2', "stray_quote", 2, 3)]),
    "stray, last": (b'1,2"\n3,4\n', {}, [[b"3", b"4"]], [(0, b'1,2"', "stray_quote", 2, 3)]),
    "stray, last of all": (b'1,2\n3,4"', {}, [[b"1", b"2"]], [(1, b'3,4"', "stray_quote", 2, 7)]),
    "stray after space": (b'1, "2"\n3,4\n', {}, [[b"3", b"4"]],
        [(0, b'1, "2"', "stray_quote", 2, 3)]),
    "stray in the next": (b'1,5"\n2,"x"\n', {}, [[b"2", "x"]], [(0, b'1,5"', "stray_quote", 2, 3)]),
    "stray in quotes": (b'"a"b",1\n3,4\n', {}, [[b"3", b"4"]],
        [(0, b'"a"b",1', "stray_quote", 1, 2)]),
    "stray after doubled": (b'"a""b"c,1\n3,4\n', {}, [[b"3", b"4"]],
        [(0, b'"a""b"c,1', "stray_quote", 1, 5)]),
    "stray after close": (b'1,"2""\n3,4\n', {}, [[b"3", b"4"]],
        [(0, b'1,"2""', "unterminated_quote", 2, 2)]),
    "stray before space": (b'"1" ,2\n3,4\n', {}, [[b"3", b"4"]],
        [(0, b'"1" ,2', "stray_quote", 1, 2)]),
    "stray between spaces": (b'"1" "2",3\n4, 5 "\n', SPACES, [],
        [(0, b'"1" "2",3', "stray_quote", 1, 2), (1, b'4, 5 "', "stray_quote", 2, 15)]),
    "stray without escape": (b'"a""b",1\n3,4\n', NO_ESCAPE, [[b"3", b"4"]],
        [(0, b'"a""b",1', "stray_quote", 1, 2)]),
    "stray with backslash": (b'"a""b",1\n3,4\n', BACKSLASH, [[b"3", b"4"]],
        [(0, b'"a""b",1', "stray_quote", 1, 2)]),
    "stray beyond the end": (b'1,"a\n2,b\n3,"c",4\n5,6\n', {}, [[b"2", b"b"], [b"5", b"6"]],
        [(0, b'1,"a', "unterminated_quote", 2, 2), (2, b'3,"c",4', "too_many_fields", 3, 15)]),
    "end before a later one": (b'"a\nb","c"d\n1,2\n', {}, [[b"1", b"2"]],
        [(0, b'"a\nb","c"d', "stray_quote", 2, 8)]),
    "unterminated": (b'1,"2\n3,4\n', {}, [[b"3", b"4"]],
        [(0, b'1,"2', "unterminated_quote", 2, 2)]),
    "unterminated, first": (b'"\n1,2\n', {}, [[b"1", b"2"]],
        [(0, b'"', "unterminated_quote", 1, 0)]),
    "unterminated, last": (b'1,2\n3,"', {}, [[b"1", b"2"]],
        [(1, b'3,"', "unterminated_quote", 2, 6)]),
    "unterminated by escape": (b'1,"\\"\n3,4\r\n', BACKSLASH, [[b"3", b"4"]],
        [(0, b'1,"\\"', "unterminated_quote", 2, 2)]),
    "unterminated at escape": (b'1,2\n3,"\\', BACKSLASH, [[b"1", b"2"]],
        [(1, b'3,"\\', "unterminated_quote", 2, 6)]),
    "unterminated, cr": (b'1,"2\r3,4\r', {}, [[b"3", b"4"]],
        [(0, b'1,"2', "unterminated_quote", 2, 2)]),
    "as long as can be": (b"12,45\n12,45\r\n12,45", most(5), [[b"12", b"45"]] * 3, []),
    "too long": (b"12,456\n12,45\n12,456", most(5), [[b"12", b"45"]],
        [(0, b"12,456", "record_too_long", 2, 5), (2, b"12,456", "record_too_long", 2, 18)]),
    "too long by far": (b"1," + b"2" * 99 + b"\n3,4\n", most(5), [[b"3", b"4"]],
        [(0, b"1," + b"2" * 99, "record_too_long", 2, 5)]),
    "too long, delimiter": (b"1,345,\n1,2\n", most(5), [[b"1", b"2"]],
        [(0, b"1,345,", "record_too_long", 2, 5)]),
    "too long, then a quote": (b'1,345"\n1,2\n', most(5), [[b"1", b"2"]],
        [(0, b'1,345"', "record_too_long", 2, 5)]),
    "too long after quotes": (b'"\n34",\n1,2\n', most(5), [[b"1", b"2"]],
        [(0, b'"\n34",', "record_too_long", 1, 5)]),
    "too long for spaces": (b'1,"3"  \n1,2\n', SPACES | most(5), [[b"1", b"2"]],
        [(0, b'1,"3"  ', "record_too_long", 2, 5)]),
    "quotes as long as can be": (b'1,"3"\n"\n",2\n', most(5), [[b"1", "3"], ["\n", b"2"]], []),
    "quotes too long": (b'1,"345"\n1,2\n', most(5), [[b"1", b"2"]],
        [(0, b'1,"345"', "unterminated_quote", 2, 2)]),
    "quotes too long, lines": (b'1,"3\n2,3\n4,"', most(5), [[b"2", b"3"]],
        [(0, b'1,"3', "unterminated_quote", 2, 2), (2, b'4,"', "unterminated_quote", 2, 11)]),
    "quotes too long, doubled": (b'1,"3""\n1,2\n', most(5), [[b"1", b"2"]],
        [(0, b'1,"3""', "unterminated_quote", 2, 2)]),
}  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("rows_around", [0, 1, 1400])
def test_examples(module: ModuleType, name: str, rows_around: int) -> None:
    data, changes, rows, damaged = EXAMPLES[name]
    dialect = CSV | changes
    around = b"\x07%b8\n" % dialect["delimiter"] * rows_around
    ended = data + b"\n" if around and data and data[-1:] not in b"\r\n" else data
    text = around + ended + around
    index = module.index(text, **dialect, columns=2)
    fill = [[b"\x07", b"8"]] * rows_around
    assert values(text, index, dialect, 2) == fill + rows + fill
    ahead = len(around)
    assert [
        (record - rows_around, text[start:end], error, fields, offset - ahead)
        for record, start, end, error, fields, offset in index.damaged
    ] == damaged
    assert index.covered == len(text)
    records = [text[sample.start : sample.end] for sample in module.rows(
        text, **dialect, limit=sys.maxsize, final=True)]  # fmt: skip
    assert len(records) == index.records
    consumed, count, lines = module.split(text, **dialect, **ALL, final=True)
    assert (consumed, count) == (len(text), index.records)
    assert lines == len(text.splitlines())


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_in_every_place_of_a_block(name: str) -> None:
    data, changes, rows, damaged = EXAMPLES[name]
    dialect = CSV | changes
    for blank in range(70):
        text = b"\n" * blank + data
        index = COMPILED.index(text, **dialect, columns=2)
        assert values(text, index, dialect, 2) == rows
        assert [
            (record - blank, text[start:end], error, fields, offset - blank)
            for record, start, end, error, fields, offset in index.damaged
        ] == damaged


@pytest.mark.parametrize("module", MODULES)
def test_index_of_one_column_has_rows_for_empty_lines(module: ModuleType) -> None:
    data = b'a\n\n"b"\n\r\n1,2\n'
    index = module.index(data, **CSV, columns=1)
    assert values(data, index, CSV, 1) == [[b"a"], [b""], ["b"], [b""]]
    assert (index.rows, index.records, index.blank) == (4, 5, 0)
    assert index.row_starts.tolist() == [0, 2, 3, 7]
    assert index.row_records.tolist() == [0, 1, 2, 3]
    assert index.damaged == [(4, 9, 12, "too_many_fields", 2, 11)]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("pad", [False, True])
@pytest.mark.parametrize("extend", [False, True])
def test_ragged_records_are_rows_where_asked_for(
    module: ModuleType, pad: bool, extend: bool
) -> None:
    data = b'1,2\n3\n"4",5,6,"7"\n8,9,\n\n'
    index = module.index(data, **CSV, columns=2, pad=pad, extend=extend)
    assert index.padded.tolist() == [1] * pad
    extended = [2, 3] if extend else [3] * pad
    assert index.extended.tolist() == extended
    assert index.row_records.tolist() == [0] + [1] * pad + extended
    assert {damage.record for damage in index.damaged} == {1, 2, 3} - {*[1] * pad, *extended}
    assert index.spans.tolist()[4:8] == [4, 1, 5, MISSING] or not pad
    surplus = index.surplus.tolist()
    assert surplus[-4:] == ([12, 5 | QUOTED, 22, 0 | QUOTED] if extend else [])
    assert surplus[1:-4:2] == [MISSING] * (1 + pad) * extend


@pytest.mark.parametrize("module", MODULES)
def test_index_says_where_rows_are(module: ModuleType) -> None:
    data = b'#\n1,2\n\n"3\n",4\n5\n6,7'
    index = module.index(data, **CSV | COMMENTS, columns=2)
    assert index.row_starts.tolist() == [2, 7, 16]
    assert index.row_records.tolist() == [1, 3, 5]
    assert (index.rows, index.records, index.blank, index.comment) == (3, 6, 1, 1)
    assert index.damaged == [(4, 14, 15, "too_few_fields", 1, 15)]
    assert index.covered == len(data)


@pytest.mark.parametrize("module", MODULES)
def test_spans_are_writable_views_that_outlive_all_else(module: ModuleType) -> None:
    index = module.index(bytearray(b'a,"b""c"\n'), **CSV, columns=2)
    spans, damaged = index.spans, module.index(b"", **CSV, columns=2)
    del index
    assert (spans.format, spans.readonly) == ("I", False)
    spans[0] += 5
    assert spans.tolist() == [5, 1, 3, 4 | QUOTED | ESCAPED]
    assert (damaged.spans.tolist(), damaged.row_starts.format) == ([], "I")


# What is there, how much of it can be told to be whole records, and how many they are.
PIECES = {
    "nothing": (b"", {}, 0, 0),
    "no end": (b"1,2", {}, 0, 0),
    "line feed": (b"1,2\n3", {}, 4, 1),
    "half of crlf": (b"1,2\r", {}, 0, 0),
    "crlf": (b"1,2\r\n", {}, 5, 1),
    "lone cr": (b"1,2\r3", {}, 4, 1),
    "two crs": (b"1,2\r\r", {}, 4, 1),
    "blank, half of crlf": (b"1\n\r", {}, 2, 1),
    "open quote": (b'1,"2\n', {}, 0, 0),
    "perhaps closed": (b'1\n1,"2"', {}, 2, 1),
    "closed": (b'1,"2"\n', {}, 6, 1),
    "perhaps doubled": (b'1,"2""', {}, 0, 0),
    "perhaps skipped": (b'1,"2"  ', SPACES, 0, 0),
    "perhaps escaped": (b'1,"2\\', BACKSLASH, 0, 0),
    "stray, end unknown": (b'1,2"', {}, 0, 0),
    "stray": (b'1,2"\n', {}, 5, 1),
    "stray, half of crlf": (b'1,2"\r', {}, 0, 0),
    "stray in quotes": (b'1,"2"3\n', {}, 7, 1),
    "stray beyond": (b'1,"\n2,"b', {}, 4, 1),
    "stray beyond, perhaps": (b'1,"\n2,"', {}, 0, 0),
    "long quotes, perhaps": (b'1,"\n', most(5), 0, 0),
    "long quotes": (b'1,"\n4', most(5), 4, 1),
    "long quotes, closed?": (b'1,"4"', most(5), 0, 0),
    "long quotes, escape": (b'1,"\n\\', BACKSLASH | most(5), 0, 0),
    "long, perhaps": (b"1,345", most(5), 0, 0),
    "long, end unknown": (b"1,34567", most(5), 0, 0),
    "long": (b"1,34567\n", most(5), 8, 1),
    "half of a delimiter": (b'1||"2"|', PIPES, 0, 0),
    "other than a delimiter": (b'1||"2"|3\n', PIPES, 9, 1),
    "delimiter, perhaps more": (b"1 2 ", MERGED, 0, 0),
    "comment, end unknown": (b"#", COMMENTS, 0, 0),
    "comment": (b'#"\n', COMMENTS, 3, 1),
    "part of a comment": (b"#\n#", {"comment": b"##"}, 2, 1),
}


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("name", PIECES)
@pytest.mark.parametrize("rows_before", [0, 15, 16, 1100])
def test_split_takes_what_later_bytes_cannot_change(
    module: ModuleType, name: str, rows_before: int
) -> None:
    data, changes, consumed, records = PIECES[name]
    text = b"7,8\n" * rows_before + data
    done = module.split(text, **CSV | changes, **ALL, final=False)
    assert done[:2] == (4 * rows_before + consumed, rows_before + records)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("max_records", "max_bytes", "expected"),
    [
        (1, 1, (4, 1, 1)),
        (1, 99, (4, 1, 1)),
        (2, 99, (8, 2, 3)),
        (3, 99, (10, 3, 4)),
        (9, 4, (4, 1, 1)),
        (9, 5, (8, 2, 3)),
        (9, 10, (10, 3, 4)),
        (9, 99, (11, 4, 5)),
    ],
)
def test_split_stops_at_its_limits(
    module: ModuleType, max_records: int, max_bytes: int, expected: tuple[int, int, int]
) -> None:
    limits = {"max_records": max_records, "max_bytes": max_bytes}
    assert module.split(b'1,2\n"\n"\n\r\n4', **CSV, **limits, final=True) == expected


@pytest.mark.parametrize("module", MODULES)
def test_rows_shows_every_kind_of_record(module: ModuleType) -> None:
    data = b'#1\n\na, "b""c" \n"d"e,f\n'
    options = CSV | COMMENTS | SPACES
    samples = module.rows(data + b"open", **options, limit=9, final=False)
    assert samples == [
        (0, 2, "comment", [], None),
        (3, 3, "blank", [], None),
        (4, 14, "row", [(b"a", False), (b'b"c', True)], None),
        (15, 21, "damaged", [], "stray_quote"),
    ]
    assert [one.start for one in module.rows(data, **options, limit=2, final=False)] == [0, 3]
    assert module.rows(data, **options, limit=0, final=True) == []


@pytest.mark.parametrize(
    ("field", "quote", "escape", "expected"),
    [
        (b"", 34, 34, b""),
        (b'""a""""', 34, 34, b'"a""'),
        (b"''", 39, 39, b"'"),
        (b'\\"\\\\\\\n\\n', 34, 92, b'"\\\nn'),
        (b"^^^.", 34, ord("^"), b"^."),
        (b"a\\", 34, 92, b"a\\"),
        (b'a""', 34, None, b'a""'),
        (b'a""', None, -1, b'a""'),
    ],
)
def test_unescape(field: bytes, quote: int | None, escape: int | None, expected: bytes) -> None:
    assert COMPILED.unescape(field, quote, escape) == expected


@pytest.mark.parametrize("module", MODULES)
@settings(deadline=None)
@given(
    data=st.lists(st.sampled_from([b"a" * 60, b"a", b"\n", b"\r", b"\r\n"])).map(b"".join),
    end=st.floats(0, 1),
)
def test_count_lines_is_what_splitlines_counts(module: ModuleType, data: bytes, end: float) -> None:
    head = data[: round(end * len(data))]
    ended = [line for line in head.splitlines(keepends=True) if line[-1:] in b"\r\n"]
    assert module.count_lines(data, len(head)) == len(ended)


@pytest.mark.parametrize("module", MODULES)
@settings(deadline=None)
@given(
    data=st.lists(st.sampled_from([b"a" * 60, b"a", b"\n", b"\r", b"\r\n"])).map(b"".join),
    ends=st.lists(st.floats(0, 1)).map(sorted),
)
def test_lines_before_are_counted_one_by_one(
    module: ModuleType, data: bytes, ends: list[float]
) -> None:
    offsets = [round(end * len(data)) for end in ends]
    expected = [module.count_lines(data, offset) for offset in offsets]
    assert module.lines_before(data, array("I", offsets)).tolist() == expected


# --- laws --------------------------------------------------------------------------------------

dialects = st.builds(
    lambda quoting, **rest: CSV | rest | dict(zip(("quote", "escape"), quoting, strict=True)),
    st.sampled_from([(34, 34), (34, 34), (34, 92), (34, None), (39, 39), (None, None)]),
    delimiter=st.sampled_from([b",", b",", b";", b",,", b",a", b",;,"]),
    merge=st.booleans(),
    comment=st.sampled_from([b"", b"", b"#", b"a#", b'"']),
    skip_spaces=st.booleans(),
    max_record_bytes=st.sampled_from([1, 2, 3, 5, 9, 20, 1000, 5000, 2**29 - 1]),
)
soups = st.lists(st.sampled_from(b"a,\"\n\r\\ ;#'")).map(bytes) | st.lists(
    st.sampled_from([b"a", b",", b'"', b"\n", b' "', b'",', b'\n"', b'""', b"\r\n", b"\\"])
).map(b"".join)
FIELDS = [b"", b"a", b" b ", b"1234567", b'""', b'"a"', b'"a,\nb"', b'"say ""a"""', b'"' * 6]


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Thousands of bytes of rows that are mostly as they should be."""
    fields = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=40))
    end = draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
    width = draw(st.integers(1, 4))
    rows = [b",".join(fields[i : i + width]) + end for i in range(0, len(fields), width)]
    data = bytearray(b"".join(rows) * draw(st.integers(1, 60)))
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 9]))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 2))] = draw(st.sampled_from([*FIELDS, b'"', b"\n#"]))
    return bytes(data[draw(st.integers(0, 80)) :])


texts = soups | tables()


ragged = st.fixed_dictionaries({"pad": st.booleans(), "extend": st.booleans()})


@settings(max_examples=400, deadline=None)
@given(texts, dialects, st.integers(1, 4), ragged, st.booleans())
def test_kernel_gives_what_its_twin_gives(
    data: bytes, dialect: dict[str, Any], columns: int, ragged: dict[str, bool], final: bool
) -> None:
    found = COMPILED.index(data, **dialect, columns=columns, **ragged)
    assert plain(found) == plain(TWIN.index(data, **dialect, columns=columns, **ragged))
    assert found.covered == len(data)
    assert found.records == found.rows + found.blank + found.comment + len(found.damaged)
    for limits in (ALL, {"max_records": 3, "max_bytes": 100}):
        done = COMPILED.split(data, **dialect, **limits, final=final)
        assert done == TWIN.split(data, **dialect, **limits, final=final)
    samples = COMPILED.rows(data, **dialect, limit=50, final=final)
    assert samples == TWIN.rows(data, **dialect, limit=50, final=final)


@settings(max_examples=200, deadline=None)
@given(texts, dialects, st.lists(st.integers(1, 200), min_size=1), st.integers(1, 5))
def test_split_of_pieces_is_split_of_the_whole(
    data: bytes, dialect: dict[str, Any], sizes: list[int], max_records: int
) -> None:
    limits = {"max_records": max_records, "max_bytes": sys.maxsize}
    ends, start, lines = [], 0, 0
    pieces = iter(sizes * (len(data) // sum(sizes) + 1))
    end = 0
    while start < len(data):
        final = end >= len(data)
        done = COMPILED.split(data[start:end], **dialect, **limits, final=final)
        assert done[1] <= max_records
        if done[0] == 0:
            end += next(pieces, 1)
            continue
        start += done[0]
        lines += done[2]
        ends.append((start, done[1]))
    whole = TWIN.rows(data, **dialect, limit=sys.maxsize, final=True)
    bounds = [*(one.start for one in whole), len(data)]
    number = 0
    for end, records in ends:
        number += records
        assert end == bounds[number]
    assert number == len(whole)
    assert lines == len(data.splitlines())


@settings(max_examples=200, deadline=None)
@given(texts, dialects, st.integers(1, 3), ragged, st.integers(1, 9), st.integers(1, 500))
def test_index_of_chunks_is_index_of_the_whole(
    data: bytes,
    dialect: dict[str, Any],
    columns: int,
    ragged: dict[str, bool],
    max_records: int,
    max_bytes: int,
) -> None:
    kind = {**dialect, "columns": columns, **ragged}
    limits = {"max_records": max_records, "max_bytes": max_bytes}
    spans, starts, records, damaged, sums, start = [], [], [], [], [0, 0, 0, 0], 0
    surplus, padded, extended, comments = [], [], [], []
    while start < len(data):
        size, count, _ = COMPILED.split(data[start:], **dialect, **limits, final=True)
        part = COMPILED.index(data[start : start + size], **kind)
        assert part.records == count
        spans += moved(part.spans, start)
        surplus += moved(part.surplus, start)
        padded += [number + sums[0] for number in part.padded]
        extended += [number + sums[0] for number in part.extended]
        starts += [at + start for at in part.row_starts]
        records += [number + sums[0] for number in part.row_records]
        damaged += [
            one._replace(
                record=one.record + sums[0],
                start=one.start + start,
                end=one.end + start,
                offset=one.offset + start,
            )
            for one in part.damaged
        ]
        comments += [
            Place(one.record + sums[0], one.start + start, one.end + start) for one in part.comments
        ]
        start += size
        counts = (part.records, part.blank, part.comment, part.covered)
        sums = [a + b for a, b in zip(sums, counts, strict=True)]
    expected = plain(COMPILED.index(data, **kind))
    lists = (damaged, surplus, padded, extended, comments[:MAX_COMMENTS])
    assert (len(starts), spans, starts, records, *sums, *lists) == expected


def moved(pairs: memoryview, start: int) -> list[int]:
    """Pairs of a start and a length, the starts moved."""
    return [word if i % 2 else word + start for i, word in enumerate(pairs)]


def test_threads_do_not_disturb_each_other() -> None:
    data = b'a,"b\n",c\n1,2,3\n' * 5000
    expected = plain(COMPILED.index(data, **CSV, columns=3))
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(COMPILED.index, data, **CSV, columns=3) for _ in range(8)]
        assert all(plain(job.result()) == expected for job in jobs)


# --- arguments ---------------------------------------------------------------------------------


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"delimiter": b"\n"}, "delimiter must be bytes other than CR and LF, not b'\\n'"),
        ({"delimiter": b"|\r"}, "delimiter must be bytes other than CR and LF, not b'|\\r'"),
        ({"delimiter": b""}, "delimiter must be bytes other than CR and LF, not b''"),
        ({"delimiter": b'|"'}, "delimiter, quote and escape must differ: b'|\"' has 34"),
        ({"quote": 256}, "quote must be one byte other than CR and LF, not 256"),
        ({"escape": 13}, "escape must be one byte other than CR and LF, not 13"),
        ({"escape": -2}, "escape must be one byte other than CR and LF, not -2"),
        ({"quote": 44}, "delimiter, quote and escape must differ"),
        ({"escape": 44}, "delimiter, quote and escape must differ"),
        ({"quote": None}, "escape has a meaning only where there is a quote"),
        ({"quote": -1}, "escape has a meaning only where there is a quote"),
        (SPACES | {"delimiter": b"| "}, "skip_spaces cannot be used"),
        (SPACES | {"quote": 32}, "skip_spaces cannot be used"),
        ({"comment": b"a\n"}, "comment must not contain a line end: b'a\\n'"),
        (most(0), "max_record_bytes must be in 1..536870911, not 0"),
        (most(1 << 29), "max_record_bytes must be in 1..536870911, not 536870912"),
    ],
)
def test_dialect_that_contradicts_itself_is_an_error(
    module: ModuleType, changes: dict[str, Any], message: str
) -> None:
    dialect = CSV | changes
    for call, more in (
        (module.split, ALL | {"final": True}),
        (module.index, {"columns": 1}),
        (module.rows, {"limit": 1, "final": True}),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            call(b"", **dialect, **more)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("function", "more", "message"),
    [
        ("split", {"max_records": 0, "max_bytes": 1, "final": True}, "must be positive"),
        ("split", {"max_records": 1, "max_bytes": 0, "final": True}, "must be positive"),
        ("index", {"columns": 0}, "columns must be positive, not 0"),
        ("rows", {"limit": -1, "final": True}, "limit must not be negative: -1"),
    ],
)
def test_senseless_limits_are_an_error(
    module: ModuleType, function: str, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(module, function)(b"a", **CSV, **more)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("end", [-1, 4])
def test_lines_are_counted_up_to_a_place_inside(module: ModuleType, end: int) -> None:
    with pytest.raises(ValueError, match=rf"end must be in 0\.\.3, not {end}"):
        module.count_lines(b"abc", end)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("offsets", [[4], [2, 1], [0, 3, 5]])
def test_lines_are_counted_in_order(module: ModuleType, offsets: list[int]) -> None:
    with pytest.raises(ValueError, match=r"offsets must ascend within 0\.\.3"):
        module.lines_before(b"abc", array("I", offsets))


@pytest.mark.parametrize("module", MODULES)
def test_four_gibibytes_are_too_many_for_an_index(module: ModuleType) -> None:
    # Pages that nobody touches take no memory.
    with (
        mmap.mmap(-1, 1 << 32) as pages,
        pytest.raises(ValueError, match="data has 4294967296 bytes, the limit is 4294967295"),
    ):
        module.index(pages, **CSV, columns=1)


@pytest.mark.parametrize("module", MODULES)
def test_any_buffer_will_do(module: ModuleType) -> None:
    for data in (bytearray(b"1,2\n"), memoryview(b"..1,2\n")[2:], array("I", b"1,2\n")):
        assert module.index(data, **CSV, columns=2).rows == 1
        assert module.split(data, **CSV, **ALL, final=True) == (4, 1, 1)
        assert module.rows(data, **CSV, limit=1, final=True)[0].end == 3
        assert module.count_lines(data, 4) == 1
