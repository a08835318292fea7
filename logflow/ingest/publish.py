"""Publishing: outputs are staged beside their destination and appear there as a whole.

A staged file is called ``.NAME.logflow-<run id>`` and locked as long as its run lives.  It is
made durable, then renamed; until then the destination is untouched.  What a killed run left
behind is unlocked, and the next run to the same destination removes it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from logflow.errors import DestinationExistsError, StorageError
from logflow.interfaces.sink import Staging

__all__ = [
    "DirectoryStaging",
    "FileStaging",
    "StreamStaging",
    "rejects_path",
    "remove_stale_rejects",
    "staging_for",
]

MARKER = "_logflow.json"
"""In every directory that logflow made: what it may replace when it is asked to."""


def rejects_path(destination: str) -> str:
    """Where the rejects of an output go.

    >>> rejects_path("out/orders.parquet"), rejects_path("out/")
    ('out/orders.parquet.rejects.parquet', 'out.rejects.parquet')
    """
    return destination.rstrip("/") + ".rejects.parquet"


def remove_stale_rejects(destination: str) -> None:
    """Remove the rejects that an earlier run left beside an output that is now without any."""
    Path(os.path.realpath(rejects_path(destination))).unlink(missing_ok=True)


def staging_for(destination: str, run_id: str, *, force: bool) -> Staging:
    """The staging for a path that a user named; one that ends with ``/`` is a directory.

    Raises :exc:`~logflow.errors.DestinationExistsError` where something is in the way, and
    :exc:`~logflow.errors.StorageError` where nothing can be written.
    """
    path = Path(os.path.realpath(destination))
    if not path.parent.is_dir():
        raise StorageError(f"cannot write {destination}: there is no directory {path.parent}")
    if destination.endswith("/") or path.is_dir():
        return DirectoryStaging(path, destination, run_id, force=force)
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        stream = cast(BinaryIO, path.open("wb", buffering=0))
        return StreamStaging(stream, destination, owned=True)
    return FileStaging(path, destination, run_id, force=force)


class FileStaging:
    """One file, beside its destination."""

    is_directory = False

    def __init__(self, path: Path, shown: str, run_id: str, *, force: bool) -> None:
        if path.exists() and not force:
            raise _exists(shown)
        self.destination = shown
        self._path = path
        self._force = force
        self._staged = _staged_name(path, run_id)
        self._stream: BinaryIO | None = None
        remove_leftovers(path)

    def create(self, name: str = "") -> BinaryIO:
        if name:
            raise StorageError(f"{self.destination} is one file: there is no place for {name!r}")
        with _as_storage_error(self.destination):
            self._stream = _create_locked(self._staged)
        return self._stream

    def path(self, name: str = "") -> str:
        return self.destination

    def publish(self) -> None:
        if self._stream is None:
            return
        with _as_storage_error(self.destination):
            _make_durable(self._stream)
            if self._force:
                self._staged.replace(self._path)
            else:
                _move_to_nothing(self._staged, self._path, self.destination)
            _sync_directory(self._path.parent)
        self._stream.close()

    def discard(self) -> None:
        if self._stream is None:
            return
        with suppress(OSError):
            self._staged.unlink(missing_ok=True)
        self._stream.close()


class DirectoryStaging:
    """A directory of files, made beside its destination."""

    is_directory = True

    def __init__(self, path: Path, shown: str, run_id: str, *, force: bool) -> None:
        if path.is_dir() and any(path.iterdir()):
            if not force:
                raise _exists(shown)
            if not (path / MARKER).exists():
                raise DestinationExistsError(
                    f"{shown} is a directory that logflow did not make, so it is not replaced: "
                    "name another one, or remove it yourself"
                )
        elif path.exists() and not path.is_dir():
            raise DestinationExistsError(f"{shown} is a file, not a directory")
        self.destination = shown
        self._path = path
        self._staged = _staged_name(path, run_id)
        self._old = self._staged.with_name(self._staged.name + ".old")
        self._streams: dict[str, BinaryIO] = {}
        self._lock: BinaryIO | None = None
        remove_leftovers(path)

    def create(self, name: str = "") -> BinaryIO:
        if not name or name.startswith("/") or ".." in name.split("/"):
            raise StorageError(f"{name!r} is no name for a file below {self.destination}")
        with _as_storage_error(self.destination):
            if self._lock is None:
                self._staged.mkdir()
                self._lock = _create_locked(self._staged / MARKER)
            target = self._staged / name
            target.parent.mkdir(parents=True, exist_ok=True)
            self._streams[name] = cast(BinaryIO, target.open("x+b"))
        return self._streams[name]

    def path(self, name: str = "") -> str:
        return os.path.join(self.destination, name)

    def publish(self) -> None:
        if self._lock is None:
            return
        with _as_storage_error(self.destination):
            self._lock.write(json.dumps({"files": sorted(self._streams)}).encode())
            _make_durable(self._lock)
            for name, stream in self._streams.items():
                if stream.closed:  # by a sink that finished it early
                    stream = (self._staged / name).open("rb")
                with stream:
                    _make_durable(stream)
            for directory, _, _ in os.walk(self._staged):
                _sync_directory(Path(directory))
            if self._path.exists():
                self._path.rename(self._old)
            self._staged.rename(self._path)
            _sync_directory(self._path.parent)
            shutil.rmtree(self._old, ignore_errors=True)
        self._close()

    def discard(self) -> None:
        if self._lock is not None:
            shutil.rmtree(self._staged, ignore_errors=True)
            self._close()

    def _close(self) -> None:
        for stream in (self._lock, *self._streams.values()):
            if stream is not None:
                stream.close()


class StreamStaging:
    """A stream that cannot be taken back: all of it is kept aside until it is complete.

    An *owned* stream is closed at the end.
    """

    is_directory = False

    def __init__(self, stream: BinaryIO, shown: str, *, owned: bool = False) -> None:
        self.destination = shown
        self._stream = stream
        self._owned = owned
        self._spool: BinaryIO | None = None

    def create(self, name: str = "") -> BinaryIO:
        if name:
            raise StorageError(f"{self.destination} is one stream: no place for {name!r}")
        self._spool = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - closed below
        return self._spool

    def path(self, name: str = "") -> str:
        return self.destination

    def publish(self) -> None:
        if self._spool is not None:
            self._spool.seek(0)
            shutil.copyfileobj(self._spool, self._stream, 1 << 20)
            self._stream.flush()
        self.discard()

    def discard(self) -> None:
        if self._spool is not None:
            self._spool.close()
        if self._owned:
            self._stream.close()


def remove_leftovers(path: Path) -> None:
    """Remove what killed runs left beside *path*; what a living run holds is locked and stays.

    A directory that was moved aside and not yet replaced is put back.
    """
    for leftover in path.parent.glob(f".{_glob_escaped(path.name)}.logflow-*"):
        if leftover.name.endswith(".old"):
            _restore(leftover, path)
            continue
        lock = leftover / MARKER if leftover.is_dir() else leftover
        if _is_unlocked(lock):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)


def _restore(old: Path, path: Path) -> None:
    if not _is_unlocked(path.parent / old.name.removesuffix(".old") / MARKER):
        return
    with suppress(OSError):
        if path.exists():
            shutil.rmtree(old)
        else:
            old.rename(path)


def _glob_escaped(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _staged_name(path: Path, run_id: str) -> Path:
    return path.with_name(f".{path.name}.logflow-{run_id}")


def _is_unlocked(path: Path) -> bool:
    """Whether no living run holds *path*; one that is gone is nobody's."""
    try:
        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _create_locked(path: Path) -> BinaryIO:
    """A new locked file; made again if a cleaner took it between creation and lock."""
    while True:
        stream = path.open("x+b")
        fcntl.flock(stream, fcntl.LOCK_EX)
        if path.exists() and os.path.samestat(os.fstat(stream.fileno()), path.stat()):
            return cast(BinaryIO, stream)
        stream.close()


def _make_durable(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _move_to_nothing(staged: Path, path: Path, shown: str) -> None:
    """Rename without replacing what appeared in the meantime."""
    try:
        os.link(staged, path)
    except FileExistsError:
        raise _exists(shown) from None
    except OSError:  # the file system knows no links
        if path.exists():
            raise _exists(shown) from None
        staged.rename(path)
    else:
        staged.unlink()


def _exists(shown: str) -> DestinationExistsError:
    return DestinationExistsError(f"{shown} exists already: --force (force=True) replaces it")


@contextmanager
def _as_storage_error(shown: str) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise StorageError(f"cannot write {shown}: {err.strerror or err}") from err
