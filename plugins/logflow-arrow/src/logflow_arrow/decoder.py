"""The Arrow decoders.  Their batches point into bytes from outside, so each is checked in full."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import pyarrow as pa

from logflow.ingest.arrow_errors import decode_errors
from logflow.ingest.random_access import seekable
from logflow.ingest.schema.names import with_distinct_names
from logflow.ingest.validity import check_batch

__all__ = ["ArrowFileDecoder", "ArrowStreamDecoder"]


class ArrowFileDecoder:
    """Reads the file format, which is found from its end; a stream that cannot seek is kept."""

    def batches(self, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
        """The batches of the file, with its types; one without rows if there are none.

        Raises :exc:`~logflow.errors.DecodeError` for a damaged file.
        """
        with decode_errors(), pa.ipc.open_file(seekable(stream)) as reader:
            numbers = range(reader.num_record_batches)
            yield from _checked(reader.schema, map(reader.get_batch, numbers))


class ArrowStreamDecoder:
    """Reads the stream format, from its start to its end."""

    def batches(self, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
        """The batches of the stream, with its types; one without rows if there are none.

        Raises :exc:`~logflow.errors.DecodeError` for a damaged stream.
        """
        with decode_errors(), pa.ipc.open_stream(_unhurried(stream)) as reader:
            yield from _checked(reader.schema, reader)


def _checked(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Valid batches, in which each name occurs once."""
    renamed = with_distinct_names(schema)
    empty = True
    for batch in batches:
        check_batch(batch)
        empty = False
        yield pa.RecordBatch.from_arrays(batch.columns, schema=renamed)
    if empty:
        yield pa.RecordBatch.from_pylist([], schema=renamed)


def _unhurried(stream: BinaryIO) -> BinaryIO | io.BufferedReader:
    """*stream*, whose reads give all that was asked for, as pyarrow expects."""
    return io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream
