"""The stream that sources, codecs and archives return: buffered, over an iterator of bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["PIECE", "Stream", "pieces_of", "stream_of"]

PIECE = 1 << 18
"""Bytes moved at a time: large enough to forget the cost of a call, small enough for a cache."""


class Stream(io.BufferedReader):
    """A buffered reader of *raw* that does not lose bytes to an error met after them.

    A ``read`` of some size and ``readinto`` give what there is before the error, and the next
    call raises it; the class above would drop up to as many bytes as were asked for.  ``read``
    without a size raises at once, because nobody reads again after it.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        super().__init__(raw, PIECE)

    def read(self, size: int | None = -1, /) -> bytes:
        """At most *size* bytes, less only at the end or before an error; all for -1."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read1(PIECE), b""))
        found: list[bytes] = []
        while size:
            try:
                piece = self.read1(min(size, PIECE))
            except Exception:  # the next call raises it
                if not found:
                    raise
                break
            if not piece:
                break
            found.append(piece)
            size -= len(piece)
        return b"".join(found)

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill *buffer*, less only at the end or before an error; gives the number of bytes."""
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view):
            try:
                count = self.readinto1(view[filled:])
            except Exception:  # the next call raises it
                if not filled:
                    raise
                break
            if not count:
                break
            filled += count
        return filled


def stream_of(pieces: Iterator[bytes], close: Callable[[], None] | None = None) -> BinaryIO:
    """A stream of the concatenated *pieces*; *close* is called once, when it is closed.

    An error of the iterator stays: every later read raises it too, so that a damaged stream
    never looks like one that has ended.

    >>> stream_of(iter([b"ab", b"c"])).read()
    b'abc'
    """
    return Stream(_RawPieces(pieces, close))


class _RawPieces(io.RawIOBase):
    """Reads one piece at a time, and remembers the error."""

    def __init__(self, pieces: Iterator[bytes], close: Callable[[], None] | None) -> None:
        self._pieces = pieces
        self._close = close
        self._rest = memoryview(b"")
        self._error: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if not self._rest:
            self._rest = memoryview(self._next_piece())
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._rest))
        view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _next_piece(self) -> bytes:
        if self._error is not None:
            raise self._error
        try:
            return next(filter(None, self._pieces), b"")
        except Exception as err:
            self._error = err
            raise

    def close(self) -> None:
        try:
            if not self.closed and self._close is not None:
                self._close()
        finally:
            super().close()


def pieces_of(stream: BinaryIO, length: int | None = None) -> Iterator[bytes]:
    """The next *length* bytes of *stream* (``None``: all) in pieces; fewer where it ends.

    >>> list(pieces_of(io.BytesIO(b"abcdef"), 4))
    [b'abcd']
    """
    while length is None or length > 0:
        piece = stream.read(PIECE if length is None else min(length, PIECE))
        if not piece:
            return
        yield piece
        if length is not None:
            length -= len(piece)
