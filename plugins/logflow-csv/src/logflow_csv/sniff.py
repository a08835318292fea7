"""Is a text CSV, or TSV?  Asked where extension and magic have not settled it."""

from __future__ import annotations

import re
from functools import lru_cache

from logflow import Level, Peek, Verdict
from logflow_csv.dialect import find_table
from logflow_csv.options import CsvOptions
from logflow_csv.table import PRIOR, WEAK, Table

__all__ = ["sniff_csv", "sniff_tsv"]

LOOK_BYTES = 3 << 10
"""How much is looked at, and more if there are no two records in it."""
TAB = b"\t"
ENOUGH = 0.3
"""A worse score is no table but a coincidence."""
MIN_ALIGNED = 3
"""Lines of numbers and words are a table from so many on."""
_DELIMITERS = (*(delimiter for delimiter, prior in PRIOR.items() if prior >= WEAK), " ")
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
    return _verdict(peek, (".csv",), tabs=False)


def sniff_tsv(peek: Peek) -> Verdict | None:
    """An opinion on tabs."""
    return _verdict(peek, (".tsv", ".tab"), tabs=True)


def _verdict(peek: Peek, extensions: tuple[str, ...], *, tabs: bool) -> Verdict | None:
    """A table is claimed if it has the right delimiter, other text if it has the right name."""
    if peek.text is None:
        return None
    table = _look(peek.text, peek.complete)
    if table and table.width > 1 and (table.syntax.delimiter == TAB) is not tabs:
        return None
    if table and _is_table(table) and not _OTHERS.match(peek.text):
        return Verdict(level=Level.STRUCTURE, score=table.score, reason=table.summary())
    if peek.name.lower().endswith(extensions):
        return Verdict(level=Level.HINT, score=0.5, reason=f"text under the name {peek.name}")
    return None


def _is_table(table: Table) -> bool:
    """Whether *table* is none by accident; where spaces divide it, most cells are no text."""
    if table.syntax.delimiter == b" " and (
        2 * table.typed <= table.width or len(table.records) < MIN_ALIGNED
    ):
        return False
    return table.width > 1 and len(table.records) > 1 and table.score >= ENOUGH


def _look(text: bytes, complete: bool) -> Table | None:
    """The table that the first records are."""
    size = LOOK_BYTES
    while size < len(text):
        table = _find(text[:size], complete=False)
        if table and len(table.records) > 1:
            return table
        size *= 4
    return _find(text, complete)


@lru_cache(maxsize=4)
def _find(text: bytes, complete: bool) -> Table | None:
    """Both formats ask about the same text."""
    return find_table(text, CsvOptions(), complete=complete, delimiters=_DELIMITERS)
