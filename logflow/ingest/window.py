"""A stream of text that is looked at before it is taken, piece by piece."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

import pyarrow as pa

__all__ = ["Window"]


class Window:
    """A buffered stream; what it shows does not depend on how much a read gives.

    What is taken is a part of the buffer, not a copy, so no buffer is changed once it is read.

    >>> window = Window(io.BytesIO(b"one two"))
    >>> bytes(window.peek(3)[0]), bytes(window.take(4)), window.peek(9)[1]
    (b'one', b'one ', True)
    """

    def __init__(self, stream: BinaryIO) -> None:
        if not isinstance(stream, io.BufferedIOBase):
            stream = cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, stream)))
        self._stream = cast(io.BufferedIOBase, stream)
        self._buffer = pa.py_buffer(b"")
        self._at = 0
        self._ended = False

    def peek(self, size: int) -> tuple[memoryview, bool]:
        """The next bytes, *size* of them unless the text ends, and whether nothing follows."""
        if len(self.rest) <= size and not self._ended:
            self._fill(2 * size + 1)
        view = self.rest
        return view[:size], self._ended and len(view) <= size

    def _fill(self, size: int) -> None:
        """Have the next *size* bytes in the buffer, unless the text ends before."""
        rest = self.rest
        buffer = pa.allocate_buffer(size)
        view = memoryview(buffer).cast("B")
        filled = len(rest)
        view[:filled] = rest
        while filled < size and (count := self._stream.readinto(view[filled:])):
            filled += count
        self._ended = filled < size
        self._buffer, self._at = buffer.slice(0, filled), 0

    def take(self, size: int) -> pa.Buffer:
        """The next *size* bytes, which were peeked at, and go on behind them."""
        data = self._buffer.slice(self._at, size)
        self._at += size
        return data

    @property
    def rest(self) -> memoryview:
        """What is read and not yet taken."""
        return memoryview(self._buffer).cast("B")[self._at :]
