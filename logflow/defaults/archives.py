"""Zip and tar: the files in them as sources, read in place and never extracted.

A member can be opened again and again, and, where the source of its archive is picklable, in
another process: it remembers where in the archive it is.  Names are labels, not paths: what
``../`` in one might mean is nobody's business here.
"""

from __future__ import annotations

import bz2
import struct
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from stat import S_IFMT, S_ISREG
from typing import Any, BinaryIO, Self, cast

from logflow.defaults.codecs import INPUT_BYTES, Decompressor, Inflater, member_pieces
from logflow.defaults.sources import SpoolingSource
from logflow.defaults.streams import PIECE, pieces_of, stream_of
from logflow.errors import DecodeError
from logflow.interfaces.source import Source, SourceIdentity

__all__ = ["TarArchive", "TarMember", "ZipArchive", "ZipMember"]

LOCAL_HEADER = struct.Struct("<4s22xHH")
"""Signature, and the lengths of name and extra field, of the header before a zip member."""

Segments = tuple[tuple[int, int], ...]
"""Offset and length, in a member, of the runs of bytes that are stored; ascending."""

TAR_HEADER_BYTES = 16 << 20
"""The headers of one tar member, with long names and extensions, have fewer bytes."""


class ZipArchive:
    """Zip files, also those of more than 4 GiB, and with something before the first member."""

    def members(self, source: Source) -> Iterator[tuple[str, Source]]:
        """Members that are regular files, in the order of the central directory.

        A source that cannot be read at any place is spooled first.  A damaged directory raises
        :exc:`~logflow.errors.DecodeError`.
        """
        archive = source if _is_seekable(source) else SpoolingSource(source)
        for info in _zip_directory(archive):
            mode = info.external_attr >> 16
            if not info.is_dir() and (not S_IFMT(mode) or S_ISREG(mode)):
                member = ZipMember(
                    archive=archive,
                    name=info.filename,
                    header=info.header_offset,
                    stored_size=info.compress_size,
                    method=info.compress_type,
                    crc=info.CRC,
                    encrypted=bool(info.flag_bits & 1),
                )
                yield member.name, member


def _is_seekable(source: Source) -> bool:
    if not source.replayable:
        return False
    with source.open() as stream:
        return stream.seekable()


def _zip_directory(archive: Source) -> list[zipfile.ZipInfo]:
    with archive.open() as stream:
        try:
            with zipfile.ZipFile(stream) as file:
                return file.infolist()
        except _BAD_ZIP as err:
            reason = f"the zip directory cannot be read: {err}"
            raise DecodeError(reason, file=archive.location) from err


