"""What single cells look like: enough to tell columns from coincidences, no more.

The typing of columns is the core's business; here a glance at a few hundred cells has to say
whether a division into cells makes sense, and whether a first record is names or data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

__all__ = ["Kind", "kind_of", "main_kind"]


class Kind(Enum):
    """What a cell looks like."""

    EMPTY = "empty"
    NUMBER = "number"
    TIME = "date or time"
    FLAG = "true/false/null"
    LINK = "address"
    TEXT = "text"
    MIXED = "text with delimiters or quotes inside"


_NUMBER = rb"[-+(]?\s?[$%]?(?:\xc2[\xa3\xa5]|\xe2\x82\xac)?\s?"
_NUMBER += rb"(?:\d{1,3}(?:[,.' ]\d{3})+|\d+)?(?:[.,]?\d+)?(?<=\d)(?:[eE][-+]?\d+)?\s?%?\)?"
_DAY = rb"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4}|[A-Z][a-z]{2}-\d\d"
_DAY += rb"|[A-Z][a-z]{2,8} \d{1,2}, \d{4}"
_CLOCK = rb"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?[AaPp][Mm])?(?:Z|[-+]\d\d:?\d\d)?"
_SHAPES = (
    (Kind.NUMBER, re.compile(_NUMBER)),
    (Kind.TIME, re.compile(rb"(?:(?:%s)(?:[T ]\s?%s)?|%s)" % (_DAY, _CLOCK, _CLOCK))),
    (Kind.FLAG, re.compile(rb"(?i:true|false|null|none|nan|n/?a|-|\\N)")),
    (Kind.LINK, re.compile(rb"[a-z][a-z+.-]+://[^\s\"]+|[^@\s,;\"]+@[^@\s,;\"]+\.\w+")),
    (Kind.TEXT, re.compile(rb"(?:[^,;\t|\"]|(?<=\w)[,;](?= ))+")),
)
"""Tried in this order; a comma or semicolon with a space behind it is prose, not a delimiter."""


def kind_of(cell: bytes) -> Kind:
    """What *cell*, as written and without its quotes, looks like.

    >>> kind_of(b"-1.299,50").name, kind_of(b"2024-02-29 23:59").name, kind_of(b"a;b").name
    ('NUMBER', 'TIME', 'MIXED')
    """
    return _kind_of(cell[:128].strip())


@lru_cache(maxsize=1 << 12)
def _kind_of(text: bytes) -> Kind:
    if not text:
        return Kind.EMPTY
    return next((kind for kind, shape in _SHAPES if shape.fullmatch(text)), Kind.MIXED)


def main_kind(cells: Iterable[bytes]) -> Kind:
    """The kind of nine tenths of the cells that are not empty, text if there is none such."""
    kinds = [kind_of(cell) for cell in cells]
    kinds = [kind for kind in kinds if kind not in (Kind.EMPTY, Kind.FLAG)]
    for kind in (Kind.NUMBER, Kind.TIME, Kind.LINK):
        if kinds and kinds.count(kind) >= 0.9 * len(kinds):
            return kind
    return Kind.TEXT
