"""Is a text CSV, or TSV?  Asked where extension and magic have not settled it."""

from __future__ import annotations

import re
from functools import lru_cache

from logflow import Level, Peek, Verdict
from logflow_csv.dialect import CsvDialect, find_dialect
from logflow_csv.options import CsvOptions
from logflow_csv.table import PRIOR, WEAK

__all__ = ["sniff_csv", "sniff_tsv"]

LOOK_BYTES = 1 << 13
ENOUGH = 0.3
"""A worse score is no table but a coincidence."""
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
    dialect = _look(peek)
    if dialect is None or dialect.delimiter == "\t":
        return None
    return _verdict(peek, dialect, (".csv",))


def sniff_tsv(peek: Peek) -> Verdict | None:
    """An opinion on tabs."""
    dialect = _look(peek)
    if dialect is None or (dialect.delimiter != "\t" and dialect.columns > 1):
        return None
    return _verdict(peek, dialect, (".tsv", ".tab"))


def _look(peek: Peek) -> CsvDialect | None:
    """The dialect of the first lines, ``None`` if they are no text."""
    if peek.text is None:
        return None
    text = peek.text[:LOOK_BYTES]
    if not peek.complete or len(text) < len(peek.text):
        text = text[: max(text.rfind(b"\n"), text.rfind(b"\r")) + 1] or text
    return _find(text)


@lru_cache(maxsize=2)
def _find(text: bytes) -> CsvDialect | None:
    """Both formats ask about the same text."""
    return find_dialect(text, CsvOptions(), complete=True, max_columns=LOOK_BYTES + 1)


def _verdict(peek: Peek, dialect: CsvDialect, extensions: tuple[str, ...]) -> Verdict | None:
    assert peek.text is not None
    common = PRIOR.get(dialect.delimiter, 0.0) >= WEAK
    table = dialect.columns > 1 and common and dialect.score >= ENOUGH
    lines = len(peek.text[:LOOK_BYTES].splitlines())
    if table and lines > 1 and not _OTHERS.match(peek.text):
        return Verdict(level=Level.STRUCTURE, score=dialect.score, reason=dialect.reasons[0])
    if peek.name.lower().endswith(extensions):
        return Verdict(level=Level.HINT, score=0.5, reason=f"text under the name {peek.name}")
    return None
