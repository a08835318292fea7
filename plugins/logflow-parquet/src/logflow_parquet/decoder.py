"""The Parquet decoder: runs of row groups, read in parallel."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from logflow.errors import DecodeError, LimitError
from logflow.ingest.arrow_errors import decode_errors
from logflow.ingest.random_access import seekable
from logflow.ingest.schema.facts import TypedFacts
from logflow.ingest.schema.names import distinct
from logflow.ingest.validity import check_batch
from logflow.interfaces.decoder import Chunk, DecodedBatch, Observation
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_parquet.fitting import fit

__all__ = ["ParquetDecoder", "RowGroups"]

TAIL = 8
"""Bytes after the footer: its length and the magic."""


@dataclass(frozen=True, slots=True)
class RowGroups:
    """The context of a chunk: the row groups *first* up to and without *stop*."""

    first: int
    stop: int


class ParquetDecoder:
    """Reads Parquet.  Types are those of the file; pages with checksums are verified.

    A chunk is a row group, or several small ones; it is not divided further, because Parquet can
    only be read from the start of a row group.
    """

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """The one table of a Parquet file."""
        return (None,)

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Runs of row groups up to the size of a chunk; one without rows for an empty file."""
        with _opened(source) as file:
            runs = _runs(file.metadata, options)
        record = 1
        for index, (context, rows) in enumerate(runs):
            yield Chunk(
                decoder="parquet",
                source=source,
                index=index,
                start=0,
                length=0,
                records=rows,
                first_record=record,
                first_line=None,
                context=context,
                final=index == len(runs) - 1,
            )
            record += rows

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        """The types that the file declares; no page is read."""
        with _opened(chunk.source) as file:
            return Observation(facts=_facts(file.schema_arrow), rows=chunk.records)

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        """The rows of the chunk's row groups, cast to *schema*.

        Raises :exc:`~logflow.errors.DecodeError` where the file is damaged.
        """
        with _opened(chunk.source, record=chunk.first_record) as file:
            facts = _facts(file.schema_arrow)
            rows = 0
            for batch in _batches(file, chunk, options):
                fitted = fit(batch, schema, options.columns or {}, chunk.first_record + rows)
                rows += batch.num_rows
                yield DecodedBatch(
                    batch=fitted.batch, facts=facts, rejects=fitted.rejects, drift=fitted.drift
                )
        if rows != chunk.records:
            raise DecodeError(
                f"the footer says {chunk.records:,} rows in row groups "
                f"{chunk.context.first} to {chunk.context.stop - 1}, but there are {rows:,}",
                file=chunk.source.location,
            )


@contextmanager
def _opened(source: Source, *, record: int | None = None) -> Iterator[pq.ParquetFile]:
    """The file in *source*; what pyarrow raises inside ``with`` becomes a ``DecodeError``."""
    with source.open() as stream, decode_errors(source.location, record=record):
        whole = seekable(stream)
        footer = _footer(whole)
        metadata = _metadata(footer) if footer else None
        # Buffered ahead, threads of Arrow would let go of Python objects when the process ends.
        with pq.ParquetFile(
            whole, metadata=metadata, page_checksum_verification=True, pre_buffer=False
        ) as file:
            yield file


def _footer(stream: BinaryIO) -> bytes | None:
    """The bytes from the footer to the end, or ``None`` where there is no plain footer."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - TAIL))
    tail = stream.read(TAIL)
    length = int.from_bytes(tail[:4], "little") + TAIL
    if tail[4:] != b"PAR1" or length > size:
        return None
    stream.seek(size - length)
    return stream.read(length)


@lru_cache(maxsize=4)
def _metadata(footer: bytes) -> pq.FileMetaData:
    """The parsed footer; kept, because every chunk of a file needs it and parsing takes long."""
    return pq.read_metadata(pa.BufferReader(b"PAR1" + footer))


def _runs(metadata: pq.FileMetaData, options: DecodeOptions) -> list[tuple[RowGroups, int]]:
    """Runs of row groups with the number of their rows, none larger than a chunk if it can be."""
    runs: list[tuple[RowGroups, int]] = []
    first = rows = size = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        _check_size(group, number, options)
        full = (
            rows + group.num_rows > options.chunk_rows
            or size + group.total_byte_size > options.chunk_bytes
        )
        if full and number > first:
            runs.append((RowGroups(first, number), rows))
            first, rows, size = number, 0, 0
        rows += group.num_rows
        size += group.total_byte_size
    runs.append((RowGroups(first, metadata.num_row_groups), rows))
    return runs


def _check_size(group: pq.RowGroupMetaData, number: int, options: DecodeOptions) -> None:
    """Refuse a row group that cannot be, or whose records are larger than allowed."""
    rows, size = group.num_rows, group.total_byte_size
    if rows < 0:
        raise ValueError(f"row group {number} has {rows} rows")
    if rows and size > rows * options.max_record_bytes:
        raise LimitError(
            f"row group {number} has {rows:,} records in {size:,} bytes, more than "
            f"{options.max_record_bytes:,} bytes a record: raise max_record_bytes to read it"
        )


def _batches(
    file: pq.ParquetFile, chunk: Chunk, options: DecodeOptions
) -> Iterator[pa.RecordBatch]:
    """The checked batches of a chunk, each name once; one without rows if there are none."""
    groups = list(range(chunk.context.first, chunk.context.stop))
    size = sum(file.metadata.row_group(group).total_byte_size for group in groups)
    rows = min(options.chunk_rows, chunk.records * options.chunk_bytes // max(size, 1))
    empty = True
    for batch in file.iter_batches(max(rows, 1), groups, use_threads=False):
        check_batch(batch)
        empty = False
        yield batch.rename_columns(distinct(batch.schema.names))
    if empty:
        names = distinct(file.schema_arrow.names)
        yield pa.RecordBatch.from_pylist([], schema=file.schema_arrow).rename_columns(names)


def _facts(schema: pa.Schema) -> dict[str, TypedFacts]:
    names = distinct(schema.names)
    return {
        name: TypedFacts(field.type, _metadata_of(field, name))
        for name, field in zip(names, schema, strict=True)
    }


def _metadata_of(field: pa.Field, name: str) -> dict[str, str]:
    """The metadata of a field that is text; the original name of one that was renamed."""
    pairs = (field.metadata or {}).items()
    metadata = {key.decode(): value.decode() for key, value in pairs}
    return metadata if name == field.name else metadata | {"logflow:name": field.name}
