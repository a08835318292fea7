"""Object container files (Avro specification 1.12): their header, and where blocks are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from logflow.errors import DecodeError
from logflow.ingest.window import Window

__all__ = ["Block", "Damage", "Header", "next_block", "read_header"]

MAGIC = b"Obj\x01"
SYNC = 16
MOST_HEADER = 16 << 20
"""Bytes of a header, most of which is the schema."""
MOST_EMPTY = 1 << 20
"""Records that take no bytes, in a block."""
STEP = 1 << 20
"""Bytes that are searched for a sync marker at a time, and that a reject of damage has."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says; it has *size* bytes."""

    schema: Any
    codec: str
    sync: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Block:
    """Where a block is: *size* bytes of data *start* bytes behind its start, and its records.

    Behind them comes the sync marker.
    """

    start: int
    size: int
    records: int

    @property
    def length(self) -> int:
        """All of its bytes."""
        return self.start + self.size + SYNC


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are no block, and what was expected."""

    length: int
    message: str


def read_header(text: Window) -> Header:
    """The header at the start of a file, which stays in *text*.

    Raises :exc:`~logflow.errors.DecodeError` for one that is damaged.
    """
    size = STEP
    while True:
        view, final = text.peek(size)
        data = bytes(view)
        if not data.startswith(MAGIC):
            raise DecodeError(
                f"expected an Avro file ({MAGIC!r}), found {data[:4]!r}", byte_offset=0
            )
        try:
            return _header(data)
        except IndexError:
            if final or size >= MOST_HEADER:
                raise DecodeError(
                    "the header of the Avro file ends too early", byte_offset=len(data)
                ) from None
            size *= 4


def _header(data: bytes) -> Header:
    """The header, if *data* have all of it; :exc:`IndexError` otherwise."""
    metadata: dict[str, bytes] = {}
    at = len(MAGIC)
    while True:
        count, at = _long(data, at)
        if count < 0:
            count, (_, at) = -count, _long(data, at)
        if not count:
            break
        for _ in range(count):
            key, at = _bytes(data, at)
            metadata[key.decode("utf-8", "replace")], at = _bytes(data, at)
    if len(data) < at + SYNC:
        raise IndexError
    try:
        schema = json.loads(metadata["avro.schema"])
    except (KeyError, ValueError, RecursionError):
        raise DecodeError(
            "expected a schema in the header of the Avro file", byte_offset=4
        ) from None
    codec = metadata.get("avro.codec", b"null").decode("utf-8", "replace") or "null"
    return Header(schema, codec, data[at : at + SYNC], at + SYNC)


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = _long(data, at)
    if size < 0:
        raise DecodeError("expected a length in the header of the Avro file", byte_offset=at)
    if at + size > len(data):
        raise IndexError
    return data[at : at + size], at + size


def _long(data: bytes | memoryview, at: int) -> tuple[int, int]:
    """An integer of variable length, and where it ends; :exc:`IndexError` if it does not."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
    raise DecodeError("expected an integer in the header of the Avro file", byte_offset=at)


def next_block(
    text: Window, header: Header, at: int, least: int, most_bytes: int
) -> Block | Damage | None:
    """What is *at* bytes from here in *text*; nothing at its end.

    Records have *least* bytes at least, blocks at most *most_bytes*.
    """
    view, _ = text.peek(at + 1)
    if len(view) <= at:
        return None
    found = _block(text, header, at, least, most_bytes)
    return Damage(_next_sync(text, header.sync, at), found) if isinstance(found, str) else found


def _block(text: Window, header: Header, at: int, least: int, most_bytes: int) -> Block | str:
    """The block at an offset, or what was expected there."""
    view, _ = text.peek(at + 2 * 10)
    try:
        records, behind = _long(view, at)
        size, behind = _long(view, behind)
    except (IndexError, DecodeError):
        return "expected the number of records and bytes of a block"
    if not 0 <= size <= most_bytes:
        return f"expected a block of up to {most_bytes:,} bytes (max_block_bytes), found {size:,}"
    if not 0 <= records <= (most_bytes // least if least else MOST_EMPTY):
        return f"expected as many records as a block may have, found {records:,}"
    block = Block(behind - at, size, records)
    view, _ = text.peek(at + block.length)
    if len(view) < at + block.length:
        return f"the file ends inside a block of {records:,} records"
    if view[behind + size : at + block.length] != header.sync:
        return f"expected the sync marker behind a block of {records:,} records"
    return block


def _next_sync(text: Window, sync: bytes, at: int) -> int:
    """The length of what is no block: up to the next sync marker or the end, or a part of it."""
    view, final = text.peek(at + STEP)
    found = bytes(view[at:]).find(sync)
    if found >= 0:
        return found + SYNC
    return len(view) - at - (0 if final else SYNC - 1)