_BAD_ZIP = (
    zipfile.BadZipFile,
    NotImplementedError,
    OSError,
    OverflowError,
    ValueError,
    struct.error,
)
"""What zipfile raises for a damaged directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipMember:
    """One file in a zip file.  Its checksum decides; no size that the directory declares does."""

    archive: Source
    name: str
    header: int
    stored_size: int
    method: int
    crc: int
    encrypted: bool

    @property
    def location(self) -> str:
        """That of the archive; receipts and rejects name the member beside it."""
        return self.archive.location

    @property
    def replayable(self) -> bool:
        """Always, as its archive is."""
        return True

    def identity(self) -> SourceIdentity:
        """That of the archive; the real size is not known before the member is read."""
        return replace(self.archive.identity(), size=None)

    def open(self) -> BinaryIO:
        """The decompressed bytes; DecodeError, at once or when read, if they cannot be had."""
        if self.encrypted:
            raise self._error("it is encrypted, and there is no way to give a password")
        stream = self.archive.open()
        try:
            return stream_of(self._checked(self._content(stream)), stream.close)
        except BaseException:
            stream.close()
            raise

    def _content(self, stream: BinaryIO) -> Iterator[bytes]:
        if self.header < 0:
            raise self._error("it is not where the zip directory says")
        stream.seek(self.header)
        header = stream.read(LOCAL_HEADER.size)
        if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\3\4"):
            raise self._error("it is not where the zip directory says")
        _, name_length, extra_length = LOCAL_HEADER.unpack(header)
        stream.seek(name_length + extra_length, 1)
        if self.method == zipfile.ZIP_STORED:
            return pieces_of(stream, self.stored_size)
        new = _ZIP_METHODS.get(self.method)
        if new is None:
            raise self._error(f"its compression, method {self.method}, is not supported")
        return member_pieces(new(), b"", lambda: stream.read(INPUT_BYTES), self._error)

    def _checked(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        crc = 0
        for piece in pieces:
            crc = zlib.crc32(piece, crc)
            yield piece
        if crc != self.crc:
            raise self._error("it is damaged: its checksum is another one")

    def _error(self, reason: str) -> DecodeError:
        return DecodeError(reason, file=self.archive.location, member=self.name)


_ZIP_METHODS: dict[int, Callable[[], Decompressor]] = {
    zipfile.ZIP_DEFLATED: lambda: Inflater(-15),
    zipfile.ZIP_BZIP2: bz2.BZ2Decompressor,
}


class TarArchive:
    """Tar files of all dialects, also several behind each other, also sparse members."""

    def members(self, source: Source) -> Iterator[tuple[str, Source]]:
        """Members that are regular files, in stored order; links are not followed.

        In a source that can only be read forward (a compressed archive) members are found by
        reading all of it, and reading them in stored order costs one more pass in all.  Damage
        raises :exc:`~logflow.errors.DecodeError`; so does a missing end mark, because an archive
        that was cut off between two members looks like that.
        """
        reader = TarReader(source if source.replayable else SpoolingSource(source))
        for info, segments in reader.headers():
            if info.isreg():
                member = TarMember(
                    reader=reader,
                    name=info.name,
                    start=info.offset_data,
                    size=info.size,
                    segments=segments,
                )
                yield member.name, member


class _Archive(tarfile.TarFile):
    """Knows whether the last thing read was an end mark."""

    members: list[tarfile.TarInfo]
    has_end_mark = False


class _Header(tarfile.TarInfo):
    """Headers whose damage is an error; tarfile takes it for the end of the archive."""

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> Self:
        assert isinstance(tar, _Archive)
        assert isinstance(tar.fileobj, _Cursor)
        before = tar.fileobj.tell()
        try:
            info = super().fromtarfile(tar)
        except tarfile.HeaderError:  # a block of zeros, or nothing at all
            tar.has_end_mark |= tar.fileobj.tell() > before
            tar.fileobj.allow(TAR_HEADER_BYTES)
            raise
        tar.has_end_mark = False
        return info

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        if not any(buf):
            return super().frombuf(buf, encoding, errors)
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as err:
            raise tarfile.ReadError(str(err)) from err


class TarReader:
    """Reads an archive at any place; one that only reads forward goes on from the last place.

    Picklable where *source* is, and safe to use from several threads.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lock = threading.Lock()
        self._idle: _Cursor | None = None

    def __reduce__(self) -> tuple[type[TarReader], tuple[Source]]:
        return TarReader, (self.source,)

    def headers(self) -> Iterator[tuple[tarfile.TarInfo, Segments]]:
        """The headers of all members, in stored order, with what is stored of each."""
        with self.source.open() as stream:
            try:
                yield from _headers(_Cursor(stream))
            except (tarfile.TarError, EOFError, OverflowError, RecursionError, ValueError) as err:
                reason = f"the tar archive is damaged: {err}"
                raise DecodeError(reason, file=self.source.location) from err

    def at(self, offset: int) -> _Cursor:
        """A cursor at *offset*, or at the end if that comes first."""
        with self._lock:
            cursor, self._idle = self._idle, None
        if cursor is not None and cursor.position > offset:
            cursor.stream.close()
            cursor = None
        if cursor is None:
            cursor = _Cursor(self.source.open())
        cursor.seek(offset)
        return cursor

    def give_back(self, cursor: _Cursor) -> None:
        """Keep *cursor*, which nobody uses any more, for a member further on."""
        if cursor.stream.seekable():
            cursor.stream.close()
            return
        with self._lock:
            dropped, self._idle = self._idle, cursor
        if dropped is not None:
            dropped.stream.close()


