"""The codecs of blocks, bounded: what unpacks to more than a limit is damage."""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["CODECS", "BlockError", "unpacked"]

Buffer = Any
Unpack = Callable[[memoryview, int], Buffer]


class BlockError(Exception):
    """What is wrong with the bytes of a block."""


def unpacked(codec: str, data: memoryview, limit: int) -> Buffer:
    """The bytes of a block, at most *limit* of them; :exc:`BlockError` if they are damaged."""
    try:
        found = CODECS[codec](data, limit)
    except (
        zlib.error,
        OSError,
        EOFError,
        lzma.LZMAError,
        zstd.ZstdError,
        pa.ArrowException,
    ) as err:
        raise BlockError(f"expected data of codec {codec}: {err}") from err
    if len(memoryview(found)) > limit:
        raise BlockError(f"it unpacks to more than {limit:,} bytes (max_block_bytes)")
    return found


def _by(make: Callable[[], Any]) -> Unpack:
    """By a decompressor that knows where its data end."""

    def unpack(data: memoryview, limit: int) -> bytes:
        one = make()
        found: bytes = one.decompress(data, limit + 1)
        if len(found) <= limit and not one.eof:
            raise EOFError("it ends too early")
        return found

    return unpack


def _snappy(data: memoryview, limit: int) -> Buffer:
    """Raw Snappy, and the CRC-32 of what it unpacks to."""
    found = _raw("snappy", data[:-4], _varint(data), limit)
    if zlib.crc32(found) != int.from_bytes(data[-4:], "big"):
        raise BlockError("the checksum does not fit the data")
    return found


def _lz4(data: memoryview, limit: int) -> Buffer:
    """Raw LZ4 behind its size, as fastavro writes it."""
    return _raw("lz4_raw", data[4:], int.from_bytes(data[:4], "little"), limit)


def _raw(codec: str, data: memoryview, size: int, limit: int) -> Buffer:
    if size > limit:
        raise BlockError(f"it unpacks to more than {limit:,} bytes (max_block_bytes)")
    return pa.Codec(codec).decompress(pa.py_buffer(data), size)


def _varint(data: memoryview) -> int:
    """The size at the start of Snappy data."""
    size = 0
    for index, byte in enumerate(data[:5]):
        size |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return size
    raise BlockError("expected the size of data of codec snappy")


CODECS: dict[str, Unpack] = {
    "null": lambda data, limit: data,
    "deflate": _by(lambda: zlib.decompressobj(-15)),
    "bzip2": _by(bz2.BZ2Decompressor),
    "xz": _by(lzma.LZMADecompressor),
    "zstandard": _by(zstd.ZstdDecompressor),
    "snappy": _snappy,
    "lz4": _lz4,
}
"""How each codec unpacks; those of the specification, and LZ4."""
