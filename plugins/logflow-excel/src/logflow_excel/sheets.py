"""Which sheets of a workbook are read."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Protocol, TypeVar

from logflow.errors import SchemaError
from logflow_excel.options import ExcelOptions

__all__ = ["SomeSheet", "chosen", "doubt_of", "table_names"]


class SomeSheet(Protocol):
    """A sheet of a workbook of any format."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def visible(self) -> bool:
        """Whether it is shown."""
        ...


S = TypeVar("S", bound=SomeSheet)


def table_names(sheets: Sequence[SomeSheet], options: ExcelOptions) -> Sequence[str | None]:
    """The tables of a workbook, the one that is read first; nothing more where an option says."""
    return (None, *(sheet.name for sheet in sheets)) if options.sheet is None else (None,)


def chosen(
    sheets: Sequence[S], table: str | None, options: ExcelOptions, location: str
) -> Sequence[S]:
    """The sheets to read: those asked for by name, number or pattern, else the first visible one.

    Raises :exc:`~logflow.errors.SchemaError` where there is none.
    """
    if not sheets:
        raise SchemaError(f"{location} has no sheets with cells")
    asked = table if table is not None else options.sheet
    if asked is None:
        return [next((sheet for sheet in sheets if sheet.visible), sheets[0])]
    found = [sheet for sheet in sheets if sheet.name == asked]
    if not found and asked.isdecimal() and 1 <= int(asked) <= len(sheets):
        found = [sheets[int(asked) - 1]]
    if not found:
        found = [sheet for sheet in sheets if fnmatch.fnmatchcase(sheet.name, asked)]
    if not found:
        names = ", ".join(sheet.name for sheet in sheets)
        raise SchemaError(f"{location} has no sheet {asked!r}; its sheets: {names}")
    return found


def doubt_of(sheets: Sequence[SomeSheet], table: str | None, options: ExcelOptions) -> str | None:
    """What is not read, if nobody said which sheet to read."""
    if table is not None or options.sheet is not None or len(sheets) < 2:
        return None
    read = next((sheet for sheet in sheets if sheet.visible), sheets[0])
    others = [sheet.name for sheet in sheets if sheet is not read]
    shown = ", ".join(others[:5]) + (", ..." if len(others) > 5 else "")
    return (
        f"sheet {read.name} was read and {len(others)} more {'were' if others[1:] else 'was'} not "
        f"({shown}): --sheet names another one, --sheet '*' all"
    )
