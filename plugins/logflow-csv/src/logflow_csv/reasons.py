"""Why a table was taken for what it is: sentences for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from logflow.detection.cells import kind_of
from logflow_csv.options import CsvOptions
from logflow_csv.table import Table

if TYPE_CHECKING:
    from logflow_ext.records import Sample

__all__ = ["CLOSE", "confidence", "reasons"]

MAX_RIVALS = 3
MAX_KINDS = 4
MAX_EXCERPT = 40
CLOSE = 0.65
"""Below this confidence people should look."""


def confidence(table: Table, given: CsvOptions) -> float:
    """How far *table* is ahead of the next best hypothesis: 0.5 for a tie, 1.0 for no other."""
    rival = _best_rival(table)
    if given.delimiter is not None or not rival:
        return 1.0
    return round(table.score / (table.score + rival), 2)


def _best_rival(table: Table) -> float:
    """Tables of one column do not differ, whatever does not divide them."""
    rivals = (rival for rival in table.rivals if rival.width > 1 or table.width > 1)
    return max((rival.score for rival in rivals), default=0.0)


def reasons(
    table: Table, given: CsvOptions, *, preamble: int, comment: bytes, renamed: Sequence[str]
) -> Iterator[str]:
    """What decided about *table*, but for its header.

    *preamble* counts the lines before it, *comment* starts a comment line, *renamed* are the
    columns whose names are not as the header spells them.
    """
    yield f"{table.summary()}, as given" if given.delimiter is not None else table.summary()
    if rivals := _rivals(table):
        yield "instead of " + "; ".join(rivals)
    if given.delimiter is None:
        yield _sureness(table, given)
    yield from _cells(table)
    rows = zip(table.body, table.fits[table.start :], strict=True)
    if misfits := [record for record, fits in islice(rows, 1, None) if not fits]:
        errors = Counter(_misfit(len(r.fields), r.error, table.width) for r in misfits)
        kinds = ", ".join(f"{n} with {e}" for e, n in errors.items())
        yield f"records that do not fit: {kinds}; the first: {_excerpt(table, misfits[0])}"
    if preamble:
        how = "as given" if given.skip_lines else "no rows of the table; --skip-lines 0 keeps them"
        first = f", with {_excerpt(table, table.records[0])}" if table.start else ""
        yield f"skipped lines before the table: {preamble}{first} ({how})"
    if comment and given.comment is None:
        yield "comments: lines that start with '#' are no rows; --comment none keeps them"
    if renamed:
        yield "names made up or made distinct: " + ", ".join(renamed[:MAX_KINDS])


def _sureness(table: Table, given: CsvOptions) -> str:
    """What the confidence says: how close the next best hypothesis comes."""
    sure, rival = confidence(table, given), _best_rival(table)
    if not rival:
        return f"confidence {sure:.2f}: nothing else makes a table; --delimiter overrules"
    close = ", which is close: look at the rows" if sure < CLOSE else ""
    next_best = f"the next best has score {rival:.2f}{close}"
    return f"confidence {sure:.2f}: {next_best}; --delimiter overrules"


def _excerpt(table: Table, record: Sample) -> str:
    """The start of a record, as it is written."""
    raw = table.text[record.start : record.end][: 4 * MAX_EXCERPT]
    text = raw.decode("utf-8", "backslashreplace")
    return repr(text if len(text) <= MAX_EXCERPT else text[: MAX_EXCERPT - 1] + "…")


def _rivals(table: Table) -> list[str]:
    """The next best hypotheses; a column that is not divided is one of them, whatever by."""
    rivals = sorted(table.rivals, key=lambda rival: -rival.score)
    undivided = [rival for rival in rivals if rival.width == 1 < table.width][:1]
    shown = [rival for rival in rivals if rival.width > 1 or rival in undivided]
    return [rival.summary() for rival in shown[:MAX_RIVALS]]


def _cells(table: Table) -> Iterator[str]:
    """What the cells look like, and how many are quoted."""
    fields = [field for record in table.judged[1:] for field in record.fields]
    if not fields:
        return
    kinds = Counter(kind_of(cell).value for cell, _ in fields)
    shares = (f"{n / len(fields):.0%} {kind}" for kind, n in kinds.most_common(MAX_KINDS))
    quoted = sum(quoted for _, quoted in fields)
    quote = chr(max(0, table.syntax.quote))
    inside = f"; {quoted / len(fields):.0%} inside {quote}" if quoted else ""
    yield f"cells: {', '.join(shares)}{inside}"


def _misfit(fields: int, error: str | None, width: int) -> str:
    if error:
        return f"a {error.replace('_', ' ')}"
    return f"{fields} field{'s' if fields != 1 else ''} instead of {width}"
