"""The rules of the plugin contract; what fastavro writes is read as fastavro reads it."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import fastavro
import pyarrow as pa
import pytest

import logflow
from logflow.errors import DecodeError, OptionError, SchemaError
from logflow.testing import DecoderConformance

DATA = os.environ.get("LOGFLOW_CONFORMANCE_DATA")
FILES = [
    path
    for folder in ("fastavro+fastavro/tests/avro-files", "apache+arrow-testing/data/avro")
    for path in sorted(Path(DATA or "", folder).glob("*.avro"))
]
needs_data = pytest.mark.skipif(
    DATA is None, reason="LOGFLOW_CONFORMANCE_DATA does not say where the public suites are"
)

U = dt.UTC
T = dt.datetime(2024, 2, 29, 23, 59, 59, 123000)
D = Decimal


def record(*fields: tuple[str, Any], name: str = "R", **more: Any) -> dict[str, Any]:
    return {
        "type": "record",
        "name": name,
        "fields": [{"name": n, "type": t} for n, t in fields],
        **more,
    }


def logical(kind: str, logical_type: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "logicalType": logical_type, **more}


def written(schema: Any, rows: list[Any], codec: str = "null", **options: Any) -> bytes:
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema(schema), rows, codec=codec, **options)
    return out.getvalue()


SCHEMA = record(("i", "long"), ("s", ["null", "string"]), ("l", {"type": "array", "items": "int"}))
ROWS = [{"i": i, "s": None if i % 3 else f"é{i}", "l": list(range(i % 3))} for i in range(7)]
CODECS = ("null", "deflate", "bzip2", "xz", "zstandard", "snappy", "lz4")


def damaged(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


class TestAvro(DecoderConformance):
    name = "avro"
    empty_is_valid = False
    valid: ClassVar = {
        **{codec: (written(SCHEMA, ROWS, codec), ROWS) for codec in CODECS},
        "many blocks": (written(SCHEMA, ROWS, "deflate", sync_interval=1), ROWS),
        "no rows": (written(SCHEMA, []), []),
    }
    broken: ClassVar = {
        "a block": damaged(written(SCHEMA, ROWS, sync_interval=1), -20),
        "the end": written(SCHEMA, ROWS, "deflate", sync_interval=1)[:-5],
    }
    not_mine = (b"", b"Obj", b"PAR1", b"Obj\x02\x00")


# name: schema of the column, values as fastavro takes them, type, values if they differ
COLUMNS: dict[str, tuple[Any, list[Any], str, list[Any] | None]] = {
    "null": ("null", [None], "null", None),
    "boolean": ("boolean", [True, False], "bool", None),
    "int": ("int", [-(2**31), 2**31 - 1], "int32", None),
    "long": ("long", [-(2**63), 2**63 - 1], "int64", None),
    "float": ("float", [0.5, float("inf")], "float", None),
    "double": ("double", [5e-324, 0.1], "double", None),
    "bytes": ("bytes", [b"", b"\xff\x00"], "binary", None),
    "string": ("string", ["", "\u00e9\0"], "string", None),
    "enum": ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, ["B", "A"], "string", None),
    "fixed": ({"type": "fixed", "name": "F", "size": 2}, [b"ab"], "fixed_size_binary[2]", None),
    "date": (logical("int", "date"), [T.date(), dt.date(1, 1, 1)], "date32[day]", None),
    "time in ms": (logical("int", "time-millis"), [T.time()], "time32[ms]", None),
    "time in us": (logical("long", "time-micros"), [T.time()], "time64[us]", None),
    "timestamp": (
        logical("long", "timestamp-micros"),
        [T.replace(tzinfo=U)],
        "timestamp[us, tz=UTC]",
        None,
    ),
    "local": (logical("long", "local-timestamp-millis"), [T], "timestamp[ms]", None),
    "decimal": (
        logical("bytes", "decimal", precision=10, scale=3),
        [D("1234567.891"), D("-0.001"), D(0)],
        "decimal128(10, 3)",
        None,
    ),
    "big decimal": (
        logical("bytes", "decimal", precision=60, scale=5),
        [D("1234567890123456789012345678901234567890123456789012345.12345"), D("-1.00000")],
        "decimal256(60, 5)",
        None,
    ),
    "fixed decimal": (
        logical("fixed", "decimal", precision=38, scale=10, size=16, name="F"),
        [D("-1234567890123456789012345678.0123456789")],
        "decimal128(38, 10)",
        None,
    ),
    "bad decimal": (logical("bytes", "decimal", precision=0), [b"\x01"], "binary", None),
    "unknown logical type": (logical("string", "my-own"), ["x"], "string", None),
    "union of one": (["int"], [1], "int32", None),
    "null second": (["string", "null"], ["a", None], "string", None),
    "numbers": (["int", "null", "double"], [1, 1.5, None], "double", [1.0, 1.5, None]),
    "integers": (["int", "long"], [1, 2**40], "int64", None),
    "records": (
        [record(("x", "int"), name="A"), record(("y", "string"), name="B")],
        [{"x": 1}, {"y": "s"}],
        "struct<x: int32, y: string>",
        [{"x": 1, "y": None}, {"x": None, "y": "s"}],
    ),
    "mixture": (
        ["null", "int", "string", {"type": "array", "items": "bytes"}],
        [None, 1, 'x"', [b"\x01\xff"]],
        "string",
        [None, "1", r'"x\""', r'["\u0001\u00ff"]'],
    ),
    "map": (
        {"type": "map", "values": ["null", "long"]},
        [{"a": 1, "b": None}, {}],
        "map<string, int64>",
        [[("a", 1), ("b", None)], []],
    ),
    "arrays": (
        {"type": "array", "items": {"type": "array", "items": "int"}},
        [[[1], []], []],
        "list<item: list<item: int32>>",
        None,
    ),
    "recursion": (
        record(("v", "int"), ("next", ["null", "N"]), name="N"),
        [{"v": 1, "next": {"v": 2, "next": {"v": 3, "next": None}}}, {"v": 4, "next": None}],
        "struct<v: int32, next: string>",
        [{"v": 1, "next": '{"v": 2, "next": {"v": 3, "next": null}}'}, {"v": 4, "next": None}],
    ),
    "namespaces": (
        record(
            ("a", {"type": "fixed", "name": "other.F", "size": 1}),
            ("b", "other.F"),
            name="N",
            namespace="n.s",
        ),
        [{"a": b"a", "b": b"b"}],
        "struct<a: fixed_size_binary[1], b: fixed_size_binary[1]>",
        None,
    ),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns(name: str) -> None:
    schema, values, kind, expected = COLUMNS[name]
    data = written(record(("v", schema), ("w", "int")), [{"v": v, "w": 1} for v in values])
    table = logflow.read(data).read_all()
    assert str(table.schema.field("v").type) == kind
    assert table["v"].to_pylist() == (values if expected is None else expected)


def test_no_record_at_the_top() -> None:
    data = written("string", ["a", "b"])
    assert logflow.read(data).read_all().to_pylist() == [{"value": "a"}, {"value": "b"}]


def plain(value: Any) -> Any:
    """A value as fastavro gives it, comparable with Arrow's."""
    if value == {}:
        return []
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(each, tuple) for each in value):
            return {key: plain(each) for key, each in value}
        return [plain(each) for each in value]
    return value if value == value else "NaN"


