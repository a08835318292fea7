"""The rules of the plugin contract, and what becomes of each type."""

from __future__ import annotations

import datetime as dt
import io
import os
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.orc
import pytest
from logflow_orc.child import main, write_batches

import logflow
import logflow.ingest.child_process
from logflow.errors import DataError, DecodeError, SchemaError, StorageError
from logflow.ingest.staged import StagedWriter
from logflow.testing import DecoderConformance, SinkConformance

ROWS: list[dict[str, Any]] = [
    {"id": 1, "text": "a", "real": 0.5, "list": [1, None]},
    {"id": None, "text": "", "real": None, "list": None},
    {"id": 3, "text": None, "real": -0.0, "list": []},
]


def orc(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    with pa.orc.ORCWriter(out, **options) as writer:
        writer.write(table)
    return out.getvalue()


class TestDecoder(DecoderConformance):
    name = "orc"
    empty_is_valid = False
    # Every reading starts a process: one sample is enough.
    valid: ClassVar = {"compressed": (orc(pa.Table.from_pylist(ROWS), compression="snappy"), ROWS)}
    not_mine = (b"", b"ORX", b"PAR1", b"a,b\n1,2\n")


class TestSink(SinkConformance):
    name = "orc"


def test_no_rows() -> None:
    table = pa.Table.from_pylist(ROWS)[:0]
    assert logflow.read(orc(table)).read_all().equals(table)


def test_stripes_are_batches() -> None:
    rows = 200_000
    table = pa.table({"a": range(rows), "b": [str(i) for i in range(rows)]})
    data = orc(table, stripe_size=100_000, compression="uncompressed")
    assert pa.orc.ORCFile(io.BytesIO(data)).nstripes > 1
    assert logflow.read(data).read_all().equals(table)


def test_damage_is_an_error(tmp_path: Path) -> None:
    data = orc(pa.table({"a": range(10_000)}), compression="zlib")
    middle = len(data) // 4
    with pytest.raises(DecodeError):
        logflow.read(data[:middle] + bytes(200) + data[middle + 200 :]).read_all()


# name: values, their type, the type in the file, the values there if they differ
TYPES: dict[str, tuple[list[Any], pa.DataType, str, list[Any] | None]] = {
    "null": ([None], pa.null(), "string", None),
    "unsigned": ([255, None], pa.uint8(), "int16", None),
    "big unsigned": ([2**64 - 1], pa.uint64(), "decimal128(20, 0)", [Decimal(2**64 - 1)]),
    "half float": ([0.5], pa.float16(), "float", None),
    "dictionary": (["a", "b", "a"], pa.dictionary(pa.int8(), pa.string()), "string", None),
    "bytes": ([b"\xff"], pa.binary(1), "binary", None),
    "date": ([dt.date(1, 1, 1)], pa.date32(), "date32[day]", None),
    "timestamp": ([dt.datetime(1960, 1, 2, 3)], pa.timestamp("ms"), "timestamp[ns]", None),
    "moment": (
        [dt.datetime(2024, 1, 2, tzinfo=dt.UTC)],
        pa.timestamp("us", "UTC"),
        "timestamp[ns, tz=UTC]",
        None,
    ),
    "decimal": ([Decimal("1.50")], pa.decimal256(38, 2), "decimal128(38, 2)", None),
    "nested": (
        [{"a": [1], "b": [("k", 2)]}, None],
        pa.struct([("a", pa.list_(pa.uint32())), ("b", pa.map_(pa.string(), pa.int8()))]),
        "struct<a: list<item: int64>, b: map<string, int8>>",
        None,
    ),
}


@pytest.mark.parametrize("name", TYPES)
def test_types(name: str, tmp_path: Path) -> None:
    values, kind, stored, expected = TYPES[name]
    array = pa.array(values, pa.float32() if kind == pa.float16() else kind).cast(kind)
    logflow.convert(_ipc(pa.table({"v": array})), tmp_path / "out.orc")
    table = logflow.read(tmp_path / "out.orc").read_all()
    assert str(table.schema.field("v").type) == stored
    assert table["v"].to_pylist() == (values if expected is None else expected)


def _ipc(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def test_a_full_disk_is_an_error_and_no_crash() -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            if self.tell() > 1000:
                raise OSError(28, "No space left on device")
            return super().write(data)

    sink: Any = TestSink().make("out.orc", compression="none")
    schema = pa.schema([("a", pa.int64())])
    writer = sink.begin(StagedWriter(Full(), "out.orc"), schema)
    encoder = sink.make_encoder(schema, None)
    batch = pa.record_batch([pa.array(range(100_000))], schema=schema)
    [part] = encoder.encode([batch], 0)
    writer.write(part)
    with pytest.raises(StorageError, match="No space left"):
        writer.close()
    sink.abort()


def test_a_crash_of_the_library_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    monkeypatch.setattr(logflow.ingest.child_process, "CODE", crash)
    with pytest.raises(DecodeError, match="the ORC library crashed"):
        logflow.read(orc(pa.table({"a": [1]}))).read_all()


def test_what_the_child_says() -> None:
    out = io.BytesIO()
    table = pa.table({"a": [1, 2]})
    write_batches(io.BytesIO(orc(table)), out)
    assert pa.ipc.open_stream(out.getvalue()).read_all().equals(table)
    with tempfile.TemporaryFile() as file:
        file.write(b"ORC")
        assert main(str(os.dup(file.fileno()))) == 1


REFUSED: dict[str, tuple[pa.Array, type[Exception], str]] = {
    "time": (pa.array([dt.time(1)]), SchemaError, "column v: ORC has no place for time64"),
    "in a list": (
        pa.array([[1]], pa.list_(pa.duration("s"))),
        SchemaError,
        "column v: ORC has no place for duration",
    ),
    "decimal": (pa.array([Decimal(1)], pa.decimal256(50, 0)), SchemaError, "decimal256"),
    "far timestamp": (
        pa.array([dt.datetime(9999, 1, 1)], pa.timestamp("s")),
        DataError,
        "ORC has no place for a value",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    array, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        logflow.convert(_ipc(pa.table({"v": array})), tmp_path / "out.orc")
    assert not list(tmp_path.iterdir())
