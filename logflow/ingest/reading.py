"""The reading stage: stored bytes, counted and hashed, then decompressed and made UTF-8."""

from __future__ import annotations

import codecs
import io
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

import xxhash

from logflow.errors import DecodeError, OptionError, StorageError
from logflow.ingest.read_ahead import ReadAhead
from logflow.ingest.stored import StoredText
from logflow.interfaces.cancel import CancelToken
from logflow.interfaces.decoder import Origin
from logflow.interfaces.source import Source, SourceIdentity

__all__ = [
    "CodecSource",
    "Input",
    "Reading",
    "SourceName",
    "naming",
]

BLOCK = 1 << 20
"""Bytes read, hashed and transcoded at a time: more than streams buffer, so not copied by them."""

BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
"""Byte-order marks and what they announce; longer ones first where one starts another."""


NOT_CHARSETS = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7")
"""Text encodings of Python's in which no file is written."""


@dataclass(frozen=True, slots=True)
class CodecSource:
    """The decompressed bytes of another source.

    *open_codec* is the bound ``open`` of a codec; picklable where the codec is.
    """

    source: Source
    open_codec: Callable[[BinaryIO], BinaryIO]

    @property
    def location(self) -> str:
        return self.source.location

    @property
    def replayable(self) -> bool:
        return self.source.replayable

    def identity(self) -> SourceIdentity:
        return self.source.identity()

    def open(self) -> BinaryIO:
        return self.open_codec(self.source.open())


