"""The decoder: chunks of whole blocks, which are unpacked and decoded by the kernel."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow as pa

from logflow.errors import DecodeError
from logflow.ingest.adapters import conform
from logflow.ingest.schema.facts import TypedFacts
from logflow.ingest.window import Window
from logflow.interfaces.decoder import Chunk, DecodedBatch, Facts, Observation, Positions, Reject
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_avro.arrays import array_of
from logflow_avro.codecs import CODECS, BlockError, unpacked
from logflow_avro.container import Block, Damage, Header, next_block, read_header
from logflow_avro.messages import message
from logflow_avro.options import AvroOptions
from logflow_avro.resolution import Resolver, reader_schema
from logflow_avro.schema import Compiled, compiled
from logflow_ext import kernel
from logflow_ext.avro_columns import FATAL, Broken

__all__ = ["AvroDecoder"]

MOST_REJECTS = 10_000
"""Rejects of one damaged block; more of its records are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AvroContext:
    """What decoding a chunk needs to know: the header, and where the blocks are in the chunk.

    *damage* says why a chunk is no block at all.
    """

    schema: str
    codec: str
    blocks: tuple[tuple[int, Block], ...] = ()
    damage: str | None = None


class AvroDecoder:
    """Reads object container files.  A ``ChunkDecoder``."""

    name = "avro"

    def __init__(self, options: AvroOptions | None = None) -> None:
        self._options = options or AvroOptions()
        given = self._options.reader_schema
        self._reader = None if given is None else reader_schema(given)

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """The one table."""
        return (None,)

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Chunks of whole blocks, and of the bytes between them that are none.

        Raises :exc:`~logflow.errors.DecodeError` for a header that is damaged.
        """
        with source.open() as stream:
            text = Window(stream)
            header = read_header(text)
            if header.codec not in CODECS:
                raise DecodeError(
                    f"the Avro file has codec {header.codec!r}; expected one of "
                    f"{', '.join(CODECS)}",
                    byte_offset=4,
                )
            least = compiled(header.schema).least
            yield from _Chunks(source, text, header, options).all(
                least, self._options.max_block_bytes
            )

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        """The types that the schema declares."""
        done = self._done(chunk)
        return Observation(
            facts=_facts(done.columns), rows=done.batch.num_rows, rejects=len(done.rejects)
        )

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        """The rows of a chunk, which are more than were asked for where a block has more.

        Raises :exc:`~logflow.errors.DecodeError` for a value that is not of its declared type.
        """
        done = self._done(chunk)
        try:
            batch = conform(done.batch, schema)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as err:
            raise DecodeError(f"a value is not of its declared type: {err}") from err
        yield DecodedBatch(
            batch=batch.slice(0, options.chunk_rows),
            facts=_facts(done.columns),
            rejects=done.rejects,
            skipped={"in damaged blocks": done.more} if done.more else {},
            covered=chunk.length,
            positions=done.positions(options.coordinates, 0, options.chunk_rows),
        )
        for start in range(options.chunk_rows, batch.num_rows, options.chunk_rows):
            yield DecodedBatch(
                batch=batch.slice(start, options.chunk_rows),
                facts=_facts(done.columns),
                covered=0,
                positions=done.positions(options.coordinates, start, options.chunk_rows),
            )

    def _done(self, chunk: Chunk) -> _Done:
        context: AvroContext = chunk.context
        written = _compiled(context.schema)
        if self._reader is None:
            done = _Done(chunk, written, self._options.max_block_bytes)
            done.read()
            return done
        resolver = Resolver(json.loads(context.schema), self._reader, compiled(self._reader))
        done = _Done(chunk, resolver.columns, self._options.max_block_bytes)
        done.resolve(resolver)
        return done


@lru_cache(maxsize=16)
def _compiled(schema: str) -> Compiled:
    return compiled(json.loads(schema))


def _facts(columns: Compiled) -> Facts:
    return {each.name: TypedFacts(each.typed.type, each.typed.metadata) for each in columns.fields}


@dataclass(slots=True)
class _Chunks:
    """Gathers blocks into chunks, and counts on."""

    source: Source
    text: Window
    header: Header
    options: DecodeOptions
    index: int = 0
    start: int = 0
    records: int = 0

    def all(self, least: int, most_bytes: int) -> Iterator[Chunk]:
        """All chunks, the last one of which may be empty."""
        at, count = self.header.size, 0
        gathered: list[tuple[int, Block]] = []
        while found := next_block(self.text, self.header, at, least, most_bytes):
            full = isinstance(found, Damage) or (
                gathered
                and (
                    count + found.records > self.options.chunk_rows
                    or at + found.length > self.options.chunk_bytes
                )
            )
            if full and at:
                yield self._take(at, count, blocks=tuple(gathered))
                at, count, gathered = 0, 0, []
            if isinstance(found, Damage):
                yield self._take(found.length, 1, damage=found.message)
                continue
            gathered.append((at, found))
            at += found.length
            count += found.records
        yield self._take(at, count, blocks=tuple(gathered), final=True)

    def _take(
        self,
        size: int,
        records: int,
        *,
        blocks: tuple[tuple[int, Block], ...] = (),
        damage: str | None = None,
        final: bool = False,
    ) -> Chunk:
        chunk = Chunk(
            decoder=AvroDecoder.name,
            source=self.source,
            index=self.index,
            start=self.start,
            length=size,
            records=records,
            first_record=self.records + 1,
            first_line=None,
            context=AvroContext(
                schema=json.dumps(self.header.schema),
                codec=self.header.codec,
                blocks=blocks,
                damage=damage,
            ),
            payload=self.text.take(size),
            final=final,
        )
        self.index += 1
        self.start += size
        self.records += records
        return chunk


@dataclass(slots=True)
class _Done:
    """The rows of a chunk, and the rejects; *more* records of damaged blocks are only counted."""

    chunk: Chunk
    columns: Compiled
    most_bytes: int
    batch: pa.RecordBatch = field(init=False)
    rejects: list[Reject] = field(default_factory=list)
    more: int = 0
    gone: set[int] = field(default_factory=set)

    def read(self) -> None:
        """Decode all blocks by the kernel."""
        pieces = self._unpacked()
        programs = [each.typed.program for each in self.columns.fields]
        blocks = [(data, records) for _, data, records in pieces]
        decoded = kernel("avro").decode(blocks, programs, self.columns.types)
        for broken in decoded.broken:
            number, data, _ = pieces[broken.block]
            if broken.error in FATAL:
                self._block_broken(number, broken.error, message(broken))
            else:
                self._record_broken(number, data, broken)
        fields = [each.typed.as_field(each.name) for each in self.columns.fields]
        arrays = [
            array_of(column, each.typed.type, each.typed.program)
            for column, each in zip(decoded.columns, self.columns.fields, strict=True)
        ]
        self.batch = _batch(arrays, pa.schema(fields), decoded.rows)
        self.rejects.sort(key=lambda reject: reject.record)

    def resolve(self, resolver: Resolver) -> None:
        """Decode all blocks as another schema has their records."""
        rows = []
        for number, data, records in self._unpacked():
            try:
                rows += resolver.rows(data, records)
            except BlockError as err:
                self._block_broken(number, "bad_block", str(err))
        self.batch = resolver.batch(rows)
        self.rejects.sort(key=lambda reject: reject.record)

    def positions(self, wanted: Sequence[str], start: int, rows: int) -> Positions | None:
        """The records of some rows, and the offsets of their blocks, as far as is *wanted*."""
        if not wanted:
            return None
        records, offsets = [], []
        for first, at, block in self._numbered():
            good = [n for n in range(first, first + block.records) if n not in self.gone]
            records += good
            offsets += [self.chunk.start + at] * len(good)
        return Positions(
            record=_part(records, start, rows) if "_record" in wanted else None,
            byte_offset=_part(offsets, start, rows) if "_byte_offset" in wanted else None,
        )

    def _numbered(self) -> Iterator[tuple[int, int, Block]]:
        """The number of each block's first record, where it is in the chunk, and the block."""
        first = self.chunk.first_record
        for at, block in self.chunk.context.blocks:
            yield first, at, block
            first += block.records

    def _unpacked(self) -> list[tuple[int, Any, int]]:
        """The blocks that can be unpacked: their number, data and how many records they have."""
        context: AvroContext = self.chunk.context
        view = memoryview(self.chunk.payload).cast("B")
        if context.damage is not None:
            self._reject(self.chunk.first_record, 0, "damaged_block", context.damage, bytes(view))
        found = []
        for number, (at, block) in enumerate(context.blocks):
            data = view[at + block.start : at + block.start + block.size]
            try:
                found.append(
                    (number, unpacked(context.codec, data, self.most_bytes), block.records)
                )
            except BlockError as err:
                self._block_broken(number, "damaged_block", str(err))
        return found

    def _block_broken(self, number: int, error: str, text: str) -> None:
        """Reject all records of a block; the first one has its bytes."""
        first, at, block = list(self._numbered())[number]
        view = memoryview(self.chunk.payload).cast("B")
        raw = bytes(view[at : at + block.length])
        rejected = min(block.records, MOST_REJECTS)
        for record in range(rejected):
            self._reject(first + record, at, error, text, b"" if record else raw)
        self.more += block.records - rejected
        self.gone.update(range(first, first + block.records))

    def _record_broken(self, number: int, data: Any, broken: Broken) -> None:
        first, at, _ = list(self._numbered())[number]
        raw = bytes(memoryview(data)[broken.start : broken.end])
        record = first + broken.record
        name = self.columns.fields[broken.field].name
        self._reject(record, at, broken.error, message(broken), raw, name, broken.field)
        self.gone.add(record)

    def _reject(
        self,
        record: int,
        at: int,
        error: str,
        text: str,
        raw: bytes,
        column: str | None = None,
        index: int | None = None,
    ) -> None:
        self.rejects.append(
            Reject(
                record=record,
                line=None,
                byte_offset=self.chunk.start + at,
                error_type=error,
                message=text,
                raw=raw,
                column=column,
                column_index=index,
            )
        )


def _part(numbers: list[int], start: int, size: int) -> pa.Array:
    return pa.array(numbers[start : start + size], pa.int64())


def _batch(arrays: list[pa.Array], schema: pa.Schema, rows: int) -> pa.RecordBatch:
    if arrays:
        return pa.RecordBatch.from_arrays(arrays, schema=schema)
    return pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))
