"""The options of workbooks."""

from __future__ import annotations

from dataclasses import dataclass

from logflow.options import option

__all__ = ["ExcelOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcelOptions:
    """Which sheets are read, and what of them is the table."""

    sheet: str | None = option(
        None,
        "The sheet to read: its name, its number from 1, or a pattern such as * that may name "
        "several, which become one table; the first visible one if not given.",
    )
    header: bool | None = option(
        None,
        "Whether the table's first row has the names of the columns; found out if not given. "
        "Without one, a sheet is read as it is, with empty rows, and columns are called A, B, C.",
        aliases=("--has-header", "-H=no", "--no-header-row=no"),
    )
