"""What becomes of records: rows, rejects, skipped."""

from __future__ import annotations

from typing import Any

import pytest

from logflow.errors import LimitError

CASES: dict[str, tuple[bytes, dict[str, list[Any]]]] = {
    # RFC 4180, section 2, rules 1 to 7
    "1: lines": (b"n,t\r\n1,aaa\r\n2,bbb\r\n", {"n": [1, 2], "t": ["aaa", "bbb"]}),
    "2: no last line end": (b"n,t\r\n1,aaa\r\n2,bbb", {"n": [1, 2], "t": ["aaa", "bbb"]}),
    "long delimiter": (b"n||t\n1||a|a\n2||\n", {"n": [1, 2], "t": ["a|a", None]}),
    "merged spaces": (b" n   t\n  1  1.5\n 20  2.5 \n", {"n": [1, 20], "t": [1.5, 2.5]}),
    "5: quotes": (b'n,t\n1,"aaa"\n2,bbb\n', {"n": [1, 2], "t": ["aaa", "bbb"]}),
    "6: line ends inside": (b'n,t\r\n1,"b\r\nb"\r\n', {"n": [1], "t": ["b\r\nb"]}),
    "6: delimiters inside": (b'n,t\n1,"b,b"\n2,c\n', {"n": [1, 2], "t": ["b,b", "c"]}),
    "7: quotes doubled": (b'n,t\n1,"b""b"\n2,""""\n', {"n": [1, 2], "t": ['b"b', '"']}),
    # line ends
    "CR": (b"n,t\r1,a\r2,b\r", {"n": [1, 2], "t": ["a", "b"]}),
    "mixed line ends": (b"n,t\r\n1,a\n2,b\r3,c", {"n": [1, 2, 3], "t": ["a", "b", "c"]}),
    "blank lines": (b"\n\nn,t\n\n1,a\n\r\n2,b\n\n", {"n": [1, 2], "t": ["a", "b"]}),
    # little
    "empty": (b"", {}),
    "blank": (b"\n\r\n\n", {}),
    "header only": (b"a,b\n", {"a": [], "b": []}),
    "header only, no line end": (b"a,b", {"a": [], "b": []}),
    "one column": (b"a\n1\n2\n", {"a": [1, 2]}),
    "one column with a hole": (b"a\n1\n\n2\n", {"a": [1, None, 2]}),
    "one column with delimiters": (b"c0\nv0\na;b\n", {"c0": ["v0", "a;b"]}),
    "one row without header": (b"1,2\n", {"column_1": [1], "column_2": [2]}),
    # values
    "null and empty": (b't,u\na,1\n"",2\n,3\n', {"t": ["a", "", None], "u": [1, 2, 3]}),
    "NUL is data": (b"n,t\n1,a\0b\n2,\0\n", {"n": [1, 2], "t": ["a\0b", "\0"]}),
    "spaces stay": (b"n,t\n1, a \n2,b\n", {"n": [1, 2], "t": [" a ", "b"]}),
    "text of every script": ("n,t\n1,żółć 日本\n".encode(), {"n": [1], "t": ["żółć 日本"]}),
    # names
    "duplicates": (b"a,a_2,a\n1,2,3\n", {"a": [1], "a_2": [2], "a_3": [3]}),
    "no name": (b"a,,c\n1,2,3\n", {"a": [1], "column_2": [2], "c": [3]}),
    "case": (b"a,A\n1,2\n", {"a": [1], "A": [2]}),
    "lines in a name": (b'"a\nb",c\n1,2\n', {"a\nb": [1], "c": [2]}),
    "a name less": (b"a,b\n1,2,3\n4,5,6\n", {"a": [1, 4], "b": [2, 5], "column_3": [3, 6]}),
    # around the table
    "preamble": (b"Spending 2015\n\nn,t\n1,a\n2,b\n", {"n": [1, 2], "t": ["a", "b"]}),
    "comments": (b"n,t\n1,a\n# more\n2,b\n", {"n": [1, 2], "t": ["a", "b"]}),
}


@pytest.mark.parametrize("title", CASES)
def test_values(read: Any, title: str) -> None:
    data, columns = CASES[title]
    found = read(data)
    assert found.columns == columns
    assert not found.rejects


