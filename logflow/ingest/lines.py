"""Lines of text with their positions: what most small decoders start from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from logflow.interfaces.decoder import Malformed, Position

__all__ = ["text_lines"]


def text_lines(stream: BinaryIO) -> Iterator[tuple[Position, str | Malformed]]:
    """The lines of a stream of UTF-8 that are not blank, without their ends, with positions.

    Lines end with LF or CRLF.  A line that is not well-formed UTF-8 comes as a
    :class:`~logflow.interfaces.decoder.Malformed` for the decoder to pass on.

    >>> import io
    >>> for position, line in text_lines(io.BytesIO(b"one\\n\\ntwo")):
    ...     print(position.line, position.byte_offset, line)
    1 0 one
    3 5 two
    """
    offset = 0
    for number, raw in enumerate(iter(stream.readline, b""), start=1):
        position = Position(number, number, offset)
        offset += len(raw)
        try:
            line = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError as err:
            at = position.byte_offset + err.start if position.byte_offset is not None else err.start
            yield position, Malformed(f"byte {at} is not well-formed UTF-8", "invalid_utf8")
            continue
        if line:
            yield position, line
