"""Decoders of all sizes that do not keep the contract: the error names the plugin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from logflow.errors import PluginError
from logflow.ingest.adapters import as_chunk_decoder
from logflow.ingest.flow import budget
from logflow.ingest.passes import Job, Task
from logflow.ingest.reader import decode_all
from logflow.ingest.reading import Input
from logflow.ingest.tasks import DecoderSpec
from logflow.interfaces.decoder import Position
from logflow.options import DecodeOptions, RunOptions
from logflow.plugins import registry
from logflow.testing import SampleSource


class Raising:
    def records(self, stream: Any) -> Iterator[Any]:
        raise ValueError("boom")
        yield


class NotText:
    def records(self, stream: Any) -> Iterator[Any]:
        yield Position(1, 1, 0), {"n": 1}


class NotNumbered:
    def records(self, stream: Any) -> Iterator[Any]:
        for _ in stream:
            yield Position(1, 1), {"n": "1"}


class Batches:
    def batches(self, stream: Any) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pylist([{"n": 1}])
        yield pa.RecordBatch.from_pylist([{"n": 2}, {"n": 3}])


def rows(decoder: type) -> list[dict[str, Any]]:
    record = registry().find("executors", "threads")
    executor = registry().load(record.factory, record)(workers=2)
    options = DecodeOptions()
    source = SampleSource(b"1\n2\n3\n", "x.txt")
    spec = DecoderSpec("sample", f"{__name__}:{decoder.__name__}", None, "mine (logflow-mine 1.0)")
    job = Job(
        run_id="test",
        tasks=[Task(input=Input(source=source, encoding="utf-8"), decoder=spec)],
        decode=options,
        run=RunOptions(),
        errors="strict",
        budget=budget(RunOptions(threads=2), options),
        executor=executor,
    )
    try:
        schema, batches = decode_all(job)
        return pa.Table.from_batches(batches, schema).to_pylist()
    finally:
        executor.close()


@pytest.mark.parametrize("decoder", [Raising, NotText], ids=lambda cls: cls.__name__)
def test_what_raises_is_named(decoder: type) -> None:
    with pytest.raises(PluginError, match=r"mine \(logflow-mine 1.0\), decoder 'sample'.*x.txt"):
        rows(decoder)


def test_records_are_numbered_in_order() -> None:
    with pytest.raises(PluginError, match="numbered in their order"):
        rows(NotNumbered)


def test_batches_of_text_need_no_bytes() -> None:
    assert rows(Batches) == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_an_object_of_no_size() -> None:
    with pytest.raises(PluginError, match="records, batches or split"):
        as_chunk_decoder(object(), "sample")  # type: ignore[arg-type]
