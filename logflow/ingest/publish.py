"""Publishing: outputs are staged beside their destination and appear there as a whole.

A staged file is called ``.NAME.logflow-<run id>`` and locked as long as its run lives.  It is
made durable, then renamed; until then the destination is untouched.  What a killed run left
behind is unlocked, and the next run to the same destination removes it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from logflow.errors import DestinationExistsError, StorageError
from logflow.interfaces.sink import Staging

__all__ = [
    "DirectoryStaging",
    "FileStaging",
    "StreamStaging",
    "is_same_file",
    "rejects_path",
    "remove_stale_rejects",
    "staging_for",
]

MARKER = "_logflow.json"
"""In every directory that logflow made: the files that it may replace when it is asked to."""

NEW_SECONDS = 60
"""A staged directory without a lock that is younger belongs to a run that just starts."""


def rejects_path(destination: str) -> str:
    """Where the rejects of an output go.

    >>> rejects_path("out/orders.parquet"), rejects_path("out/")
    ('out/orders.parquet.rejects.parquet', 'out.rejects.parquet')
    """
    return destination.rstrip("/") + ".rejects.parquet"


def is_same_file(one: str, other: str) -> bool:
    """Whether two paths lead to one place, whether there is a file or not."""
    return os.path.realpath(one) == os.path.realpath(other)


def remove_stale_rejects(destination: str, *, keep: Sequence[str]) -> None:
    """Remove the rejects that an earlier run left beside an output that is now without any.

    A file that is in *keep*, because it was read, stays.
    """
    path = rejects_path(destination)
    if not any(is_same_file(path, kept) for kept in keep):
        Path(os.path.realpath(path)).unlink(missing_ok=True)


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
        _check_replaceable(path, shown, force=force)
        self.destination = shown
        self._path = path
        self._force = force
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
                self._lock = _make_locked_directory(self._staged)
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
            self._swap()
            _sync_directory(self._path.parent)
            shutil.rmtree(self._old, ignore_errors=True)
        self._close()

    def _swap(self) -> None:
        """Put the staged directory in place; what came there meanwhile is judged once more."""
        _check_replaceable(self._path, self.destination, force=self._force)
        if self._force and self._path.exists():
            self._path.rename(self._old)
        try:
            self._staged.rename(self._path)
        except OSError as err:
            if self._old.exists():
                self._old.rename(self._path)
            if err.errno in (errno.ENOTEMPTY, errno.EEXIST):
                raise _exists(self.destination) from err
            raise

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
            with _as_storage_error(self.destination):
                while data := self._spool.read(1 << 20):
                    _write_all(self._stream, data)
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
        with _locked_by_nobody(lock) as abandoned:
            if abandoned and leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            elif abandoned:
                leftover.unlink(missing_ok=True)


def _restore(old: Path, path: Path) -> None:
    with (
        _locked_by_nobody(path.parent / old.name.removesuffix(".old") / MARKER) as abandoned,
        suppress(OSError),
    ):
        if abandoned and path.exists():
            shutil.rmtree(old)
        elif abandoned:
            old.rename(path)


def _glob_escaped(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _staged_name(path: Path, run_id: str) -> Path:
    return path.with_name(f".{path.name}.logflow-{run_id}")


@contextmanager
def _locked_by_nobody(path: Path) -> Iterator[bool]:
    """Whether no living run holds *path*; inside ``with``, none can come to hold it.

    One that is gone is nobody's, unless its directory is so new that its run is about to lock.
    """
    with suppress(OSError):
        if not path.exists() and path.parent.stat().st_mtime > time.time() - NEW_SECONDS:
            yield not path.parent.name.startswith(".")
            return
    try:
        stream = path.open("rb")
    except OSError as err:
        yield isinstance(err, FileNotFoundError)
        return
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _create_locked(path: Path) -> BinaryIO:
    """A new locked file; made again if a cleaner took it between creation and lock."""
    while True:
        stream = path.open("x+b")
        fcntl.flock(stream, fcntl.LOCK_EX)
        if path.exists() and os.path.samestat(os.fstat(stream.fileno()), path.stat()):
            return cast(BinaryIO, stream)
        stream.close()


def _make_locked_directory(path: Path) -> BinaryIO:
    """A new directory, and the locked marker in it."""
    while True:
        path.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):  # a cleaner took the directory before it was locked
            return _create_locked(path / MARKER)


def _check_replaceable(path: Path, shown: str, *, force: bool) -> None:
    """Raise unless *path* is nothing, an empty directory or, with *force*, one of ours alone."""
    if not path.exists():
        return
    if not path.is_dir():
        raise DestinationExistsError(f"{shown} is a file, not a directory")
    found = {each.relative_to(path).as_posix() for each in path.rglob("*") if not each.is_dir()}
    if found and not force:
        raise _exists(shown)
    if foreign := sorted(found - _listed(path / MARKER)):
        raise DestinationExistsError(
            f"{shown} has files that logflow did not write there, such as {foreign[0]}, so it is "
            "not replaced: name another directory, or remove it yourself"
        )


def _listed(marker: Path) -> set[str]:
    """The files of a directory that logflow made, by its marker."""
    try:
        return {MARKER, *json.loads(marker.read_bytes())["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _write_all(stream: BinaryIO, data: bytes) -> None:
    """Write all of *data*; a raw stream may take less at a time."""
    view = memoryview(data)
    while view:
        written = stream.write(view)
        if written is None:
            raise StorageError("the stream takes no more: it must not be in non-blocking mode")
        view = view[written:]


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
