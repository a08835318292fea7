"""What other readers lose beyond their sample: exact values or a reject, wherever it happens.

The positions are around the samples of others: 100 records (Polars), 20,480 (DuckDB), 25,000
(ClickHouse), and the first and the last ones.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

ROWS = 30_000
POSITIONS = [0, 1, 99, 100, 20_479, 20_480, 24_999, 25_000, ROWS - 1]

# One value among many others: what all of them become is the type that holds every one exactly.
VALUES: dict[str, tuple[str, str, Any, Any]] = {
    "fraction": ("1", "1.5", 1.0, 1.5),
    "negative": ("1", "-1", 1, -1),
    "unsigned": ("1", "9223372036854775808", 1, 9223372036854775808),
    "wider": ("1", "18446744073709551616", Decimal(1), Decimal(18446744073709551616)),
    "many digits": ("1.5", "9007199254740993", Decimal("1.5"), Decimal(9007199254740993)),
    "code": ("1", "007", "1", "007"),
    "underscore": ("1", "1_000", "1", "1_000"),
    "huge": ("1", "1e400", "1", "1e400"),
    "word": ("1", "A", "1", "A"),
    "flag": ("1", "true", "1", "true"),
    "words": ("1", "a b", "1", "a b"),
    "semicolon": ("1", "a;b", "1", "a;b"),
    "time": ("1", "2020-01-01 10:00", "1", "2020-01-01 10:00"),
    "timestamp among dates": (
        *("2020-01-01", "2020-01-01 10:00:00"),
        *("2020-01-01", "2020-01-01 10:00:00"),
    ),
    "day first": ("02/01/2014", "31/12/2012", dt.date(2014, 1, 2), dt.date(2012, 12, 31)),
    "after nothing": ("", "x", None, "x"),
    "NUL": ("x", "a\0b", "x", "a\0b"),
}


@pytest.mark.parametrize("at", POSITIONS)
@pytest.mark.parametrize("title", VALUES)
def test_a_late_value(read: Any, title: str, at: int) -> None:
    usual, other, usual_value, other_value = VALUES[title]
    cells = [usual] * ROWS
    cells[at] = other
    for name, suffix in (("v", ""), ("v,w", ",2")):
        data = name + "\n" + "".join(f"{cell}{suffix}\n" for cell in cells)
        found = read(data.encode())
        expected = [usual_value] * ROWS
        expected[at] = other_value
        assert found.columns["v"] == expected
        assert {type(value) for value in found.columns["v"]} <= {
            type(usual_value),
            type(other_value),
        }
        assert not found.rejects


# One damaged record among 30,000: it is the only one that is lost to the table, and is a reject.
DAMAGE: dict[str, tuple[bytes, str]] = {
    "too many": (b"7,x,7,8", "too_many_fields"),
    "too few": (b"7,x", "too_few_fields"),
    "stray quote": (b'7,"abc"def,7', "stray_quote"),
    "never closed": (b'7,"x,7', "unterminated_quote"),
    "bad byte": (b"7,x\xffy,7", "invalid_utf8"),
}


@pytest.mark.parametrize("quotes_after", [True, False])
@pytest.mark.parametrize("at", POSITIONS)
@pytest.mark.parametrize("title", DAMAGE)
def test_a_damaged_record(read: Any, title: str, at: int, quotes_after: bool) -> None:
    """Also where it is a quote that opens a field and the next one is far away, or nowhere."""
    damaged, error = DAMAGE[title]
    quoted = range(ROWS) if quotes_after else [*range(min(at, 50))]
    lines = [b"%d,x,%d" % (i, i) for i in range(ROWS)]
    for i in quoted:
        lines[i] = b'%d,"x, y",%d' % (i, i)
    lines[at] = damaged
    found = read(b"a,b,c\n" + b"\n".join(lines) + b"\n", quote='"')
    assert found.errors == [(at + 2, error, damaged)]
    assert found.columns["a"] == [i for i in range(ROWS) if i != at]


TABLES: dict[str, tuple[bytes, dict[str, list[Any]]]] = {
    "one column with semicolons": (b"c0\nv0\na;b\n", {"c0": ["v0", "a;b"]}),
    "NA": (b"c,code\nNamibia,NA\nFrance,FR\n", {"c": ["Namibia", "France"], "code": ["NA", "FR"]}),
    "NA, quoted": (
        b'c,code\n"Namibia","NA"\n"France","FR"\n',
        {"c": ["Namibia", "France"], "code": ["NA", "FR"]},
    ),
    "names of others": (
        b"a,a_duplicated_0,a\n1,2,3\n",
        {"a": [1], "a_duplicated_0": [2], "a_2": [3]},
    ),
    "quotes at the end": (
        b"a,b\n" + b"1,x\n" * 2047 + b'2048,""","\n',
        {"a": [1] * 2047 + [2048], "b": ["x"] * 2047 + ['",']},
    ),
    "telephone": (b"t,v\n+49301234,1\n", {"t": ["+49301234"], "v": [1]}),
    "inches": (
        b'a,t\n1,5" pipe\n2,"x, y"\n3,z\n',
        {"a": [1, 2, 3], "t": ['5" pipe', "x, y", "z"]},
    ),
    "inches, no quotes": (b'a,t\n1,5" pipe\n2,x\n', {"a": [1, 2], "t": ['5" pipe', "x"]}),
    "yes and no": (b"a\nY\nN\n", {"a": ["Y", "N"]}),
    "many digits": (
        b"v\n0.1234567890123456789\n1.5\n",
        {"v": [Decimal("0.1234567890123456789"), Decimal("1.5")]},
    ),
}


@pytest.mark.parametrize("title", TABLES)
def test_published_tables(read: Any, title: str) -> None:
    data, columns = TABLES[title]
    found = read(data)
    assert found.columns == columns
    assert not found.rejects
