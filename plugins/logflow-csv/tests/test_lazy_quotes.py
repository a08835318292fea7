"""Quotes where RFC 4180 has none: data where the record has its width with them, else a reject."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logflow_csv.lazy_quotes import divided
from logflow_csv.table import Syntax

COMMA = Syntax(delimiter=b",")
DIALECTS = {
    "comma": COMMA,
    "long": Syntax(delimiter=b"||"),
    "backslash": Syntax(delimiter=b",", escape=ord("\\")),
    "no escape": Syntax(delimiter=b",", escape=-1),
    "apostrophe": Syntax(delimiter=b",", quote=ord("'"), escape=ord("'")),
    "spaces": Syntax(delimiter=b",", skip_spaces=True),
    "merged": Syntax(delimiter=b" ", merge=True),
    "no quote": Syntax(delimiter=b",", quote=-1, escape=-1),
}
CASES: list[tuple[str, bytes, int, list[bytes] | None]] = [
    # inside of fields
    ("comma", b'a,5" pipe,b', 3, [b"a", b'5" pipe', b"b"]),
    ("comma", b'2" x 4",1', 2, [b'2" x 4"', b"1"]),
    ("comma", b'"5" pipe",b', 2, [b'5" pipe', b"b"]),
    ("comma", b'"a "b" c",d', 2, [b'a "b" c', b"d"]),
    ("comma", b'"a ""b"" 5" c",d', 2, [b'a ""b"" 5" c', b"d"]),
    ("comma", b'""a, b","c"', 2, [b'"a, b', b"c"]),
    ("comma", b'"\n",5" x', 2, [b"\n", b'5" x']),
    ("long", b'a||"5" | x"||b', 3, [b"a", b'5" | x', b"b"]),
    ("backslash", b'"a \\"b\\" 5" c",d', 2, [b'a \\"b\\" 5" c', b"d"]),
    ("backslash", b'a\\,b,5" x', 2, [b"a\\,b", b'5" x']),
    ("backslash", b'a\\,b,5" x', 3, None),
    ("no escape", b'"a ""b",c', 2, [b'a ""b', b"c"]),
    ("apostrophe", b"'it's',Bob's", 2, [b"it's", b"Bob's"]),
    ("spaces", b'a, "5" x" ,b', 3, [b"a", b'5" x', b"b"]),
    # at the start of one
    ("comma", b'1,"Smith,"a, b",2', 4, [b"1", b'"Smith', b"a, b", b"2"]),
    ("comma", b'1,"Smith,2,"a ""b"" c"', 4, [b"1", b'"Smith', b"2", b'a ""b"" c']),
    ("spaces", b'1, "Smith,"a, b"', 3, [b"1", b' "Smith', b"a, b"]),
    # neither
    ("comma", b'"abc"def,1', 2, None),
    ("comma", b'"abc" "def,1', 2, None),
    ("comma", b'1,"5,"a, b"', 3, None),
    ("comma", b'1,"2020-01-01,"a, b"', 3, None),
    ("comma", b'a,5" pipe', 3, None),
    ("comma", b'a,5" pipe,b,c', 3, None),
    ("comma", b'1,"Smith,"Bob,"a, b"', 4, None),
    ("merged", b'a 5" b', 3, None),
    ("no quote", b'a,5" b', 2, None),
]


@pytest.mark.parametrize(("dialect", "record", "columns", "values"), CASES)
def test_readings(dialect: str, record: bytes, columns: int, values: list[bytes] | None) -> None:
    found = divided(record, DIALECTS[dialect], columns)
    assert (found and [record[start:end] for start, end, _ in found]) == values


@pytest.mark.parametrize("value", [b"5", b"2020-01-01", b"12:30", b"$4.50", b"true", b""])
def test_what_is_no_text_may_start_with_a_quote_where_all_is_text(value: bytes) -> None:
    record = b'1,"%s,"a, b"' % value
    assert divided(record, COMMA, 3) is None
    found = divided(record, COMMA, 3, typed=False)
    assert found is not None
    assert record[slice(*found[1][:2])] == b'"' + value


@given(record=st.text(',"a\n;').map(str.encode), columns=st.integers(1, 4))
def test_nothing_but_quotes_and_delimiters_is_left_out(record: bytes, columns: int) -> None:
    found = divided(record, COMMA, columns, typed=False)
    if found is not None:
        assert len(found) == columns
        values = [record[start:end] for start, end, _ in found]
        quoted = [b'"%s"' % v if flags else v for v, (*_, flags) in zip(values, found, strict=True)]
        assert b",".join(quoted) == record


ROWS = 200
DAMAGE = {
    "unquoted": ('{0},5" pipe,"x, {0}"', (0, '5" pipe', "x, 0")),
    "quoted": ('{0},"5" pipe","x ""{0}"""', (0, '5" pipe', 'x "0"')),
    "opening": ('{0},"pipe,"x, {0}"', (0, '"pipe', "x, 0")),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("rows", [{0}, {99}, {100}, {ROWS - 1}, {0, 1, 2, 99, 100, ROWS - 1}])
@pytest.mark.parametrize("limits", [{}, {"chunk_rows": 1}, {"chunk_rows": 7}, {"chunk_bytes": 50}])
def test_rows_stay_in_order(read: Any, damage: str, rows: set[int], limits: dict[str, int]) -> None:
    line, [_, *values] = DAMAGE[damage]
    lines = ['{0},a,"x, {0}"', line]
    data = "n,t,u\n" + "".join(lines[i in rows].format(i) + "\n" for i in range(ROWS))
    found = read(data.encode(), **limits)
    assert found.columns["n"] == list(range(ROWS))
    assert found.noted == {"lazily_quoted": len(rows)}
    assert not found.rejects
    for row in rows:
        assert found.rows[row][1:] == tuple(value.replace("0", str(row)) for value in values)


@pytest.mark.parametrize("damage", DAMAGE)
def test_they_are_rejects_on_demand(read: Any, damage: str) -> None:
    line = DAMAGE[damage][0].format(7)
    data = f'n,t,u\n1,a,"x, 1"\n{line}\n2,b,"x, 2"\n'
    found = read(data.encode(), lazy_quotes=False)
    assert found.errors == [(3, "stray_quote", line.encode())]
    assert found.noted == {}


def test_they_may_be_bad_for_another_reason(read: Any) -> None:
    data = b'n,t,u\n1,a,"x, 1"\n2,5" \xff,"x, 2"\nx,5" pipe,y\n'
    found = read(data, columns={"n": "int64"})
    errors = [(3, "invalid_utf8", b'2,5" \xff,"x, 2"'), (4, "bad_value", b'x,5" pipe,y')]
    assert found.errors == errors
    assert found.noted == {}


def test_they_go_with_what_is_too_much(read: Any) -> None:
    data = b'n,t\n1,"a, b"\n2,5" pipe\n3,4,5\n' + b'1,"a, b"\n' * 9
    found = read(data, ragged="extra")
    assert found.rows[:3] == [(1, "a, b", None), (2, '5" pipe', None), (3, "4", "5")]
    assert found.noted == {"lazily_quoted": 1, "extended": 1}
