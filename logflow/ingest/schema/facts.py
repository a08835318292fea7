"""What all values of a column have in common, and the type that this leads to.

Facts are a commutative monoid: chunks are observed in any order, on any worker, and merged.  The
rules of typing are in :meth:`TextFacts.resolve`; each is about *all* values, so that no sample
ever decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from logflow.errors import LimitError, SchemaError
from logflow.ingest.coordinates import coordinate_types
from logflow.ingest.schema.types import parse_type
from logflow.interfaces.decoder import ColumnFacts, ColumnType, Facts
from logflow.options import DecodeOptions
from logflow_ext.cells import STYLE_BITS, STYLES, Bit, Digits, Observed
from logflow_ext.cells import merge as merge_observed

__all__ = ["Cleared", "TextFacts", "TypedFacts", "column_types", "merge", "schema_of"]

DATE_ORDERS = ("ymd", "dmy", "mdy")
SURE_INT_DIGITS = 18
SURE_FLOAT_DIGITS = 15
"""Digits that any int64 and any float64 keeps."""

_DATES = (Bit.DATE_YMD, Bit.DATE_DMY, Bit.DATE_MDY)
_TIMESTAMPS = (Bit.TS_YMD, Bit.TS_DMY, Bit.TS_MDY)
_SPACES = {" ", "\u00a0", "\u202f"}


@dataclass(frozen=True, slots=True, order=True)
class Cleared:
    """The first value that ruled a type out: its record (from 1) and the start of its text."""

    record: int
    value: str


@dataclass(frozen=True, slots=True)
class TextFacts:
    """Facts of a column that the input spells as text.

    *decimal* is the decimal mark that the input's dialect suggests, empty for none.  *name* is the
    column's name as the input spells it, where it has another one: it goes into the metadata of
    the field.
    """

    observed: Observed
    cleared: Mapping[Bit, Cleared] = field(default_factory=dict)
    decimal: str = ""
    name: str | None = None

    def merge(self, other: ColumnFacts) -> TextFacts:
        """AND of the bits, sums of counts, extremes of extremes, the earliest counterexamples."""
        if not isinstance(other, TextFacts):
            raise _apart()
        cleared = dict(self.cleared)
        for bit, first in other.cleared.items():
            known = cleared.get(bit)
            if known is None or first.record <= known.record:
                cleared[bit] = first if known is None else min(first, known)
        decimal = self.decimal if self.decimal == other.decimal else ""
        name = other.name if self.name is None else self.name
        return TextFacts(merge_observed(self.observed, other.observed), cleared, decimal, name)

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
        for rule in _RULES:
            if found := rule(self, options):
                return found
        return _text(_undecided(self) or self._why_text())

    def holds(self, *bits: Bit) -> bool:
        """Whether every value so far agrees with one of *bits*."""
        return any(self.observed.possible & bit for bit in bits)

    def _why_text(self) -> str:
        """Names the candidate that lasted longest and the value that ended it."""
        ends = [(first, kind) for bit, kind in _CANDIDATES if (first := self.cleared.get(bit))]
        if not ends:
            return "no other type holds every value"
        last, kind = max(ends, key=lambda end: end[0].record)
        if last.record == min(ends)[0].record:
            return f"values such as {last.value!r}"
        return f"{kind} would fit up to record {last.record:,}, which has {last.value!r}"


_CANDIDATES = (
    (Bit.INT64, "int64"),
    (Bit.FLOAT64, "float64"),
    (Bit.DECIMAL, "decimal"),
    (Bit.BOOL_LOWER, "true/false"),
    (Bit.DATE_YMD, "date"),
    (Bit.DATE_DMY, "day-first date"),
    (Bit.DATE_MDY, "month-first date"),
    (Bit.TS_YMD, "timestamp"),
    (Bit.TS_DMY, "day-first timestamp"),
    (Bit.TS_MDY, "month-first timestamp"),
    (Bit.TIME_MINUTES, "time"),
    (Bit.TIME_SECONDS, "time"),
    (Bit.POINT_COMMA, "numbers such as 1,234.5"),
    (Bit.COMMA_POINT, "numbers such as 1.234,5"),
    (Bit.COMMA_UNGROUPED, "numbers such as 1234,5"),
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
            raise _apart()
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


def _apart() -> SchemaError:
    return SchemaError(
        "it is text in one input and has a type of its own in another: convert them one by one "
        "(--each, convert_each)"
    )


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
    types = {
        name: _declared(declared[name], options) if name in declared else column.resolve(options)
        for name, column in facts.items()
    }
    return types | coordinate_types(list(types), options)


def _declared(kind: str, options: DecodeOptions) -> ColumnType:
    """A declared type, with how the options say that its values are written."""
    type_ = parse_type(kind)
    metadata: dict[str, str] = {}
    if options.date_order and (pa.types.is_date(type_) or pa.types.is_timestamp(type_)):
        metadata["logflow:date_order"] = options.date_order
    if (options.decimal or options.thousands) and _is_number(type_):
        decimal = options.decimal or ("," if options.thousands == "." else ".")
        thousands = (options.thousands or "").replace("none", "")
        if (decimal, thousands) in STYLES:
            metadata |= {"logflow:decimal": decimal, "logflow:thousands": thousands}
    return ColumnType(type=type_, reason="declared", metadata=metadata)


def _is_number(kind: pa.DataType) -> bool:
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(test(kind) for test in tests)


def schema_of(types: Mapping[str, ColumnType]) -> pa.Schema:
    """The Arrow schema of *types*, with their metadata on the fields."""
    return pa.schema(
        [
            pa.field(name, column.type, metadata=dict(column.metadata) or None)
            for name, column in types.items()
        ]
    )


def _text(reason: str) -> ColumnType:
    return ColumnType(type=pa.string(), reason=f"text: {reason}")


def _undecided(facts: TextFacts) -> str:
    """What all values are that could still mean several things, and which option decides."""
    o = facts.observed
    if o.numbers and facts.holds(Bit.DECIMAL, Bit.FLOAT64):
        return (
            f"numbers with fractions of {o.min_frac_digits} to {o.max_frac_digits} digits, some "
            "padded with zeros, as codes have: declare a type if they are numbers"
        )
    if o.non_finite and facts.holds(Bit.FLOAT64):
        return "nothing but nan and inf"
    if facts.holds(*_DATES):
        return "dates, and no value tells day from month: date_order decides"
    if facts.holds(*_TIMESTAMPS) and facts.holds(Bit.NAIVE, Bit.OFFSET):
        if facts.holds(Bit.TS_DMY) and facts.holds(Bit.TS_MDY):
            return "timestamps, and no value tells day from month: date_order decides"
        return "timestamps to the nanosecond that 64 bits cannot count"
    if facts.holds(*_TIMESTAMPS):
        return "timestamps, some with an offset from UTC and some without"
    if facts.holds(*STYLE_BITS.values()):
        return "numbers, or codes or lists with such marks: decimal and thousands decide"
    return ""


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
    if options.decimal == "," and o.max_frac_digits > 0:
        return None
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
    order = _order(facts, _DATES, options)
    if order is None:
        return None
    return ColumnType(
        type=pa.date32(), reason=f"dates, {order}", metadata={"logflow:date_order": order}
    )


def _timestamp(facts: TextFacts, options: DecodeOptions) -> ColumnType | None:
    order = _order(facts, _TIMESTAMPS, options)
    if order is None or not (facts.holds(Bit.NAIVE) or facts.holds(Bit.OFFSET)):
        return None
    unit = _unit(facts)
    if unit == "ns" and not facts.holds(Bit.TS_NS_RANGE):
        return None
    zone = None if facts.holds(Bit.NAIVE) else "UTC"
    kind = "with offsets, kept as UTC instants" if zone else "without offsets"
    return ColumnType(
        type=pa.timestamp(unit, zone),
        reason=f"timestamps {kind}, {order}",
        metadata={"logflow:date_order": order},
    )


def _time(facts: TextFacts, options: DecodeOptions) -> ColumnType | None:
    """Hours and minutes, or seconds too: a mixture is as likely to be durations of both kinds."""
    if not facts.holds(Bit.TIME_MINUTES, Bit.TIME_SECONDS):
        return None
    unit = _unit(facts)
    kind = pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)
    written = "HH:MM" if facts.holds(Bit.TIME_MINUTES) else "HH:MM:SS"
    return ColumnType(type=kind, reason=f"times of the day, {written}")


def _unit(facts: TextFacts) -> str:
    """The coarsest unit that holds every fraction of a second."""
    digits = facts.observed.max_subsecond_digits
    return "s" if digits <= 0 else "ms" if digits <= 3 else "us" if digits <= 6 else "ns"


def _styled_as_given(facts: TextFacts, options: DecodeOptions) -> ColumnType | None:
    return _styled(facts, options) if options.decimal or options.thousands else None


def _styled(facts: TextFacts, options: DecodeOptions) -> ColumnType | None:
    """Numbers with a decimal comma or with a mark between thousands.

    Only where one style holds every value and gives it one meaning: ``1,213`` may be either, and
    ``612.345.678`` a telephone number.
    """
    styles = [style for style, bit in STYLE_BITS.items() if facts.holds(bit)]
    styles = [style for style in styles if _is_asked_for(style, options)]
    if not styles:
        return None
    digits = _digits(facts, styles[0])
    if any(_digits(facts, style).max_frac != digits.max_frac for style in styles):
        return None
    # Without groups among the values, no separator is the better account of them.
    decimal, thousands = min(styles, key=lambda style: bool(style[1]))
    if not _is_decided(facts, decimal, thousands, digits, options):
        return None
    if digits.padded and digits.max_frac != digits.min_frac:
        return None
    kind = _type_of(digits, options)
    if kind is None:
        return None
    between = f", {thousands!r} between thousands" if thousands else ""
    return ColumnType(
        type=kind,
        reason=f"numbers, decimal mark {decimal!r}{between}",
        metadata={"logflow:decimal": decimal, "logflow:thousands": thousands},
    )


def _is_asked_for(style: tuple[str, str], options: DecodeOptions) -> bool:
    decimal, thousands = style
    separators = {None: {thousands}, "none": {""}, " ": _SPACES}
    return options.decimal in (None, decimal) and thousands in separators.get(
        options.thousands, {options.thousands}
    )


def _is_decided(
    facts: TextFacts, decimal: str, thousands: str, digits: Digits, options: DecodeOptions
) -> bool:
    """Whether these marks leave no other reading: codes, telephone numbers and lists have them."""
    if options.thousands is not None:
        return True
    if digits.max_frac <= 0:
        return thousands not in (".", " ")
    return decimal == "." or bool(thousands) or "," in (options.decimal, facts.decimal)


def _digits(facts: TextFacts, style: tuple[str, str]) -> Digits:
    return facts.observed.point if style[0] == "." else facts.observed.comma


def _type_of(digits: Digits, options: DecodeOptions) -> pa.DataType | None:
    """The first type that surely holds numbers with so many digits."""
    precision = max(1, digits.max_int + digits.max_frac)
    if digits.max_frac == 0 and precision <= SURE_INT_DIGITS:
        return pa.int64()
    is_exact = digits.max_significant <= SURE_FLOAT_DIGITS
    if digits.max_frac and is_exact and options.decimals == "auto":
        return pa.float64()
    if precision > 76:
        return None
    return (pa.decimal128 if precision <= 38 else pa.decimal256)(precision, digits.max_frac)


_RULES = (_bool, _integer, _styled_as_given, _number, _date, _timestamp, _time, _styled)


def _order(facts: TextFacts, bits: tuple[Bit, ...], options: DecodeOptions) -> str | None:
    """The one order that holds every value; where two do, only the option may decide."""
    orders = [order for order, bit in zip(DATE_ORDERS, bits, strict=True) if facts.holds(bit)]
    if len(orders) > 1:
        return options.date_order if options.date_order in orders else None
    return orders[0] if orders else None
