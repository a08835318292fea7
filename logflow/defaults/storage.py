"""Storage on this machine: a directory, or memory."""

from __future__ import annotations

import io
import itertools
import ntpath
import os
import secrets
import shutil
import stat
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import xxhash

from logflow.defaults.paths import local_path, shown
from logflow.errors import StorageError, UsageError
from logflow.interfaces.storage import ObjectInfo, ObjectPage

__all__ = ["LocalStorage", "MemoryStorage", "check_key"]

STAGED = ".logflow-put"
"""How the names of files that are still being written end."""

COPY_BYTES = 1 << 20


def check_key(key: str) -> None:
    """Raise :exc:`~logflow.errors.StorageError` unless *key* is a plain relative name.

    A key is one or more components with ``/`` between them; none is empty, ``.`` or ``..``, and
    none looks like the name of a file that is being written.  Backslashes, NULs and drive letters
    are refused everywhere, so that a key means the same on every machine.

    >>> check_key("2024/orders.parquet")
    >>> check_key("../orders.parquet")
    Traceback (most recent call last):
    ...
    logflow.errors.StorageError: ../orders.parquet: a key is a relative path without '..'
    """
    components = key.split("/")
    if {"", ".", ".."} & set(components) or set(key) & set("\\\0") or ntpath.splitdrive(key)[0]:
        raise StorageError(f"{shown(key)}: a key is a relative path without '..'")
    if _is_staged(components[-1]):
        raise StorageError(f"{shown(key)}: the name is kept for files that are being written")


def _is_staged(name: str) -> bool:
    return name.startswith(".") and name.endswith(STAGED)


def _check_range(key: str, start: int, length: int | None) -> None:
    if start < 0 or (length is not None and length < 0):
        raise UsageError(f"{shown(key)}: there are no bytes from {start}, length {length}")


def _page(objects: Iterator[ObjectInfo], limit: int) -> ObjectPage:
    """The first *limit* objects; one more is looked at to know whether there is a next page."""
    if limit < 1:
        raise UsageError(f"a page has at least one object, not {limit}")
    found = list(itertools.islice(objects, limit + 1))
    if len(found) <= limit:
        return ObjectPage(objects=found)
    return ObjectPage(objects=found[:limit], next_token=found[limit - 1].key)


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """The files below the directory *root*, a path or ``file://`` URL, made when needed.

    Links to files and directories are followed, except where they lead back up: who may make
    links there may point elsewhere.  Directories that become empty stay.
    """

    root: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", str(Path(local_path(self.root)).absolute()))

    def put(self, key: str, data: bytes | BinaryIO, *, overwrite: bool = True) -> ObjectInfo:
        """Write beside the target, flush to the disk, then rename (or link) in one step."""
        target = self._path(key)
        staged = target.with_name(f".{secrets.token_hex(8)}{STAGED}")
        with _errors(key):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                _write(staged, data)
                if overwrite:
                    staged.replace(target)
                else:
                    target.hardlink_to(staged)  # unlike a rename, fails if the target exists
            finally:
                staged.unlink(missing_ok=True)
            _sync_folder(target.parent)
        return self.head(key)

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """The bytes that there are in the range; none from the end on."""
        _check_range(key, start, length)
        with _errors(key), self._open(key) as file:
            file.seek(start)
            return file.read(-1 if length is None else length)

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens if there is none."""
        self.delete_many((key,))

    def exists(self, key: str) -> bool:
        """Whether there is a file; a directory is not an object."""
        path = self._path(key)
        with _errors(key):
            return path.is_file()

    def head(self, key: str) -> ObjectInfo:
        """Size and modification time."""
        path = self._path(key)
        with _errors(key):
            return _info(key, _file_status(path))

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Walk the directories that can hold *prefix*."""
        return self._walk("", prefix, "", ())

    def list_page(
        self, prefix: str = "", *, limit: int = 1000, token: str | None = None
    ) -> ObjectPage:
        """One page; the token is the last key of the page before."""
        return _page(self._walk("", prefix, token or "", ()), limit)

    def delete_many(self, keys: Iterable[str]) -> int:
        """Remove files one by one; gives how many were there."""
        deleted = 0
        for key in keys:
            path = self._path(key)
            with _errors(key), suppress(FileNotFoundError, NotADirectoryError):
                if not path.is_dir():
                    path.unlink()
                    deleted += 1
        return deleted

    def copy(self, source: str, target: str) -> ObjectInfo:
        """Copy the bytes; links are not kept."""
        with self._open(source) as file:
            return self.put(target, file)

    def _open(self, key: str) -> BinaryIO:
        path = self._path(key)
        with _errors(key):
            _file_status(path)
            return path.open("rb")

    def _path(self, key: str) -> Path:
        check_key(key)
        return Path(self.root, key)

    def _walk(
        self, folder: str, prefix: str, after: str, above: tuple[tuple[int, int], ...]
    ) -> Iterator[ObjectInfo]:
        """Objects below the key *folder* (empty, or ending in ``/``), sorted, after a key.

        *above* identifies the directories on the way here, so that a link to one of them ends.
        """
        path = Path(self.root, folder)
        with _errors(str(path)):
            here = _identity(path)
            if here is None or here in above:
                return
            entries = sorted(_keys_in(path, folder))
        for key in entries:
            if key.endswith("/"):
                wanted = key.startswith(prefix) or prefix.startswith(key)
                if wanted and (key > after or after.startswith(key)):
                    yield from self._walk(key, prefix, after, (*above, here))
            elif key.startswith(prefix) and key > after:
                with suppress(FileNotFoundError):  # deleted since the directory was read
                    yield _info(key, Path(self.root, key).stat())


