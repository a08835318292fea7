"""What the tests of the sink write to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pytest
from logflow_parquet.options import ParquetOptions
from logflow_parquet.sink import ParquetSink

from logflow.interfaces.sink import SinkResult
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
