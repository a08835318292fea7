"""Is a text JSON, and is it one value or many?"""

from __future__ import annotations

import json
import re
from functools import lru_cache

from logflow import Level, Peek, Verdict

__all__ = ["are_lines", "sniff_json", "sniff_jsonl"]

MANY = (".jsonl", ".ndjson")
ONE = (".json",)
LOOK_LINES = 100
"""Lines that are looked at: a damaged one or two say nothing of the others."""

_SPACES = b" \t\r\n"
_SEPARATOR = b"\x1e"
_DECODER = json.JSONDecoder()
_BEGINNING = re.compile(
    rb'\s*(?:\{\s*(?:"|\}|$)|\[\s*(?:[\[{"\]]|(?:-?\d[\d.eE+-]*?|true|false|null)\s*(?:[,\]]|$)|$))'
)


def sniff_json(peek: Peek) -> Verdict | None:
    """An opinion on one value."""
    return _verdict(peek, ONE, many=False)


def sniff_jsonl(peek: Peek) -> Verdict | None:
    """An opinion on several values."""
    return _verdict(peek, MANY, many=True)


def _verdict(peek: Peek, extensions: tuple[str, ...], *, many: bool) -> Verdict | None:
    """Claims text that begins as JSON does, or else has the right name."""
    if peek.text is None:
        return None
    named = peek.name.lower().endswith(extensions)
    found = _look(peek.text, peek.complete)
    if found is not None:
        is_many, alone = found
        if is_many is many:
            what = "values of JSON one after the other" if many else "a value of JSON"
            return Verdict(level=Level.STRUCTURE, score=0.9, reason=what)
        if alone and named and many:
            return Verdict(level=Level.STRUCTURE, score=0.95, reason="one line of JSON")
        return None
    if named and peek.text.strip():
        return Verdict(level=Level.HINT, score=0.5, reason=f"text under the name {peek.name}")
    return None


@lru_cache(maxsize=4)
def _look(text: bytes, complete: bool) -> tuple[bool, bool] | None:
    """Whether there are several values, and whether one stands alone on its line."""
    if text.lstrip(_SPACES).startswith(_SEPARATOR):
        return True, False
    if not _BEGINNING.match(text):
        return None
    if are_lines(text, complete):
        return True, False
    end = _value_end(text)
    if end is None:
        return False, False
    rest = text[end:].strip(_SPACES)
    if rest and rest[:1] not in b'{["' and b"{" not in text[:end]:
        return None  # a bracket at the start of a line of text
    return bool(rest) and rest[:1] in b'{["', not rest and b"\n" not in text[:end].strip(_SPACES)


def are_lines(text: bytes, complete: bool) -> bool:
    """Whether most of the first lines of *text* are a value each, and there are at least two.

    >>> are_lines(b'{"a": 1}\\n{"a"\\n{"a": 3}\\n', True), are_lines(b'{"a":\\n1}', True)
    (True, False)
    """
    lines = text.split(b"\n", LOOK_LINES)
    if len(lines) > LOOK_LINES or not complete:
        lines.pop()
    lines = [line for line in lines if line.strip(_SPACES)]
    values = sum(_is_value(line) for line in lines)
    return values >= 1 and len(lines) > 1 and 2 * values >= len(lines)


def _is_value(line: bytes) -> bool:
    """Whether a line is an object or array; a scalar may be a part of one."""
    if line.strip(_SPACES)[:1] not in (b"{", b"["):
        return False
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _value_end(text: bytes) -> int | None:
    """Where the first value ends; ``None`` if it does not, or is damaged."""
    start = len(text) - len(text.lstrip(_SPACES))
    try:
        # One character a byte, so that offsets are those of bytes.
        return _DECODER.raw_decode(text.decode("latin-1"), start)[1]
    except (ValueError, RecursionError):
        return None
