"""What a chunk of CSV has to know of what came before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from logflow_csv.table import Syntax

__all__ = ["CsvContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvContext:
    """How records are divided, the columns, and what the chunk starts with.

    *names* may be more than *columns*, the number of fields: the columns that are left over have no
    values.  With *pad*, records with too few fields are rows; with *extra*, the name of a column
    for what is too much, those with too many.  *preamble* is how many bytes of raw lines the chunk
    starts with; *header* tells that the first record after them is the header.
    """

    syntax: Syntax
    max_record_bytes: int
    columns: int
    names: tuple[str, ...]
    preamble: int = 0
    header: bool = False
    pad: bool = False
    extra: str | None = None

    @property
    def all_names(self) -> tuple[str, ...]:
        """The columns' names, with that of the extra one."""
        return self.names if self.extra is None else (*self.names, self.extra)

    @property
    def dialect(self) -> dict[str, Any]:
        """The arguments that the kernels have in common."""
        return {**self.syntax._asdict(), "max_record_bytes": self.max_record_bytes}
