"""Reads a stream on a thread of its own, so that decompression overlaps what is done with it."""

from __future__ import annotations

import io
import weakref
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["ReadAhead"]

BLOCK = 1 << 20
BLOCKS = 4
"""How many blocks of BLOCK bytes are read ahead: enough to bridge the time that a chunk takes."""


class ReadAhead(io.BufferedIOBase):
    """The bytes of *stream*, read ahead by a thread; *stream* must not block for long.

    An exception of *stream* is raised behind the bytes that came before it, and then again by
    every further read.  Closing waits for the thread and closes *stream*.

    >>> ReadAhead(io.BytesIO(b"spam")).read(9)
    b'spam'
    """

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._free: SimpleQueue[bytearray | None] = SimpleQueue()
        self._filled: SimpleQueue[memoryview | BaseException] = SimpleQueue()
        for _ in range(BLOCKS):
            self._free.put(bytearray(BLOCK))
        self._rest = memoryview(b"")
        self._end: memoryview | BaseException | None = None
        thread = Thread(
            target=_fill, args=(stream, self._free, self._filled), name="logflow-read", daemon=True
        )
        # Also where it is forgotten to close it, and before the interpreter stops its threads.
        self._stop = weakref.finalize(self, _stop, stream, self._free, thread)
        thread.start()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill *buffer*, less only at the end of a block; 0 at the end of the stream."""
        if self.closed:
            raise ValueError("a closed stream is read")
        if not self._rest:
            self._rest = self._next_block()
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._rest))
        view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def read(self, size: int | None = -1, /) -> bytes:
        """At most *size* bytes, less only at the end of a block; all for -1."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(BLOCK), b""))
        buffer = bytearray(size)
        return bytes(buffer[: self.readinto(buffer)])

    def close(self) -> None:
        self._stop()
        super().close()

    def _next_block(self) -> memoryview:
        if self._end is None:
            if isinstance(self._rest.obj, bytearray):  # used up: the thread may fill it again
                self._free.put(self._rest.obj)
            block = self._filled.get()
            if isinstance(block, memoryview) and block:
                return block
            self._end = block
        if isinstance(self._end, BaseException):
            raise self._end
        return self._end


def _fill(
    stream: io.BufferedIOBase,
    free: SimpleQueue[bytearray | None],
    filled: SimpleQueue[memoryview | BaseException],
) -> None:
    """What the thread does, until the stream ends or there is ``None`` instead of a buffer."""
    while (buffer := free.get()) is not None:
        try:
            count = stream.readinto(buffer)
        except BaseException as err:  # noqa: BLE001 - raised where the bytes are read
            filled.put(err)
            return
        filled.put(memoryview(buffer)[:count])
        if not count:
            return


def _stop(stream: io.BufferedIOBase, free: SimpleQueue[bytearray | None], thread: Thread) -> None:
    with suppress(Empty):
        while True:
            free.get_nowait()
    free.put(None)
    thread.join()
    stream.close()
