"""The two smaller sizes of decoder as the full one, which is all that the pipeline knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import BinaryIO, cast

import pyarrow as pa

from logflow.errors import DecodeError, LimitError, PluginError
from logflow.ingest.schema.facts import TypedFacts
from logflow.ingest.schema.text import TextColumn, decode_columns, observe_columns
from logflow.interfaces.decoder import (
    BatchDecoder,
    Chunk,
    ChunkDecoder,
    DecodedBatch,
    Decoder,
    Malformed,
    Observation,
    Position,
    Positions,
    RecordDecoder,
    Reject,
)
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions

__all__ = ["as_chunk_decoder", "conform"]


def as_chunk_decoder(decoder: Decoder, name: str) -> ChunkDecoder:
    """The full decoder for one of any size; *name* is its registered name.

    Raises :exc:`~logflow.errors.PluginError` for an object of no known size.
    """
    if isinstance(decoder, ChunkDecoder):
        return decoder
    if isinstance(decoder, RecordDecoder):
        return RecordAdapter(decoder, name)
    if isinstance(decoder, BatchDecoder):
        return BatchAdapter(decoder, name)
    raise PluginError(
        f"the decoder of {name!r} has none of the methods records, batches or split and decode"
    )


class _Kept:
    """A stream that keeps what was read since the last mark, so that rejects have raw bytes."""

    def __init__(self, stream: BinaryIO, options: DecodeOptions) -> None:
        self._stream = stream
        self._limit = options.max_record_bytes + options.chunk_bytes
        self._kept = bytearray()
        self._start = 0
        self.lines = 0

    @property
    def count(self) -> int:
        """Bytes read so far."""
        return self._start + len(self._kept)

    def read(self, size: int = -1) -> bytes:
        return self._keep(self._stream.read(size if size and size > 0 else 1 << 16))

    def readline(self, size: int = -1) -> bytes:
        line = self._stream.readline(self._limit if size < 0 else size)
        return self._keep(line)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def readable(self) -> bool:
        return True

    def _keep(self, data: bytes) -> bytes:
        self._kept += data
        if len(self._kept) > self._limit:
            raise LimitError(
                f"a record of more than {self._limit} bytes starts at byte {self._start}: "
                "raise max_record_bytes if it is one"
            )
        return data

    def take(self, end: int) -> bytes:
        """The bytes since the last call, up to offset *end* of the stream."""
        size = end - self._start
        data = bytes(self._kept[:size])
        del self._kept[:size]
        self._start += len(data)
        return data


@dataclass(frozen=True, slots=True)
class _Rows:
    """The payload of a chunk of text records: parallel tuples, and what stood before them."""

    preamble: bytes
    positions: tuple[Position, ...]
    records: tuple[Mapping[str, str] | Malformed, ...]
    raws: tuple[bytes, ...]

    def __bytes__(self) -> bytes:
        """The text of the chunk."""
        return self.preamble + b"".join(self.raws)


class RecordAdapter:
    """Gathers records into chunks, and types them as text columns."""

    def __init__(self, decoder: RecordDecoder, name: str) -> None:
        self._decoder = decoder
        self._name = name

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        return (None,)

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Chunks of records; a record's bytes reach to the start of the one after it."""
        with source.open() as stream:
            kept = _Kept(stream, options)
            gather = _Gather(self._name, source, options)
            previous: tuple[Position, Mapping[str, str] | Malformed] | None = None
            for item in self._decoder.records(cast(BinaryIO, kept)):
                if previous is not None:
                    raw = kept.take(_start_of(item[0], kept))
                    if chunk := gather.add(*previous, raw, following=item[0].record):
                        yield chunk
                else:
                    gather.preamble(kept.take(_start_of(item[0], kept)))
                previous = item
            while kept.read():
                pass
            rest = kept.take(kept.count)
            if previous is not None:
                gather.add(*previous, rest, following=None)
            else:
                gather.preamble(rest)
            yield gather.chunk(final=True)

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        rows: _Rows = chunk.payload
        columns, ordinals = _columns(rows, chunk)
        facts = observe_columns(columns, options, first_record=chunk.first_record, records=ordinals)
        return Observation(
            facts=facts, rows=len(ordinals), rejects=len(rows.records) - len(ordinals)
        )

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        rows: _Rows = chunk.payload
        columns, ordinals = _columns(rows, chunk)
        good = [i for i, record in enumerate(rows.records) if not isinstance(record, Malformed)]
        typed = decode_columns(
            columns,
            schema,
            options,
            rows=len(good),
            first_record=chunk.first_record,
            records=ordinals,
        )
        rejects = {
            i: _reject(rows.positions[i], record, rows.raws[i])
            for i, record in enumerate(rows.records)
            if isinstance(record, Malformed)
        }
        for row, cell in typed.bad.items():
            i = good[row]
            bad = Malformed(cell.message, "bad_value", cell.column)
            rejects[i] = _reject(rows.positions[i], bad, rows.raws[i], cell.column_index)
        batch = typed.batch
        if typed.bad:
            batch = batch.filter(pa.array([row not in typed.bad for row in range(len(good))]))
        starts = [rows.positions[i] for row, i in enumerate(good) if row not in typed.bad]
        other = chunk.records - len(rows.records)
        yield DecodedBatch(
            batch=batch,
            facts=typed.facts,
            rejects=[rejects[i] for i in sorted(rejects)],
            skipped={"passed over": other} if other else {},
            covered=len(rows.preamble) + sum(map(len, rows.raws)),
            drift=typed.drift,
            positions=_positions(starts) if options.coordinates else None,
        )


