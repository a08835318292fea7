"""What the tests of the sink write to."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pytest
from logflow_parquet.arrow_writer import empty_file
from logflow_parquet.metadata import footer_of
from logflow_parquet.options import ParquetOptions
from logflow_parquet.row_group import encode
from logflow_parquet.sink import ParquetSink
from logflow_parquet.stitch import Stitcher

from logflow.ingest.staged import StagedWriter
from logflow.interfaces.sink import EncodedPart, SinkResult
from logflow.options import build


class PlainStaging:
    """Stages by writing to the destination itself."""

    def __init__(self, root: Path, *, is_directory: bool) -> None:
        self.root = root
        self.is_directory = is_directory
        self.destination = f"{root}/" if is_directory else str(root)
        self.streams: dict[str, BinaryIO] = {}
        self.published = False

    def create(self, name: str = "") -> BinaryIO:
        assert bool(name) == self.is_directory
        target = self.root / name if name else self.root
        target.parent.mkdir(parents=True, exist_ok=True)
        self.streams[name] = cast(BinaryIO, target.open("x+b"))
        return self.streams[name]

    def path(self, name: str = "") -> str:
        return str(self.root / name)

    def publish(self) -> None:
        self.published = True
        self.discard()

    def discard(self) -> None:
        for stream in self.streams.values():
            stream.close()


class Destination:
    """Where a test writes tables to, and what was made of them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def staging(self, *, is_directory: bool = False) -> PlainStaging:
        return PlainStaging(self.root, is_directory=is_directory)

    def sink(self, *, is_directory: bool = False, **options: Any) -> ParquetSink:
        return ParquetSink(self.staging(is_directory=is_directory), build(ParquetOptions, options))

    def write(
        self, chunks: Sequence[pa.Table], *, is_directory: bool = False, **options: Any
    ) -> SinkResult:
        """Write *chunks* of one schema, each encoded by itself, and publish."""
        sink = self.sink(is_directory=is_directory, **options)
        try:
            encoder = sink.encoder(chunks[0].schema)
            for index, chunk in enumerate(chunks):
                for part in encoder.encode(chunk.to_batches(), index):
                    sink.write(part)
            result = sink.close({"logflow:run_id": "r1"})
            sink.commit()
            return result
        finally:
            sink.abort()


@pytest.fixture
def destination(tmp_path: Path) -> Destination:
    return Destination(tmp_path / "out")


@pytest.fixture
def destinations(tmp_path: Path) -> Callable[[], Destination]:
    """New destinations, for tests that need many."""
    numbers = iter(range(1_000_000))
    return lambda: Destination(tmp_path / f"out{next(numbers)}")


def _stitched(schema: pa.Schema, parts: Iterable[tuple[Any, Any]]) -> pa.Buffer:
    out = io.BytesIO()
    template, _ = footer_of(memoryview(empty_file(schema, build(ParquetOptions, {}))))
    stitcher = Stitcher(StagedWriter(out, "a.parquet"), template)
    for body, group in parts:
        stitcher.append(body, group)
    stitcher.finish({"k": "v"})
    return pa.py_buffer(out.getvalue())


@pytest.fixture(scope="session")
def file_of() -> Callable[..., pa.Buffer]:
    """Makes the Parquet file of a table, in one row group."""

    def make(table: pa.Table, **options: Any) -> pa.Buffer:
        return _stitched(table.schema, [encode(table, build(ParquetOptions, options))])

    return make


@pytest.fixture(scope="session")
def file_of_parts() -> Callable[[pa.Schema, Iterable[EncodedPart]], pa.Buffer]:
    """Makes the Parquet file of what an encoder made."""

    def make(schema: pa.Schema, parts: Iterable[EncodedPart]) -> pa.Buffer:
        return _stitched(schema, [(part.data, part.footer) for part in parts])

    return make