@dataclass(frozen=True, slots=True)
class SourceName:
    """What a chunk that carries its bytes says of its source: no more than its location.

    Cheap to send to another process, where the source itself may be a pipe or a gigabyte.
    """

    location: str

    @property
    def replayable(self) -> bool:
        return False

    def identity(self) -> SourceIdentity:
        return SourceIdentity()

    def open(self) -> BinaryIO:
        raise StorageError(f"{self.location}: a chunk with its own bytes does not read its source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One thing to decode: stored bytes and the stages that they go through.

    *encoding* is the Python name of a text's encoding, ``None`` for binary formats; *member* the
    name inside an archive.
    """

    source: Source
    open_codec: Callable[[BinaryIO], BinaryIO] | None = None
    compression: str | None = None
    encoding: str | None = None
    member: str | None = None

    @property
    def decompressed(self) -> Source:
        """The source of the bytes after decompression."""
        return CodecSource(self.source, self.open_codec) if self.open_codec else self.source


@contextmanager
def naming(source: Source, member: str | None = None) -> Iterator[None]:
    """Decode errors that know only a stream get the name of the input."""
    try:
        yield
    except DecodeError as err:
        err.file = err.file or source.location
        err.member = err.member or member
        raise


class Reading:
    """One pass over an input: the source that its decoder sees, and the accounts of the bytes.

    Text is read as a stream that counts and hashes what it reads; other formats get the bytes
    as they are, because they read where they want.
    """

    def __init__(self, input: Input, token: CancelToken) -> None:  # noqa: A002
        self._input = input
        self._token = token
        self._stored: _CountingStream | None = None
        self._ahead: ReadAhead | None = None
        self._text: _Text | None = None
        self._finished: tuple[int, str] | None = None

    @property
    def location(self) -> str:
        return self._input.source.location

    @property
    def replayable(self) -> bool:
        return self._input.source.replayable

    def identity(self) -> SourceIdentity:
        return self._input.source.identity()

    def open(self) -> BinaryIO:
        """The stream that decoders read; the accounts are those of the last one opened."""
        if self._input.encoding is None:
            return self._input.decompressed.open()
        self._stored = _CountingStream(self._input.source.open(), self._token)
        stream = cast(BinaryIO, io.BufferedReader(self._stored, BLOCK))
        if self._input.open_codec:
            stream = self._input.open_codec(stream)
            # Not from a pipe, which may block for ever: nothing could end the thread that reads it.
            if self.replayable and isinstance(stream, io.BufferedIOBase):
                self._ahead = ReadAhead(stream)
                stream = cast(BinaryIO, self._ahead)
        self._text = _Text(stream, self._input.encoding)
        return cast(BinaryIO, io.BufferedReader(self._text, BLOCK))

    def origin(self, start: int, length: int) -> Origin | None:
        """Where *length* bytes from byte *start* of the stream were stored.

        They have been read; asked for in ascending order.
        """
        return self._text.origin(start, length) if self._text else None

    @property
    def decoded_bytes(self) -> int | None:
        """Bytes of text handed to the decoder; ``None`` for binary formats."""
        return self._text.decoded if self._text else None

    @property
    def bom_bytes(self) -> int:
        """Bytes of the byte-order mark, which is no part of the text."""
        return self._text.bom if self._text else 0

    @property
    def read_bytes(self) -> int:
        """Stored bytes read so far, for progress."""
        return self._stored.count if self._stored else 0

    def close(self) -> None:
        """Let go of the stored bytes without reading the rest."""
        self._stop_ahead()
        if self._stored is not None:
            self._stored.release()

    def finish(self) -> tuple[int, str]:
        """Number and XXH3-128 of the stored bytes, reading what nobody asked for.

        Lets go of the stored bytes; asked again, it says the same.
        """
        if self._finished is None:
            self._finished = self._rest()
        return self._finished

    def _rest(self) -> tuple[int, str]:
        self._stop_ahead()
        if self._stored is None:
            self._stored = _CountingStream(self._input.source.open(), self._token)
        while self._stored.read(BLOCK):
            pass
        self._stored.release()
        return self._stored.count, "xxh3_128:" + self._stored.digest.hexdigest()

    def _stop_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.close()


class _CountingStream(io.RawIOBase):
    """Counts and hashes what is read through it, and polls for cancellation."""

    def __init__(self, stream: BinaryIO, token: CancelToken) -> None:
        self._stream = stream
        self._read_into = _reader_into(stream)
        self._token = token
        self.count = 0
        self.digest = xxhash.xxh3_128()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._token.check()
        block = buffer[:BLOCK]
        count = self._read_into(block)
        self.count += count
        self.digest.update(block[:count])
        return count

    def close(self) -> None:
        """Stays open, so that :meth:`Reading.finish` can read and hash the rest."""

    def release(self) -> None:
        """Really close."""
        self._stream.close()
        super().close()


@dataclass(frozen=True, slots=True)
class _Block:
    """Stored bytes of a text: the offsets of its text and of itself, and how to decode it.

    *pending* bytes, the start of its first character, came with the block before, which left
    the decoder in *state*.
    """

    text: int
    stored: int
    pending: bytes
    state: int
    data: bytes


class _Text(io.RawIOBase):
    """UTF-8 without a byte-order mark, from any encoding, with the way back to stored offsets."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._read_into = _reader_into(stream)
        self._first = stream.read(4)
        self.encoding = normal_name(encoding, self._first)
        self.bom = bom_length(self._first, self.encoding)
        self._first = self._first[self.bom :]
        self._identity = self.encoding in ("utf-8", "ascii")
        self._decoder = codecs.getincrementaldecoder(self.encoding)("logflow.keep")
        self._ready = b""
        self._stored = self.bom
        self._blocks: deque[_Block] = deque()
        self._made = 0
        self.decoded = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._identity and not self._first:
            count = self._read_into(buffer)
        elif self._identity:
            count, self._first = _moved(self._first, buffer)
        else:
            count, self._ready = _moved(self._ready or self._transcode(), buffer)
        self.decoded += count
        return count

    def _transcode(self) -> bytes:
        """The next block as UTF-8; empty only at the end."""
        while True:
            pending, state = self._decoder.getstate()
            data = self._first or self._stream.read(BLOCK)
            self._first = b""
            text = self._decoder.decode(data, final=not data).encode("utf-8", "surrogatepass")
            start = self._stored - len(pending)
            self._blocks.append(_Block(self._made, start, pending, int(state), data))
            self._stored += len(data)
            self._made += len(text)
            if text or not data:
                return text

    def origin(self, start: int, length: int) -> Origin:
        if self._identity or not self._blocks:
            return Origin(start=start + self.bom, encoding=self.encoding)
        while len(self._blocks) > 1 and self._blocks[1].text < start:
            self._blocks.popleft()
        first = self._blocks[0]
        covering = (block.data for block in self._blocks if block.text < start + length)
        whole = Origin(
            start=first.stored,
            encoding=self.encoding,
            stored=first.pending + b"".join(covering),
            state=first.state,
        )
        text = StoredText(whole)
        before = text.offset(start - first.text)
        return replace(
            whole,
            start=first.stored + before,
            stored=whole.stored[before:],
            state=text.state,
        )

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def _reader_into(stream: BinaryIO) -> Callable[[memoryview], int]:
    """What reads *stream* into a buffer, straight if it can; gives the number of bytes."""
    if isinstance(stream, io.BufferedIOBase):
        return stream.readinto
    return lambda buffer: _moved(stream.read(len(buffer)), buffer)[0]


def _moved(data: bytes, buffer: memoryview) -> tuple[int, bytes]:
    """Move *data* into *buffer*; gives the number of bytes that found room, and the others."""
    count = min(len(data), len(buffer))
    buffer[:count] = data[:count]
    return count, data[count:]


def normal_name(encoding: str, head: bytes = b"") -> str:
    """Python's name of *encoding*; :exc:`~logflow.errors.OptionError` if there is none.

    Where the name leaves the order of bytes open, the byte-order mark in *head* decides.

    >>> normal_name("UTF8"), normal_name("latin1")
    ('utf-8', 'iso8859-1')
    """
    try:
        codec = codecs.lookup(encoding)
    except LookupError:
        codec = None
    if codec is None or not codec._is_text_encoding or codec.name in NOT_CHARSETS:
        raise OptionError(
            f"no encoding is called {encoding!r}; examples are utf-8, utf-16, cp1252, gb18030",
            name="encoding",
        )
    if codec.name in ("utf-16", "utf-32"):
        big = any(head.startswith(bom) for bom, name in BOMS if name == f"{codec.name}-be")
        return f"{codec.name}-{'be' if big else 'le'}"
    return "utf-8" if codec.name == "utf-8-sig" else codec.name


def bom_length(head: bytes, encoding: str) -> int:
    """Bytes of the byte-order mark of *encoding* at the start of *head*."""
    for bom, name in BOMS:
        if name == encoding and head.startswith(bom):
            return len(bom)
    return 0
