"""Sources that read in awkward ways, to test decoders with."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO, cast

from logflow.interfaces.source import SourceIdentity

__all__ = ["SampleSource"]


class _ShortReads(io.RawIOBase):
    """Gives at most *step* bytes a read, as pipes and sockets do."""

    def __init__(self, data: bytes, step: int) -> None:
        self._stream = io.BytesIO(data)
        self._step = step

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(min(self._step, len(buffer)))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(self._step if size < 0 else min(self._step, size))


@dataclass(frozen=True, slots=True)
class SampleSource:
    """Bytes under a name; with *step*, streams give that many bytes a read and cannot seek.

    >>> SampleSource(b"abc", "x.csv", step=1).open().read(10)
    b'a'
    """

    data: bytes
    location: str = "sample"
    step: int | None = None

    @property
    def replayable(self) -> bool:
        return True

    def identity(self) -> SourceIdentity:
        return SourceIdentity(size=len(self.data))

    def open(self) -> BinaryIO:
        if self.step is None:
            return io.BytesIO(self.data)
        return cast(BinaryIO, _ShortReads(self.data, self.step))