def _keys_in(path: Path, folder: str) -> Iterator[str]:
    """The keys of the entries in a directory; those of directories end in ``/``.

    Sorted with that ending, they are in the order of all keys below them.
    """
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir():
                yield f"{folder}{entry.name}/"
            elif entry.is_file() and not _is_staged(entry.name):
                yield folder + entry.name


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a directory, ``None`` if it is not there (any more)."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _file_status(path: Path) -> os.stat_result:
    """The status of a regular file; nothing else is an object, and a pipe would block."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise FileNotFoundError(path)
    return status


def _info(key: str, status: os.stat_result) -> ObjectInfo:
    return ObjectInfo(key=key, size=status.st_size, mtime_ns=status.st_mtime_ns)


def _write(path: Path, data: bytes | BinaryIO) -> None:
    """A new file with *data* that has reached the disk."""
    stream = data if hasattr(data, "read") else io.BytesIO(data)
    with path.open("xb") as file:
        shutil.copyfileobj(stream, file, COPY_BYTES)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename durable, where directories can be opened (not on Windows)."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _errors(key: str) -> Iterator[None]:
    """Errors of the operating system as StorageErrors that name the key."""
    try:
        yield
    except FileExistsError as err:
        raise StorageError(f"{shown(key)}: exists already") from err
    except FileNotFoundError as err:
        raise StorageError(f"{shown(key)}: no such object") from err
    except (OSError, ValueError) as err:
        reason = err.strerror if isinstance(err, OSError) else None
        raise StorageError(f"{shown(key)}: {(reason or str(err)).lower()}") from err


@dataclass(frozen=True, slots=True)
class _Object:
    """One object in memory."""

    data: bytes
    info: ObjectInfo


class MemoryStorage:
    """Objects in this process, each storage its own; for tests and small results.  Thread safe.

    *root* is only a name.  Tags are XXH3-128 sums of the data.

    >>> storage = MemoryStorage()
    >>> storage.put("a/b", b"data").size
    4
    """

    def __init__(self, root: str = "") -> None:
        self.root = root
        self._objects: dict[str, _Object] = {}
        self._lock = threading.Lock()

    def put(self, key: str, data: bytes | BinaryIO, *, overwrite: bool = True) -> ObjectInfo:
        """Keep a copy of *data*, which is read to its end first."""
        check_key(key)
        content = data.read() if hasattr(data, "read") else bytes(data)
        info = ObjectInfo(
            key=key,
            size=len(content),
            mtime_ns=time.time_ns(),
            etag=f"xxh3_128:{xxhash.xxh3_128_hexdigest(content)}",
        )
        with self._lock:
            if not overwrite and key in self._objects:
                raise StorageError(f"{shown(key)}: exists already")
            self._objects[key] = _Object(content, info)
        return info

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """The bytes that there are in the range; none from the end on."""
        _check_range(key, start, length)
        return self._object(key).data[start : None if length is None else start + length]

    def delete(self, key: str) -> None:
        """Forget an object; nothing happens if there is none."""
        self.delete_many((key,))

    def exists(self, key: str) -> bool:
        """Whether there is an object."""
        check_key(key)
        return key in self._objects

    def head(self, key: str) -> ObjectInfo:
        """Size, time of the put, and tag."""
        return self._object(key).info

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """The objects that there are when the first one is asked for."""
        with self._lock:
            found = [item.info for key, item in self._objects.items() if key.startswith(prefix)]
        yield from sorted(found, key=lambda info: info.key)

    def list_page(
        self, prefix: str = "", *, limit: int = 1000, token: str | None = None
    ) -> ObjectPage:
        """One page; the token is the last key of the page before."""
        return _page((info for info in self.list(prefix) if info.key > (token or "")), limit)

    def delete_many(self, keys: Iterable[str]) -> int:
        """Forget objects; gives how many were there."""
        deleted = 0
        for key in keys:
            check_key(key)
            with self._lock:
                deleted += self._objects.pop(key, None) is not None
        return deleted

    def copy(self, source: str, target: str) -> ObjectInfo:
        """Keep the same bytes under another key."""
        return self.put(target, self._object(source).data)

    def _object(self, key: str) -> _Object:
        check_key(key)
        try:
            return self._objects[key]
        except KeyError:
            raise StorageError(f"{shown(key)}: no such object") from None