@needs_data
@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_files_of_others(path: Path) -> None:
    rows = logflow.read(path).read_all().to_pylist()
    with path.open("rb") as file:
        expected = list(fastavro.reader(file))
    assert len(rows) == len(expected)
    if "recursive" not in path.stem:
        wrapped = [each if isinstance(each, dict) else {"value": each} for each in expected]
        for row, each in zip(rows, wrapped, strict=True):
            for key, value in plain(each).items():
                found = plain(row)[key]
                assert found == value or str(found) == str(value) or found in ([], None)


def rejects(data: bytes, tmp_path: Path, **options: Any) -> tuple[Any, list[dict[str, Any]]]:
    import pyarrow.parquet as pq

    result = logflow.convert(data, tmp_path / "out.arrow", errors="quarantine", **options)
    path = result.rejects_path
    return result, pq.read_table(path).to_pylist() if path else []


def test_a_damaged_block_is_lost_alone(tmp_path: Path) -> None:
    data = written(SCHEMA, ROWS, "deflate", sync_interval=1)
    sync = data[-16:]
    blocks = data.split(sync)  # the header, the blocks, nothing
    blocks[3] = damaged(blocks[3], 5)
    for chunk in ({}, {"chunk_rows": 1}):
        result, found = rejects(sync.join(blocks), tmp_path, force=True, **chunk)
        assert result.receipt.written == 6
        [reject] = found
        assert reject["record"] == 3
        assert reject["byte_offset"] == len(sync.join(blocks[:3])) + 16
        assert reject["raw"] == blocks[3] + sync


