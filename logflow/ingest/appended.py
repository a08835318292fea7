"""Sinks of formats whose files are nothing but one encoded part after the other."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from logflow.errors import OptionError, StorageError
from logflow.ingest.staged import StagedWriter, check_tables, table_file
from logflow.interfaces.sink import EncodedPart, Encoder, SinkFile, SinkResult, Staging
from logflow.options import SinkOptions

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AppendedSink", "check_undivided"]

DIVIDING = ("partition_by", "target_file_size", "max_rows_per_file")


def check_undivided(options: SinkOptions) -> None:
    """Raise :exc:`~logflow.errors.OptionError` where *options* ask for more than a file a table.

    >>> check_undivided(SinkOptions())
    """
    for name in DIVIDING:
        if getattr(options, name):
            raise OptionError(
                f"option {name!r} divides files, which this format does not do: leave it out",
                name=name,
            )


class AppendedSink(ABC):
    """Writes a file a table, from its start to its end.  A ``Sink``.

    A format gives its *extension*, what stands before all rows, its encoder, and how rows are
    counted in a file that is read back.
    """

    extension: ClassVar[str]

    def __init__(self, staging: Staging, options: SinkOptions) -> None:
        """Raises :exc:`~logflow.errors.OptionError` for options that divide or compress files."""
        check_undivided(options)
        if options.compression not in (None, "none"):
            raise OptionError(
                f"option 'compression' is {options.compression!r}, but there is none inside "
                "of text: leave it out",
                name="compression",
                valid=("none",),
            )
        self.options = options
        self._staging = staging
        self._files: dict[str | None, _File] = {}
        self._started = time.monotonic()

    @abstractmethod
    def make_encoder(self, schema: pa.Schema, table: str | None) -> Encoder:
        """The encoder of rows of *schema*."""

    @abstractmethod
    def count_rows(self, stream: BinaryIO) -> int:
        """The rows in a file that was written."""

    def head(self, schema: pa.Schema) -> bytes:
        """What stands before all rows."""
        return b""

    def encoder(self, schema: pa.Schema, table: str | None = None) -> Encoder:
        """The encoder of *table*, whose file is begun."""
        check_tables(self._staging, [*self._files, table])
        encoder = self.make_encoder(schema, table)
        name = table_file(self._staging, table, self.extension)
        stream, path = self._staging.create(name), self._staging.path(name)
        file = self._files[table] = _File(stream, path, StagedWriter(stream, path))
        file.out.write(self.head(schema))
        return encoder

    def write(self, part: EncodedPart) -> None:
        """Append a part to the file of its table."""
        file = self._files[part.table]
        file.out.write(part.data)
        file.rows += part.rows

    def close(self, metadata: Mapping[str, str]) -> SinkResult:
        """Finish all files and count their rows in them."""
        files = [self._finish(file, table) for table, file in self._files.items()]
        return SinkResult(files=files, duration=time.monotonic() - self._started)

    def commit(self) -> None:
        """Publish all files at once."""
        self._staging.publish()

    def abort(self) -> None:
        """Remove all files."""
        with suppress(Exception):
            self._staging.discard()

    def _finish(self, file: _File, table: str | None) -> SinkFile:
        file.out.flush()
        file.stream.seek(0)
        try:
            rows = self.count_rows(file.stream)
        except OSError as err:
            raise StorageError(f"{file.path} cannot be read back: {err}") from err
        if rows != file.rows:
            raise StorageError(f"{file.path} has {rows:,} rows, but {file.rows:,} were written")
        return SinkFile(
            path=file.path, rows=rows, size=file.out.size, checksum=file.out.checksum, table=table
        )


@dataclass(slots=True)
class _File:
    stream: BinaryIO
    path: str
    out: StagedWriter
    rows: int = 0
