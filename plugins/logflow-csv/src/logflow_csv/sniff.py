"""Is a text CSV, or TSV?  Asked where extension and magic have not settled it."""

from __future__ import annotations

import re
from functools import lru_cache

from logflow import Level, Peek, Verdict
from logflow_csv.dialect import find_table
from logflow_csv.options import CsvOptions
from logflow_csv.table import PRIOR, WEAK, Table

__all__ = ["sniff_csv", "sniff_tsv"]

LOOK_BYTES = 1 << 12
"""How much is looked at, or two lines if that is more."""
TAB = ord("\t")
ENOUGH = 0.3
"""A worse score is no table but a coincidence."""
_DELIMITERS = tuple(delimiter for delimiter, prior in PRIOR.items() if prior >= WEAK)
_TWO_LINES = re.compile(rb"(?:[^\r\n]*[\r\n]+){0,2}")
_OTHERS = re.compile(
    rb"\s*(?:"
    rb"[\[{]\s*(?:[\[{}\"\]]|-?\d)"  # JSON
    rb"|<[?!/\w]"  # XML, HTML
    rb"|\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d,\d{3}\b"  # a log, the comma before its milliseconds
    rb"|\w[\w.-]*:[^\t\n]*\t\w[\w.-]*:"  # LTSV
    rb")"
)
"""The beginnings of formats that have delimiters in them, too."""


def sniff_csv(peek: Peek) -> Verdict | None:
    """An opinion on anything but tabs."""
    table = _look(peek)
    if table is None or table.syntax.delimiter == TAB:
        return None
    return _verdict(peek, table, (".csv",))


def sniff_tsv(peek: Peek) -> Verdict | None:
    """An opinion on tabs."""
    table = _look(peek)
    if table is None or (table.syntax.delimiter != TAB and table.width > 1):
        return None
    return _verdict(peek, table, (".tsv", ".tab"))


def _look(peek: Peek) -> Table | None:
    """The table that the first lines are, ``None`` if they are no text."""
    if peek.text is None:
        return None
    lines = _TWO_LINES.match(peek.text)
    text = peek.text[: max(LOOK_BYTES, lines.end() if lines else 0)]
    if not peek.complete or len(text) < len(peek.text):
        text = text[: max(text.rfind(b"\n"), text.rfind(b"\r")) + 1] or text
    return _find(text)


@lru_cache(maxsize=2)
def _find(text: bytes) -> Table:
    """Both formats ask about the same text."""
    return find_table(text, CsvOptions(), complete=True, delimiters=_DELIMITERS)


def _verdict(peek: Peek, table: Table, extensions: tuple[str, ...]) -> Verdict | None:
    assert peek.text is not None
    is_table = table.width > 1 and len(table.records) > 1 and table.score >= ENOUGH
    if is_table and not _OTHERS.match(peek.text):
        return Verdict(level=Level.STRUCTURE, score=table.score, reason=table.summary())
    if peek.name.lower().endswith(extensions):
        return Verdict(level=Level.HINT, score=0.5, reason=f"text under the name {peek.name}")
    return None
