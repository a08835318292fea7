"""Storage: a place where outputs live, addressed by keys with ``/`` in them.  Firm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol, runtime_checkable

__all__ = ["ObjectInfo", "ObjectPage", "Storage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """One stored object: *size* in bytes, *mtime_ns* in nanoseconds since 1970, *etag* if any."""

    key: str
    size: int
    mtime_ns: int | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPage:
    """One page of a listing; *next_token* is ``None`` on the last one."""

    objects: Sequence[ObjectInfo]
    next_token: str | None = None


@runtime_checkable
class Storage(Protocol):
    """Whole objects by key.

    A ``put`` is seen by others as a whole or not at all.  Methods that need an object raise
    :exc:`~logflow.errors.StorageError` naming the key where there is none.
    """

    def put(self, key: str, data: bytes | BinaryIO, *, overwrite: bool = True) -> ObjectInfo:
        """Store *data* under *key*; with ``overwrite=False`` an existing key is an error."""
        ...

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """The bytes ``[start, start + length)`` of an object, to its end for ``None``."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; a missing key is not an error."""
        ...

    def exists(self, key: str) -> bool:
        """Whether there is an object at *key*."""
        ...

    def head(self, key: str) -> ObjectInfo:
        """Size and times of one object."""
        ...

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """All objects whose keys start with *prefix*, sorted by key."""
        ...

    def list_page(
        self, prefix: str = "", *, limit: int = 1000, token: str | None = None
    ) -> ObjectPage:
        """At most *limit* objects in the order of :meth:`list`, after *token*."""
        ...

    def delete_many(self, keys: Iterable[str]) -> int:
        """Remove objects; gives how many were there."""
        ...

    def copy(self, source: str, target: str) -> ObjectInfo:
        """Store the object at *source* under *target* as well."""
        ...
