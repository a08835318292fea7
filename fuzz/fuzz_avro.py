"""Fuzzes records of Avro: the kernel must find what its twin finds."""

from __future__ import annotations

from typing import Any

from _harness import run
from logflow_avro.arrays import array_of
from logflow_avro.schema import compiled

import logflow_ext.avro
import logflow_ext.reference.avro


def record(name: str, *types: Any) -> dict[str, Any]:
    """A record with fields of some types."""
    fields = [{"name": f"f{i}", "type": each} for i, each in enumerate(types)]
    return {"type": "record", "name": name, "fields": fields}


DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 25, "scale": 3}
FIXED = {"type": "fixed", "name": "F", "size": 3}
ENUM = {"type": "enum", "name": "E", "symbols": ["A", 'B"']}
SCHEMAS = [
    compiled(record("R", "null", "boolean", "int", "long", "float", "double", "bytes", "string")),
    compiled(record("R", ["null", "string"], {"type": "array", "items": ["int", "null"]}, DECIMAL)),
    compiled(
        record(
            "R",
            {"type": "map", "values": FIXED},
            ["null", record("A", "int"), record("B", "string")],
            ["int", "double"],
            {"type": "array", "items": "null"},
        )
    ),
    compiled(record("R", ["null", "R", "double", ENUM, {"type": "map", "values": ["R", "bytes"]}])),
]
# The first byte of an input chooses the schema and the number of records; the rest are data.
SEEDS = [
    b"\x10" + b"\x01\x02\x04" + bytes(12) + b"\x02a\x04\xc3\xa9" * 2,
    b"\x11" + b"\x02\x02a\x04\x00\x02\x02\x00\x04\x01\x02" * 5,
    b"\x12" + b"\x02\x02kabc\x00\x02\x04\x00\x06\x04\x00" * 5,
    b"\x13" + b"\x02\x04" + bytes(8) + b"\x06\x02\x08\x02\x02k\x02\x02\xff\x00\x00" * 5,
]


def target(data: bytes) -> None:
    """Compare what the kernel decodes with what its twin does."""
    choice, data = (data[:1] or b"\0")[0], data[1:]
    schema, records = SCHEMAS[choice % 4], choice // 4
    half = len(data) // 2 if choice & 128 else len(data)
    blocks = [(data[:half], records), (data[half:], records)]
    found, expected = (
        said(schema, module.decode(blocks, [f.typed.program for f in schema.fields], schema.types))
        for module in (logflow_ext.avro, logflow_ext.reference.avro)
    )
    assert found == expected, f"schema {choice % 4}:\n{found}\nis not\n{expected}"


def said(schema: Any, decoded: Any) -> Any:
    """All that decoding says, as something that can be compared and shown."""
    arrays = [
        array_of(column, field.typed.type, field.typed.program)
        for column, field in zip(decoded.columns, schema.fields, strict=True)
    ]
    for array in arrays:
        array.validate(full=True)
    return [repr(array.to_pylist()) for array in arrays], decoded.rows, decoded.broken


if __name__ == "__main__":
    run(target, SEEDS, __doc__)
