"""LZ4 in its frame format."""

from __future__ import annotations

from typing import BinaryIO

from lz4.frame import LZ4FrameDecompressor

from logflow.defaults.codecs import decompressed
from logflow.defaults.streams import stream_of

__all__ = ["Lz4Codec"]


class Lz4Codec:
    """LZ4; frames may follow each other, also skippable ones."""

    def open(self, stream: BinaryIO) -> BinaryIO:
        """The decompressed bytes; closing them closes *stream*."""
        pieces = decompressed(stream, "LZ4", _Frame, damage=(RuntimeError,))
        return stream_of(pieces, stream.close)


class _Frame(LZ4FrameDecompressor):  # type: ignore[misc]
    """The library's, with no unused data as ``b""`` where it gives ``None``."""

    def decompress(self, data: bytes, /, max_length: int = -1) -> bytes:
        output: bytes = super().decompress(data, max_length)
        self.unused_data: bytes = self.unused_data or b""
        return output
