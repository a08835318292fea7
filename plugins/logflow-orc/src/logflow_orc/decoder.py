"""The decoder of ORC, by the library that comes with pyarrow, in a process of its own."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

import pyarrow as pa

from logflow.errors import DecodeError

__all__ = ["OrcDecoder"]

CHILD = (
    "-c",
    # pyarrow imports numpy if it is there, which doubles the time that the child takes to start.
    "import sys; sys.modules['numpy'] = None\n"
    "from logflow_orc.child import main; sys.exit(main(sys.argv[1]))",
)


class OrcDecoder:
    """Reads stripe by stripe.  A ``BatchDecoder``; what is no plain file is spooled to one."""

    def batches(self, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
        """The stripes, with the types of the file; a batch without rows if there are none.

        Raises :exc:`~logflow.errors.DecodeError` for a damaged file.
        """
        record = 1
        with _plain_file(stream) as file, _reading(file) as child:
            assert child.stdout is not None
            try:
                with pa.ipc.open_stream(child.stdout) as reader:
                    for batch in reader:
                        yield batch
                        record += batch.num_rows
                    if record == 1:
                        yield pa.RecordBatch.from_pylist([], schema=reader.schema)
            except (pa.ArrowException, OSError):
                _check(child, record)
                raise
            _check(child, record)


def _check(child: subprocess.Popen[bytes], record: int) -> None:
    """Raise :exc:`~logflow.errors.DecodeError` if the child says so, or is no more."""
    assert child.stderr is not None
    said = child.stderr.read().decode("utf-8", "replace").strip().splitlines()
    status = child.wait()
    if status == 0:
        return
    damage = "the ORC library crashed on it, which damaged files do"
    raise DecodeError((said or [damage])[-1] if status > 0 else damage, record=record)


@contextmanager
def _reading(file: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The child that reads *file*; it ends with the block."""
    number = file.fileno()
    with subprocess.Popen(
        [sys.executable, *CHILD, str(number)],
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
    """*stream* itself if it is a plain file, else a copy of it."""
    raw = stream.raw if isinstance(stream, io.BufferedReader) else stream
    if isinstance(raw, io.FileIO) and raw.seekable():
        yield raw
        return
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(stream, file, 1 << 20)
        file.flush()
        yield file
