"""The Parquet sink: row groups stitched into one file, or into the files of a directory."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from logflow.errors import OptionError, StorageError
from logflow.ingest.plain import plain_schema
from logflow.ingest.staged import StagedWriter, check_tables, path_segment, table_file
from logflow.interfaces.sink import EncodedPart, Partition, SinkFile, SinkResult, Staging
from logflow_parquet.arrow_writer import codec, empty_file
from logflow_parquet.encoder import ParquetEncoder, row_groups
from logflow_parquet.layout import check_bloom_filters
from logflow_parquet.metadata import footer_of
from logflow_parquet.options import ParquetOptions
from logflow_parquet.partitions import check_columns, directories
from logflow_parquet.row_group import Body, RowGroup
from logflow_parquet.stitch import Stitcher
from logflow_parquet.thrift import Struct
from logflow_parquet.waiting import WaitingRows, unpacked

__all__ = ["ParquetSink"]

DIVIDING = ("partition_by", "target_file_size", "max_rows_per_file")
"""The options that make several files of one table."""

Key = tuple[str | None, Partition]
"""Which file a part belongs to: its table and partition."""


class ParquetSink:
    """Writes a table to one file, or divided into a directory of files.

    Rows of partitions wait until they make a full row group, or until those of all partitions take
    more than ``options.partition_bytes``: then the largest partition becomes one.

    All files stay open until :meth:`close`, because their metadata is known only then, but no
    more than ``options.open_files``: above that, the file that was not written to for the longest
    time is finished without metadata of the run, and its partition goes on in another file.
    """

    def __init__(self, staging: Staging, options: ParquetOptions) -> None:
        """Raises :exc:`~logflow.errors.OptionError` if the destination does not go with options."""
        codec(options)
        self._staging = staging
        self._options = options
        self._divided = bool(
            options.partition_by or options.target_file_size or options.max_rows_per_file
        )
        if self._divided and not staging.is_directory:
            raise _needs_directory(staging, options)
        self._tables: dict[str | None, _Table] = {}
        self._current: dict[Key, _File] = {}
        self._open: dict[str, _File] = {}
        self._finished: list[SinkFile] = []
        self._waiting = WaitingRows[Key]()
        self._count: Counter[Key] = Counter()
        self._started = time.monotonic()

    def encoder(self, schema: pa.Schema, table: str | None = None) -> ParquetEncoder:
        """The encoder of *table*.

        Raises :exc:`~logflow.errors.SchemaError` for a column that Parquet cannot hold, and
        :exc:`~logflow.errors.OptionError` for columns of options that are not there.
        """
        check_tables(self._staging, [*self._tables, table])
        check_columns(schema, self._options.partition_by)
        check_bloom_filters(schema, self._options)
        in_files = pa.schema(
            [field for field in schema if field.name not in self._options.partition_by],
            schema.metadata,
        )
        self._tables[table] = _Table(
            plain_schema(in_files),
            _footer(schema, self._options),
            _footer(in_files, self._options),
        )
        return ParquetEncoder(schema=schema, options=self._options, table=table)

    def write(self, part: EncodedPart) -> None:
        """Append a row group to its file, or let rows wait for others of their partition."""
        key = (part.table, part.partition)
        if part.footer is not None:
            self._append(key, part.data, part.footer)
            return
        waiting = self._waiting[key]
        if (
            waiting.rows + part.rows > self._options.row_group_rows
            or waiting.size + part.size > self._options.row_group_bytes
        ) and waiting.rows:
            self._encode(key)
        self._waiting.add(key, part.data, part.rows)
        while self._waiting.size > self._options.partition_bytes:
            self._encode(self._waiting.largest())

    def close(self, metadata: Mapping[str, str]) -> SinkResult:
        """Finish all files; a table without rows becomes a file with all of its columns."""
        for key in list(self._waiting):
            self._encode(key)
            self._finish(self._current[key], metadata, is_closed=True)
        written = {table for table, _ in self._count}
        for name, table in self._tables.items():
            if name not in written:
                self._create((name, ()), table.whole)
        for file in list(self._open.values()):
            self._finish(file, metadata)
        files = sorted(self._finished, key=lambda file: file.path)
        return SinkResult(files=files, duration=time.monotonic() - self._started)

    def commit(self) -> None:
        """Publish all files at once."""
        self._staging.publish()

    def abort(self) -> None:
        """Remove all files."""
        with suppress(Exception):
            self._staging.discard()

    def _encode(self, key: Key) -> None:
        """Make row groups of all rows that wait for a partition."""
        schema = self._tables[key[0]].schema
        rows = unpacked(self._waiting.take(key).data, schema)
        for body, group in row_groups(rows, self._options):
            self._append(key, body, group)

    def _append(self, key: Key, body: Body, group: RowGroup) -> None:
        file = self._current.get(key)
        if file is None or self._is_full(file, group.size, group.rows):
            file = self._create(key, self._tables[key[0]].in_files)
        self._open[file.name] = self._open.pop(file.name)  # to the end: the latest written
        file.append(body, group)

    def _is_full(self, file: _File, more_bytes: int, more_rows: int) -> bool:
        """Whether a row group would make *file* too large; the first one never does."""
        size, rows = self._options.target_file_size, self._options.max_rows_per_file
        return file.rows > 0 and (
            (size is not None and file.size + more_bytes > size)
            or (rows is not None and file.rows + more_rows > rows)
        )

    def _create(self, key: Key, template: Struct) -> _File:
        if self._divided and len(self._open) >= self._options.open_files:
            self._finish(next(iter(self._open.values())), {}, is_closed=True)
        name = self._name(*key)
        file = _File(name, key, self._staging, template)
        self._count[key] += 1
        self._open[name] = self._current[key] = file
        return file

    def _name(self, table: str | None, partition: Partition) -> str:
        if not self._divided:
            return table_file(self._staging, table, ".parquet")
        return "/".join(
            [
                *([] if table is None else [path_segment(table)]),
                *directories(partition, self._options.partition_style),
                f"part-{self._count[table, partition]:05d}.parquet",
            ]
        )

    def _finish(self, file: _File, metadata: Mapping[str, str], *, is_closed: bool = False) -> None:
        """Finish a file; those of partitions are closed, because there may be very many."""
        self._finished.append(file.finish(metadata))
        if is_closed:
            file.stream.close()
        del self._open[file.name]
        if self._current.get(file.key) is file:
            del self._current[file.key]


@dataclass(frozen=True, slots=True)
class _Table:
    """The schema of files, without the partition columns, and the footers of empty files: with all
    columns, and without those."""

    schema: pa.Schema
    whole: Struct
    in_files: Struct


class _File:
    """One staged file."""

    def __init__(self, name: str, key: Key, staging: Staging, template: Struct) -> None:
        self.name = name
        self.key = key
        self.path = staging.path(name)
        self.stream: BinaryIO = staging.create(name)
        self._writer = StagedWriter(self.stream, self.path)
        self._stitcher = Stitcher(self._writer, template)

    @property
    def rows(self) -> int:
        return self._stitcher.rows

    @property
    def size(self) -> int:
        return self._stitcher.size

    def append(self, body: Body, group: RowGroup) -> None:
        self._stitcher.append(body, group)

    def finish(self, metadata: Mapping[str, str]) -> SinkFile:
        """Write the footer, and compare what is in the file with what was written."""
        self._stitcher.finish(metadata)
        self.stream.seek(0)
        try:
            rows = pq.read_metadata(self.stream).num_rows
        except (pa.ArrowException, OSError) as err:
            raise StorageError(f"{self.path} cannot be read back: {err}") from err
        if rows != self.rows:
            raise StorageError(f"{self.path} has {rows:,} rows, but {self.rows:,} were written")
        table, partition = self.key
        return SinkFile(
            path=self.path,
            rows=rows,
            size=self._writer.size,
            checksum=self._writer.checksum,
            table=table,
            partition=partition,
        )


def _footer(schema: pa.Schema, options: ParquetOptions) -> Struct:
    return footer_of(memoryview(empty_file(schema, options)))[0]


def _needs_directory(staging: Staging, options: ParquetOptions) -> OptionError:
    name = next(name for name in DIVIDING if getattr(options, name))
    return OptionError(
        f"option {name!r} makes several files, but {staging.destination} is one: end the "
        "destination with '/'",
        name=name,
    )
