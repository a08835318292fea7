"""Reads ORC in a process of its own, and writes an Arrow IPC stream.

The library that comes with pyarrow ends the process where it meets damage that it does not expect.
What is wrong with a file is said on standard error, with exit code 1.
"""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

import pyarrow as pa
import pyarrow.orc

from logflow.ingest.schema.names import with_distinct_names
from logflow.ingest.validity import check_batch

__all__ = ["main", "write_batches"]


def write_batches(stream: BinaryIO, out: BinaryIO) -> None:
    """All stripes of a file as the batches of an IPC stream."""
    file = pa.orc.ORCFile(stream)
    schema = with_distinct_names(file.schema)
    rows = 0
    with pa.ipc.new_stream(out, schema) as writer:
        for number in range(file.nstripes):
            batch = file.read_stripe(number)
            check_batch(batch)
            rows += batch.num_rows
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
        if rows != file.nrows:
            raise pa.ArrowInvalid(f"the footer says {file.nrows:,} rows, but there are {rows:,}")


def main(descriptor: str) -> int:
    """Write the batches of the file that is open as *descriptor*; gives the exit code."""
    with os.fdopen(int(descriptor), "rb") as stream, os.fdopen(1, "wb", closefd=False) as out:
        try:
            write_batches(stream, out)
        except (pa.ArrowException, OSError, ValueError, OverflowError) as err:
            sys.stderr.write(str(err).partition("\n")[0] or type(err).__name__)
            return 1
    return 0
