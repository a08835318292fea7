"""Why a table was taken for what it is: sentences for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from logflow_csv.cells import kind_of
from logflow_csv.options import CsvOptions
from logflow_csv.table import Table

__all__ = ["confidence", "reasons"]

MAX_RIVALS = 3
MAX_KINDS = 4


def confidence(table: Table, given: CsvOptions) -> float:
    """How far *table* is ahead of the next best hypothesis: 0.5 for a tie, 1.0 for no other."""
    rival = max((rival.score for rival in table.rivals), default=0.0)
    if given.delimiter is not None or not rival:
        return 1.0
    return round(table.score / (table.score + rival), 2)


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
    yield from _cells(table)
    rows = zip(table.body, table.fits[table.start :], strict=True)
    if misfits := [record for record, fits in islice(rows, 1, None) if not fits]:
        errors = Counter(_misfit(len(r.fields), r.error, table.width) for r in misfits)
        yield "records that do not fit: " + ", ".join(f"{n} with {e}" for e, n in errors.items())
    if preamble:
        how = "as given" if given.skip_lines else "they are no rows of the table"
        yield f"skipped lines before the table: {preamble} ({how})"
    if comment and given.comment is None:
        yield "comments: lines that start with '#' are no rows of the table"
    if renamed:
        yield "names made up or made distinct: " + ", ".join(renamed[:MAX_KINDS])


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
