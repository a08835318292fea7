"""What all values of a column have in common, and the type that this leads to.

Facts are a commutative monoid: chunks are observed in any order, on any worker, and merged.  The
rules of typing are in :meth:`TextFacts.resolve`; each is about *all* values, so that no sample
ever decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

import pyarrow as pa

from logflow.errors import LimitError, SchemaError
from logflow.ingest.schema.types import parse_type
from logflow.interfaces.decoder import ColumnFacts, ColumnType, Facts
from logflow.options import DecodeOptions
from logflow_ext.cells import Bit, Observed
from logflow_ext.cells import merge as merge_observed

__all__ = ["Cleared", "TextFacts", "TypedFacts", "column_types", "merge", "schema_of"]

DATE_ORDERS = ("ymd", "dmy", "mdy")


@dataclass(frozen=True, slots=True, order=True)
class Cleared:
    """The first value that ruled a type out: its record (from 1) and the start of its text."""

    record: int
    value: str


@dataclass(frozen=True, slots=True)
class TextFacts:
    """Facts of a column that the input spells as text; *name* is its name, as spelled there,
    where the column has another one: it goes into the metadata of the field."""

    observed: Observed
    cleared: Mapping[Bit, Cleared] = field(default_factory=dict)
    name: str | None = None

    def merge(self, other: ColumnFacts) -> TextFacts:
        """AND of the bits, sums of counts, extremes of extremes, the earliest counterexamples."""
        if not isinstance(other, TextFacts):
            raise SchemaError("a column is text in one input and has a type of its own in another")
        cleared = dict(self.cleared)
        for bit, first in other.cleared.items():
            cleared[bit] = min(first, cleared.get(bit, first))
        name = other.name if self.name is None else self.name
        return TextFacts(merge_observed(self.observed, other.observed), cleared, name=name)

    def resolve(self, options: DecodeOptions) -> ColumnType:
        """The first type, in the order of the design, that still holds every value."""
        found = self._type(options)
        if self.name is None:
            return found
        return replace(found, metadata={**found.metadata, "logflow:name": self.name})

    def _type(self, options: DecodeOptions) -> ColumnType:
        o = self.observed
        if options.all_text:
            return _text("asked for")
        if o.values == 0:
            return _text("there are no values")
        if o.quoted and o.unquoted and o.null_quoted + o.empty_quoted:
            return _text("quotes tell null from text: some are quoted, and so are nulls")
        for rule in (_bool, _integer, _number, _date, _timestamp):
            if found := rule(self, options):
                return found
        return _text(self._why_text())

    def holds(self, bit: Bit) -> bool:
        """Whether every value so far agrees with *bit*."""
        return bool(self.observed.possible & bit)

    def _why_text(self) -> str:
        """Names the candidate that lasted longest and the value that ended it."""
        ends = {kind: first for bit, kind in _CANDIDATES if (first := self.cleared.get(bit))}
        if not ends:
            return "no other type holds every value"
        kind, last = max(ends.items(), key=lambda end: end[1].record)
        if last.record == min(ends.values()).record:
            return f"values such as {last.value!r}"
        return f"{kind} up to record {last.record}: {last.value!r}"


_CANDIDATES = (
    (Bit.INT64, "integer"),
    (Bit.FLOAT64, "number"),
    (Bit.DECIMAL, "decimal"),
    (Bit.BOOL_LOWER, "true/false"),
    (Bit.DATE_YMD, "date"),
    (Bit.DATE_DMY, "day-first date"),
    (Bit.DATE_MDY, "month-first date"),
    (Bit.TS_YMD, "timestamp"),
    (Bit.TS_DMY, "day-first timestamp"),
    (Bit.TS_MDY, "month-first timestamp"),
)


@dataclass(frozen=True, slots=True)
class TypedFacts:
    """Facts of a column whose type the input declares."""

    type: pa.DataType
    metadata: Mapping[str, str] = field(default_factory=dict)
    reason: str = "declared by the input"

    def merge(self, other: ColumnFacts) -> TypedFacts:
        """The narrowest type that holds both; :exc:`~logflow.errors.SchemaError` if none does."""
        if not isinstance(other, TypedFacts):
            raise SchemaError("a column is text in one input and has a type of its own in another")
        if self.type == other.type:
            return self
        schemas = [pa.schema([("column", facts.type)]) for facts in (self, other)]
        try:
            unified = pa.unify_schemas(schemas, promote_options="permissive")
        except (pa.ArrowInvalid, pa.ArrowTypeError) as err:
            raise SchemaError(f"no type holds both {self.type} and {other.type}") from err
        return TypedFacts(unified.field(0).type, self.metadata, "the narrowest that holds all")

    def resolve(self, options: DecodeOptions) -> ColumnType:
        """The type that the input declares."""
        return ColumnType(type=self.type, reason=self.reason, metadata=self.metadata)


def merge(facts: Facts, more: Facts) -> Facts:
    """The facts of two chunks together, columns in the order of their first appearance."""
    merged = dict(facts)
    for name, column in more.items():
        try:
            merged[name] = merged[name].merge(column) if name in merged else column
        except SchemaError as err:
            raise SchemaError(f"column {name!r}: {err}") from err
    return merged


def column_types(facts: Facts, options: DecodeOptions) -> dict[str, ColumnType]:
    """The type of every column: as declared in the options, else by its facts."""
    if len(facts) > options.max_columns:
        raise LimitError(
            f"there are {len(facts):,} columns, more than {options.max_columns:,} (max_columns)"
        )
    declared = dict(options.columns or {})
    unknown = [name for name in declared if name not in facts]
    if unknown and facts:
        raise SchemaError(
            f"a type is declared for column {unknown[0]!r}, which is not there; the columns are "
            + ", ".join(facts)
        )
    return {
        name: ColumnType(type=parse_type(declared[name]), reason="declared")
        if name in declared
        else column.resolve(options)
        for name, column in facts.items()
    }


def schema_of(types: Mapping[str, ColumnType]) -> pa.Schema:
    """The Arrow schema of *types*, with their metadata on the fields."""
    return pa.schema(
        [
            pa.field(name, column.type, metadata=dict(column.metadata) or None)
            for name, column in types.items()
        ]
    )


def merge_all(many: list[Facts]) -> Facts:
    """The facts of all of *many*."""
    return reduce(merge, many, {})


def _text(reason: str) -> ColumnType:
    return ColumnType(type=pa.string(), reason=f"text: {reason}")


def _bool(facts: TextFacts, options: DecodeOptions) -> ColumnType | None:
    if any(map(facts.holds, (Bit.BOOL_LOWER, Bit.BOOL_TITLE, Bit.BOOL_UPPER))):
        return ColumnType(type=pa.bool_(), reason="true or false everywhere")
    return None


def _integer(facts: TextFacts, options: DecodeOptions) -> ColumnType | None:
    o = facts.observed
    for bit, kind in ((Bit.INT64, pa.int64()), (Bit.UINT64, pa.uint64())):
        if facts.holds(bit):
            return ColumnType(type=kind, reason=f"integers from {o.int_min} to {o.int_max}")
    return None


def _number(facts: TextFacts, options: DecodeOptions) -> ColumnType | None:
    """Floats where every value survives as one, else decimals; one style of fractions only.

    Integers beyond 64 bits never become floats, and a column of nothing but ``nan`` is text.
    """
    o = facts.observed
    if not o.numbers or not (o.max_frac_digits == o.min_frac_digits or facts.holds(Bit.SHORTEST)):
        return None
    exact = facts.holds(Bit.DECIMAL) and (options.decimals == "exact" or not o.max_frac_digits)
    if facts.holds(Bit.FLOAT64) and not exact:
        fixed = o.max_frac_digits == o.min_frac_digits and not o.exponents
        style = f"{o.max_frac_digits} decimals each" if fixed else "the shortest spelling each"
        return ColumnType(type=pa.float64(), reason=f"numbers with {style}, exact as floats")
    digits = max(1, o.max_int_digits + o.max_frac_digits)
    if not facts.holds(Bit.DECIMAL) or digits > 76:
        return None
    make = pa.decimal128 if digits <= 38 else pa.decimal256
    reason = f"numbers of up to {digits} digits, too exact for floats"
    if options.decimals == "exact":
        reason = f"numbers of up to {digits} digits, exact decimals asked for"
    return ColumnType(type=make(digits, o.max_frac_digits), reason=reason)


def _date(facts: TextFacts, options: DecodeOptions) -> ColumnType | None:
    order = _order(facts, (Bit.DATE_YMD, Bit.DATE_DMY, Bit.DATE_MDY), options)
    if order is None:
        return None
    return ColumnType(
        type=pa.date32(), reason=f"dates, {order}", metadata={"logflow:date_order": order}
    )


def _timestamp(facts: TextFacts, options: DecodeOptions) -> ColumnType | None:
    order = _order(facts, (Bit.TS_YMD, Bit.TS_DMY, Bit.TS_MDY), options)
    if order is None or not (facts.holds(Bit.NAIVE) or facts.holds(Bit.OFFSET)):
        return None
    digits = facts.observed.max_subsecond_digits
    unit = "s" if digits == 0 else "ms" if digits <= 3 else "us" if digits <= 6 else "ns"
    if unit == "ns" and not facts.holds(Bit.TS_NS_RANGE):
        return None
    zone = None if facts.holds(Bit.NAIVE) else "UTC"
    kind = "with offsets, kept as UTC instants" if zone else "without offsets"
    return ColumnType(
        type=pa.timestamp(unit, zone),
        reason=f"timestamps {kind}, {order}",
        metadata={"logflow:date_order": order},
    )


def _order(facts: TextFacts, bits: tuple[Bit, ...], options: DecodeOptions) -> str | None:
    """The one order that holds every value; where two do, only the option may decide."""
    orders = [order for order, bit in zip(DATE_ORDERS, bits, strict=True) if facts.holds(bit)]
    if len(orders) > 1:
        return options.date_order if options.date_order in orders else None
    return orders[0] if orders else None
