"""What numbers are shown as, by their format (ECMA-376, part 1, 18.8.30 and 18.8.31)."""

from __future__ import annotations

import re
from functools import lru_cache

from logflow_ext.sheet_cells import FORMATS, ZEROS

__all__ = ["BUILT_IN", "format_of"]

_LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
"""What is shown as it is, or not at all: quoted text, escapes, spaces, colours and conditions."""
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_AM_PM = re.compile(r"am/pm|a/p", re.IGNORECASE)
MOST_DIGITS = 64

BUILT_IN = {
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd"),
    **dict.fromkeys((18, 19, 20, 21, *range(32, 36), 45, 47, 55, 56), "h:mm:ss"),
    22: "yyyy-mm-dd h:mm",
    46: "[h]:mm:ss",
}
"""Formats that a workbook does not spell out, and which are not just numbers."""


@lru_cache(maxsize=4096)
def format_of(code: str) -> int:
    """The kind of a format: an index of ``FORMATS``, or ``ZEROS`` and a number of digits.

    >>> [FORMATS[format_of(code)] for code in ("0.00", "d.m.yy", "h:mm", '"day" 0', "[h]:mm")]
    ['number', 'date', 'time', 'number', 'duration']
    >>> format_of("00000") - ZEROS
    5
    """
    first = code.split(";")[0]
    if re.fullmatch(r"0{2,}", first):
        return ZEROS + min(len(first), MOST_DIGITS)
    shown = _LITERAL.sub("", first)
    if shown.strip().lower() in ("general", "standard", "@"):
        return 0
    if _ELAPSED.search(shown):
        return FORMATS.index("duration")
    has_clock = bool(_AM_PM.search(shown))
    shown = _AM_PM.sub("", shown).lower()
    has_clock = has_clock or bool(re.search(r"[hs]", shown))
    # Minutes are the m beside hours or seconds.
    months = re.sub(r"h+[^a-z0#?]*m{1,2}|m{1,2}[^a-z0#?]*s+", "", shown)
    has_date = bool(re.search(r"[ydeg]" if has_clock else r"[ydmeg]", months)) or (
        has_clock and bool(re.search(r"m", months))
    )
    if re.search(r"[#?]", shown) or re.search(r"0(?:\.0*)?e[+-]", shown):
        return 0
    if has_date:
        return FORMATS.index("datetime" if has_clock else "date")
    return FORMATS.index("time") if has_clock else 0
