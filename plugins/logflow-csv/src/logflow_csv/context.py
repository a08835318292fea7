"""What a chunk of CSV has to know of what came before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from logflow_csv.table import Syntax

__all__ = ["CsvContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvContext:
    """How records are divided, the columns, and what the chunk starts with.

    *names* may be more than *columns*, the number of fields: the columns that are left over have
    no values.  *written* are the names as the header spells them.  With *pad*, records with too
    few fields are rows; with *extra*, the name of a column for what is too much, those with too
    many; with *lazy_quotes*, those with quotes that may be data.  The chunk starts with *preamble*
    bytes of raw lines and *header* bytes of records that have the names; it ends with *footer*
    bytes of raw lines.
    """

    syntax: Syntax
    max_record_bytes: int
    columns: int
    names: tuple[str, ...]
    written: tuple[str, ...] = ()
    preamble: int = 0
    header: int = 0
    footer: int = 0
    pad: bool = False
    extra: str | None = None
    lazy_quotes: bool = True

    @property
    def all_names(self) -> tuple[str, ...]:
        """The columns' names, with that of the extra one."""
        return self.names if self.extra is None else (*self.names, self.extra)

    def spelled_names(self) -> Iterator[tuple[str, str | None]]:
        """Each column's name with what the header spells, ``None`` where it spells nothing."""
        return zip_longest(self.names, self.written)

    @property
    def dialect(self) -> dict[str, Any]:
        """The arguments that the kernels have in common."""
        return {**self.syntax._asdict(), "max_record_bytes": self.max_record_bytes}
