"""Snappy: the `framing format`_, and the blocks in which Hadoop writes it.

.. _framing format: https://github.com/google/snappy/blob/main/framing_format.txt
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import google_crc32c
import pyarrow as pa

from logflow.defaults.streams import stream_of
from logflow.errors import DecodeError

__all__ = ["HadoopSnappyCodec", "SnappyCodec"]

FRAME_BYTES = 1 << 16
"""What a frame decompresses to at most, by the format."""

BLOCK_BYTES = 1 << 24
"""What is believed of a Hadoop block; Hadoop's own blocks are 256 KiB."""

IDENTIFIER = b"sNaPpY"
COMPRESSED, UNCOMPRESSED, SKIPPABLE, STREAM = 0x00, 0x01, 0x80, 0xFF
"""Types of frames; those from SKIPPABLE up to STREAM are passed over."""


class SnappyCodec:
    """Snappy in its framing format; streams may follow each other."""

    def open(self, stream: BinaryIO) -> BinaryIO:
        """The decompressed bytes; closing them closes *stream*."""
        return stream_of(_frames(_Input(stream, "Snappy")), stream.close)


class HadoopSnappyCodec:
    """Snappy in blocks behind their lengths, as Hadoop's ``SnappyCodec`` writes it."""

    def open(self, stream: BinaryIO) -> BinaryIO:
        """The decompressed bytes; closing them closes *stream*."""
        return stream_of(_blocks(_Input(stream, "Hadoop Snappy")), stream.close)


class _Input:
    """Compressed bytes, read by length, and the errors that they give cause to.

    *start* is the offset of the frame or block at hand.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self._codec = pa.Codec("snappy")
        self._position = 0
        self.start = 0

    def ended(self) -> bool:
        """Whether there is no further frame; an input without any is an error."""
        self.start = self._position
        self._next = self._stream.read(1)
        if not self._next and not self._position:
            raise self.error("there is none: the input is empty")
        return not self._next

    def take(self, size: int) -> bytes:
        """The next *size* bytes, the one that :meth:`ended` has looked at included."""
        pieces = [self._next]
        self._next = b""
        missing = size - len(pieces[0])
        while missing:
            pieces.append(self._stream.read(missing))
            if not pieces[-1]:
                self.start = self._position + size - missing
                raise self.error("it ends in the middle: it was cut off")
            missing -= len(pieces[-1])
        self._position += size
        return b"".join(pieces)

    def uncompressed(self, data: bytes, most: int) -> bytes:
        """What *data* decompresses to, at most *most* bytes."""
        size = uncompressed_size(data)
        if size is None or size > most:
            raise self.error(f"a block is damaged: its length is not one of up to {most} bytes")
        try:
            found: bytes = self._codec.decompress(data, decompressed_size=size, asbytes=True)
        except (OSError, ValueError) as err:
            raise self.error("a block is damaged") from err
        return found

    def error(self, reason: str) -> DecodeError:
        return DecodeError(f"{self._name} data: {reason}", byte_offset=self.start)


def uncompressed_size(data: bytes) -> int | None:
    """The length that raw Snappy starts with, a varint of up to 32 bits; ``None`` if it is none.

    >>> uncompressed_size(bytes([0xFE, 0xFF, 0x7F])), uncompressed_size(bytes([0x80]))
    (2097150, None)
    """
    size = 0
    for shift, byte in zip(range(0, 35, 7), data, strict=False):
        size |= (byte & 0x7F) << shift
        if byte < 0x80:
            return size if size < 1 << 32 else None
    return None


def _frames(given: _Input) -> Iterator[bytes]:
    while not given.ended():
        first = given.start == 0
        head = given.take(4)
        kind, length = head[0], int.from_bytes(head[1:], "little")
        if first and kind != STREAM:
            raise given.error("it does not start with a stream identifier")
        if kind == STREAM:
            if length != len(IDENTIFIER) or given.take(length) != IDENTIFIER:
                raise given.error("a stream identifier is damaged")
        elif kind in (COMPRESSED, UNCOMPRESSED):
            yield _content(given, kind, length)
        elif kind >= SKIPPABLE:
            while length:
                length -= len(given.take(min(length, FRAME_BYTES)))
        else:
            raise given.error(f"a frame of type 0x{kind:02x} is not known, and must not be skipped")


def _content(given: _Input, kind: int, length: int) -> bytes:
    """The data of a frame, behind the masked CRC-32C of what it decompresses to."""
    if not 4 <= length <= 4 + _most_compressed(FRAME_BYTES):
        raise given.error(f"a frame cannot have {length} bytes")
    checksum = int.from_bytes(given.take(4), "little")
    data = given.take(length - 4)
    if kind == COMPRESSED:
        data = given.uncompressed(data, FRAME_BYTES)
    if len(data) > FRAME_BYTES or _masked(google_crc32c.value(data)) != checksum:
        raise given.error("a frame is damaged: its checksum is another one")
    return data


def _masked(crc: int) -> int:
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _blocks(given: _Input) -> Iterator[bytes]:
    while not given.ended():
        missing = int.from_bytes(given.take(4), "big")
        if missing > BLOCK_BYTES:
            raise given.error(
                f"a block of {missing} bytes: either it is damaged or this is no Hadoop Snappy"
            )
        while missing:
            length = int.from_bytes(given.take(4), "big")
            if not 0 < length <= _most_compressed(missing):
                raise given.error(
                    f"{length} bytes for {missing}: it is damaged or this is no Hadoop Snappy"
                )
            data = given.uncompressed(given.take(length), missing)
            if not data:
                raise given.error("a block is damaged: a part of it has no data")
            missing -= len(data)
            yield data


def _most_compressed(size: int) -> int:
    """The most bytes that Snappy makes of *size* bytes, by its source."""
    return 32 + size + size // 6
