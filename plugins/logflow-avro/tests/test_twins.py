"""The kernel and its twin read alike, whatever the bytes."""

from __future__ import annotations

import io
from types import ModuleType
from typing import Any

import fastavro
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logflow_avro.arrays import array_of
from logflow_avro.schema import compiled

import logflow_ext.avro
import logflow_ext.reference.avro

MODULES = [
    pytest.param(logflow_ext.avro, id="compiled"),
    pytest.param(logflow_ext.reference.avro, id="twin"),
]


def record(*types: Any, name: str = "R") -> dict[str, Any]:
    fields = [{"name": f"f{i}", "type": each} for i, each in enumerate(types)]
    return {"type": "record", "name": name, "fields": fields}


TYPES: dict[str, Any] = {
    "plain": record("null", "boolean", "int", "long", "float", "double", "bytes", "string"),
    "nullable": record(["null", "int"], ["string", "null"], ["null", "boolean"], ["int"]),
    "logical": record(
        {"type": "int", "logicalType": "time-millis"},
        {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 2},
        {"type": "bytes", "logicalType": "decimal", "precision": 50},
        {"type": "fixed", "name": "D", "size": 5, "logicalType": "decimal", "precision": 9},
    ),
    "nested": record(
        {"type": "array", "items": ["null", {"type": "map", "values": "long"}]},
        ["null", record("string", {"type": "array", "items": "null"}, name="I")],
        {"type": "enum", "name": "E", "symbols": ["A", "B"]},
        {"type": "fixed", "name": "F", "size": 3},
    ),
    "unions": record(
        ["null", "int", "double"],
        ["int", "long"],
        ["null", record("int", name="A"), record("int", "string", name="B")],
    ),
    "json": record(
        ["null", "boolean", "long", "float", "double", "bytes", "string"],
        [
            {"type": "enum", "name": "E", "symbols": ["A", 'B"']},
            {"type": "fixed", "name": "F", "size": 2},
            {"type": "array", "items": ["null", "R"]},
            {"type": "map", "values": "R"},
        ],
    ),
}


def found(module: ModuleType, name: str, blocks: list[tuple[bytes, int]]) -> Any:
    """All that decoding says, as something that can be compared."""
    schema = compiled(TYPES[name])
    programs = [field.typed.program for field in schema.fields]
    decoded = module.decode(blocks, programs, schema.types)
    arrays = [
        array_of(column, field.typed.type, field.typed.program)
        for column, field in zip(decoded.columns, schema.fields, strict=True)
    ]
    for array in arrays:
        array.validate(full=True)
        assert len(array) == decoded.rows
    # NaN is not equal to itself, but its text is.
    return [repr(array.to_pylist()) for array in arrays], decoded.rows, decoded.broken


BYTES = st.lists(
    st.sampled_from([0, 0, 0, 1, 2, 2, 4, 6, 8, 3, 127, 128, 255]) | st.integers(0, 255),
    max_size=60,
).map(bytes)


@given(
    name=st.sampled_from(sorted(TYPES)), data=st.lists(BYTES, max_size=2), records=st.integers(0, 4)
)
@settings(max_examples=600)
def test_any_bytes(name: str, data: list[bytes], records: int) -> None:
    blocks = [(each, records) for each in data]
    compiled_, twin = (
        found(module, name, blocks) for module in (logflow_ext.avro, logflow_ext.reference.avro)
    )
    assert compiled_ == twin


FLOATS = [0.0, -0.0, 0.1, 1e22, 1e21, 2.0**70, 5e-324, 1.7976931348623157e308, -1.5, 1e-7, 1e16]


@pytest.mark.parametrize("kind", ["float", "double"])
def test_floats_in_text_of_json(kind: str) -> None:
    schema = record(["string", kind])
    out = io.BytesIO()
    numbers = [value for value in FLOATS if kind == "double" or abs(value) < 1e38]
    for value in [*numbers, float("nan"), float("inf"), float("-inf")]:
        fastavro.schemaless_writer(out, fastavro.parse_schema(schema), {"f0": value})
    columns = compiled(schema)
    [field] = columns.fields
    texts = []
    for module in (logflow_ext.avro, logflow_ext.reference.avro):
        decoded = module.decode(
            [(out.getvalue(), len(numbers) + 3)], [field.typed.program], columns.types
        )
        texts.append(array_of(decoded.columns[0], pa.string(), field.typed.program).to_pylist())
    assert texts[0] == texts[1]
    if kind == "double":
        assert [float(text) for text in texts[0][:-3]] == numbers
    assert texts[0][-3:] == ['"NaN"', '"Infinity"', '"-Infinity"']


@pytest.mark.parametrize("module", MODULES)
def test_what_is_no_program(module: ModuleType) -> None:
    with pytest.raises(ValueError, match="no program"):
        module.decode([(b"\0", 1)], [("nothing",)])


@pytest.mark.parametrize("module", MODULES)
def test_items_without_bytes_are_bounded(module: ModuleType) -> None:
    many = bytes([0x80, 0x80, 0x80, 0x01, 0])  # 2 ** 20 items
    program = ("array", ("null",), 0)
    assert module.decode([(many, 1)], [program]).rows == 1
    [broken] = module.decode([(many * 2, 2)], [program]).broken
    assert (broken.record, broken.error) == (1, "bad_length")
