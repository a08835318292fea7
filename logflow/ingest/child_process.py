"""Reads by a library that may crash, or take any memory, in a process of its own."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, BinaryIO

import pyarrow as pa

from logflow.errors import DecodeError

__all__ = ["read_in_child"]

CODE = (
    # pyarrow imports numpy if it is there, which doubles the time that the child takes to start.
    "import sys; sys.modules['numpy'] = None\n"
    "from {module} import {function}; sys.exit({function}(*sys.argv[1:]))"
)


def read_in_child(
    stream: BinaryIO, function: str, *arguments: str, crashed: str
) -> Iterator[pa.RecordBatch]:
    """The batches that ``"module:function"`` writes as an Arrow IPC stream to standard output.

    It is called with the number of a file descriptor, from which it reads *stream*, and with the
    *arguments*; it gives the exit code, and says what is wrong on standard error.  If there are no
    batches, one without rows tells the schema.  Raises :exc:`~logflow.errors.DecodeError` with
    what the child says, or that it *crashed*.
    """
    record = 1
    with _plain_file(stream) as file, _running(file, function, arguments) as child:
        assert child.stdout is not None
        try:
            with pa.ipc.open_stream(child.stdout) as reader:
                schema = reader.schema
                some = False
                for batch in reader:
                    some = True
                    yield batch
                    record += batch.num_rows
        except (pa.ArrowException, OSError):
            _check(child, record, crashed)
            raise
        _check(child, record, crashed)
    if not some:
        yield pa.RecordBatch.from_pylist([], schema=schema)


def _check(child: subprocess.Popen[bytes], record: int, crashed: str) -> None:
    """Raise :exc:`~logflow.errors.DecodeError` if the child says so, or is no more."""
    assert child.stderr is not None
    said = child.stderr.read().decode("utf-8", "replace").strip().splitlines()
    status = child.wait()
    if status != 0:
        raise DecodeError((said or [crashed])[-1] if status > 0 else crashed, record=record)


@contextmanager
def _running(
    file: IO[bytes], function: str, arguments: Sequence[str]
) -> Iterator[subprocess.Popen[bytes]]:
    """The child that reads *file*; it ends with the block."""
    module, _, name = function.partition(":")
    number = file.fileno()
    with subprocess.Popen(
        [sys.executable, "-c", CODE.format(module=module, function=name), str(number), *arguments],
        pass_fds=[number],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        try:
            yield child
        finally:
            child.kill()


@contextmanager
def _plain_file(stream: BinaryIO) -> Iterator[IO[bytes]]:
    """*stream* itself if it is a plain file, else a copy of it; at its start."""
    raw = stream.raw if isinstance(stream, io.BufferedReader) else stream
    if isinstance(raw, io.FileIO) and raw.seekable():
        raw.seek(0)
        yield raw
        return
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(stream, file, 1 << 20)
        file.seek(0)
        yield file
