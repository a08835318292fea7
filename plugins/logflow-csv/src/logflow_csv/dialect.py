"""Which dialect of CSV is it?  Every hypothesis divides the head; the best table wins.

A hypothesis is a delimiter, quotes and an escape.  Its score is a product of figures, after the
data consistency measure of van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by
detecting row and type patterns" (Data Mining and Knowledge Discovery 33, 2019):

* the share of records that have the table's width, cubed, because a guess must not cost
  records;
* how much structure that width is: ``(width - 1) / width``;
* the share of cells that look like something: a number, a date, plain text;
* how common the delimiter is: a rare one counts for more, the more records have as many of it,
  unless it is one that every text has, such as a space between words.

A table of one column has a small fixed score: it always fits, and so says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from logflow.detection.header import (
    beside_row_names,
    column_names,
    has_header,
    header_rows,
    joined,
    names_columns,
    spelled,
    without_surplus,
)
from logflow.errors import LimitError
from logflow_csv.options import CsvOptions
from logflow_csv.reasons import CLOSE, confidence, reasons
from logflow_csv.table import EVIDENT, NAMES, PRIOR, RAW_LINES, Syntax, Table
from logflow_ext import kernel

if TYPE_CHECKING:
    from logflow_ext.records import Sample

__all__ = ["CsvDialect", "after_lines", "find_dialect", "find_table"]

SAMPLE_RECORDS = 1000
GOOD, GLANCE_BYTES = 0.3, 1 << 12
"""Where a table has a good score, a rare delimiter that has not half of it in so much of the text
is not looked at."""
QUOTES_BYTES = 1 << 15
"""Where the use of quotes is looked at."""
MOSTLY_QUOTED = 0.5
"""Quotes are sure if more than this share of the fields that start with one also end with one."""
DIRECTIVE = re.compile(rb'(?i:"?sep=)([\t !#-/:-@\[-`{-~])"?(?=[\r\n])')
LONG_DELIMITERS = re.compile(rb"(?<=[\w \"')])[|:~^*!,;\t]{2,4}(?=[\w \"'(])")
TILDES = re.compile(rb"~[^~\r\n]*~[,;\t|^]~")
"""The first record of a text with tildes as quotes."""
COLONS = re.compile(rb"(?<![\w.:])[0-2]?\d:[0-5]\d(?::[0-5]\d)?(?![\d:])|\w://")
"""Colons of times and addresses."""
DOUBLE, SINGLE, TILDE, BACKSLASH, SPACE = b"\"'~\\ "


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvDialect:
    """How a text is divided into records and fields, and why.

    With *merge_runs*, a run of delimiters counts as one, and none counts at the start and the
    end of a record.  *escape* is ``None`` where a quote inside quotes is doubled; *quote* and
    *comment* are ``None`` where there is none.  *skip_lines* are the physical lines before the
    table; *header* tells
    whether the first records after them, *header_lines* of physical lines, have the names.
    *columns* is how many fields a record has; *names* are the columns' names, which may be more
    if they were given; *written* are the same as the header spells them, empty and equal ones, too.
    *confidence* tells how far the delimiter is ahead of the next best one, 0.5 for a tie.
    """

    delimiter: str = ","
    merge_runs: bool = False
    quote: str | None = '"'
    escape: str | None = None
    comment: str | None = None
    skip_spaces: bool = False
    header: bool = False
    header_lines: int = field(default=0, repr=False)
    skip_lines: int = 0
    columns: int = 0
    names: tuple[str, ...] = ()
    written: tuple[str, ...] = field(default=(), repr=False)
    newline: str = "\n"
    confidence: float = 1.0
    reasons: tuple[str, ...] = ()

    @property
    def doubt(self) -> str | None:
        """What was assumed, and how to overrule it, if it is little more than a guess."""
        if self.confidence >= CLOSE:
            return None
        name = NAMES.get(self.delimiter, repr(self.delimiter))
        name = f"runs of {name}" if self.merge_runs else name
        many = f"{name} between {self.columns} columns"
        what = many if self.columns > 1 else "one column"
        return f"{what}, with confidence {self.confidence:.2f}; --delimiter overrules"

    @property
    def syntax(self) -> Syntax:
        """The same for the kernels."""
        quote = -1 if self.quote is None else ord(self.quote)
        return Syntax(
            delimiter=self.delimiter.encode(),
            merge=self.merge_runs,
            quote=quote,
            escape=quote if self.escape is None else ord(self.escape),
            comment=(self.comment or "").encode(),
            skip_spaces=self.skip_spaces,
        )


def find_dialect(
    head: bytes,
    given: CsvOptions,
    *,
    complete: bool,
    delimiters: Sequence[str] = tuple(PRIOR),
    max_columns: int = 10_000,
) -> CsvDialect | None:
    """The dialect of the text that starts with *head*; what is *given* is not questioned.

    *complete* tells that *head* is all there is; *delimiters* are those considered.  ``None``
    means that *head* is too short to tell.  More than *max_columns* columns are a
    :exc:`~logflow.errors.LimitError`.

    >>> found = find_dialect(b"id;price\\n1;2,50\\n2;3,75\\n", CsvOptions(), complete=True)
    >>> found.delimiter, found.header, found.names
    (';', True, ('id', 'price'))
    """
    given, directive = _directed(head, given)
    before = after_lines(head, given.skip_lines or directive)
    sample = head[before:].lstrip(b"\r\n")
    before = len(head) - len(sample)
    table = find_table(sample, given, complete=complete, delimiters=delimiters)
    if table is None:
        return None
    if not table.records:
        lines = _lines(head, len(head))
        return CsvDialect(skip_lines=lines, reasons=("there is no record",)) if complete else None
    rows = table.beneath(table.start)
    header = _find_header(table, rows, given)
    if table.start == 1 and not header.rows and not table.is_apart(1):
        table.start = 0  # rather a header or row that is damaged than a title of nothing
    preamble = _lines(head, before + table.body[0].start)
    cells = header.cells if given.names else beside_row_names(header.cells, rows)
    names = column_names(cells, max(1, table.width))
    written = tuple(map(spelled, cells))
    if len(names) > max_columns:
        raise LimitError(
            f"there are {len(names)} columns, the limit is {max_columns}: raise max_columns if "
            f"{table.syntax.delimiter.decode()!r} is the delimiter"
        )
    syntax = table.syntax
    if given.comment is None and not re.search(rb"[\r\n]#", sample[table.body[0].start :]):
        syntax = syntax._replace(comment=b"")  # there are comments only before the table
    return CsvDialect(
        delimiter=syntax.delimiter.decode(),
        merge_runs=syntax.merge,
        quote=None if syntax.quote < 0 else chr(syntax.quote),
        escape=None if syntax.escape in (-1, syntax.quote) else chr(syntax.escape),
        comment=syntax.comment.decode() or None,
        skip_spaces=syntax.skip_spaces,
        header=header.rows > 0,
        header_lines=_header_lines(head, before, table, header.rows),
        skip_lines=preamble,
        columns=max(1, table.width),
        names=names,
        written=written,
        newline=_newline(sample, table.records[0].end),
        confidence=confidence(table, given),
        reasons=(
            *reasons(
                table,
                given,
                preamble=preamble,
                comment=syntax.comment,
                renamed=_renamed(written, names) if header.rows else (),
            ),
            header.why,
        ),
    )


def _directed(head: bytes, given: CsvOptions) -> tuple[CsvOptions, int]:
    """*given* and what a first line such as ``sep=;``, which Excel reads, adds; its lines."""
    found = DIRECTIVE.match(head)
    if found is None or given.delimiter is not None or given.skip_lines:
        return given, 0
    return replace(given, delimiter=found[1].decode()), 1


def find_table(
    sample: bytes, given: CsvOptions, *, complete: bool, delimiters: Sequence[str]
) -> Table | None:
    """The table with the highest score, of equals the first; what cannot win is not read.

    ``None`` if *sample*, not being *complete*, may be the start of one long quoted field.
    """
    skip = given.skip_lines is None
    tried: list[Table] = []
    score = -1.0
    for delimiter in _delimiters(sample, given, delimiters):
        if _is_hopeless(sample, delimiter, score):
            continue
        own: Table | None = None
        for syntax in _hypotheses(sample, delimiter, given):
            table = _read(sample, syntax, complete, skip)
            if given.comment is None and table.is_commented(b"#"):
                table = _read(sample, syntax._replace(comment=b"#"), complete, skip)
            if table.unread and syntax.quote == DOUBLE:
                return None
            if own is None or table.score > own.score or _explains(table, own):
                own = table
        if own is not None:
            tried.append(own)
            score = max(score, own.score)
    if not tried:
        return None
    best = max(tried, key=lambda table: table.score)
    best = next((table for table in tried if _explains(table, best)), best)
    if best.width == 1:
        # What divides nothing must not cost the records that have it.
        best = max(
            (t for t in tried if t.width == 1), key=lambda t: (sum(t.fits) / len(t.fits), t.score)
        )
    best.rivals = [table for table in tried if table is not best]
    return best


def _is_hopeless(sample: bytes, delimiter: bytes, score: float) -> bool:
    """Whether *delimiter* cannot, or in view of the start of *sample* will not, have *score*."""
    syntax = Syntax(delimiter, merge=delimiter == b" ")
    if score < GOOD or syntax.prior >= EVIDENT or len(sample) <= GLANCE_BYTES:
        return score >= syntax.evident
    return _read(sample[:GLANCE_BYTES], syntax, complete=False, skip=True).score < score / 2


def _explains(longer: Table, table: Table) -> bool:
    """Whether *longer*, whose delimiter is that of *table* several times or with more around it,
    divides as many records: then what *table* has in between are no fields."""
    (own, merge), (other, merged) = longer.syntax[:2], table.syntax[:2]
    if longer.width < 2 or longer.fits.count(True) < table.fits.count(True):
        return False
    if own == other:
        return merge and not merged
    return other in own and table.width == own.count(other) * (longer.width - 1) + 1


def _delimiters(sample: bytes, given: CsvOptions, considered: Sequence[str]) -> list[bytes]:
    """One delimiter that is not in *sample*, first, as of equals it is the best: it divides no line
    of one column; and those that leave a trace."""
    if given.delimiter_bytes is not None:
        return [given.delimiter_bytes]
    found = [d.encode() for d in considered]
    present = [d for d in found if d in sample]
    if b":" in present and _are_text(sample):
        present.remove(b":")
    longer = _long_delimiters(sample, considered)
    if b"~" in present and TILDES.match(sample):
        present.remove(b"~")
        longer = []  # nor are they parts of one
    absent = [d for d in (found[0], found[-1]) if d not in sample][:1]
    return [*absent, *longer, *present]


def _are_text(sample: bytes) -> bool:
    """Whether most colons in *sample* are those of times and addresses."""
    some = sample[:QUOTES_BYTES]
    found: list[bytes] = COLONS.findall(some)
    return 2 * b"".join(found).count(b":") > some.count(b":")


def _long_delimiters(sample: bytes, considered: Sequence[str]) -> list[bytes]:
    """The string of delimiters that the first line has in place of single ones."""
    line = sample[:QUOTES_BYTES].splitlines()[0] if sample else b""
    found = set(LONG_DELIMITERS.findall(line))
    [longer] = found if len(found) == 1 else [b""]
    signs = set(longer.decode())
    return [longer] if signs and signs <= {*considered} and signs & {*"|:~^*!"} else []


def _hypotheses(sample: bytes, delimiter: bytes, given: CsvOptions) -> Iterator[Syntax]:
    """Every syntax with *delimiter* that is compatible with what is given and with *sample*."""
    codes = given.codes("quote", "escape")
    merge = [False, True] if b"  " in sample and delimiter == b" " else [False]
    if given.merge_runs is not None:
        merge = [given.merge_runs]
    for quote in _quotes(sample, delimiter, codes):
        for escape in _escapes(sample, delimiter, quote, codes):
            for skip_spaces in _skip_spaces(sample, delimiter, quote, escape, given):
                for merged in merge:
                    yield Syntax(
                        delimiter, merged, quote, escape, given.comment_prefix, skip_spaces
                    )


def _quotes(sample: bytes, delimiter: bytes, codes: dict[str, int]) -> list[int]:
    if "quote" in codes:
        return [codes["quote"]]
    quotes = [quote for quote in (DOUBLE, SINGLE) if quote not in delimiter]
    opens = re.compile(rb"(?:^|[\r\n]|%s) *'" % re.escape(delimiter))
    if SINGLE in quotes and not (SINGLE in sample and opens.search(sample)):
        quotes.remove(SINGLE)
    if TILDE not in delimiter and bytes([TILDE, *delimiter, TILDE]) in sample:
        quotes.append(TILDE)
    if not quotes or (quotes[0] in sample and not _are_used(quotes[0], sample, delimiter)):
        quotes.append(-1)
    return quotes


def _are_used(quote: int, sample: bytes, delimiter: bytes) -> bool:
    """Whether most fields that start with a quote also end with one: then quotes are quotes.

    The few others are damage, for which the table must not be divided in another way.
    """
    q, d = re.escape(bytes([quote])), re.escape(delimiter)
    opening = re.compile(b"(?:^|[\r\n]|%s) *%s" % (d, q))
    whole = re.compile(
        b"(?:^|[\r\n]|%s) *%s(?:[^%s\r\n]|%s%s)*%s *(?=[\r\n]|%s|$)" % (d, q, q, q, q, q, d)
    )
    some = sample[:QUOTES_BYTES]
    return len(whole.findall(some)) > MOSTLY_QUOTED * len(opening.findall(some))


def _escapes(sample: bytes, delimiter: bytes, quote: int, codes: dict[str, int]) -> list[int]:
    if quote < 0:
        return [-1]
    if "escape" in codes:
        return [codes["escape"] if codes["escape"] >= 0 else quote]
    if BACKSLASH in delimiter:
        return [quote]
    escapes = any(bytes([BACKSLASH]) + mark in sample for mark in (bytes([quote]), delimiter))
    return [quote, BACKSLASH] if escapes else [quote]


def _skip_spaces(
    sample: bytes, delimiter: bytes, quote: int, escape: int, given: CsvOptions
) -> list[bool]:
    if quote < 0 or SPACE in (*delimiter, quote, escape):
        return [False]
    if given.skip_spaces is not None:
        return [given.skip_spaces]
    return [False, True] if delimiter + bytes([SPACE, quote]) in sample else [False]


def _read(sample: bytes, syntax: Syntax, complete: bool, skip: bool) -> Table:
    """The first records, as many as it takes to have some that are not blank or comments."""
    limit = SAMPLE_RECORDS
    while True:
        rows = kernel("delimited").rows(
            sample,
            **syntax._asdict(),
            max_record_bytes=max(1, len(sample)),
            limit=limit,
            final=complete,
        )
        records = [row for row in rows if row.kind in ("row", "damaged")]
        if records or len(rows) < limit:
            break
        limit *= 16
    unread = 0 if complete or len(rows) == limit else _unread(sample, records)
    return Table(sample, syntax, records, unread, skip)


def _unread(sample: bytes, records: Sequence[Sample]) -> int:
    """The lines after the last record, where they are more than the start of one more record."""
    end = records[-1].end if records else 0
    longest = max((record.end - record.start for record in records), default=0)
    return sample.count(b"\n", end) if len(sample) - end > 2 * longest else 0


class _Header(NamedTuple):
    """How many records have names, the names, and why."""

    rows: int
    cells: Sequence[bytes]
    why: str


def _find_header(table: Table, rows: Sequence[list[bytes]], given: CsvOptions) -> _Header:
    first, width = table.body[0], max(1, table.width)
    cells = table.names(table.start)
    is_record = first.kind == "row" and len(first.fields) == len(cells)
    if given.header is not None:
        header, why = given.header, "as given"
    elif table.titles:
        header, why = True, "the first full record below titles"
    else:
        header, why = has_header(cells, rows)
        if not is_record:
            header = names_columns(cells, rows)
            damage = f"a {(first.error or 'delimiter of its own').replace('_', ' ')}"
            why = f"{why}, though it has {damage}" if header else f"the first record has {damage}"
    count = int(header)
    if header and given.header is None:
        whole = takewhile(lambda record: record.kind == "row", table.body[1:])
        count = min(header_rows([cells, *rows]), 1 + len(list(islice(whole, len(rows)))))
    if given.names:
        cells = [name.encode() for name in given.names]
    elif count > 1:
        cells = joined([cells, *rows[: count - 1]], width)
    else:
        cells = list(without_surplus(cells, width)) if header else []
    kind = "no header" if not header else "header" if count == 1 else f"header of {count} records"
    return _Header(count, cells, f"{kind}: {why}")


def _header_lines(head: bytes, before: int, table: Table, rows: int) -> int:
    """How many lines the header's records are."""
    if not rows:
        return 0
    start, end = table.body[0].start, table.body[rows - 1].end
    return _lines(head, before + end) - _lines(head, before + start)


def _renamed(written: Sequence[str], names: Sequence[str]) -> list[str]:
    """The names that are not as the header spells them, with what it does."""
    pairs = zip_longest(written, names, fillvalue="")
    return [f"{name} for {old!r}" for old, name in pairs if old.strip() != name]


def after_lines(head: bytes, lines: int) -> int:
    """The offset behind the first *lines* lines."""
    if lines == 0 or not head:
        return 0
    split = kernel("delimited").split
    consumed, _, _ = split(
        head,
        **RAW_LINES._asdict(),
        max_record_bytes=len(head),
        max_records=lines,
        max_bytes=len(head),
        final=True,
    )
    return int(consumed)


def _lines(head: bytes, end: int) -> int:
    """How many lines end, or begin, before *end*."""
    lines: int = kernel("delimited").count_lines(head, end)
    return lines + (end > 0 and head[end - 1] not in b"\r\n")


def _newline(sample: bytes, end: int) -> str:
    found = sample[end : end + 2]
    return "\r\n" if found == b"\r\n" else "\r" if found[:1] == b"\r" else "\n"
