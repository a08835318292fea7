"""Sources on this machine: files, bytes in memory, and streams that are read once."""

from __future__ import annotations

import io
import os
import stat
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from logflow.defaults.expand import expand
from logflow.defaults.paths import local_path, path_error, shown
from logflow.defaults.streams import PIECE, Stream, pieces_of, stream_of
from logflow.errors import SourceNotFoundError, StorageError, UsageError
from logflow.interfaces.source import Source, SourceIdentity

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = [
    "FileProvider",
    "FileSource",
    "MemorySource",
    "SpoolingSource",
    "StreamSource",
    "spool",
]

SPOOL_MEMORY = 64_000_000
"""Bytes of a spooled stream that stay in memory; what is more goes to a temporary file."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on this machine; *location* is its path.

    What is not a regular file (a pipe, a device) can be opened but not replayed:
    :class:`FileProvider` spools it.
    """

    location: str

    @property
    def replayable(self) -> bool:
        """Whether the file can be read again, as regular files can."""
        try:
            return stat.S_ISREG(Path(self.location).stat().st_mode)
        except (OSError, ValueError):
            return True

    def identity(self) -> SourceIdentity:
        """Size and modification time; a missing file raises as :meth:`open` does."""
        try:
            status = Path(self.location).stat()
        except (OSError, ValueError) as err:
            raise path_error(self.location, err) from err
        if not stat.S_ISREG(status.st_mode):
            return SourceIdentity()
        return SourceIdentity(size=status.st_size, mtime_ns=status.st_mtime_ns)

    def open(self) -> BinaryIO:
        """A buffered, seekable stream at the first byte."""
        try:
            return io.BufferedReader(_File(self.location), PIECE)
        except (OSError, ValueError) as err:
            raise path_error(self.location, err) from err

    def open_range(self, start: int, length: int | None = None) -> BinaryIO:
        """A stream of *length* bytes (``None``: to the end) from byte *start*."""
        check_range(start, length)
        stream = self.open()
        try:
            stream.seek(start)
        except OSError as err:
            stream.close()
            raise StorageError(f"{shown(self.location)}: only readable from its start") from err
        return stream_of(pieces_of(stream, length), stream.close)


class _File(io.FileIO):
    """A file whose read errors are logflow's."""

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        try:
            return super().readinto(buffer)
        except OSError as err:
            raise path_error(str(self.name), err) from err

    def readall(self) -> bytes:
        try:
            return super().readall()
        except OSError as err:
            raise path_error(str(self.name), err) from err


class FileProvider:
    """Paths, globs, directories and ``file://`` URLs; ``-`` is standard input."""

    def expand(self, location: str) -> Sequence[Source]:
        """The files at *location*, as :func:`logflow.defaults.expand.expand` finds them."""
        if location == "-":
            if sys.stdin is None:
                raise SourceNotFoundError("<stdin>: there is no standard input")
            return (spool(sys.stdin.buffer, "<stdin>"),)
        files = map(FileSource, expand(local_path(location)))
        return tuple(file if file.replayable else SpoolingSource(file) for file in files)

    def adopt(self, thing: object) -> Source | None:
        """A source over bytes, an open binary stream, or a source that can be read only once."""
        if isinstance(thing, bytes | bytearray | memoryview):
            return MemorySource(thing)
        if isinstance(thing, Source):
            return thing if thing.replayable else SpoolingSource(thing)
        if callable(getattr(thing, "read", None)):
            name = getattr(thing, "name", None)
            location = name if isinstance(name, str) else f"<{type(thing).__name__}>"
            return spool(cast(BinaryIO, thing), location)
        return None


@dataclass(frozen=True, slots=True)
class MemorySource:
    """Bytes in memory; what is bytes-like but could change is copied.

    >>> MemorySource(b"id,name\\n").open().read()
    b'id,name\\n'
    """

    data: bytes | bytearray | memoryview = field(repr=False)
    location: str = "<memory>"

    def __post_init__(self) -> None:
        if not isinstance(self.data, bytes):
            object.__setattr__(self, "data", memoryview(self.data).tobytes())

    @property
    def replayable(self) -> bool:
        """Always."""
        return True

    def identity(self) -> SourceIdentity:
        """The size; the bytes do not change."""
        return SourceIdentity(size=len(self.data))

    def open(self) -> BinaryIO:
        """A stream over the bytes, which are not copied."""
        return io.BytesIO(self.data)

    def open_range(self, start: int, length: int | None = None) -> BinaryIO:
        """A stream over a copy of *length* bytes (``None``: to the end) from byte *start*."""
        check_range(start, length)
        return io.BytesIO(self.data[start : None if length is None else start + length])


