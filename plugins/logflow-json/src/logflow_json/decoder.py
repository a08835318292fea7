"""The decoders: chunks of whole records, then rows, facts and rejects of each chunk by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from logflow.errors import LimitError
from logflow.ingest.positions import counted
from logflow.interfaces.decoder import Chunk, DecodedBatch, Observation, Positions, Reject
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_ext import kernel
from logflow_ext.json_tree import Tree
from logflow_json.columns import Arrays, columns_of, facts_of, kept
from logflow_json.messages import message
from logflow_json.options import JsonLinesOptions, JsonOptions
from logflow_json.split import JsonContext, split_document, split_lines

__all__ = ["JsonDecoder", "JsonLinesDecoder"]


class JsonLinesDecoder:
    """Reads values one after the other.  A ``ChunkDecoder``."""

    name = "jsonl"

    def __init__(self, options: JsonLinesOptions | None = None) -> None:
        self._options = options or JsonLinesOptions()

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """The one table."""
        return (None,)

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Chunks of lines, or of values if most lines are none."""
        return split_lines(self.name, source, options)

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        """The facts of a chunk's rows."""
        records = _Records.of(chunk, None, options, self._options)
        columns = columns_of(records.tree, self._options)
        facts = facts_of(columns, records.tree, {}, options, self._options)
        return Observation(facts=facts, rows=records.tree.rows, rejects=records.gone)

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        """The rows of a chunk as one batch."""
        records = _Records.of(chunk, schema, options, self._options)
        tree = records.tree
        columns = columns_of(tree, self._options)
        arrays = Arrays(tree, records.data, options)
        batch = arrays.batch(columns, schema)
        facts = facts_of(columns, tree, arrays.known, options, self._options)
        if batch is None or arrays.drift:
            empty = pa.RecordBatch.from_pylist([], schema=schema)
            yield DecodedBatch(batch=empty, facts=facts, drift=True, covered=chunk.length)
            return
        positions = records.positions(options.coordinates)
        if arrays.bad:
            good = pa.array([row not in arrays.bad for row in range(tree.rows)])
            batch, positions = batch.filter(good), positions.filter(good)
        rejects = [*records.rejects(), *records.bad(arrays)]
        yield DecodedBatch(
            batch=batch,
            facts=facts,
            rejects=sorted(rejects, key=lambda reject: reject.record),
            skipped={"blank": tree.blank} if tree.blank else {},
            covered=chunk.length,
            noted={"read_with_duplicate_keys": tree.duplicates} if tree.duplicates else {},
            positions=positions,
        )


class JsonDecoder(JsonLinesDecoder):
    """Reads one document: the elements of an array, or the one value that it is."""

    name = "json"

    def __init__(self, options: JsonOptions | None = None) -> None:
        super().__init__(options or JsonOptions())
        self._keys = (options or JsonOptions()).keys

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Chunks of elements, and those of what comes behind them."""
        return split_document(self.name, source, options, self._keys)


@dataclass(frozen=True, slots=True)
class _Records:
    """The records of a chunk; *data* is the chunk from its first record on."""

    chunk: Chunk
    data: memoryview
    tree: Tree

    @classmethod
    def of(
        cls,
        chunk: Chunk,
        schema: pa.Schema | None,
        options: DecodeOptions,
        json: JsonLinesOptions,
    ) -> _Records:
        context: JsonContext = chunk.context
        data = memoryview(chunk.payload).cast("B")[context.prefix :]
        is_tail = context.tail is not None or not chunk.records
        tree = kernel("json").shred(
            b"" if is_tail else data,
            context.form,
            last=context.last,
            follows=context.follows,
            max_depth=json.max_depth,
            max_keys=json.max_keys,
            max_columns=options.max_columns,
            keep=() if options.all_text else kept(schema, options, json.flatten),
            inner="texts" if options.all_text else "typed",
        )
        if tree.root.wide:
            raise LimitError(
                f"there are more than {options.max_columns:,} different keys of records, and each "
                "would be a column: raise max_columns"
            )
        return cls(chunk, data, tree)

    @property
    def gone(self) -> int:
        """How many records are no rows, of those with data."""
        return len(self.tree.broken) + (self.chunk.context.tail is not None)

    def positions(self, wanted: Sequence[str]) -> Positions:
        """Where the rows start, as far as that is *wanted*."""
        tree, chunk = self.tree, self.chunk
        starts = tree.starts
        lines = kernel("delimited").lines_before(self.data, starts) if "_line" in wanted else None
        assert chunk.first_line is not None
        return Positions(
            record=counted(tree.numbers, chunk.first_record) if "_record" in wanted else None,
            line=None if lines is None else counted(lines, self._first_line),
            byte_offset=counted(starts, self._start) if "_byte_offset" in wanted else None,
        )

    @property
    def _start(self) -> int:
        return self.chunk.start + int(self.chunk.context.prefix)

    @property
    def _first_line(self) -> int:
        """The line in which the data starts."""
        assert self.chunk.first_line is not None
        prefix = self.chunk.context.prefix
        payload = memoryview(self.chunk.payload).cast("B")
        return self.chunk.first_line + int(kernel("delimited").count_lines(payload, prefix))

    def rejects(self) -> list[Reject]:
        """Those of records that are no JSON, and of what comes after all records."""
        found = [
            self._reject(each.record, each.start, each.end, each.error, message(each, self.data))
            for each in self.tree.broken
        ]
        tail = self.chunk.context.tail
        if tail is not None:
            found.append(self._reject(0, 0, len(self.data), "trailing", tail))
        return found

    def bad(self, arrays: Arrays) -> list[Reject]:
        """Those of rows with a value that is not of its declared type."""
        tree = self.tree
        return [
            replace(
                self._reject(
                    tree.numbers[row], tree.starts[row], self._end(row), "bad_value", cell.message
                ),
                column=cell.column,
                column_index=cell.column_index,
            )
            for row, cell in arrays.bad.items()
        ]

    def _end(self, row: int) -> int:
        """Where the value of a row ends."""
        start, word = self.tree.root.span(row)
        return start + word

    def _reject(self, record: int, start: int, end: int, error: str, text: str) -> Reject:
        return Reject(
            record=self.chunk.first_record + record,
            line=self._first_line + int(kernel("delimited").count_lines(self.data, start)),
            byte_offset=self._start + start,
            error_type=error,
            message=text,
            raw=bytes(self.data[start:end]),
        )
