"""Decoders: bytes into Arrow batches, rejects and facts.  Firm.

A decoder comes in three sizes; write the smallest that will do:

* :class:`RecordDecoder` yields one mapping of text a record.  The core makes chunks, finds the
  types and turns bad records into rejects.
* :class:`BatchDecoder` yields Arrow batches that have their types already.
* :class:`ChunkDecoder` divides the input itself and decodes the pieces in parallel.

Adapters turn the first two into the third (:func:`logflow.ingest.adapters.as_chunk_decoder`);
the pipeline knows only the third.

Two numbers account for every byte and record, and they are found independently: ``split``
counts :attr:`Chunk.records` and :attr:`Chunk.length`, ``decode`` counts rows, rejects, skipped
records and :attr:`DecodedBatch.covered`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, runtime_checkable

from logflow.interfaces.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from logflow.options import DecodeOptions

__all__ = [
    "BatchDecoder",
    "Chunk",
    "ChunkDecoder",
    "ColumnFacts",
    "ColumnType",
    "DecodedBatch",
    "Decoder",
    "Dialect",
    "Facts",
    "Malformed",
    "Observation",
    "Origin",
    "Position",
    "Positions",
    "RecordDecoder",
    "Reject",
    "SupportsDialect",
]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record starts.

    *record* is the ordinal of the record's terminator in the input, from 1, blank and comment
    lines included; *line* the physical line, from 1; *byte_offset* counts from 0.  Binary
    formats have no lines and often no offsets: ``None``.
    """

    record: int
    line: int | None = None
    byte_offset: int | None = None


@dataclass(frozen=True, slots=True)
class Malformed:
    """What a :class:`RecordDecoder` yields in place of a mapping for a record it cannot read.

    *error_type* is a short stable name (``snake_case``), *message* says what was expected.
    """

    message: str
    error_type: str = "malformed"
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A record that did not make it into the table: where it was, why, and its raw bytes.

    There is at most one reject a record.  *scan_id*, *file* and *member* are filled in by the
    pipeline; *record*, *line* and *byte_offset* are those of :class:`Position`.
    """

    record: int
    line: int | None
    byte_offset: int | None
    error_type: str
    message: str
    raw: bytes
    column: str | None = None
    column_index: int | None = None
    scan_id: str = ""
    file: str = ""
    member: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How offsets in a chunk translate to offsets in the stored (decompressed) text.

    *start* is the stored offset of the chunk's first byte, *encoding* the Python name of the
    stored encoding.  Where that is not UTF-8, *stored* holds at least the stored bytes of the
    chunk, and *state* is that of Python's incremental decoder before the first of them.
    """

    start: int
    encoding: str
    stored: bytes = field(default=b"", repr=False)
    state: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A run of whole records, and all that decoding them needs to know of what came before.

    *start* and *length* are bytes in the decoded stream (after decompression and transcoding to
    UTF-8); *records* is the number of records in the chunk, counted by ``split``, header, blank
    and comment lines included; *context* is a frozen value of the decoder's own; *payload* the
    bytes, or whatever the decoder reads instead.  *decoder* is the decoder's registered name, so
    that a worker loads only that plugin.  *doubt* says for people what was assumed about the table
    on little evidence, and how to overrule it; that of its first chunk is enough.  *metadata* is
    what the input says of the table, for outputs that have a place for it.
    """

    decoder: str
    source: Source
    index: int
    start: int
    length: int
    records: int
    first_record: int
    first_line: int | None
    table: str | None = None
    member: str | None = None
    context: Any = None
    payload: Any = None
    origin: Origin | None = None
    final: bool = False
    doubt: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType:
    """The type that a column's facts lead to, why, and metadata for its Arrow field."""

    type: pa.DataType
    reason: str
    metadata: Mapping[str, str] = field(default_factory=dict)


class ColumnFacts(Protocol):
    """What all values of one column have in common: a commutative monoid."""

    def merge(self, other: ColumnFacts) -> ColumnFacts:
        """The facts of both together; the order of merging does not matter."""
        ...

    def resolve(self, options: DecodeOptions) -> ColumnType:
        """The type of a column with these facts."""
        ...


