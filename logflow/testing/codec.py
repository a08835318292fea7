"""The conformance kit for codecs: rules CO1 to CO9 of the plugin contract."""

from __future__ import annotations

import io
import pickle
import random
import tracemalloc
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import ClassVar

import pytest

from logflow.errors import DecodeError
from logflow.interfaces.codec import Codec

__all__ = ["CodecConformance"]

TEXT = b"".join(b"%d,line %x\n" % (number, number**3) for number in range(400))
PAYLOADS = {
    "empty": b"",
    "one byte": b"x",
    "text": TEXT,
    "noise": random.Random(1).randbytes(300_000),
    "zeros": bytes(3_000_000),
}
BOUND = 16 << 20
"""Bytes that decompression may take at any moment."""


class CodecConformance(ABC):
    """Subclass it in a plugin's tests, and pytest checks every rule of the contract.

    * *joins*: whether compressed data may follow each other and decompress to all of it.
    * *checked*: whether the format has a sum of the data, so that no damage goes unnoticed.
    * *marks_end*: whether format and library tell where the data end, before they look behind it.
    """

    joins: ClassVar[bool] = True
    checked: ClassVar[bool] = True
    marks_end: ClassVar[bool] = True

    @abstractmethod
    def make(self) -> Codec:
        """A new codec."""

    @abstractmethod
    def compress(self, data: bytes) -> bytes:
        """*data* as another implementation compresses it."""

    def expand(self, data: bytes, size: int = 1 << 16) -> tuple[bytes, DecodeError | None]:
        """What *data* decompresses to, read *size* bytes at a time, and the error that ends it."""
        found = bytearray()
        with self.make().open(io.BytesIO(data)) as stream:
            try:
                while piece := stream.read(size):
                    found += piece
            except DecodeError as err:
                return bytes(found), err
        return bytes(found), None

    @pytest.mark.parametrize("title", PAYLOADS)
    @pytest.mark.parametrize("size", [100, 1 << 20])
    def test_co1_round_trip(self, title: str, size: int) -> None:
        """CO1: what another implementation compressed decompresses to the same bytes, in reads of
        any size."""
        assert self.expand(self.compress(PAYLOADS[title]), size) == (PAYLOADS[title], None)

    def test_co2_short_reads(self) -> None:
        """CO2: a stream that gives fewer bytes than were asked for is no shorter for it."""
        short = _ShortReads(self.compress(TEXT))
        assert self.make().open(short).read() == TEXT

    def test_co3_joined(self) -> None:
        """CO3: compressed data behind other compressed data is decompressed too, where the format
        allows it."""
        if not self.joins:
            pytest.skip("the format has one member")
        first, second = self.compress(TEXT), self.compress(b"more")
        assert self.expand(first + second + first) == (TEXT + b"more" + TEXT, None)

    def test_co4_cut_off(self) -> None:
        """CO4: data that is cut off, anywhere (but between two blocks where the format does not
        mark the end), gives what comes before and then DecodeError; a read of all of it gives only
        the error."""
        data = self.compress(TEXT)
        for length in range(len(data)):
            found, error = self.expand(data[:length])
            assert TEXT.startswith(found)
            if error is None and length and not self.marks_end:
                continue
            assert error is not None, f"cut to {length} of {len(data)} bytes"
            with pytest.raises(DecodeError), self.make().open(io.BytesIO(data[:length])) as stream:
                stream.read()

    def test_co5_damaged(self) -> None:
        """CO5: a changed byte, anywhere, gives DecodeError or the right bytes, and no other
        exception."""
        data = self.compress(TEXT)
        for position in range(len(data)):
            damaged = bytearray(data)
            damaged[position] ^= 0x55
            found, error = self.expand(bytes(damaged))
            assert error is not None or found == TEXT or not self.checked

    @pytest.mark.parametrize("rest", [b"x", b"id,name\n", b"\xff" * 5000])
    def test_co6_something_else_behind(self, rest: bytes) -> None:
        """CO6: bytes behind the compressed data that are none themselves are DecodeError, after
        all of the data where the end of that can be told."""
        found, error = self.expand(self.compress(TEXT) + rest)
        assert error is not None
        assert found == TEXT or not self.marks_end
        assert TEXT.startswith(found)

    def test_co7_an_error_stays(self) -> None:
        """CO7: after an error every read raises it again, and its message is one line."""
        data = self.compress(TEXT)
        with self.make().open(io.BytesIO(data[: len(data) // 2])) as stream:
            with suppress(DecodeError):
                while stream.read(100):
                    pass
            for _ in range(2):
                with pytest.raises(DecodeError) as caught:
                    stream.read(100)
        assert len(str(caught.value).splitlines()) == 1

    def test_co8_bounded_memory(self) -> None:
        """CO8: memory does not grow with the data, however well it was compressed."""
        data = self.compress(bytes(48 << 20))
        tracemalloc.start()
        try:
            with self.make().open(io.BytesIO(data)) as stream:
                size = sum(map(len, iter(lambda: stream.read(1 << 16), b"")))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert size == 48 << 20
        assert peak < BOUND

    def test_co9_closing(self) -> None:
        """CO9: closing the stream closes the one below; a codec is picklable."""
        below = io.BytesIO(self.compress(TEXT))
        pickle.loads(pickle.dumps(self.make())).open(below).close()
        assert below.closed


class _ShortReads(io.BytesIO):
    """Gives at most 7 bytes a read."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(7 if size is None or size < 0 else min(7, size))

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.read(size)

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
