"""What a chunk of CSV has to know of what came before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from logflow_csv.table import Syntax

__all__ = ["CsvContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvContext:
    """How records are divided, the columns, and what the chunk starts with.

    *names* may be more than *columns*, the number of fields: the columns that are left over have
    no values.  The chunk starts with *preamble* bytes of raw lines and *header* bytes of records
    that have the names; it ends with *footer* bytes of raw lines.
    """

    syntax: Syntax
    max_record_bytes: int
    columns: int
    names: tuple[str, ...]
    preamble: int = 0
    header: int = 0
    footer: int = 0

    @property
    def dialect(self) -> dict[str, Any]:
        """The arguments that the kernels have in common."""
        return {**self.syntax._asdict(), "max_record_bytes": self.max_record_bytes}
