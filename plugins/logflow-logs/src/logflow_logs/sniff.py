"""Is a text a log, and of which format?"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import lru_cache

from logflow import Level, Peek, Verdict
from logflow_logs.definition import LineFormat, formats
from logflow_logs.dynamic import DIRECTIVE, W3c
from logflow_logs.timestamps import Clock

__all__ = ["best", "sniff_logs"]

LOOK_LINES = 60
ENOUGH = 0.5
"""The part of the first lines that a format has to match; the others may belong to records."""
LONGEST = 2000
"""Characters of a line that are looked at."""
HINT_BYTES = 4096
_HINT = re.compile(
    rb"\d:\d\d|(?<!\d)\d{9,10}(?!\d)|\d{6} \d{6} |#Fields:|\w=\S* +[\w.]+=|[A-Z]+:\w+:|(?:CE|LEE)F:"
)
"""Something that logs have in their first lines, looked for before definitions are loaded."""
GENERAL = 4
"""So many definitions at the end match much that is no log."""


def sniff_logs(peek: Peek) -> Verdict | None:
    """Claims text whose first lines a definition matches."""
    if peek.text is None:
        return None
    is_log = peek.name.lower().endswith(".log")
    if not is_log and not _HINT.search(peek.text[:HINT_BYTES]):
        return None
    lines = peek.text.split(b"\n", LOOK_LINES)
    if len(lines) > LOOK_LINES or not peek.complete:
        lines.pop()
    found = _best(tuple(line[:LONGEST] for line in lines))
    if found is None:
        if is_log and peek.text.strip():
            return Verdict(level=Level.HINT, score=0.3, reason=f"text under the name {peek.name}")
        return None
    form, share = found
    general = form in formats()[-GENERAL:]
    score = share * (0.55 if general and not is_log else 0.97)
    return Verdict(level=Level.STRUCTURE, score=score, reason=f"lines of {form.title}")


@lru_cache(maxsize=4)
def _best(lines: tuple[bytes, ...]) -> tuple[LineFormat, float] | None:
    return best([line.decode("utf-8", "replace") for line in lines])


def best(lines: Sequence[str]) -> tuple[LineFormat, float] | None:
    """The format that most lines have, and their share of all; the first of equals."""
    lines = [line.rstrip("\r") for line in lines if line.strip()]
    if not lines:
        return None
    directives = [line for line in lines if line.startswith(DIRECTIVE)]
    if directives:
        return W3c.of(directives[0]), 1.0
    clock = Clock(dt.date(2000, 1, 1))
    found: tuple[LineFormat, float] | None = None
    for form in formats():
        count = sum(form.fields(line, clock) is not None for line in lines)
        share = count / len(lines)
        if share >= ENOUGH and (found is None or share > 1.2 * found[1]):
            found = form, share
    return found
