"""Whether bytes are an Arrow IPC stream, which has no magic: told by its first message.

The message is a FlatBuffer: https://arrow.apache.org/docs/format/Columnar.html
"""

from __future__ import annotations

import struct

from logflow.records import Level, Peek, Verdict

__all__ = ["sniff_stream"]

CONTINUATION = b"\xff\xff\xff\xff"
"""Before the length of every message; streams written before Arrow 0.15 lack it."""

VERSION, HEADER_TYPE, HEADER = 0, 1, 2
NEWEST_VERSION = 4
SCHEMA = 1


def sniff_stream(peek: Peek) -> Verdict | None:
    """A verdict if the input starts with a message that holds a schema."""
    start = len(CONTINUATION) if peek.head.startswith(CONTINUATION) else 0
    try:
        (length,) = struct.unpack_from("<i", peek.head, start)
        start += 4
        end = start + length
        if length <= 0 or end % 8 or (peek.size is not None and end > peek.size):
            return None
        if not _is_schema(peek.head[start:end]):
            return None
    except struct.error:
        return None
    return Verdict(level=Level.STRUCTURE, score=0.9, reason="starts with an Arrow schema message")


def _is_schema(message: bytes) -> bool:
    """Whether a FlatBuffer is an Arrow ``Message`` with a ``Schema`` in it."""
    (root,) = struct.unpack_from("<I", message)
    return (
        _field(message, root, HEADER_TYPE, "<B") == SCHEMA
        and _field(message, root, VERSION, "<h") in range(NEWEST_VERSION + 1)
        and _field(message, root, HEADER, "<I") is not None
    )


def _field(message: bytes, table: int, number: int, kind: str) -> int | None:
    """The scalar in a field of a FlatBuffer table; ``None`` if the table has no such field.

    A version that is left out is the first one, 0.
    """
    (distance,) = struct.unpack_from("<i", message, table)
    entries = table - distance
    if entries < 0:
        raise struct.error("a table before the start")
    (size,) = struct.unpack_from("<H", message, entries)
    entry = 4 + 2 * number
    if entry + 2 > size:
        return None
    (offset,) = struct.unpack_from("<H", message, entries + entry)
    if not offset:
        return 0 if number == VERSION else None
    value: int = struct.unpack_from(kind, message, table + offset)[0]
    return value
