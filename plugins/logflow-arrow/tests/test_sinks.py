"""The sinks: what is written reads back, one file a table, and what they refuse."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any, BinaryIO, cast

import polars as pl
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st
from logflow_arrow.sink import ArrowFileSink, ArrowStreamSink

from logflow.errors import OptionError, StorageError
from logflow.ingest.files import BatchEncoder
from logflow.interfaces.sink import EncodedPart, Sink
from logflow.options import SinkOptions, build

SINKS = {"file": ArrowFileSink, "stream": ArrowStreamSink}
OPEN = {"file": pa.ipc.open_file, "stream": pa.ipc.open_stream}

TABLE = pa.table({"id": range(1000), "city": [f"c{i % 3}" for i in range(1000)]})


class MemoryStaging:
    """Keeps staged files in memory."""

    def __init__(self, *, is_directory: bool = False) -> None:
        self.is_directory = is_directory
        self.destination = "out/" if is_directory else "out.arrow"
        self.streams: dict[str, io.BytesIO] = {}
        self.published: bool | None = None

    def create(self, name: str = "") -> BinaryIO:
        assert bool(name) == self.is_directory
        self.streams[name] = io.BytesIO()
        return cast(BinaryIO, self.streams[name])

    def path(self, name: str = "") -> str:
        return "out/" + name if self.is_directory else self.destination

    def publish(self) -> None:
        self.published = True

    def discard(self) -> None:
        self.published = False


def make(kind: str, *, is_directory: bool = False, **options: Any) -> tuple[Any, MemoryStaging]:
    staging = MemoryStaging(is_directory=is_directory)
    return SINKS[kind](staging, build(SinkOptions, options)), staging


def parts(table: pa.Table, **options: Any) -> list[EncodedPart]:
    encoder = BatchEncoder(schema=table.schema, options=build(SinkOptions, options))
    return list(encoder.encode(table.to_batches(), 3))


@pytest.mark.parametrize("kind", SINKS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "ZSTD", "compression_level": 5, "row_group_rows": 100},
        {"compression": "lz4", "row_group_bytes": 1000},
    ],
)
def test_round_trip(kind: str, options: dict[str, Any]) -> None:
    sink, staging = make(kind, **options)
    assert isinstance(sink, Sink)
    encoder = pickle.loads(pickle.dumps(sink.encoder(TABLE.schema)))
    for at in (0, 600):
        for part in encoder.encode(TABLE.slice(at, 600).to_batches(), 0):
            sink.write(pickle.loads(pickle.dumps(part)))
    (file,) = sink.close({"key": "value"}).files
    sink.commit()
    assert staging.published
    data = staging.streams[""].getvalue()
    assert OPEN[kind](data).read_all().equals(TABLE)
    assert (file.path, file.rows, file.size) == ("out.arrow", 1000, len(data))
    assert file.checksum == f"xxh3_128:{xxhash.xxh3_128(data).hexdigest()}"


def test_other_readers(tmp_path: Path) -> None:
    for kind, read in (("file", pl.read_ipc), ("stream", pl.read_ipc_stream)):
        sink, staging = make(kind, compression="zstd")
        sink.encoder(TABLE.schema)
        for part in parts(TABLE):
            sink.write(part)
        sink.close({})
        frame = read(io.BytesIO(staging.streams[""].getvalue()))
        assert frame.to_dict(as_series=False) == TABLE.to_pydict()


@pytest.mark.parametrize("kind", SINKS)
def test_no_rows(kind: str) -> None:
    sink, staging = make(kind)
    schema = TABLE.schema.with_metadata({"owner": "x"})
    sink.encoder(schema)
    assert sink.close({}).rows == 0
    found = OPEN[kind](staging.streams[""].getvalue()).read_all()
    assert found.num_rows == 0
    assert found.schema.equals(schema, check_metadata=True)


@pytest.mark.parametrize("kind", SINKS)
def test_dictionaries_become_plain_values(kind: str) -> None:
    nested = pa.list_(pa.dictionary(pa.int8(), pa.string()))
    sink, staging = make(kind)
    chunks = [
        pa.table({"a": pa.array(values).dictionary_encode(), "b": pa.array([values], nested)})
        for values in (["x"], ["y"])
    ]
    encoder = sink.encoder(chunks[0].schema)
    for chunk in chunks:
        for part in encoder.encode(chunk.to_batches(), 0):
            sink.write(part)
    sink.close({})
    found = OPEN[kind](staging.streams[""].getvalue()).read_all()
    assert found.to_pydict() == {"a": ["x", "y"], "b": [["x"], ["y"]]}
    assert found.schema.types == [pa.string(), pa.list_(pa.string())]


@given(st.integers(1, 50), st.integers(1, 3000), st.integers(0, 200))
@settings(deadline=None)
def test_batches_are_bounded(rows: int, size: int, count: int) -> None:
    table = TABLE.slice(0, count)
    found = parts(table, row_group_rows=rows, row_group_bytes=size)
    batches = [pa.ipc.read_record_batch(part.data, table.schema) for part in found]
    assert pa.Table.from_batches(batches, table.schema).equals(table)
    for part, batch in zip(found, batches, strict=True):
        assert part.rows == batch.num_rows <= rows
        assert batch.num_rows == 1 or batch.nbytes <= size + 4
        assert (part.index, part.size) == (3, part.data.size)


def test_a_file_for_each_table() -> None:
    sink, staging = make("stream", is_directory=True)
    sink.encoder(TABLE.schema, "a/b")
    encoder = sink.encoder(TABLE.schema, "c")
    for part in encoder.encode(TABLE.to_batches(), 0):
        sink.write(part)
    result = sink.close({})
    assert sorted(staging.streams) == ["a%2Fb.arrows", "c.arrows"]
    assert result.rows_by_table == {"a/b": 0, "c": 1000}
    assert result.paths == ("out/a%2Fb.arrows", "out/c.arrows")


def test_several_tables_and_one_file() -> None:
    sink, _ = make("file")
    sink.encoder(TABLE.schema, "orders")
    with pytest.raises(OptionError, match=r"orders, items.*end the destination with '/'"):
        sink.encoder(TABLE.schema, "items")
    sink.abort()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compression": "snappy"}, "none, lz4, zstd"),
        ({"compression_level": 1}, "none has no levels"),
        ({"compression": "lz4", "compression_level": 99}, "lz4 has the levels 1 to 12"),
        ({"partition_by": "city"}, "'partition_by'"),
        ({"target_file_size": "1MB"}, "'target_file_size'"),
        ({"max_rows_per_file": 5}, "'max_rows_per_file'"),
    ],
)
def test_options_that_do_not_go(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        make("file", is_directory=True, **options)


@pytest.mark.parametrize("kind", SINKS)
def test_files_that_read_back_differently(kind: str) -> None:
    sink, staging = make(kind)
    sink.encoder(TABLE.schema)
    for part in parts(TABLE, row_group_rows=500):
        sink.write(part)
    stream = staging.streams[""]
    stream.seek(300)
    stream.write(b"\xff" * 40)
    stream.seek(0, io.SEEK_END)
    with pytest.raises(StorageError, match=r"out\.arrow"):
        sink.close({})
    sink.abort()
    assert staging.published is False


@pytest.mark.parametrize("kind", SINKS)
def test_rows_that_went_missing(kind: str) -> None:
    sink, _ = make(kind)
    sink.encoder(TABLE.schema)
    for part in parts(TABLE):
        sink.write(part)
    sink._files[None].rows += 1
    with pytest.raises(StorageError, match="has 1,000 rows, but 1,001 were written"):
        sink.close({})


class FullDisk(io.BytesIO):
    def write(self, data: object) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("kind", SINKS)
def test_a_full_disk(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sink, staging = make(kind)
    monkeypatch.setattr(staging, "create", lambda name: FullDisk())

    def write_all() -> None:
        for part in sink.encoder(TABLE.schema).encode(TABLE.to_batches(), 0):
            sink.write(part)

    with pytest.raises(StorageError, match=r"out\.arrow: No space left on device"):
        write_all()
    sink.abort()
