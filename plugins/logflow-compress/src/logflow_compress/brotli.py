"""Brotli (RFC 7932): one stream, without a magic number, a checksum or a way to go on behind it."""

from __future__ import annotations

from typing import BinaryIO

import brotli

from logflow.defaults.codecs import decompressed
from logflow.defaults.streams import stream_of

__all__ = ["BrotliCodec"]


class BrotliCodec:
    """Brotli; nothing may follow it."""

    def open(self, stream: BinaryIO) -> BinaryIO:
        """The decompressed bytes; closing them closes *stream*."""
        pieces = decompressed(stream, "Brotli", _Stream, damage=(brotli.error,))
        return stream_of(pieces, stream.close)


class _Stream:
    """:class:`brotli.Decompressor` as a :class:`~logflow.defaults.codecs.Decompressor`.

    The library takes bytes behind the end for damage, so that there are never any unused.
    """

    unused_data = b""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._full = False

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""
        ended: bool = self._stream.is_finished()
        return ended

    @property
    def needs_input(self) -> bool:
        """Whether all input was used and the last output was not cut short."""
        return not self._full and self._stream.can_accept_more_data()

    def decompress(self, data: bytes, /, max_length: int = -1) -> bytes:
        """About *max_length* bytes of output; input that was not needed is kept."""
        output: bytes = self._stream.process(data, output_buffer_limit=max_length)
        self._full = len(output) >= max_length
        return output
