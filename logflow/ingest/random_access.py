"""Random access for formats that need it, whatever stream they get."""

from __future__ import annotations

import io
from functools import partial
from typing import BinaryIO

__all__ = ["seekable"]


def seekable(stream: BinaryIO) -> BinaryIO:
    """*stream* itself if it can seek, else all of its bytes in memory.

    >>> seekable(io.BytesIO(b"spam")).seek(0, io.SEEK_END)
    4
    """
    if stream.seekable():
        return stream
    return io.BytesIO(b"".join(iter(partial(stream.read, 1 << 20), b"")))
