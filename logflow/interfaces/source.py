"""Sources: bytes somewhere, with an identity.  Firm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol, runtime_checkable

__all__ = ["Source", "SourceIdentity", "SourceProvider", "SupportsObjects", "SupportsRanges"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceIdentity:
    """What tells whether a source is still the same bytes.

    *size* is in bytes, *mtime_ns* in nanoseconds since 1970; ``None`` means unknown.
    """

    size: int | None = None
    mtime_ns: int | None = None
    etag: str | None = None


@runtime_checkable
class Source(Protocol):
    """Bytes at a location.  Picklable where workers in other processes shall reopen it."""

    @property
    def location(self) -> str:
        """A path or address, as users know it and as receipts and rejects name it."""
        ...

    @property
    def replayable(self) -> bool:
        """Whether :meth:`open` may be called again and gives the same bytes."""
        ...

    def identity(self) -> SourceIdentity:
        """Size, modification time and tag as they are now."""
        ...

    def open(self) -> BinaryIO:
        """A new stream at the first byte; the caller closes it.

        Raises :exc:`~logflow.errors.SourceNotFoundError` if there is nothing, and
        :exc:`~logflow.errors.StorageError` if it cannot be read.
        """
        ...


@runtime_checkable
class SupportsRanges(Protocol):
    """A source that can start reading anywhere."""

    def open_range(self, start: int, length: int | None = None) -> BinaryIO:
        """A new stream of *length* bytes (``None``: to the end) from byte *start*."""
        ...


@runtime_checkable
class SourceProvider(Protocol):
    """Turns what a user wrote into sources: one file, a glob, a directory."""

    def expand(self, location: str) -> Sequence[Source]:
        """The sources at *location*, sorted by location, without opening any.

        A location that matches nothing raises :exc:`~logflow.errors.SourceNotFoundError`.
        """
        ...


@runtime_checkable
class SupportsObjects(Protocol):
    """A provider that also makes sources of Python objects: bytes, open streams."""

    def adopt(self, thing: object) -> Source | None:
        """A source over *thing*, ``None`` if it is nothing that this provider knows."""
        ...
