"""JSON Lines written: every type by example, and what is read back."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logflow_json.sink import JsonLinesEncoder

import logflow
from logflow.errors import DataError, OptionError, SchemaError
from logflow.ingest.json_texts import check_type, texts
from logflow.testing import SinkConformance

MOMENT = dt.datetime(2024, 2, 29, 12, 30)


class TestJsonLines(SinkConformance):
    name = "jsonl"

    def test_s4_no_rows(self, tmp_path: Path) -> None:
        """S4: without rows there is nothing, as columns have no names without a row."""
        sink = self.make(tmp_path / "out")
        sink.encoder(self.table.schema)
        assert sink.close({}).rows == 0
        sink.commit()
        assert (tmp_path / "out").read_bytes() == b""


# name: values, type, their texts
TYPES: dict[str, tuple[list[Any], pa.DataType, list[str]]] = {
    "null": ([None], pa.null(), ["null"]),
    "truth": ([True, None], pa.bool_(), ["true", "null"]),
    "integers": ([-1, 2**63 - 1], pa.int64(), ["-1", "9223372036854775807"]),
    "floats": (
        [1.0, -0.0, 0.1, 1e300, 5e-324],
        pa.float64(),
        ["1.0", "-0.0", "0.1", "1e+300", "5e-324"],
    ),
    "short floats": ([1.0, 0.1], pa.float32(), ["1.0", "0.1"]),
    "half floats": ([1.0, 0.5], pa.float16(), ["1.0", "0.5"]),
    "decimals": ([Decimal("1.50"), None], pa.decimal128(9, 2), ["1.50", "null"]),
    "text": (
        ['a"b\\', "\n\t\0\x1f", "\u00e9\U0001f600", "", None],
        pa.string(),
        [r'"a\"b\\"', r'"\n\t\u0000\u001f"', '"\u00e9\U0001f600"', '""', "null"],
    ),
    "long text": (["a"], pa.large_string(), ['"a"']),
    "views": (["a"], pa.string_view(), ['"a"']),
    "dictionaries": (["a", None], pa.dictionary(pa.int8(), pa.string()), ['"a"', "null"]),
    "dates": ([MOMENT.date()], pa.date32(), ['"2024-02-29"']),
    "times": ([MOMENT.time()], pa.time64("us"), ['"12:30:00.000000"']),
    "timestamps": ([MOMENT], pa.timestamp("s"), ['"2024-02-29T12:30:00"']),
    "moments": (
        [MOMENT.replace(tzinfo=dt.UTC)],
        pa.timestamp("ms", "Asia/Tokyo"),
        ['"2024-02-29T12:30:00.000Z"'],
    ),
    "lists": ([[1, None], [], None], pa.list_(pa.int8()), ["[1,null]", "[]", "null"]),
    "long lists": ([["a"]], pa.large_list(pa.string()), ['["a"]']),
    "pairs": ([[1, 2], None], pa.list_(pa.int8(), 2), ["[1,2]", "null"]),
    "structs": (
        [{"a": 1, 'b"': {"c": None}}, None],
        pa.struct([("a", pa.int8()), ('b"', pa.struct([("c", pa.string())]))]),
        [r'{"a":1,"b\"":{"c":null}}', "null"],
    ),
    "maps": (
        [[("a", 1), ("b", None)], [], None],
        pa.map_(pa.string(), pa.int8()),
        ['{"a":1,"b":null}', "{}", "null"],
    ),
}


@pytest.mark.parametrize("name", TYPES)
def test_types(name: str) -> None:
    values, kind, expected = TYPES[name]
    field = pa.field("v", kind)
    check_type(field)
    array = pa.array(values, pa.float32() if kind == pa.float16() else kind).cast(kind)
    assert texts(array, field).to_pylist() == expected
    around = pa.concat_arrays([array, array, array])
    part = around.slice(len(array), len(array))
    assert texts(part, field).to_pylist() == expected


REFUSED = {
    "bytes": pa.binary(),
    "durations": pa.list_(pa.duration("s")),
    "keys that are no text": pa.struct([("m", pa.map_(pa.int8(), pa.int8()))]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_types_that_json_lacks(name: str) -> None:
    with pytest.raises(SchemaError, match=r"column v.*JSON"):
        check_type(pa.field("v", REFUSED[name]))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_floats_that_are_no_numbers(value: float, tmp_path: Path) -> None:
    encoder = JsonLinesEncoder(schema=pa.schema([("v", pa.float64())]), rows=10)
    batch = pa.record_batch([pa.array([1.0, value])], schema=encoder.schema)
    with pytest.raises(DataError, match="column v: JSON has no place for NaN"):
        list(encoder.encode([batch], 0))


def test_text_of_json_is_written_as_it_is(tmp_path: Path) -> None:
    lines = ['{"a":1}', '{"a":{"b" : "x"}}', '{"a":null}']
    logflow.convert("\n".join(lines).encode(), tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text().splitlines() == lines


def test_rows_without_columns(tmp_path: Path) -> None:
    logflow.convert(b"[{},{}]", tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == b"{}\n{}\n"


def test_compression_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="none inside of text"):
        logflow.convert(b"[1]", tmp_path / "out.jsonl", sink_options={"compression": "zstd"})


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"a": st.integers(-9, 9), "b": st.none() | st.lists(st.none() | st.text('a\n"\\\x01'))}
        ),
        max_size=9,
    ),
    size=st.integers(1, 9),
)
@settings(deadline=None)
def test_lines_are_json(rows: list[dict[str, Any]], size: int) -> None:
    schema = pa.schema([("a", pa.int64()), ("b", pa.list_(pa.string()))])
    encoder = JsonLinesEncoder(schema=schema, rows=size)
    batches = pa.Table.from_pylist(rows, schema=schema).to_batches()
    data = b"".join(part.data.to_pybytes() for part in encoder.encode(batches, 0))
    assert [json.loads(line) for line in data.splitlines()] == rows