@pytest.mark.parametrize(
    ("data", "skipped"),
    [
        (b"a,b\n1,2\n", {"header": 1}),
        (b"1,2\n3,4\n", {}),
        (b"\n\n", {"blank": 2}),
        (b"Title\n\na,b\n1,2\n\n3,4\n", {"preamble": 1, "header": 1, "blank": 2}),
        (b"# x\n\na,b\n1,2\n#y\n3,4\n", {"comment": 2, "header": 1, "blank": 1}),
        (b"# x\na,b\n1,2\n3,4\n", {"preamble": 1, "header": 1}),
        (b'"a\nb",c\n1,2\n', {"header": 1}),
        (b"a,b\n1,2,3\n4,5,6\n", {"header": 1}),
        (b"Sums,,\n,,\na,b,c\n1,2,3\n", {"preamble": 2, "header": 1}),
    ],
)
def test_what_is_skipped(read: Any, data: bytes, skipped: dict[str, int]) -> None:
    found = read(data)
    assert found.skipped == skipped
    assert not found.rejects


@pytest.mark.parametrize("k", [1, 2, 20_480, 29_999])
def test_rows_that_grow_are_rows_or_rejects(read: Any, k: int) -> None:
    """No guess costs a record silently, wherever the width changes."""
    found = read(b"a,b\n" + b"1,2\n" * k + b"1,2,3\n" * (30_000 - k))
    assert found.table.num_rows + len(found.rejects) == 30_000
    assert found.skipped == {"header": 1}


@pytest.mark.parametrize("rows", [1, 3, 40])
@pytest.mark.parametrize("size", [100, 3000, 20_000])
def test_records_of_many_lines(read: Any, rows: int, size: int) -> None:
    text = 'a line, and\n"more"; of it\n' * size
    line = '%d,"' + text.replace('"', '""') + '"\n'
    found = read(("n,t\n" + "".join(line % i for i in range(rows))).encode())
    assert found.columns == {"n": list(range(rows)), "t": [text] * rows}


def test_a_quote_first_seen_at_the_end(read: Any) -> None:
    rows = "".join(f"{i},x\n" for i in range(50_000))
    found = read(f'n,t\n{rows}50000,""","\n'.encode())
    assert found.rows[-1] == (50_000, '",')
    assert found.rejects == []


REJECTS: dict[str, tuple[bytes, list[tuple[int, str, bytes]]]] = {
    "too few": (b"a,b,c\n1,2,3\n4,5\n6,7,8\n", [(3, "too_few_fields", b"4,5")]),
    "too many": (b"a,b\n1,2\n3,4,5\r\n6,7", [(3, "too_many_fields", b"3,4,5")]),
    "both": (
        b"a,b\n1\n1,2\n3,4\n3,4,5",
        [(2, "too_few_fields", b"1"), (5, "too_many_fields", b"3,4,5")],
    ),
    "stray quote": (
        b'a,b\n"x, y",1\n"z" w,2\n"u, v",3\n',
        [(3, "stray_quote", b'"z" w,2')],
    ),
    "unterminated": (
        b'a,b\n"x, y",1\n"u, v",3\n"z,2',
        [(4, "unterminated_quote", b'"z,2')],
    ),
    "invalid UTF-8": (b"a,b\n1,x\n2,\xff\n3,y\n", [(3, "invalid_utf8", b"2,\xff")]),
    "invalid UTF-8, every row": (
        b"a,b\n1,\xe9\n2,\xe9\n",
        [(2, "invalid_utf8", b"1,\xe9"), (3, "invalid_utf8", b"2,\xe9")],
    ),
    "invalid UTF-8 in a record of wrong width": (
        b"a,b\n1,x\n\xff\n3,y\n",
        [(3, "too_few_fields", b"\xff")],
    ),
    "invalid UTF-8 after the last row": (b"a,b\n1,x\n\xff\n", [(3, "too_few_fields", b"\xff")]),
    "invalid UTF-8 in a comment": (
        b"a,b\n1,x\n#\xff\n3,y\n4,\xff\n",
        [(5, "invalid_utf8", b"4,\xff")],
    ),
    "a quote in the header": (b'a"b,c\n1,2\n3,4\n5,6\n', []),
}


