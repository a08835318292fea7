"""The plugin keeps the rules of the contract, in both formats."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, ClassVar

import pyarrow as pa
import pytest

import logflow
from logflow.errors import DecodeError
from logflow.testing import DecoderConformance, SinkConformance

ROWS: list[dict[str, Any]] = [
    {"id": 1, "text": "a", "real": 0.5, "list": [1, None]},
    {"id": None, "text": "", "real": None, "list": None},
    {"id": 3, "text": None, "real": -0.0, "list": []},
]


def ipc(new_writer: Callable[..., Any], rows: int, **options: Any) -> bytes:
    table = pa.Table.from_pylist(ROWS)
    out = io.BytesIO()
    settings = pa.ipc.IpcWriteOptions(**options)
    with new_writer(out, table.schema, options=settings) as writer:
        writer.write_table(table, max_chunksize=rows)
    return out.getvalue()


def samples(new_writer: Callable[..., Any]) -> dict[str, tuple[bytes, list[dict[str, Any]]]]:
    return {
        "one batch": (ipc(new_writer, 10), ROWS),
        "a batch each, compressed": (ipc(new_writer, 1, compression="zstd"), ROWS),
    }


class TestFileDecoder(DecoderConformance):
    name = "arrow"
    empty_is_valid = False
    valid: ClassVar = samples(pa.ipc.new_file)
    not_mine = (b"", b"PAR1", b"ARROW", b"id,text\n1,a\n", ipc(pa.ipc.new_stream, 10))


class TestStreamDecoder(DecoderConformance):
    name = "arrows"
    empty_is_valid = False
    valid: ClassVar = samples(pa.ipc.new_stream)
    not_mine = (b"", b"\xff" * 64, b"PAR1", b"id,text\n1,a\n", ipc(pa.ipc.new_file, 10))


def test_nulls_where_the_schema_allows_none_are_an_error() -> None:
    kind = pa.list_(pa.field("item", pa.int64(), nullable=False))
    array = pa.ListArray.from_buffers(
        kind,
        1,
        [None, pa.py_buffer(bytes([0, 0, 0, 0, 1, 0, 0, 0]))],
        children=[pa.array([None], pa.int64())],
    )
    out = io.BytesIO()
    with pa.ipc.new_stream(out, pa.schema([("x", kind)])) as writer:
        writer.write_batch(pa.record_batch([array], schema=pa.schema([("x", kind)])))
    with pytest.raises(DecodeError, match="record 1: values break the schema"):
        logflow.read(out.getvalue(), format="arrows").read_all()


class TestFileSink(SinkConformance):
    name = "arrow"


class TestStreamSink(SinkConformance):
    name = "arrows"
