"""The options of PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from logflow.options import option

__all__ = ["PdfOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfOptions:
    """Which pages are read, and what shows where the cells of a table are."""

    pages: str | None = option(
        None, "The pages to read, such as 1,3-5, counted from 1; all of them if not given."
    )
    edges: Literal["lines", "text"] = option(
        "lines",
        "What shows where cells are: the lines around them, or how their text is aligned.",
    )
    header: bool | None = option(
        None,
        "Whether a table's first row has the names of the columns; found out if not given.",
        aliases=("--has-header", "-H=no", "--no-header-row=no"),
    )
