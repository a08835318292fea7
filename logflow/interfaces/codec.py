"""Codecs and archives: bytes inside other bytes.  Provisional."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Protocol, runtime_checkable

from logflow.interfaces.source import Source

__all__ = ["Archive", "Codec"]


@runtime_checkable
class Codec(Protocol):
    """One compression format."""

    def open(self, stream: BinaryIO) -> BinaryIO:
        """A stream of the decompressed bytes of *stream*, of bounded memory.

        Damaged input raises :exc:`~logflow.errors.DecodeError` when it is read.  It may be read
        on another thread than the one that opened it.
        """
        ...


@runtime_checkable
class Archive(Protocol):
    """One archive format."""

    def members(self, source: Source) -> Iterator[tuple[str, Source]]:
        """Name and source of every regular file in the archive, in stored order."""
        ...