class _Cursor:
    """A stream and the position in it, as much of a file as tarfile needs: it goes forward only.

    Reading headers is bounded by what :meth:`allow` granted last, whatever sizes they declare.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.position = 0
        self._allowed = 0

    def allow(self, size: int) -> None:
        """Grant *size* bytes of headers."""
        self._allowed = size

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int) -> int:
        """Go forward to *offset*; a stream that cannot seek stops at its end."""
        if offset < self.position:
            raise tarfile.ReadError("a member starts before the last one ends")
        if self.stream.seekable():
            self.position = self.stream.seek(offset)
        else:
            for _ in self.pieces(offset - self.position):
                pass
        return self.position

    def read(self, size: int) -> bytes:
        """The next *size* bytes of headers, less only at the end."""
        if not 0 <= size <= self._allowed:
            raise tarfile.ReadError(f"headers of more than {TAR_HEADER_BYTES} bytes, or below 0")
        self._allowed -= size
        return b"".join(self.pieces(size))

    def pieces(self, length: int) -> Iterator[bytes]:
        """The next *length* bytes, less only at the end."""
        for piece in pieces_of(self.stream, length):
            self.position += len(piece)
            yield piece


def _headers(cursor: _Cursor) -> Iterator[tuple[tarfile.TarInfo, Segments]]:
    cursor.allow(TAR_HEADER_BYTES)
    file = cast(Any, cursor)  # it needs no more to read
    with _Archive(fileobj=file, tarinfo=_Header, ignore_zeros=True, encoding="utf-8") as tar:
        while (info := tar.next()) is not None:
            if info.size < 0:
                raise tarfile.ReadError(f"a member of {info.size} bytes")
            yield info, _segments(info)
            tar.members.clear()  # it keeps all of them
            cursor.allow(TAR_HEADER_BYTES)
        if not tar.has_end_mark:
            raise tarfile.ReadError("it has no end mark: it was cut off")


def _segments(info: tarfile.TarInfo) -> Segments:
    if not info.issparse():
        return ((0, info.size),)
    end = 0
    segments = []
    for offset, length in cast("list[tuple[int, int]]", info.sparse):
        if not length:  # fills up the table of old dialects
            continue
        if offset < end or length < 0:
            raise tarfile.ReadError("a sparse member whose parts overlap")
        end = offset + length
        segments.append((offset, length))
    return tuple(segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class TarMember:
    """One file in a tar archive; *segments* of its *size* bytes are stored, the rest is zeros."""

    reader: TarReader
    name: str
    start: int
    size: int
    segments: Segments

    @property
    def location(self) -> str:
        """That of the archive; receipts and rejects name the member beside it."""
        return self.reader.source.location

    @property
    def replayable(self) -> bool:
        """Always, as its archive is."""
        return True

    def identity(self) -> SourceIdentity:
        """That of the archive, with the size of the member."""
        return replace(self.reader.source.identity(), size=self.size)

    def open(self) -> BinaryIO:
        """The bytes; DecodeError when they are read if the archive ends before they do."""
        cursor = self.reader.at(self.start)
        return stream_of(self._pieces(cursor), lambda: self.reader.give_back(cursor))

    def _pieces(self, cursor: _Cursor) -> Iterator[bytes]:
        position = 0
        for offset, length in self.segments:
            yield from _zeros(offset - position)
            position = offset + length
            end = cursor.position + length
            yield from cursor.pieces(length)
            if cursor.position < end:
                reason = "it ends in the middle: the archive was cut off"
                raise DecodeError(reason, file=self.location, member=self.name)
        yield from _zeros(self.size - position)


def _zeros(count: int) -> Iterator[bytes]:
    block = bytes(min(count, PIECE)) if count > 0 else b""
    while count > 0:
        yield block[:count]
        count -= len(block)