class StreamSource:
    """A binary stream that somebody else opened, and will close, and that is read once."""

    def __init__(self, stream: BinaryIO, location: str = "<stdin>") -> None:
        self._stream = stream
        self._opened = False
        self.location = location

    @property
    def replayable(self) -> bool:
        """Never; :func:`spool` gives a source that is."""
        return False

    def identity(self) -> SourceIdentity:
        """Nothing is known about a stream."""
        return SourceIdentity()

    def open(self) -> BinaryIO:
        """The stream from where it stands; a second call raises StorageError."""
        if self._opened:
            raise StorageError(f"{shown(self.location)}: the stream has been read already")
        self._opened = True
        return stream_of(self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        where = shown(self.location)
        while True:
            try:
                piece = self._stream.read(PIECE)
            except (OSError, ValueError) as err:
                raise StorageError(f"{where}: cannot be read: {err}") from err
            if not isinstance(piece, bytes):
                raise UsageError(f"{where}: a binary stream is needed, and one that waits for data")
            if not piece:
                return
            yield piece


class SpoolingSource:
    """Makes *source*, which can be opened once, replayable.

    What is read is kept: up to *max_memory* bytes in memory, more in a temporary file.  Every
    stream starts with what was kept and goes on with the source.  Streams are seekable, and
    several may be read at once, from any thread.  Not picklable.  :meth:`close` gives the
    storage back, and so does dropping the last reference.
    """

    def __init__(self, source: Source, max_memory: int = SPOOL_MEMORY) -> None:
        self._source = source
        self._stream: BinaryIO | None = None
        self._spool = tempfile.SpooledTemporaryFile(max_size=max_memory)  # noqa: SIM115
        self._size = 0
        self._complete = False
        self._lock = threading.Lock()
        self._drop = weakref.finalize(self, self._spool.close)

    @property
    def location(self) -> str:
        """The location of the source that is spooled."""
        return self._source.location

    @property
    def replayable(self) -> bool:
        """Always."""
        return True

    def identity(self) -> SourceIdentity:
        """Nothing is known; the bytes that were kept do not change."""
        return SourceIdentity()

    def open(self) -> BinaryIO:
        """A buffered, seekable stream at the first byte; seeking from the end reads it all."""
        return Stream(_Replay(self))

    def read_at(self, position: int, size: int) -> bytes:
        """At most *size* bytes from *position* on; none only at the end."""
        with self._lock:
            self._fill(position + 1)
            self._spool.seek(position)
            return self._spool.read(size)

    def measure(self) -> int:
        """The number of bytes in the source, which is read to its end."""
        with self._lock:
            self._fill(None)
            return self._size

    def close(self) -> None:
        """Drop what was kept; nothing can be read afterwards."""
        with self._lock:
            if self._stream is not None:
                self._stream.close()
            self._drop()

    def _fill(self, end: int | None) -> None:
        """Keep at least *end* bytes (``None``: all), unless the source has fewer."""
        if not self._drop.alive:
            raise StorageError(f"{shown(self.location)}: the spooled stream was closed")
        if self._stream is None:
            stream = self._source.open()
            self._stream = stream_of(pieces_of(stream), stream.close)
        while not self._complete and (end is None or self._size < end):
            piece = self._stream.read(PIECE)
            self._spool.seek(self._size)
            self._size += self._spool.write(piece)
            self._complete = not piece


class _Replay(io.RawIOBase):
    """One reader's position in a spooled source."""

    def __init__(self, source: SpoolingSource) -> None:
        self._source = source
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._source.read_at(self._position, len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        if whence == os.SEEK_CUR:
            offset += self._position
        elif whence == os.SEEK_END:
            offset += self._source.measure()
        if offset < 0:
            raise ValueError(f"a stream cannot be read from byte {offset}")
        self._position = offset
        return offset


def spool(
    stream: BinaryIO, location: str = "<stdin>", max_memory: int = SPOOL_MEMORY
) -> SpoolingSource:
    """A replayable source of *stream*, which is kept while it is read.

    >>> source = spool(io.BytesIO(b"once"))
    >>> source.open().read(), source.open().read()
    (b'once', b'once')
    """
    return SpoolingSource(StreamSource(stream, location), max_memory)


def check_range(start: int, length: int | None) -> None:
    """Raise :exc:`~logflow.errors.UsageError` for bytes before the first or a length below 0."""
    if start < 0 or (length is not None and length < 0):
        raise UsageError(f"a range of bytes starts at 0 or later, not {start} (length {length})")
