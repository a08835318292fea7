"""What all attributes of a key have in common, and the type that this leads to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa

from logflow.errors import SchemaError
from logflow.ingest.schema.facts import TextFacts
from logflow.interfaces.decoder import ColumnFacts, ColumnType
from logflow.options import DecodeOptions
from logflow_ext.cells import Bit
from logflow_ext.xes_events import KINDS

__all__ = ["XesFacts", "kinds_of"]


def kinds_of(mask: int) -> tuple[str, ...]:
    """The names of kinds.

    >>> kinds_of(5)
    ('string', 'int')
    """
    return tuple(name for bit, name in enumerate(KINDS) if mask >> bit & 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class XesFacts:
    """The kinds of attributes that a key has, and the facts of their texts; a monoid."""

    kinds: int
    text: TextFacts

    def merge(self, other: ColumnFacts) -> XesFacts:
        """The kinds and facts of both."""
        if not isinstance(other, XesFacts):
            raise SchemaError(
                "it is an attribute of XES in one input and something else in another: convert "
                "them one by one (--each, convert_each)"
            )
        return replace(self, kinds=self.kinds | other.kinds, text=self.text.merge(other.text))

    def resolve(self, options: DecodeOptions) -> ColumnType:
        """The type that the kinds mean, if all values are of it; else text."""
        names = [name for name in kinds_of(self.kinds) if name not in ("list", "container")]
        said = " and ".join(names)
        if options.all_text:
            return ColumnType(type=pa.string(), reason="text: asked for")
        found = self._of(set(names), options)
        if found is None:
            strings = {"string", "id", "other"} & set(names)
            return ColumnType(
                type=pa.string(),
                reason=f"text: {said}" if strings else f"text: some are no {said}",
            )
        return replace(found, reason=f"{said} attributes")

    def _of(self, names: set[str], options: DecodeOptions) -> ColumnType | None:
        holds = self.text.holds
        if names == {"int"}:
            for bit, kind in ((Bit.INT64, pa.int64()), (Bit.UINT64, pa.uint64())):
                if holds(bit):
                    return ColumnType(type=kind, reason="")
        if names and names <= {"int", "float"} and holds(Bit.FLOAT64):
            return ColumnType(type=pa.float64(), reason="")
        if names in ({"date"}, {"boolean"}):
            found = self.text.resolve(options)
            is_right = (
                pa.types.is_timestamp(found.type) or pa.types.is_date(found.type)
                if names == {"date"}
                else pa.types.is_boolean(found.type)
            )
            return found if is_right else None
        return None
