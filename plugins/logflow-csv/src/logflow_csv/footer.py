"""Lines after the table: a note, a source, a legend.  They are found at the end of the text.

A line is of a footer only if nobody would take it for a row: it has another width than the
table, and is one text as a whole.  There has to be a blank line before the footer, or the table
has at least three columns and the line is a sentence that ends with its line; before that there
has to be a row.  All else that does not fit stays a record, and becomes a reject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logflow.detection.cells import Kind, kind_of
from logflow_csv.table import RAW_LINES, WEAK, Syntax
from logflow_ext import kernel

if TYPE_CHECKING:
    from logflow_ext.records import Sample

__all__ = ["FOOTER_BYTES", "footer_size"]

FOOTER_BYTES = 1 << 16
"""How much of the end of the text is looked at."""
MAX_LINES = 50
SENTENCE = 3
"""A sentence has at least this many words."""


def footer_size(
    end: bytes, syntax: Syntax, columns: int, given: int | None = None, *, whole: bool = True
) -> int:
    """How many bytes the footer has that *end*, the last bytes of the text, ends with.

    *columns* is the width of the table; *given* are the lines that the footer is known to have;
    *whole* tells that *end* starts where a record does.

    >>> comma = Syntax(delimiter=b",")
    >>> footer_size(b"1,2,3\\n4,5,6\\n\\nSource: the census\\n", comma, 3)
    19
    """
    lines = _records(end, RAW_LINES)
    if not whole:
        lines = lines[1:]
    if given is not None:
        return len(end) - lines[-min(given, len(lines))].start if given and lines else 0
    if columns < 2 or syntax.prior < WEAK:
        return 0
    start = row = len(lines)
    kind = "blank"
    while row and kind in ("blank", "note") and row > len(lines) - MAX_LINES:
        row -= 1
        kind = _kind(end[lines[row].start : lines[row].end], syntax, columns)
        if kind == "note":
            start = row
    if kind != "row" or start == len(lines):
        return 0
    first = end[lines[start].start : lines[start].end]
    is_cut_off = start == len(lines) - 1 and lines[start].end == len(end)
    is_sentence = columns > 2 and len(first.split()) >= SENTENCE and not is_cut_off
    return len(end) - lines[start].start if start > row + 1 or is_sentence else 0


def _kind(line: bytes, syntax: Syntax, columns: int) -> str:
    """Whether a line is ``blank``, a ``row``, may be a ``note``, or is ``other``."""
    records = _records(line, syntax)
    if not line.strip() or records[0].kind == "comment":
        return "blank"
    if len(records) > 1 or records[0].kind != "row":
        return "other"
    if len(records[0].fields) == columns:
        return "row"
    text = line.strip().strip(bytes([max(0, syntax.quote)]))
    return "note" if kind_of(text) is Kind.TEXT else "other"


def _records(text: bytes, syntax: Syntax) -> list[Sample]:
    found: list[Sample] = kernel("delimited").rows(
        text,
        **syntax._asdict(),
        max_record_bytes=max(1, len(text)),
        limit=len(text),
        final=True,
    )
    return found
