"""Is a text a log, and of which format?"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from logflow import Level, Peek, Verdict
from logflow_logs.definition import GENERAL, LineFormat, formats
from logflow_logs.w3c import DIRECTIVE, w3c_formats

__all__ = ["best", "first_lines", "sniff_logs"]

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
_CONTINUES = re.compile(r"\s|Caused by: |Traceback \(|[\w.$]*(?:Exception|Error)(?::|$)")
"""What lines of stack traces begin with, which belong to records whatever their format."""


def sniff_logs(peek: Peek) -> Verdict | None:
    """Claims text whose first lines a definition matches."""
    if peek.text is None:
        return None
    is_log = peek.name.lower().endswith(".log")
    if not is_log and not _HINT.search(peek.text[:HINT_BYTES]):
        return None
    found = best(first_lines(peek.text, complete=peek.complete))
    if found is None:
        if is_log and peek.text.strip():
            return Verdict(level=Level.HINT, score=0.3, reason=f"text under the name {peek.name}")
        return None
    form, share = found
    general = form in formats()[-GENERAL:]
    score = share * (0.55 if general and not is_log else 0.97)
    return Verdict(level=Level.STRUCTURE, score=score, reason=f"lines of {form.title}")


def first_lines(text: bytes, *, complete: bool) -> tuple[str, ...]:
    """The first lines of a text that may begin records; of long ones the start.

    The text is *complete* if nothing follows.
    """
    lines = text.split(b"\n")
    if not complete:
        lines.pop()
    shown = (line[:LONGEST].decode("utf-8", "replace").rstrip("\r") for line in lines)
    begun = (line for line in shown if line and not _CONTINUES.match(line))
    return tuple(islice(begun, LOOK_LINES))


@lru_cache(maxsize=4)
def best(lines: tuple[str, ...]) -> tuple[LineFormat, float] | None:
    """The format that most lines have, and their share of all; the first of equals."""
    if not lines:
        return None
    directives = [line for line in lines if line.startswith(DIRECTIVE)]
    if directives:
        return w3c_formats(directives[0])[0], 1.0
    found: tuple[LineFormat, float] | None = None
    for form in formats():
        count = sum(form.matches(line) for line in lines)
        share = count / len(lines)
        if share >= ENOUGH and (found is None or share > 1.2 * found[1]):
            found = form, share
    return found
