"""What all cells of a column have in common, and the type that this leads to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa

from logflow.errors import SchemaError
from logflow.ingest.schema.facts import TextFacts
from logflow.interfaces.decoder import ColumnFacts, ColumnType
from logflow.options import DecodeOptions
from logflow_ext.cells import Bit
from logflow_ext.sheet_cells import KINDS

__all__ = ["DURATION", "TIMESTAMP", "CellFacts", "kinds_of"]

DURATION = pa.duration("us")
TIMESTAMP = pa.timestamp("us")
_TYPES = (
    ({"boolean"}, pa.bool_()),
    ({"date"}, pa.date32()),
    ({"date", "datetime"}, TIMESTAMP),
    ({"time"}, pa.time64("us")),
    ({"duration"}, DURATION),
)
"""The type of columns that have none but these kinds of cells."""


def kinds_of(mask: int) -> tuple[str, ...]:
    """The names of kinds.

    >>> kinds_of(5)
    ('text', 'boolean')
    """
    return tuple(name for bit, name in enumerate(KINDS) if mask >> bit & 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFacts:
    """The kinds of cells that a column has, and the facts of their texts; a monoid."""

    kinds: int
    text: TextFacts

    def merge(self, other: ColumnFacts) -> CellFacts:
        """The kinds and facts of both."""
        if not isinstance(other, CellFacts):
            raise SchemaError(
                "it is of a workbook in one input and of something else in another: convert them "
                "one by one (--each, convert_each)"
            )
        return replace(self, kinds=self.kinds | other.kinds, text=self.text.merge(other.text))

    def resolve(self, options: DecodeOptions) -> ColumnType:
        """The type of the kinds, if one is that of all; else text.  Errors have no say."""
        found = self._type(options)
        if self.text.name is None:
            return found
        return replace(found, metadata={"logflow:name": self.text.name})

    def _type(self, options: DecodeOptions) -> ColumnType:
        names = kinds_of(self.kinds)
        kinds = {name for name in names if name != "error"}
        if options.all_text:
            return ColumnType(type=pa.string(), reason="text: asked for")
        if not kinds:
            nothing = "nothing but errors" if names else "there are no values"
            return ColumnType(type=pa.string(), reason=f"text: {nothing}")
        said = " and ".join(f"{name}s" for name in names)
        kind = self._number() if kinds == {"number"} else _of(kinds)
        if kind is None:
            return ColumnType(type=pa.string(), reason=f"text: {said}")
        return ColumnType(type=kind, reason=said)

    def _number(self) -> pa.DataType | None:
        for bit, kind in (
            (Bit.INT64, pa.int64()), (Bit.UINT64, pa.uint64()), (Bit.FLOAT64, pa.float64())
        ):  # fmt: skip
            if self.text.holds(bit):
                return kind
        return None


def _of(kinds: set[str]) -> pa.DataType | None:
    return next((kind for known, kind in _TYPES if kinds <= known), None)
