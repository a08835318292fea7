"""Streams are recognised by their first message, and nothing else is."""

from __future__ import annotations

import io
import struct
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logflow_arrow.sniff import sniff_stream

from logflow.records import Level, Peek, Verdict

SCHEMAS = [
    pa.schema([]),
    pa.schema([("a", pa.int8())]),
    pa.schema([(f"column {n}", pa.list_(pa.string())) for n in range(3000)]),
    pa.schema([("a", pa.dictionary(pa.int8(), pa.string()))], metadata={"k": "v" * 1000}),
]


def stream(schema: pa.Schema, **options: Any) -> bytes:
    out = io.BytesIO()
    pa.ipc.new_stream(out, schema, options=pa.ipc.IpcWriteOptions(**options)).close()
    return out.getvalue()


def sniff(data: bytes, size: int | None = None) -> Verdict | None:
    return sniff_stream(Peek(name="x", size=size, head=data[: 1 << 16]))


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: f"{len(schema)} columns")
@pytest.mark.parametrize(
    "options",
    [{}, {"use_legacy_format": True}, {"metadata_version": pa.ipc.MetadataVersion.V4}],
)
def test_streams(schema: pa.Schema, options: dict[str, Any]) -> None:
    data = stream(schema, **options)
    verdict = sniff(data, len(data))
    assert verdict is not None
    assert verdict.level is Level.STRUCTURE
    assert sniff(data) == verdict


def test_a_stream_that_is_cut_within_its_schema() -> None:
    data = stream(SCHEMAS[1])
    assert sniff(data[:40], 40) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xff\xff\xff",
        b"\xff" * 64,
        b"\0" * 64,
        b"ARROW1\0\0" + stream(SCHEMAS[1]),
        b"PAR1" + b"\x15\x04" * 40,
        b"id,text\n1,a\n2,b\n",
        b'{"a": 1}\n' * 9,
        struct.pack("<II", 0xFFFFFFFF, 56) + struct.pack("<Ii", 4, 1000) + bytes(48),
        struct.pack("<II", 0xFFFFFFFF, 56) + struct.pack("<IHHi", 8, 4, 4, 4) + bytes(44),
    ],
)
def test_other_things(data: bytes) -> None:
    assert sniff(data) is None


def test_a_message_of_another_kind() -> None:
    batch = pa.record_batch({"a": [1]})
    assert sniff(bytes(batch.serialize())) is None


@given(st.binary(max_size=100), st.integers(0, 60))
def test_any_bytes(data: bytes, kept: int) -> None:
    for start in (b"\xff\xff\xff\xff", b"", stream(SCHEMAS[1])[:kept]):
        assert sniff(start + data) in (None, sniff(stream(SCHEMAS[0])))
