"""The decoders: all types as they are, distinct names, and damage as a decode error."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logflow_arrow.decoder import ArrowFileDecoder, ArrowStreamDecoder

from logflow.errors import DecodeError, StorageError
from logflow.ingest.validity import check_batch
from logflow.interfaces.decoder import BatchDecoder
from logflow.testing import SampleSource

TABLE = pa.table(
    {
        "id": range(10),
        "text": pa.array([None if n % 3 == 0 else f"t{n}" for n in range(10)]),
        "kind": pa.array(["a", "b"] * 5).dictionary_encode(),
        "list": [[n] * (n % 3) for n in range(10)],
        "struct": [{"x": n, "y": [str(n)]} for n in range(10)],
    }
)
FORMATS = {
    "file": (pa.ipc.new_file, ArrowFileDecoder()),
    "stream": (pa.ipc.new_stream, ArrowStreamDecoder()),
}


def ipc(new_writer: Callable[..., Any], table: pa.Table, rows: int = 4, **options: Any) -> bytes:
    out = io.BytesIO()
    with new_writer(out, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=rows)
    return out.getvalue()


@pytest.fixture(params=FORMATS)
def make(request: pytest.FixtureRequest) -> Callable[..., Any]:
    writer, _ = FORMATS[request.param]
    return lambda *args, **options: ipc(writer, *args, **options)


@pytest.fixture
def decoder(make: Any, request: pytest.FixtureRequest) -> BatchDecoder:
    return FORMATS[request.node.callspec.params["make"]][1]


def read(decoder: BatchDecoder, data: bytes, step: int | None = None) -> list[pa.RecordBatch]:
    with SampleSource(data, "a.arrow", step).open() as stream:
        return list(decoder.batches(stream))


def test_they_are_batch_decoders(decoder: BatchDecoder) -> None:
    assert isinstance(decoder, BatchDecoder)


@pytest.mark.parametrize("step", [None, 1, 5])
@pytest.mark.parametrize("options", [{}, {"compression": "lz4"}, {"use_legacy_format": True}])
def test_batches_as_they_were_written(
    decoder: BatchDecoder, make: Any, step: int | None, options: dict[str, Any]
) -> None:
    batches = read(decoder, make(TABLE, **options), step)
    assert [batch.num_rows for batch in batches] == [4, 4, 2]
    assert pa.Table.from_batches(batches).equals(TABLE)
    assert batches[0].schema.equals(TABLE.schema, check_metadata=True)


def test_no_batches_are_one_without_rows(decoder: BatchDecoder, make: Any) -> None:
    (batch,) = read(decoder, make(TABLE.slice(0, 0)))
    assert batch.num_rows == 0
    assert batch.schema == TABLE.schema


def test_a_name_twice(decoder: BatchDecoder, make: Any) -> None:
    table = pa.table([[1], [2]], names=["a", "a"])
    (batch,) = read(decoder, make(table))
    assert batch.to_pydict() == {"a": [1], "a_2": [2]}
    assert batch.schema.field("a_2").metadata == {b"logflow:name": b"a"}


def test_the_stream_is_not_closed(decoder: BatchDecoder, make: Any) -> None:
    stream = io.BytesIO(make(TABLE))
    next(iter(decoder.batches(stream)))
    list(decoder.batches(io.BytesIO(stream.getvalue())))
    assert not stream.closed


@pytest.mark.parametrize("data", [b"", b"ARROW1", b"ARROW1\0\0" * 9, b"\xff" * 40, b"\0" * 40])
def test_what_is_not_arrow(decoder: BatchDecoder, data: bytes) -> None:
    with pytest.raises(DecodeError):
        read(decoder, data)


def test_cut_files_are_damaged_at_every_length(make: Any, decoder: BatchDecoder) -> None:
    data = make(TABLE)
    for end in range(0, len(data) - 8, 7):
        try:
            batches = read(decoder, data[:end])
        except DecodeError:
            continue
        rows = sum(batch.num_rows for batch in batches)
        assert isinstance(decoder, ArrowStreamDecoder)
        assert rows in (0, 4, 8, 10)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("name", FORMATS)
def test_any_damage_is_valid_batches_or_a_decode_error(name: str, data: st.DataObject) -> None:
    writer, decoder = FORMATS[name]
    damaged = bytearray(ipc(writer, TABLE))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        batches = read(decoder, bytes(damaged))
    except DecodeError:
        return
    for batch in batches:
        check_batch(batch)


def test_text_that_is_not_utf8(decoder: BatchDecoder, make: Any) -> None:
    table = pa.table({"a": pa.array([b"ok", b"\xff"]).cast(pa.string(), safe=False)})
    with pytest.raises(DecodeError, match="UTF8"):
        read(decoder, make(table))


def test_numbers_beyond_the_meaning_of_their_type(decoder: BatchDecoder, make: Any) -> None:
    numbers = pa.array([12810, None], pa.int64())
    nested = pa.ListArray.from_arrays([0, 1, 2], numbers.view(pa.date64()))
    decimals = pa.array([b"\x0a\x32" + bytes(14), None], pa.binary(16))
    table = pa.table({"a": decimals.view(pa.decimal128(3, 2)), "b": nested})
    (batch,) = read(decoder, make(table))
    assert batch.column("a").cast(pa.string()).to_pylist() == ["128.10", None]
    assert batch.column("b").values.cast(pa.int64()).to_pylist() == [12810, None]


def test_a_type_that_pyarrow_reads_but_has_no_arrays_of() -> None:
    """The unit of intervals is last in the schema: 2 with days and nanoseconds, 0 months only."""
    kind = pa.month_day_nano_interval()
    schema = bytearray(pa.schema([("span", kind)]).serialize())
    batch = bytes(pa.record_batch([pa.nulls(1, kind)], ["span"]).serialize())
    schema[schema.rindex(b"\x02\x00")] = 0
    with pytest.raises(DecodeError, match=r"'span': pyarrow has no arrays of type month_interval"):
        read(ArrowStreamDecoder(), bytes(schema) + batch)


class BrokenDisk(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_broken_disk_is_no_damage_of_the_format(decoder: BatchDecoder, make: Any) -> None:
    with pytest.raises(StorageError, match="Input/output error"):
        list(decoder.batches(cast(BinaryIO, BrokenDisk(make(TABLE)))))