RAGGED = b'a,b,c\n1,x,2\n3\n4,y,5,6,"7, ""8"""\n9,z,1,\n2,\xff\n' + b"0,x,0\n" * 9
TOO_FEW, TOO_MANY = (3, "too_few_fields", b"3"), (4, "too_many_fields", b'4,y,5,6,"7, ""8"""')
POLICIES: dict[str, tuple[list[Any], list[Any], dict[str, int]]] = {
    "reject": (
        [(1, "x", 2)],
        [TOO_FEW, TOO_MANY, (5, "too_many_fields", b"9,z,1,"), (6, "too_few_fields", b"2,\xff")],
        {},
    ),
    "pad": (
        [(1, "x", 2), (3, None, None), (9, "z", 1)],
        [TOO_MANY, (6, "invalid_utf8", b"2,\xff")],
        {"padded": 1, "trimmed": 1},
    ),
    "extra": (
        [
            (1, "x", 2, None),
            (3, None, None, None),
            (4, "y", 5, '6,"7, ""8"""'),
            (9, "z", 1, ""),
        ],
        [(6, "invalid_utf8", b"2,\xff")],
        {"padded": 1, "extended": 2},
    ),
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("chunk_rows", [1, 3, 1000])
def test_ragged_records(read: Any, policy: str, chunk_rows: int) -> None:
    rows, errors, noted = POLICIES[policy]
    found = read(RAGGED, ragged=policy, chunk_rows=chunk_rows)
    assert found.rows[:-9] == rows
    assert found.errors == errors
    assert found.noted == noted


@pytest.mark.parametrize("header", [b"a,b", b"a,b,c,d"])
@pytest.mark.parametrize("policy", ["pad", "extra"])
def test_a_header_is_never_counted_as_repaired(read: Any, policy: str, header: bytes) -> None:
    data = header + b"\n" + b"1,2,3\n" * 20
    found = read(data, ragged=policy)
    assert found.table.num_rows == 20
    assert found.noted == {}


def test_what_is_too_much_gets_a_name_of_its_own(read: Any) -> None:
    data = b"_extra,_extra_2\n" + b"1,2\n" * 9 + b"3,4,5\n"
    found = read(data, ragged="extra")
    assert found.table.column_names == ["_extra", "_extra_2", "_extra_3"]
    assert found.columns["_extra_3"] == [None] * 9 + ["5"]
    assert str(found.table.schema.field("_extra_3").type) == "string"


def test_what_is_too_much_may_have_a_declared_type(read: Any) -> None:
    data = b"a,b\n" + b"1,2\n" * 9 + b"3,4,5\n6,7,x\n"
    found = read(data, ragged="extra", columns={"_extra": "int64"})
    assert found.columns["_extra"] == [None] * 9 + [5]
    assert found.errors == [(12, "bad_value", b"6,7,x")]
    assert found.rejects[0].column == "_extra"
    assert found.noted == {"extended": 1}


@pytest.mark.parametrize("title", REJECTS)
def test_rejects(read: Any, title: str) -> None:
    data, errors = REJECTS[title]
    assert read(data).errors == errors


@pytest.mark.parametrize(
    ("data", "message", "column"),
    [
        (b"a,b,c\n1,2,3\n4,5\n6,7,8\n", "expected 3 fields, found 2", None),
        (b"a,b\n1,2\n\n3,4,5,6\n7,8\n", "expected 2 fields, found 4", None),
        (b"a,b\n1,x\n2,y\xffz\n", "expected UTF-8, found byte 0xff at byte 11", "b"),
        (b'a,b\n"\n",x\n2,\xff\n', "expected UTF-8, found byte 0xff at byte 12", "b"),
        (
            b'a,b\n1,"x, y"\n2,"z" w\n3,"u, v"\n',
            "expected a quote only around a field or escaped in it, found one at byte 17",
            "b",
        ),
        (
            b'a,b\n"x, y",1\n"u, v",3\n2,"z',
            "expected an end of the quoted field, found none: it starts at byte 24",
            "b",
        ),
    ],
)
def test_messages(read: Any, data: bytes, message: str, column: str | None) -> None:
    [reject] = read(data).rejects
    assert reject.message == message
    assert reject.column == column


def test_positions_count_what_is_skipped(read: Any) -> None:
    data = b'Title\n\na,b\r\n1,"x\ny"\r\n# c\n\n2\n3,z\n'
    [reject] = read(data, comment="#").rejects
    assert (reject.record, reject.line, reject.byte_offset) == (7, 8, data.index(b"2\n"))


@pytest.mark.parametrize("limits", [{}, {"chunk_rows": 1}, {"chunk_bytes": 3}])
def test_declared_values_that_do_not_fit_are_rejects(read: Any, limits: dict[str, int]) -> None:
    data = b'a,b\n1,x\n"1\n2",y\n\nthree,z\r\n4,\n'
    found = read(data, columns={"a": "int8"}, **limits)
    assert found.columns == {"a": [1, 4], "b": ["x", None]}
    assert found.errors == [(3, "bad_value", b'"1\n2",y'), (5, "bad_value", b"three,z")]
    assert [(r.column, r.column_index) for r in found.rejects] == [("a", 0), ("a", 0)]
    assert found.rejects[1].message == "expected int8, found 'three'"


def test_a_column_that_the_chunk_does_not_have_is_null(read: Any) -> None:
    found = read(b"1,2\n3,4\n", names=("a", "b", "c"))
    assert found.columns == {"a": [1, 3], "b": [2, 4], "c": [None, None]}


@pytest.mark.parametrize(
    ("data", "limit", "errors"),
    [
        (
            b"a,b\n1,2\n3,44444444444444444\n5,6\n",
            16,
            [(3, "record_too_long", b"3,44444444444444444")],
        ),
        (b'a,b\n1,2\n3,"4\n5,66666666666\n7,8\n', 16, [(3, "unterminated_quote", b'3,"4')]),
    ],
)
def test_long_records(read: Any, data: bytes, limit: int, errors: list[Any]) -> None:
    assert read(data, max_record_bytes=limit, quote='"').errors == errors


def test_a_line_without_end(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logflow_csv.text.MAX_LINE", 1000)
    with pytest.raises(LimitError, match="does not end"):
        read(b"a,b\n1,2\n" + b"x" * 10_000 + b"\n", max_record_bytes=16, chunk_bytes=16)


def test_too_many_columns(read: Any) -> None:
    with pytest.raises(LimitError, match="there are 4 columns, the limit is 3"):
        read(b"a,b,c,d\n1,2,3,4\n", max_columns=3)


@pytest.mark.parametrize("data", [b"\n" * 300_000 + b"a,b\n1,2\n", b"x" * 300_000])
def test_a_table_that_starts_late_is_looked_for(read: Any, data: bytes) -> None:
    assert len(read(data).columns) in (1, 2)


def test_a_table_that_starts_too_late(read: Any) -> None:
    with pytest.raises(LimitError, match="no record"):
        read(b"\n" * 200_000 + b"a,b\n1,2\n", max_record_bytes=16)


def test_more_lines_are_skipped_than_one_looks_at(read: Any) -> None:
    found = read(b"x\n" * 200_000 + b"a,b\n1,2\n", skip_lines=200_000)
    assert found.columns == {"a": [1], "b": [2]}
    assert found.skipped == {"preamble": 200_000, "header": 1}


def test_tsv(read_tsv: Any) -> None:
    data = b'a\tb\n1,5\t"x\ty"\n2,5\tz\n'
    assert read_tsv(data).columns["b"] == ["x\ty", "z"]
    assert list(read_tsv(b"a,b\n1,2\n").columns) == ["a,b"]
    assert read_tsv(b"a,b\n1,2\n", delimiter=",").columns == {"a": [1], "b": [2]}
    assert {chunk.decoder for chunk in read_tsv(data).chunks} == {"tsv"}


def test_fields_keep_the_names_that_the_header_spells(read: Any) -> None:
    schema = read(b"a, a ,a,,B\n1,2,3,4,5\n").table.schema
    kept = [(field.metadata or {}).get(b"logflow:name") for field in schema]
    assert schema.names == ["a", "a_2", "a_3", "column_4", "B"]
    assert kept == [None, b" a ", b"a", b"", None]
