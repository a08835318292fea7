"""What all values at a path have in common, and the type that this leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from logflow.errors import SchemaError
from logflow.ingest.schema.facts import TextFacts
from logflow.ingest.schema.json_text import JSON_TEXT
from logflow.interfaces.decoder import ColumnFacts, ColumnType
from logflow.options import DecodeOptions
from logflow_ext.cells import Bit
from logflow_ext.json_tree import Counts

__all__ = ["JsonFacts"]

MOST_DIGITS = 76


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFacts:
    """Facts of all values at one path; a commutative monoid.

    *numbers* and *strings* are the facts of chunks that have no other values at that path, *fields*
    and *items* those of what is in its objects and arrays.  *ambiguous* says that some string reads
    like a number, a truth value or null; *wide* that some chunk has more than *max_keys* keys.
    With *dates* strings may be dates and timestamps.
    """

    counts: Counts
    ambiguous: bool = False
    wide: bool = False
    numbers: TextFacts | None = None
    strings: TextFacts | None = None
    fields: Mapping[str, JsonFacts] = field(default_factory=dict)
    items: JsonFacts | None = None
    max_keys: int = 1000
    dates: bool = True

    def merge(self, other: ColumnFacts) -> JsonFacts:
        """Sums of counts, and the facts of the parts together."""
        if not isinstance(other, JsonFacts):
            raise SchemaError(
                "it is JSON in one input and has a type of its own in another: convert them one "
                "by one (--each, convert_each)"
            )
        fields = dict(self.fields)
        for key, more in other.fields.items():
            fields[key] = fields[key].merge(more) if key in fields else more
        items = self.items and other.items and self.items.merge(other.items)
        return replace(
            self,
            counts=Counts(*map(sum, zip(self.counts, other.counts, strict=True))),
            ambiguous=self.ambiguous or other.ambiguous,
            wide=self.wide or other.wide,
            numbers=_together(self.numbers, other.numbers),
            strings=_together(self.strings, other.strings),
            fields=fields,
            items=items or self.items or other.items,
        )

    def resolve(self, options: DecodeOptions) -> ColumnType:
        """The type that holds every value and tells any two apart."""
        c = self.counts
        scalars = c.bools + c.numbers + c.strings
        if options.all_text:
            return ColumnType(type=pa.string(), reason="text: asked for")
        if bool(scalars) + bool(c.objects) + bool(c.arrays) > 1:
            return _json_text("scalars, objects and arrays, or two of them")
        if c.objects:
            return self._struct(options)
        if c.arrays:
            item = self.items.resolve(options) if self.items else _text("there are no values")
            kind = pa.list_(_field("item", item))
            return ColumnType(type=kind, reason=f"arrays; items: {item.reason}")
        if not scalars:
            return _text("there are no values")
        if c.strings and c.strings < scalars:
            return self._mixture()
        if c.strings:
            return self._of_strings(options)
        if c.bools and c.numbers:
            return _text("numbers and truth values, as they are spelled")
        if c.bools:
            return ColumnType(type=pa.bool_(), reason="true or false everywhere")
        return self._of_numbers(options)

    def _mixture(self) -> ColumnType:
        if self.ambiguous:
            return _json_text("strings and other scalars, and some strings read like those")
        return _text("strings and other scalars, which no string reads like")

    def _struct(self, options: DecodeOptions) -> ColumnType:
        if self.wide or len(self.fields) > self.max_keys:
            return _json_text(f"objects of more than {self.max_keys:,} keys (max_keys)")
        if not self.fields:
            return _json_text("objects without keys")
        types = {key: facts.resolve(options) for key, facts in self.fields.items()}
        kind = pa.struct([_field(key, column) for key, column in types.items()])
        reasons = "; ".join(f"{key}: {column.reason}" for key, column in types.items())
        return ColumnType(type=kind, reason=f"objects; {reasons}")

    def _of_strings(self, options: DecodeOptions) -> ColumnType:
        """Dates and timestamps if all are; other strings stay what they are."""
        facts = self.strings
        if facts is not None and self.dates and not facts.observed.empty_quoted:
            found = facts.resolve(options)
            if found.metadata.get("logflow:date_order") == "ymd":
                return found
        return _text("strings")

    def _of_numbers(self, options: DecodeOptions) -> ColumnType:
        """A spelling means nothing in a number of JSON, so that ``1.50`` and ``2`` are both."""
        facts = self.numbers
        assert facts is not None
        o = facts.observed
        for bit, whole in ((Bit.INT64, pa.int64()), (Bit.UINT64, pa.uint64())):
            if facts.holds(bit):
                return ColumnType(type=whole, reason=f"integers from {o.int_min} to {o.int_max}")
        exact = facts.holds(Bit.DECIMAL) and (options.decimals == "exact" or not o.max_frac_digits)
        if facts.holds(Bit.FLOAT64) and not exact:
            return ColumnType(type=pa.float64(), reason="numbers, exact as floats")
        digits = max(1, o.max_int_digits + o.max_frac_digits)
        if facts.holds(Bit.DECIMAL) and digits <= MOST_DIGITS:
            make = pa.decimal128 if digits <= 38 else pa.decimal256
            reason = f"numbers of up to {digits} digits, too exact for floats"
            return ColumnType(type=make(digits, o.max_frac_digits), reason=reason)
        return _text("numbers that no type holds, as they are spelled")


def _together(one: TextFacts | None, other: TextFacts | None) -> TextFacts | None:
    return one.merge(other) if one and other else one or other


def _field(name: str, column: ColumnType) -> pa.Field:
    return pa.field(name, column.type, metadata=dict(column.metadata) or None)


def _text(reason: str) -> ColumnType:
    return ColumnType(type=pa.string(), reason=f"text: {reason}")


def _json_text(reason: str) -> ColumnType:
    return ColumnType(type=pa.string(), reason=f"JSON text: {reason}", metadata=JSON_TEXT)
