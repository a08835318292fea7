from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logflow.defaults import codecs
from logflow.defaults.codecs import Bzip2Codec, GzipCodec, Inflater, XzCodec, member_pieces
from logflow.defaults.streams import PIECE
from logflow.errors import DecodeError
from logflow.interfaces.codec import Codec
from logflow.testing.codec import TEXT, CodecConformance


@pytest.fixture
def only_zlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codecs, "ZLIB", zlib)


class TestGzip(CodecConformance):
    def make(self) -> Codec:
        return GzipCodec()

    def compress(self, data: bytes) -> bytes:
        return gzip.compress(data, mtime=0)


class TestBzip2(CodecConformance):
    def make(self) -> Codec:
        return Bzip2Codec()

    def compress(self, data: bytes) -> bytes:
        return bz2.compress(data)


class TestXz(CodecConformance):
    def make(self) -> Codec:
        return XzCodec()

    def compress(self, data: bytes) -> bytes:
        return lzma.compress(data)


class TestLzmaAlone(CodecConformance):
    checked = False

    def make(self) -> Codec:
        return XzCodec()

    def compress(self, data: bytes) -> bytes:
        return lzma.compress(data, format=lzma.FORMAT_ALONE)


@pytest.mark.usefixtures("only_zlib")
class TestGzipWithZlib(TestGzip):
    """Without ISA-L."""


GZ, BZ, XZ = gzip.compress(TEXT, mtime=0), bz2.compress(TEXT), lzma.compress(TEXT)
WRONG_SUM = GZ[:-8] + bytes([GZ[-8] ^ 1]) + GZ[-7:]
WRONG_SIZE = GZ[:-1] + b"\x01"
BIG_DICTIONARY = b"]" + (1 << 30).to_bytes(4, "little") + b"\xff" * 8 + bytes(20)


@pytest.mark.parametrize(
    ("codec", "data", "message"),
    [
        (GzipCodec, b"", "^byte 0: gzip data: there is none: the input is empty"),
        (GzipCodec, b"id,name\n1,x\n2,y\n3,z\n", "^byte 0: gzip data: it is damaged: i"),
        (GzipCodec, WRONG_SUM, "^byte 0: gzip data: it is damaged: incorrect"),
        (GzipCodec, WRONG_SIZE, "^byte 0: gzip data: it is damaged: incorrect"),
        (GzipCodec, GZ[:-1], f"^byte {len(GZ) - 1}: gzip data: it ends in the middle"),
        (GzipCodec, GZ + b"x", f"^byte {len(GZ)}: what follows the gzip data is not gzip"),
        (GzipCodec, GZ + b"\0\0x", f"^byte {len(GZ) + 2}: what follows the gzip data"),
        (GzipCodec, GZ + GZ[:-20], f"^byte {2 * len(GZ) - 20}: gzip data: it ends"),
        (Bzip2Codec, b"BZh91AY&SY", "^byte 10: bzip2 data: it ends in the middle"),
        (Bzip2Codec, b"plain text", "^byte 0: bzip2 data: it is damaged: invalid data stream"),
        (Bzip2Codec, BZ + b"\0", f"^byte {len(BZ)}: what follows the bzip2 data is not bzip2"),
        (XzCodec, b"plain text", "^byte 0: xz data: it is damaged: input format not supported"),
        (XzCodec, XZ[:-1], f"^byte {len(XZ) - 1}: xz data: it ends in the middle"),
        (XzCodec, XZ + bytes(8) + b"x", f"^byte {len(XZ) + 8}: what follows the xz data"),
        (XzCodec, BIG_DICTIONARY, "^byte 0: xz data: it is damaged: memory usage limit exceeded"),
    ],
)
def test_messages(codec: type[Codec], data: bytes, message: str) -> None:
    stream = codec().open(io.BytesIO(data))
    with pytest.raises(DecodeError, match=message):  # noqa: PT012 - any read may be the one
        while stream.read():
            pass


@pytest.mark.parametrize(
    ("codec", "data"),
    [
        (GzipCodec, GZ + bytes(600_000)),
        (GzipCodec, GZ + bytes(3) + GZ),
        (GzipCodec, gzip.compress(b"") + GZ + gzip.compress(b"")),
        (Bzip2Codec, bz2.compress(b"") + BZ),
        (XzCodec, XZ + bytes(4) + XZ),
        (XzCodec, lzma.compress(TEXT, preset=9 | lzma.PRESET_EXTREME)),
        (XzCodec, XZ + lzma.compress(TEXT, format=lzma.FORMAT_ALONE)),
    ],
)
def test_padding_and_members(codec: type[Codec], data: bytes) -> None:
    assert set(codec().open(io.BytesIO(data)).read().split(TEXT)) == {b""}


@pytest.mark.parametrize(("codec", "data"), [(GzipCodec, GZ), (Bzip2Codec, BZ), (XzCodec, XZ)])
def test_errors_below_pass(codec: type[Codec], data: bytes) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("unplugged")

    with pytest.raises(OSError, match="unplugged"):
        codec().open(Broken(data)).read()


def test_most_of_a_cut_file_is_there() -> None:
    payload = random.Random(1).randbytes(1_000_000).hex().encode()
    data = gzip.compress(payload)
    stream = GzipCodec().open(io.BytesIO(data[: len(data) - 100]))
    found = stream.read(len(payload))
    assert len(found) > 0.99 * len(payload)
    assert payload.startswith(found)
    with pytest.raises(DecodeError):
        stream.read(1)


def test_output_may_wait_when_the_input_has_ended() -> None:
    for size in range(PIECE - 2, PIECE + 300):
        data = zlib.compress(bytes(size), wbits=-15)
        found = member_pieces(Inflater(-15), data, lambda: b"", DecodeError)
        assert sum(map(len, found)) == size


@given(
    pieces=st.lists(st.binary(max_size=200) | st.just(bytes(5000)), max_size=5),
    sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=5),
)
def test_inflater_is_zlib(pieces: list[bytes], sizes: list[int]) -> None:
    data = zlib.compress(b"".join(pieces), wbits=-15) + b"rest"
    inflater = Inflater(-15)
    found = b""
    while not inflater.eof:
        given_ = b""
        if inflater.needs_input:
            given_, data = data[: sizes[0]], data[sizes[0] :]
        sizes = sizes[1:] + sizes[:1]
        output = inflater.decompress(given_, sizes[0])
        assert len(output) <= sizes[0]
        found += output
    assert found == b"".join(pieces)
    assert inflater.unused_data + data == b"rest"
    assert not inflater.needs_input
