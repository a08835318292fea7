from __future__ import annotations

import io
import sys

import brotli
import google_crc32c
import lz4.frame
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logflow_compress.brotli import BrotliCodec
from logflow_compress.lz4 import Lz4Codec
from logflow_compress.snappy import HadoopSnappyCodec, SnappyCodec, uncompressed_size
from logflow_compress.zstd import ZstdCodec

from logflow.errors import DecodeError
from logflow.interfaces.codec import Codec
from logflow.testing.codec import TEXT, CodecConformance

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SKIPPABLE = b"\x50\x2a\x4d\x18\x03\0\0\0abc"
IDENTIFIER = b"\xff\x06\0\0sNaPpY"
RAW = pa.Codec("snappy")


def masked(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return ((((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF).to_bytes(4, "little")


def frame(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + len(data).to_bytes(3, "little") + data


def framed(data: bytes) -> bytes:
    pieces = [data[at : at + 65536] for at in range(0, len(data), 65536)]
    frames = (frame(0, masked(p) + RAW.compress(p, asbytes=True)) for p in pieces)
    return IDENTIFIER + b"".join(frames)


def hadoop(data: bytes, block: int = 1 << 18, part: int = 1 << 16) -> bytes:
    found = b"" if data else bytes(4)
    for at in range(0, len(data), block):
        piece = data[at : at + block]
        found += len(piece).to_bytes(4, "big")
        for inner in range(0, len(piece), part):
            raw = RAW.compress(piece[inner : inner + part], asbytes=True)
            found += len(raw).to_bytes(4, "big") + raw
    return found


class TestZstd(CodecConformance):
    checked = False

    def make(self) -> Codec:
        return ZstdCodec()

    def compress(self, data: bytes) -> bytes:
        return pa.Codec("zstd").compress(data, asbytes=True)  # type: ignore[no-any-return]


class TestZstdWithChecksum(CodecConformance):
    def make(self) -> Codec:
        return ZstdCodec()

    def compress(self, data: bytes) -> bytes:
        return zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})


class TestLz4(CodecConformance):
    checked = False

    def make(self) -> Codec:
        return Lz4Codec()

    def compress(self, data: bytes) -> bytes:
        return pa.Codec("lz4").compress(data, asbytes=True)  # type: ignore[no-any-return]


class TestLz4WithChecksum(CodecConformance):
    def make(self) -> Codec:
        return Lz4Codec()

    def compress(self, data: bytes) -> bytes:
        found: bytes = lz4.frame.compress(data, content_checksum=True)
        return found


class TestBrotli(CodecConformance):
    joins = False
    checked = False
    marks_end = False

    def make(self) -> Codec:
        return BrotliCodec()

    def compress(self, data: bytes) -> bytes:
        return brotli.compress(data, quality=4)  # type: ignore[no-any-return]


class TestSnappy(CodecConformance):
    marks_end = False

    def make(self) -> Codec:
        return SnappyCodec()

    def compress(self, data: bytes) -> bytes:
        return framed(data)


class TestHadoopSnappy(CodecConformance):
    checked = False
    marks_end = False

    def make(self) -> Codec:
        return HadoopSnappyCodec()

    def compress(self, data: bytes) -> bytes:
        return hadoop(data)


ZST = zstd.compress(TEXT, options={zstd.CompressionParameter.checksum_flag: 1})
LZ4 = lz4.frame.compress(TEXT, content_checksum=True)
SZ, SNAPPY, BR = framed(TEXT), hadoop(TEXT), brotli.compress(TEXT)
LONG = b"\x28\xb5\x2f\xfd\x00" + bytes([(28 - 10) << 3]) + b"\x01\0\0"
"""A frame with a window of 256 MiB, and an empty block."""


@pytest.mark.parametrize(
    ("codec", "data", "expected"),
    [
        (ZstdCodec, SKIPPABLE + ZST + SKIPPABLE + ZST, 2 * TEXT),
        (ZstdCodec, SKIPPABLE, b""),
        (Lz4Codec, SKIPPABLE + LZ4 + SKIPPABLE + LZ4, 2 * TEXT),
        (Lz4Codec, lz4.frame.compress(TEXT, block_linked=False, store_size=False), TEXT),
        (SnappyCodec, IDENTIFIER, b""),
        (SnappyCodec, SZ + frame(0xFE, bytes(200_000)) + frame(0x80, b"x") + SZ, 2 * TEXT),
        (SnappyCodec, IDENTIFIER + frame(1, masked(TEXT) + TEXT), TEXT),
        (HadoopSnappyCodec, hadoop(TEXT, block=1000, part=77), TEXT),
        (HadoopSnappyCodec, bytes(4) + SNAPPY + bytes(4), TEXT),
    ],
)
def test_what_formats_allow(codec: type[Codec], data: bytes, expected: bytes) -> None:
    assert codec().open(io.BytesIO(data)).read() == expected


@pytest.mark.parametrize(
    ("codec", "data", "message"),
    [
        (ZstdCodec, b"", "^byte 0: Zstandard data: there is none: the input is empty"),
        (ZstdCodec, b"id,name\n", "^byte 0: Zstandard data: it is damaged: unknown frame"),
        (ZstdCodec, ZST[:-1], f"^byte {len(ZST) - 1}: Zstandard data: it ends in the middle"),
        (ZstdCodec, ZST[:-1] + b"x", "^byte 0: Zstandard data: .*checksum"),
        (ZstdCodec, ZST + b"a,b,c", f"^byte {len(ZST)}: what follows the Zstandard data"),
        (ZstdCodec, LONG, "^byte 0: Zstandard data: it is damaged: frame requires too much"),
        (Lz4Codec, b"id,name\n1,2\n3,4\n5,6\n", "^byte 0: LZ4 data: it is damaged: "),
        (Lz4Codec, LZ4[:-1] + b"x", "^byte 0: LZ4 data: it is damaged: .*checksum"),
        (Lz4Codec, LZ4[:-1], f"^byte {len(LZ4) - 1}: LZ4 data: it ends in the middle"),
        (BrotliCodec, BR[:-1], f"^byte {len(BR) - 1}: Brotli data: it ends in the middle"),
        (BrotliCodec, b"id,name\n1,2\n", "^byte 0: Brotli data: it is damaged: decoder failed"),
        (SnappyCodec, b"", "^byte 0: Snappy data: there is none: the input is empty"),
        (SnappyCodec, SZ[10:], "^byte 0: Snappy data: it does not start with"),
        (SnappyCodec, SZ[:-1], f"^byte {len(SZ) - 1}: Snappy data: it ends in the middle"),
        (SnappyCodec, SZ + IDENTIFIER[:-1] + b"?", f"^byte {len(SZ)}: .*identifier is damaged"),
        (SnappyCodec, SZ + frame(2, b""), f"^byte {len(SZ)}: .*type 0x02 is not known"),
        (SnappyCodec, SZ[:14] + b"?" + SZ[15:], "^byte 10: .*checksum is another one"),
        (SnappyCodec, IDENTIFIER + frame(0, b"abc"), "^byte 10: .*cannot have 3 bytes"),
        (SnappyCodec, IDENTIFIER + frame(0, bytes(80_000)), "^byte 10: .*have 80000 bytes"),
        (SnappyCodec, IDENTIFIER + frame(0, bytes(4) + b"\xff" * 6), "^byte 10: .*its length is"),
        (SnappyCodec, IDENTIFIER + frame(0, bytes(4) + b"\x05x"), "^byte 10: .*block is damaged"),
        (SnappyCodec, IDENTIFIER + frame(1, masked(bytes(65537)) + bytes(65537)), "^byte 10: "),
        (HadoopSnappyCodec, b"id,name\n", "^byte 0: .*a block of 1768172654 bytes"),
        (HadoopSnappyCodec, SNAPPY + bytes(3), f"^byte {len(SNAPPY) + 3}: .*in the middle"),
        (HadoopSnappyCodec, b"\0\0\0\x05\0\0\0\0", "^byte 0: .*: 0 bytes for 5"),
        (HadoopSnappyCodec, b"\0\0\0\x05\0\0\0\x01\0", "^byte 0: .*has no data"),
    ],
)
def test_messages(codec: type[Codec], data: bytes, message: str) -> None:
    stream = codec().open(io.BytesIO(data))
    with pytest.raises(DecodeError, match=message):  # noqa: PT012 - any read may be the one
        while stream.read():
            pass


@pytest.mark.parametrize(
    "codec", [ZstdCodec, Lz4Codec, BrotliCodec, SnappyCodec, HadoopSnappyCodec]
)
@given(data=st.binary(max_size=300))
def test_any_bytes_give_data_or_an_error_of_ours(codec: type[Codec], data: bytes) -> None:
    magic = {ZstdCodec: ZST[:4], Lz4Codec: LZ4[:6], SnappyCodec: IDENTIFIER}.get(codec, b"")
    assert outcome(codec, magic + data, 7) == outcome(codec, magic + data, 100)


def outcome(codec: type[Codec], data: bytes, size: int) -> tuple[bytes, str]:
    """What is read, *size* bytes at a time, and the error that ends it."""
    found = b""
    with codec().open(io.BytesIO(data)) as stream:
        try:
            while block := stream.read(size):
                found += block
        except DecodeError as err:
            return found, str(err)
    return found, ""


@given(st.integers(0, (1 << 32) - 1))
def test_the_size_of_raw_snappy(size: int) -> None:
    groups = [size >> shift & 0x7F for shift in range(0, 35, 7) if size >> shift or not shift]
    varint = bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])
    assert uncompressed_size(varint + b"\xff") == size
    assert uncompressed_size(varint[:-1]) is None