def _positions(starts: Sequence[Position]) -> Positions:
    """Positions of rows, column by column; what a row does not tell is null."""
    columns = {field.name: [getattr(at, field.name) for at in starts] for field in fields(Position)}
    return Positions(**{name: pa.array(values, pa.int64()) for name, values in columns.items()})


class _Gather:
    """Collects records until a chunk is full."""

    def __init__(self, name: str, source: Source, options: DecodeOptions) -> None:
        self._name = name
        self._source = source
        self._options = options
        self._index = 0
        self._start = 0
        self._first_record = 1
        self._clear()

    def _clear(self) -> None:
        self._positions: list[Position] = []
        self._records: list[Mapping[str, str] | Malformed] = []
        self._raws: list[bytes] = []
        self._length = 0
        self._preamble = b""

    def preamble(self, raw: bytes) -> None:
        """Bytes before the first record: blank lines and comments."""
        self._length += len(raw)
        self._preamble += raw

    def add(
        self,
        position: Position,
        record: Mapping[str, str] | Malformed,
        raw: bytes,
        *,
        following: int | None,
    ) -> Chunk | None:
        """Take a record; gives a chunk when that filled one."""
        if position.record < self._first_record + len(self._records):
            raise PluginError(
                f"the decoder of {self._name!r} gives record {position.record} after others of "
                "that number: records are numbered in their order, from 1"
            )
        self._positions.append(position)
        self._records.append(record)
        self._raws.append(raw)
        self._length += len(raw)
        full = (
            len(self._records) >= self._options.chunk_rows
            or self._length >= self._options.chunk_bytes
        )
        return self.chunk(following=following) if full and following is not None else None

    def chunk(self, *, following: int | None = None, final: bool = False) -> Chunk:
        """What was gathered, as a chunk; *following* is the number of the record after it."""
        if following is None:
            following = self._positions[-1].record + 1 if self._positions else self._first_record
        chunk = Chunk(
            decoder=self._name,
            source=self._source,
            index=self._index,
            start=self._start,
            length=self._length,
            records=following - self._first_record,
            first_record=self._first_record,
            first_line=self._positions[0].line if self._positions else None,
            payload=_Rows(
                self._preamble, tuple(self._positions), tuple(self._records), tuple(self._raws)
            ),
            final=final,
        )
        self._index += 1
        self._start += self._length
        self._first_record = following
        self._clear()
        return chunk


def _start_of(position: Position, kept: _Kept) -> int:
    return kept.count if position.byte_offset is None else position.byte_offset


def _columns(rows: _Rows, chunk: Chunk) -> tuple[dict[str, TextColumn], list[int]]:
    """The records that can be read as columns, and their ordinals within the chunk."""
    good = [
        (position.record - chunk.first_record, record)
        for position, record in zip(rows.positions, rows.records, strict=True)
        if not isinstance(record, Malformed)
    ]
    names = dict.fromkeys(name for _, record in good for name in record)
    columns = {
        name: TextColumn.from_values(record.get(name) for _, record in good) for name in names
    }
    return columns, [ordinal for ordinal, _ in good]


def _reject(
    position: Position, malformed: Malformed, raw: bytes, column_index: int | None = None
) -> Reject:
    return Reject(
        record=position.record,
        line=position.line,
        byte_offset=position.byte_offset,
        error_type=malformed.error_type,
        message=malformed.message,
        raw=raw.rstrip(b"\r\n"),
        column=malformed.column,
        column_index=column_index,
    )


class BatchAdapter:
    """One chunk a batch; types are the batch's own, cast to the schema that is asked for."""

    def __init__(self, decoder: BatchDecoder, name: str) -> None:
        self._decoder = decoder
        self._name = name

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        return (None,)

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """The batches, cut to ``options.chunk_rows``; an empty input with a schema has one."""
        index = rows = 0
        with source.open() as stream:
            for batch in self._decoder.batches(stream):
                for start in range(0, max(1, batch.num_rows), options.chunk_rows):
                    piece = batch.slice(start, options.chunk_rows)
                    yield Chunk(
                        decoder=self._name,
                        source=source,
                        index=index,
                        start=0,
                        length=0,
                        records=piece.num_rows,
                        first_record=rows + 1,
                        first_line=None,
                        payload=piece,
                    )
                    index += 1
                    rows += piece.num_rows

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        batch: pa.RecordBatch = chunk.payload
        return Observation(facts=_declared(batch.schema), rows=batch.num_rows)

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        batch: pa.RecordBatch = chunk.payload
        facts = _declared(batch.schema)
        try:
            cast_batch = conform(batch, schema)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as err:
            wanted = {field.name: field.type for field in schema}
            if all(wanted.get(field.name) == field.type for field in batch.schema):
                raise DecodeError(
                    f"values break the schema that they come with: {err}",
                    record=chunk.first_record,
                ) from err
            empty = pa.RecordBatch.from_pylist([], schema=schema)
            yield DecodedBatch(batch=empty, facts=facts, drift=True)
            return
        yield DecodedBatch(batch=cast_batch, facts=facts)


def _declared(schema: pa.Schema) -> dict[str, TypedFacts]:
    """The facts of columns that come with types."""
    return {
        field.name: TypedFacts(
            field.type,
            {key.decode(): value.decode() for key, value in (field.metadata or {}).items()},
        )
        for field in schema
    }


def conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """*batch* with exactly the columns and types of *schema*; what is missing is null.

    Raises ``pyarrow.ArrowInvalid`` where a value does not survive the cast.
    """
    names = set(batch.schema.names)
    arrays = [
        _as(batch.column(field.name), field.type)
        if field.name in names
        else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _as(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """The array as a type; nested values are checked against their own, too."""
    return array if array.type == kind and not pa.types.is_nested(kind) else array.cast(kind)