Facts = Mapping[str, ColumnFacts]
"""Facts by column name, in the order in which the columns first appeared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What ``observe`` found in a chunk: facts, and how many records became rows."""

    facts: Facts
    rows: int
    rejects: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """Where the records of rows start: the numbers of :class:`Position` as ``int64`` arrays.

    Each has one number a row, *byte_offset* in the decoded stream; ``None`` where the format
    cannot tell, or nobody asked.
    """

    record: pa.Array | None = None
    line: pa.Array | None = None
    byte_offset: pa.Array | None = None

    def filter(self, mask: pa.Array) -> Positions:
        """The positions of the rows for which *mask* is true."""
        return self._each(lambda array: array.filter(mask))

    def slice(self, start: int, rows: int) -> Positions:
        """The positions of at most so many *rows* from one on."""
        return self._each(lambda array: array.slice(start, rows))

    def _each(self, change: Callable[[pa.Array], pa.Array]) -> Positions:
        arrays = {each.name: getattr(self, each.name) for each in fields(self)}
        return Positions(**{n: None if a is None else change(a) for n, a in arrays.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A record that is no data, as the receipt lists it: why not, where it is, and its text.

    *record* and *line* count from 1; *line* is ``None`` where the format has no lines.
    """

    reason: str
    record: int
    line: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedBatch:
    """Arrow data of (a part of) a chunk, with all that is known about it.

    Over the batches of a chunk ``rows + rejects + skipped`` equals :attr:`Chunk.records`, and
    *covered*, the bytes of all records, separators and skipped parts, equals :attr:`Chunk.length`;
    ``None`` where a format cannot say.  *skipped* counts records that are no data by reason
    (``header``, ``blank``, ``comment``, ``preamble``).  *noted* counts rows that the input has in
    another form, by what was done to them (``padded``, ``trimmed``).  *drift* is true if a value
    did not fit the schema that was asked for; *batch* is then not to be used.  *positions* are
    wanted where ``options.coordinates`` names some.  *listed* are the first of the skipped
    records that have something to say, in order: a hundred of a chunk are enough.
    """

    batch: pa.RecordBatch
    facts: Facts
    rejects: Sequence[Reject] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    covered: int | None = None
    drift: bool = False
    noted: Mapping[str, int] = field(default_factory=dict)
    positions: Positions | None = None
    listed: Sequence[Skipped] = ()


@runtime_checkable
class RecordDecoder(Protocol):
    """The small size: text records, one after the other."""

    def records(self, stream: BinaryIO) -> Iterator[tuple[Position, Mapping[str, str] | Malformed]]:
        """Yield each record of *stream* (UTF-8) with its position.

        Blank lines and comments are not yielded, but count as records in positions.
        Keys may differ from record to record; a column appears with its first key.
        """
        ...


@runtime_checkable
class BatchDecoder(Protocol):
    """The middle size: batches that have their types."""

    def batches(self, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
        """Yield the batches of *stream*, all of one schema, of at most some megabytes each."""
        ...


@runtime_checkable
class ChunkDecoder(Protocol):
    """The full size: pieces that are decoded in parallel."""

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """The tables in *source*: ``(None,)`` for the one unnamed table of most formats.

        ``None`` among others is the one that is read where none is asked for.
        """
        ...

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Find record-aligned chunks, in order, reading *source* once.

        Chunks end after ``options.chunk_rows`` records or ``options.chunk_bytes`` bytes,
        whichever comes first; only a single record may be longer.
        """
        ...

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        """The facts of a chunk, without building arrays.  Pure."""
        ...

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        """The rows of a chunk as batches of exactly *schema*.  Pure.

        A column of *schema* that the chunk does not have is all null.  A value that does not
        fit is a reject if ``options.columns`` declares its column, else drift.
        """
        ...


Decoder = RecordDecoder | BatchDecoder | ChunkDecoder


class Dialect(Protocol):
    """How a format's variant is written; a frozen dataclass of the decoder's own."""

    @property
    def reasons(self) -> Sequence[str]:
        """What decided, a sentence each, for people."""
        ...


@runtime_checkable
class SupportsDialect(Protocol):
    """A decoder whose format has variants that it finds out by itself."""

    def dialect(self, source: Source, options: DecodeOptions) -> Dialect:
        """The variant of *source*."""
        ...
