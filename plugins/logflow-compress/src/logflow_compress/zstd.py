"""Zstandard (RFC 8878)."""

from __future__ import annotations

import sys
from typing import BinaryIO

from logflow.defaults.codecs import decompressed
from logflow.defaults.streams import stream_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["ZstdCodec"]

WINDOW_LOG = 27
"""Windows of up to 128 MiB, the limit of the zstd program too: a frame asks for what it wants."""


class ZstdCodec:
    """Zstandard; frames may follow each other, also skippable ones."""

    def open(self, stream: BinaryIO) -> BinaryIO:
        """The decompressed bytes; closing them closes *stream*."""
        pieces = decompressed(stream, "Zstandard", _frame, damage=(zstd.ZstdError,))
        return stream_of(pieces, stream.close)


def _frame() -> zstd.ZstdDecompressor:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: WINDOW_LOG})
