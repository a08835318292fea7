"""Typing of text columns: the public way from cells of text to typed Arrow columns.

A decoder of a text format finds where the cells are; these functions do the rest, for the csv
plugin as for any other: facts, conversion, nulls, values that do not fit.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

from logflow.errors import OptionError
from logflow.ingest.schema.facts import Cleared, TextFacts, TypedFacts
from logflow.ingest.schema.types import parse_type
from logflow.interfaces.decoder import ColumnFacts
from logflow.options import DecodeOptions
from logflow_ext import kernel
from logflow_ext.cells import LENGTH, MISSING, Bit, Converted, Observed, Request

__all__ = ["BadCell", "TextColumn", "TypedColumns", "decode_columns", "observe_columns"]

_BITS = tuple(Bit)
_PAIR = struct.Struct("=II")

SHOWN = 64
"""Characters of a value that reasons and messages show."""


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Where the cells of one column lie in a buffer of UTF-8.

    *spans* holds pairs of native ``uint32``: start, and length with the flags of
    :mod:`logflow_ext.cells`.  Cell *i* is pair ``offset + i * stride``.  *quote* and
    *escape* are byte values, -1 for none; equal ones mean doubled quotes.  *decimal* is the
    decimal mark that the dialect suggests, empty for none: with a comma, ``12,5`` is a number.
    *name* is the name that the input spells, where the column has another one.
    """

    data: Any
    spans: Any
    offset: int
    stride: int
    rows: int
    quote: int = -1
    escape: int = -1
    decimal: str = ""
    name: str | None = None

    @classmethod
    def from_values(cls, values: Iterable[str | None]) -> TextColumn:
        """A column of Python texts; ``None`` is a missing cell.

        >>> TextColumn.from_values(["1", None]).cell(0)
        b'1'
        """
        from array import array

        data = bytearray()
        spans = array("I")
        for value in values:
            cell = b"" if value is None else value.encode("utf-8", "surrogatepass")
            spans.extend((len(data), MISSING if value is None else len(cell)))
            data += cell
        return cls(bytes(data), memoryview(spans).cast("B"), 0, 1, len(spans) // 2)

    def cell(self, row: int) -> bytes:
        """The bytes of a cell, with escapes as they are in the buffer."""
        start, word = _PAIR.unpack_from(self.spans, _PAIR.size * (self.offset + row * self.stride))
        return bytes(memoryview(self.data)[start : start + (word & LENGTH)])

    def shown(self, row: int) -> str:
        """The start of a cell as text, for people."""
        text = self.cell(row).decode("utf-8", "backslashreplace")
        return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"

    @property
    def place(self) -> tuple[Any, Any, int, int, int, int, int]:
        """The arguments that say to a kernel where the cells are."""
        return (
            self.data, self.spans, self.offset, self.stride, self.rows, self.quote, self.escape,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class BadCell:
    """The first value of a row that does not fit the declared type of its column."""

    column: str
    column_index: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedColumns:
    """Columns with their types.

    *batch* has every row, also those in *bad* (by row), whose bad cells are null: the caller
    drops them and makes rejects.  *drift* tells that a value did not fit a type that was not
    declared but guessed; *batch* is then of no use.
    """

    batch: pa.RecordBatch
    facts: Mapping[str, ColumnFacts]
    bad: Mapping[int, BadCell]
    drift: bool


def observe_columns(
    columns: Mapping[str, TextColumn],
    options: DecodeOptions,
    *,
    first_record: int = 1,
    records: Sequence[int] | None = None,
) -> dict[str, ColumnFacts]:
    """The facts of text columns, without building arrays.

    *first_record* is the number of the chunk's first record, *records* the ordinal of each row's
    record within the chunk (``None``: rows are records); reasons name values by them.

    >>> facts = observe_columns({"n": TextColumn.from_values(["1", "2"])}, DecodeOptions())
    >>> facts["n"].resolve(DecodeOptions()).type
    DataType(int64)
    """
    return _facts(columns, {}, options, first_record, records)


def decode_columns(
    columns: Mapping[str, TextColumn],
    schema: pa.Schema,
    options: DecodeOptions,
    *,
    rows: int,
    first_record: int = 1,
    records: Sequence[int] | None = None,
) -> TypedColumns:
    """Convert text columns to *schema*; columns that are not there become null.

    See :func:`observe_columns` for *first_record* and *records*; *rows* is the number of rows.

    >>> table = decode_columns({"n": TextColumn.from_values(["1", None])},
    ...                        pa.schema([("n", pa.int64())]), DecodeOptions(), rows=2)
    >>> table.batch.to_pydict(), table.drift
    ({'n': [1, None]}, False)
    """
    read = _read(columns, schema, options)
    arrays: list[pa.Array] = []
    bad: dict[int, BadCell] = {}
    drift = any(name not in read for name in columns)
    for index, field in enumerate(schema):
        if field.name not in read:
            arrays.append(pa.nulls(rows, field.type))
            continue
        column = columns[field.name]
        array, wrong = _array(read[field.name][1], field.type, column.rows)
        arrays.append(array)
        if field.name not in (options.columns or {}):
            drift = drift or bool(wrong)
            continue
        for row in wrong:
            message = f"expected {field.type}, found {column.shown(row)!r}"
            bad.setdefault(row, BadCell(field.name, index, message))
    batch = (
        pa.RecordBatch.from_arrays(arrays, schema=schema) if arrays else _no_columns(schema, rows)
    )
    observed = {name: observed for name, (observed, _) in read.items() if observed}
    facts = _facts(columns, observed, options, first_record, records)
    return TypedColumns(batch=batch, facts=facts, bad=bad, drift=drift)


def _no_columns(schema: pa.Schema, rows: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))


def _null_tokens(options: DecodeOptions) -> tuple[bytes, ...]:
    return tuple(token.encode() for token in options.null_values if token)


def _facts(
    columns: Mapping[str, TextColumn],
    observed: Mapping[str, Observed],
    options: DecodeOptions,
    first_record: int,
    records: Sequence[int] | None,
) -> dict[str, ColumnFacts]:
    """The facts of columns, some of which have been *observed* before."""
    nulls = _null_tokens(options)
    observe = kernel("facts").observe
    facts: dict[str, ColumnFacts] = {}
    for name, column in columns.items():
        if declared := (options.columns or {}).get(name):
            facts[name] = TypedFacts(parse_type(declared), reason="declared")
            continue
        found = observed.get(name) or observe(*column.place, nulls)
        firsts = {
            row: Cleared(
                first_record + (row if records is None else records[row]), column.shown(row)
            )
            for row in set(found.cleared)
            if row >= 0
        }
        cleared = {
            bit: firsts[row] for bit, row in zip(_BITS, found.cleared, strict=True) if row >= 0
        }
        facts[name] = TextFacts(found, cleared, column.decimal, column.name)
    return facts


def _read(
    columns: Mapping[str, TextColumn], schema: pa.Schema, options: DecodeOptions
) -> dict[str, tuple[Observed | None, Converted]]:
    """The values of the schema's columns, and the facts of those whose type is not declared.

    Quoted nulls count as nulls here: where quotes mean something, the facts make the column text.
    Floats must stand for the number as written, unless their type is declared.
    """
    fields = [field for field in schema if field.name in columns]
    requests = []
    for field in fields:
        place = columns[field.name].place
        guessed = field.name not in (options.columns or {})
        wanted = _kind(_base_type(field.type)[0]) | _written(field)
        requests.append(
            Request(*place, **wanted, quoted_nulls=True, exact=guessed, observe=guessed)
        )
    read = kernel("columns").read(requests, _null_tokens(options))
    return dict(zip((field.name for field in fields), read, strict=True))


def _array(converted: Converted, kind: pa.DataType, rows: int) -> tuple[pa.Array, Sequence[int]]:
    """What was converted as Arrow has it, and the rows whose values do not fit."""
    base, narrow = _base_type(kind)
    buffers = [converted.validity, converted.offsets, converted.values]
    if converted.offsets is None:
        del buffers[1]
    array = pa.Array.from_buffers(
        base,
        rows,
        [None if buffer is None else pa.py_buffer(buffer) for buffer in buffers],
        converted.null_count,
    )
    wrong = list(converted.bad)
    return (array, wrong) if narrow is None else _narrowed(array, narrow, wrong)


def _written(field: pa.Field) -> dict[str, str]:
    """How the values of a field are written, as its metadata say."""
    given = field.metadata or {}
    names = {"order": b"date_order", "decimal": b"decimal", "thousands": b"thousands"}
    return {
        argument: given[b"logflow:" + name].decode()
        for argument, name in names.items()
        if b"logflow:" + name in given
    }


@lru_cache(maxsize=256)
def _kind(kind: pa.DataType) -> dict[str, Any]:
    """The arguments of the conversion kernel for a type."""
    if pa.types.is_timestamp(kind):
        return {"kind": "timestamp", "unit": kind.unit, "zone": kind.tz is not None}
    if pa.types.is_time(kind):
        return {"kind": f"time{kind.bit_width}", "unit": kind.unit}
    if pa.types.is_decimal(kind):
        name = f"decimal{kind.bit_width}"
        return {"kind": name, "precision": kind.precision, "scale": kind.scale}
    names = {
        pa.bool_(): "bool",
        pa.float64(): "float64",
        pa.date32(): "date32",
        pa.string(): "text",
    }
    return {"kind": names.get(kind, str(kind))}


_DIRECT = (
    pa.types.is_timestamp,
    pa.types.is_time,
    pa.types.is_decimal128,
    pa.types.is_decimal256,
)
_BASES = (
    (pa.types.is_signed_integer, pa.int64()),
    (pa.types.is_unsigned_integer, pa.uint64()),
    (pa.types.is_floating, pa.float64()),
    (pa.types.is_large_string, pa.string()),
    (pa.types.is_string_view, pa.string()),
    (pa.types.is_date64, pa.date32()),
    (pa.types.is_binary, pa.string()),
    (pa.types.is_large_binary, pa.string()),
    (pa.types.is_dictionary, pa.string()),
)


@lru_cache(maxsize=256)
def _base_type(kind: pa.DataType) -> tuple[pa.DataType, pa.DataType | None]:
    """The type that a kernel converts to, and the narrower one to cast to afterwards."""
    direct = (pa.bool_(), pa.int64(), pa.uint64(), pa.float64(), pa.date32(), pa.string())
    if kind in direct or any(matches(kind) for matches in _DIRECT):
        return kind, None
    for matches, base in _BASES:
        if matches(kind):
            return base, kind
    raise OptionError(f"text cannot be converted to {kind}: declare string, and cast afterwards")


def _narrowed(
    array: pa.Array, kind: pa.DataType, wrong: list[int]
) -> tuple[pa.Array, Sequence[int]]:
    """*array* cast to *kind*; values that are out of its range are null and reported."""
    import pyarrow.compute as pc

    narrow = array.cast(kind, safe=False)
    back = narrow.cast(array.type, safe=False)
    if pa.types.is_floating(kind):
        lost = pc.and_(pc.is_inf(back), pc.is_finite(array))
    else:
        lost = pc.not_equal(back, array)
    lost = pc.fill_null(lost, False)
    rows = pc.indices_nonzero(lost).to_pylist()
    if rows:
        narrow = pc.if_else(lost, pa.scalar(None, array.type), array).cast(kind, safe=False)
    return narrow, sorted({*wrong, *rows})
