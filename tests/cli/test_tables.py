"""Values of every type as text and as JSON, and text in columns."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logflow.cli.tables import aligned, as_json, as_text, tsv

DAY = dt.date(2024, 2, 29)
NOON = dt.datetime(2024, 2, 29, 12, 0, 0, 5)
MANY = 9007199254740993


@pytest.mark.parametrize(
    ("kind", "value", "json_value", "text"),
    [
        (pa.null(), None, None, None),
        (pa.bool_(), True, True, "true"),
        (pa.int64(), MANY, MANY, str(MANY)),
        (pa.uint64(), 2**64 - 1, 2**64 - 1, str(2**64 - 1)),
        (pa.float64(), 0.1, 0.1, "0.1"),
        (pa.float64(), float("inf"), "inf", "inf"),
        (pa.float64(), float("nan"), "nan", "nan"),
        (pa.decimal128(5, 2), Decimal("1.50"), "1.50", "1.50"),
        (pa.decimal256(50, 2), Decimal("1.50"), "1.50", "1.50"),
        (pa.date32(), DAY, "2024-02-29", "2024-02-29"),
        (pa.timestamp("us"), NOON, "2024-02-29 12:00:00.000005", "2024-02-29 12:00:00.000005"),
        (pa.timestamp("ns"), 1, "1970-01-01 00:00:00.000000001", "1970-01-01 00:00:00.000000001"),
        (pa.timestamp("s", "UTC"), 0, "1970-01-01 00:00:00Z", "1970-01-01 00:00:00Z"),
        (pa.time64("us"), dt.time(1, 2, 3), "01:02:03.000000", "01:02:03.000000"),
        (pa.duration("ms"), dt.timedelta(seconds=1), "1000", "1000"),
        (pa.string(), "ë", "ë", "ë"),
        (pa.large_string(), "ë", "ë", "ë"),
        (pa.string_view(), "ë", "ë", "ë"),
        (pa.dictionary(pa.int32(), pa.string()), "ë", "ë", "ë"),
        (pa.binary(), b"a\xff", "61ff", "a\\xff"),
        (pa.large_binary(), b"a\xff", "61ff", "a\\xff"),
        (pa.binary(2), b"a\xff", "61ff", "a\\xff"),
        (pa.list_(pa.date32()), [DAY, None], ["2024-02-29", None], '["2024-02-29", null]'),
        (pa.struct({"a": pa.float64()}), {"a": 0.5}, {"a": 0.5}, '{"a": 0.5}'),
        (pa.map_(pa.string(), pa.int8()), [("a", 1)], [{"key": "a", "value": 1}], None),
        (pa.list_(pa.timestamp("ns")), [1], ["1970-01-01 00:00:00.000000001"], None),
    ],
    ids=lambda value: str(value) if isinstance(value, pa.DataType) else "",
)
def test_values_of_every_type(kind: pa.DataType, value: Any, json_value: Any, text: Any) -> None:
    column = pa.chunked_array([pa.array([value, None], kind)])
    assert as_json(column) == [json_value, None]
    json.dumps(as_json(column), allow_nan=False)
    if text is not None or value is None:
        assert as_text(column) == [text, None]


@given(st.lists(st.none() | st.text()))
def test_a_row_of_text_stays_a_row(cells: list[str | None]) -> None:
    line = tsv(cells)
    assert line.count("\t") == max(0, len(cells) - 1)
    assert not {"\n", "\r"} & set(line)


@given(st.lists(st.text(st.characters(exclude_characters="\0"))))
def test_a_row_of_text_can_be_read_back(cells: list[str]) -> None:
    names = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}

    def plain(cell: str) -> str:
        parts = cell.split("\\\\")
        for name in ("\\t", "\\n", "\\r"):
            parts = [part.replace(name, names[name]) for part in parts]
        return "\\".join(parts)

    assert [plain(cell) for cell in tsv(cells).split("\t")] == (cells or [""])


def test_columns_are_as_wide_as_needed() -> None:
    assert aligned([("a", "bb", ""), ("ccc", "d", "e")], indent=1) == " a    bb\n ccc  d   e"
