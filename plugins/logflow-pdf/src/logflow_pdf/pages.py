"""Which pages are asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["pages_of"]

_RANGE = re.compile(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?")


def pages_of(text: str) -> Sequence[range]:
    """The ranges of pages that a text names, counted from 1; none if it is empty.

    Raises :exc:`ValueError` with what is no page.

    >>> pages_of("1,3-5")
    [range(1, 2), range(3, 6)]
    """
    ranges = []
    for part in text.split(",") if text else ():
        found = _RANGE.fullmatch(part)
        if found is None or int(found[1]) < 1:
            raise ValueError(f"{part.strip()!r} is no number of a page, nor a range such as 3-5")
        ranges.append(range(int(found[1]), int(found[2] or found[1]) + 1))
    return ranges
