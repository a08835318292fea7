"""Rejects: kept beside the output, counted against limits, told to observers in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from logflow.errors import DecodeError, LimitError
from logflow.interfaces.decoder import Reject
from logflow.options import RunOptions

if TYPE_CHECKING:
    import pyarrow.parquet as pq

__all__ = ["SCHEMA", "RejectFile", "RejectPolicy", "as_error"]

SCHEMA = pa.schema(
    [
        ("scan_id", pa.string()),
        ("file", pa.string()),
        ("member", pa.string()),
        ("record", pa.int64()),
        ("line", pa.int64()),
        ("byte_offset", pa.int64()),
        ("column", pa.string()),
        ("column_index", pa.int32()),
        ("error_type", pa.string()),
        ("message", pa.string()),
        ("raw", pa.binary()),
    ]
)
"""The columns of a quarantine file; offsets are bytes from 0, records and lines count from 1."""

FLUSH_ROWS = 10_000
FLUSH_BYTES = 4 << 20


def as_error(reject: Reject) -> DecodeError:
    """The reject as the error that a strict run stops with."""
    return DecodeError(
        reject.message,
        file=reject.file,
        member=reject.member,
        record=reject.record,
        line=reject.line,
        byte_offset=reject.byte_offset,
        column=reject.column,
    )


class RejectFile:
    """A Parquet file of rejects, written in order with bounded memory.

    The file is made at the first reject: a clean run leaves none.
    """

    def __init__(self, stream: BinaryIO) -> None:
        import pyarrow.parquet as pq

        self._stream = stream
        self._writer: pq.ParquetWriter = pq.ParquetWriter(stream, SCHEMA, compression="zstd")
        self._waiting: list[Reject] = []
        self._bytes = 0

    def add(self, reject: Reject) -> None:
        """Append one reject."""
        self._waiting.append(reject)
        self._bytes += len(reject.raw)
        if len(self._waiting) >= FLUSH_ROWS or self._bytes >= FLUSH_BYTES:
            self._flush()

    def _flush(self) -> None:
        columns = [[getattr(reject, name) for reject in self._waiting] for name in SCHEMA.names]
        arrays = [
            pa.array(values, kind) for values, kind in zip(columns, SCHEMA.types, strict=True)
        ]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))
        self._waiting = []
        self._bytes = 0

    def close(self) -> None:
        """Finish the file; the stream stays open for :meth:`read_back`."""
        if self._waiting:
            self._flush()
        self._writer.close()
        self._stream.flush()

    def read_back(self) -> Iterator[Reject]:
        """The rejects of the finished file, in order."""
        import pyarrow.parquet as pq

        names = [field.name for field in fields(Reject)]
        self._stream.seek(0)
        for batch in pq.ParquetFile(self._stream).iter_batches(batch_size=FLUSH_ROWS):
            for row in batch.to_pylist():
                yield Reject(**{name: row[name] for name in names})


class RejectPolicy:
    """Decides after every reject whether the run may go on.

    The limit by number is checked as rejects come; the limit by ratio at the end, or after
    10,000 records at ten times the ratio, so that a hopeless run ends early.
    """

    EARLY_RECORDS = 10_000
    EARLY_FACTOR = 10

    def __init__(self, run: RunOptions, errors: str) -> None:
        self._strict = errors == "strict"
        self._most = run.max_rejects
        self._ratio = run.max_reject_ratio
        self._rejects = 0

    def check(self, rejects: Sequence[Reject], records: int) -> None:
        """Count *rejects*, of a run that has seen *records* so far; raise if it must stop."""
        self._rejects += len(rejects)
        if rejects and self._strict:
            raise as_error(rejects[0])
        if self._most is not None and self._rejects > self._most:
            last = f"; the last one: {as_error(rejects[-1])}" if rejects else ""
            raise LimitError(f"more than {self._most} rejects (max_rejects){last}")
        if records >= self.EARLY_RECORDS:
            self._check_ratio(records, self.EARLY_FACTOR)

    def finish(self, records: int) -> None:
        """Judge the ratio at the end."""
        self._check_ratio(records, 1)

    def _check_ratio(self, records: int, factor: int) -> None:
        if self._ratio is None or self._rejects <= self._ratio * factor * records:
            return
        raise LimitError(
            f"{self._rejects:,} of {records:,} records were rejected: more than the "
            f"{self._ratio:.2%} allowed (max_reject_ratio)"
        )