def test_bytes_that_are_no_block(tmp_path: Path) -> None:
    data = written(SCHEMA, ROWS, sync_interval=1)
    sync = data[-16:]
    first, second, rest = data.split(sync, 2)
    for middle in (b"garbage", b"\xff" * 40, b"\x02\xfe\xff\xff\xff\x0f" + b"x" * 99):
        result, found = rejects(sync.join([first, second, middle, rest]), tmp_path, force=True)
        assert result.receipt.written == 7
        assert [reject["record"] for reject in found] == [2]
        assert found[0]["raw"] == middle + sync


def test_a_bad_value_costs_its_record(tmp_path: Path) -> None:
    data = written(record(("s", "string"), ("i", "int")), [{"s": c, "i": 1} for c in "abc"])
    result, [reject] = rejects(data.replace(b"\x02b\x02", b"\x02\xff\x02"), tmp_path)
    assert result.receipt.written == 2
    assert (reject["record"], reject["column"], reject["raw"]) == (2, "s", b"\x02\xff\x02")
    assert reject["error_type"] == "ill_formed_utf8"


def test_records_of_a_block_that_ends_too_early_are_all_rejected(tmp_path: Path) -> None:
    data = bytearray(written(record(("i", "int")), [{"i": 1}] * 3))
    data[-16 - 3 - 2] = 2 * 5  # five records, it says
    result, found = rejects(bytes(data), tmp_path)
    assert (result.receipt.written, len(found)) == (0, 5)
    assert "the block ends inside a record" in found[0]["message"]


def test_bombs(tmp_path: Path) -> None:
    schema = record(("s", "string"))
    for codec in CODECS[1:]:
        data = written(schema, [{"s": "x" * 100_000}], codec)
        _, [reject] = rejects(data, tmp_path, max_block_bytes=50_000, force=True)
        assert "more than 50,000 bytes (max_block_bytes)" in reject["message"]
    doubled: Any = "int"
    for level in range(60):
        doubled = record(
            ("a", doubled), ("b", f"R{level}" if level else "int"), name=f"R{level + 1}"
        )
    with pytest.raises(DecodeError, match="100,000 types"):
        logflow.read(header(json.dumps(doubled))).read_all()


def header(schema: str, codec: str = "null") -> bytes:
    out = io.BytesIO(b"Obj\x01")
    out.seek(4)
    fastavro.schemaless_writer(
        out,
        fastavro.parse_schema({"type": "map", "values": "bytes"}),
        {"avro.schema": schema.encode(), "avro.codec": codec.encode()},
    )
    return out.getvalue() + b"s" * 16


ERRORS = {
    "no header": (b"Obj\x01", "header of the Avro file ends too early"),
    "no schema": (header("{"), "expected a schema in the header"),
    "no type": (header('{"type": "thing"}'), "expected the name of a type, found 'thing'"),
    "no fields": (header('{"type": "record", "name": "R"}'), "expected the fields of record R"),
    "empty union": (header("[]"), "expected a union of different types"),
    "codec": (header('"int"', "brotli"), "has codec 'brotli'; expected one of null, deflate"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_bad_headers(name: str) -> None:
    data, message = ERRORS[name]
    with pytest.raises(DecodeError, match=message):
        logflow.read(data, format="avro").read_all()


def test_reading_by_another_schema(tmp_path: Path) -> None:
    data = written(record(("i", "int"), ("gone", "string")), [{"i": 1, "gone": "x"}])
    reader = record(("j", "double"), ("new", "string"))
    reader["fields"][0]["aliases"] = ["i"]
    reader["fields"][1]["default"] = "n"
    (tmp_path / "reader.avsc").write_text(json.dumps(reader))
    for given in (json.dumps(reader), str(tmp_path / "reader.avsc")):
        table = logflow.read(data, reader_schema=given).read_all()
        assert table.to_pylist() == [{"j": 1.0, "new": "n"}]
        assert table.schema.field("j").type == pa.float64()
    with pytest.raises(SchemaError, match="does not fit the file"):
        logflow.read(data, reader_schema=json.dumps(record(("other", "int")))).read_all()
    with pytest.raises(OptionError, match="expected JSON or the path"):
        logflow.read(data, reader_schema="no such file").read_all()


def test_declared_types_and_coordinates() -> None:
    data = written(SCHEMA, ROWS, sync_interval=1)
    table = logflow.read(
        data, columns={"i": "int8"}, coordinates=("_record", "_byte_offset"), chunk_rows=3
    ).read_all()
    assert table["i"].type == pa.int8()
    assert table["_record"].to_pylist() == [1, 2, 3, 4, 5, 6, 7]
    offsets = table["_byte_offset"].to_pylist()
    assert offsets == sorted(set(offsets))
