"""Delimited text: where its records and fields are (RFC 4180 and the dialects around it).

A record is fields between delimiters, and ends at LF, CRLF, a lone CR or the end of the data.
With ``merge``, a run of delimiters counts as one; at the start and the end of a record it divides
nothing.
A quote at the start of a field opens a quoted field; in it, delimiters and line ends are data,
and a quote closes it only before a delimiter or the end of the record.  ``escape`` equal to
``quote`` means that two quotes stand for one; any other escape byte makes the byte after it plain
data, outside of quotes only if that is punctuation or a blank of ASCII.  With ``skip_spaces``,
spaces may stand before an opening and after a closing quote.  A record that starts with
``comment`` is a comment up to its line end, however long.

A record is *damaged* at the first of these, named by the codes in :data:`ERRORS`:

* ``stray_quote``: a quote inside an unquoted field, or one inside a quoted field that neither
  closes nor is escaped;
* ``unterminated_quote``: a quoted field that is open where the data end or ``max_record_bytes``
  are used up;
* ``record_too_long``: more than ``max_record_bytes`` bytes before the line end.

It ends at the first line end after the quote that opened the field (else after the violation),
so that one bad quote costs one line, and reading goes on there.  If the violation itself lies
beyond that end, the record has an ``unterminated_quote``: what is said about a record depends on
no byte after it.  That is why :func:`index` says the same of a chunk that :func:`split` cut out
as of the whole.

A lone CR or quote that ends data which is not final, and anything else whose meaning more bytes
could change, leaves its record *incomplete*.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from logflow_ext.cells import ESCAPABLE, ESCAPED, MISSING, QUOTED
from logflow_ext.records import (
    CR,
    ERRORS,
    LF,
    MAX_COMMENTS,
    SPACE,
    Damage,
    Dialect,
    Index,
    Place,
    Sample,
    checked,
    unescape,
)

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "ERRORS",
    "Damage",
    "Index",
    "Place",
    "Sample",
    "count_lines",
    "index",
    "lines_before",
    "rows",
    "split",
    "unescape",
]

TOO_LONG = 1 << 32


class _Field(NamedTuple):
    first: int
    start: int
    end: int
    flags: int


class _Record(NamedTuple):
    start: int
    end: int
    next: int
    comment: bool
    fields: list[_Field]
    error: str | None = None
    offset: int = 0


class _IncompleteError(Exception):
    """More bytes could change what the record is."""


class _ViolationError(Exception):
    """The record is damaged: the code, where it shows, and from where to look for its end."""

    def __init__(self, error: str, offset: int, resume: int) -> None:
        super().__init__(error, offset, resume)
        self.error = error
        self.offset = offset
        self.resume = resume


class _Scanner:
    """Reads one record at a time; the one place that knows the grammar."""

    END = -1

    def __init__(self, data: bytes, dialect: Dialect, final: bool) -> None:
        self.data = data
        self.dialect = dialect
        self.final = final

    def record(self, start: int) -> _Record:
        """The record that starts at *start*; :exc:`_IncompleteError` if it may go on."""
        comment = self.dialect.comment
        if comment and self.data.startswith(comment, start):
            end = self.line_end(start)
            return _Record(start, end, self.after_line_end(end), True, [])
        fields: list[_Field] = []
        try:
            end = self.fields(start, fields)
        except _ViolationError as err:
            end = self.line_end(err.resume)
            after = self.after_line_end(end)
            if err.offset < end:
                return _Record(start, end, after, False, fields, err.error, err.offset)
            return _Record(start, end, after, False, fields, "unterminated_quote", err.resume)
        return _Record(start, end, self.after_line_end(end), False, fields)

    def fields(self, start: int, fields: list[_Field]) -> int:
        """Append all fields of the record; gives where its last one ends."""
        limit = start + self.dialect.max_record_bytes
        at = self.after_delimiters(start) if self.dialect.merge else start
        while True:
            field, end = self.field(at, limit)
            at = self.after_delimiters(end)
            if self.dialect.merge and self.is_line_end(at):
                end = at
            if end > limit or (end == limit and not self.is_line_end(end)):
                raise _ViolationError("record_too_long", limit, limit)
            fields.append(field)
            if at == end:
                return end

    def field(self, first: int, limit: int) -> tuple[_Field, int]:
        """The field, and where its delimiter or line end is; it may stop early at *limit*."""
        opening = self.skip_spaces(first)
        if opening < limit and self.peek(opening) == self.dialect.quote != -1:
            return self.quoted_field(first, opening, limit)
        at, flags = first, 0
        while at < limit and not self.ends_field(at):
            if self.peek(at) == self.dialect.quote:
                raise _ViolationError("stray_quote", at, at)
            if self.peek(at) == self.dialect.escape and self.is_escapable(at + 1):
                flags = ESCAPED
                at += 1
            at += 1
        return _Field(first, first, at, flags), at

    def quoted_field(self, first: int, opening: int, limit: int) -> tuple[_Field, int]:
        quote, escape = self.dialect.quote, self.dialect.escape
        flags = QUOTED
        at = opening + 1
        while at < limit and self.peek(at) != self.END:
            byte = self.peek(at)
            if byte == escape and (byte != quote or self.peek(at + 1) == quote):
                self.peek(at + 1)  # there has to be a byte that is escaped
                flags |= ESCAPED
                at += 2
            elif byte == quote:
                after = self.skip_spaces(at + 1)
                if not self.ends_field(after):
                    raise _ViolationError("stray_quote", at, opening)
                return _Field(first, opening + 1, at, flags), after
            else:
                at += 1
        raise _ViolationError("unterminated_quote", opening, opening)

    def is_escapable(self, at: int) -> bool:
        byte = self.peek(at)
        return byte != self.END and re.fullmatch(ESCAPABLE, bytes([byte])) is not None

    def skip_spaces(self, at: int) -> int:
        while self.dialect.skip_spaces and self.peek(at) == SPACE:
            at += 1
        return at

    def ends_field(self, at: int) -> bool:
        return self.is_line_end(at) or self.is_delimiter(at)

    def is_delimiter(self, at: int) -> bool:
        return all(self.peek(at + i) == byte for i, byte in enumerate(self.dialect.delimiter))

    def after_delimiters(self, at: int) -> int:
        """Where the delimiter at *at* ends, or all that follow each other; *at* if it is none."""
        while self.is_delimiter(at):
            at += len(self.dialect.delimiter)
            if not self.dialect.merge:
                break
        return at

    def is_line_end(self, at: int) -> bool:
        return self.peek(at) in (LF, CR, self.END)

    def line_end(self, at: int) -> int:
        """The first line end at or after *at*."""
        while not self.is_line_end(at):
            at += 1
        return at

    def after_line_end(self, at: int) -> int:
        """Where the next record starts, given the line end of this one."""
        if self.peek(at) == self.END:
            return at
        return at + 2 if self.peek(at) == CR and self.peek(at + 1) == LF else at + 1

    def peek(self, at: int) -> int:
        """The byte at *at*, or END behind the end of final data."""
        if at < len(self.data):
            return self.data[at]
        if self.final:
            return self.END
        raise _IncompleteError


def split(
    data: Buffer,
    *,
    delimiter: bytes,
    merge: bool,
    quote: int | None,
    escape: int | None,
    comment: bytes,
    skip_spaces: bool,
    max_record_bytes: int,
    max_records: int,
    max_bytes: int,
    final: bool,
) -> tuple[int, int, int]:
    """Take whole records off the start of *data*: their bytes, their number, their lines.

    Stops after the record with which *max_records* or *max_bytes* is reached, or where *data*
    end or, unless they are *final*, the next record is incomplete: then it may be nothing at all.
    Damaged, blank and comment records count as any other.  A line is what ends at LF, CRLF or
    a lone CR; the last one of final data need not.  :exc:`ValueError` for limits below 1 and for
    a dialect that contradicts itself.

    >>> dialect = dict(delimiter=b",", merge=False, quote=34, escape=34)
    >>> dialect |= dict(comment=b"", skip_spaces=False)
    >>> limits = dict(max_record_bytes=1000, max_records=10, max_bytes=1000)
    >>> split(b'1,"a\\nb"\\n2,c', **dialect, **limits, final=False)
    (8, 1, 2)
    """
    dialect = checked(delimiter, merge, quote, escape, comment, skip_spaces, max_record_bytes)
    if max_records < 1 or max_bytes < 1:
        raise ValueError(f"max_records={max_records} and max_bytes={max_bytes} must be positive")
    text = memoryview(data).tobytes()
    scanner = _Scanner(text, dialect, final)
    consumed = records = 0
    while consumed < min(len(text), max_bytes) and records < max_records:
        try:
            consumed = scanner.record(consumed).next
        except _IncompleteError:
            break
        records += 1
    lines = count_lines(text, consumed)
    if consumed and text[consumed - 1] not in (LF, CR):
        lines += 1
    return consumed, records, lines


def index(
    data: Buffer,
    *,
    delimiter: bytes,
    merge: bool,
    quote: int | None,
    escape: int | None,
    comment: bytes,
    skip_spaces: bool,
    max_record_bytes: int,
    columns: int,
    pad: bool = False,
    extend: bool = False,
) -> Index:
    """Find the fields of *data*, which are whole records as :func:`split` gives them.

    A record with *columns* fields is a row, any other is damaged, ``too_few_fields`` at its end or
    ``too_many_fields`` at the start of the first surplus one.  With *pad* a record with too few is
    a row whose last cells are missing, and one with too many is a row if those are just empty;
    with *extend* one with too many is a row with a surplus.  An empty line is blank, but a row of
    one empty field if *columns* is 1.  :exc:`ValueError` if *data* has 4 GiB or more, or *columns*
    is below 1, or for a dialect that contradicts itself.

    >>> found = index(b'1,"a"\\n2\\n', delimiter=b",", merge=False, quote=34, escape=34,
    ...               comment=b"", skip_spaces=False, max_record_bytes=1000, columns=2)
    >>> found.rows, found.spans.tolist() == [0, 1, 3, 1 | QUOTED]
    (1, True)
    >>> found.damaged
    [Damage(record=1, start=6, end=7, error='too_few_fields', fields=1, offset=7)]
    """
    dialect = checked(delimiter, merge, quote, escape, comment, skip_spaces, max_record_bytes)
    if columns < 1:
        raise ValueError(f"columns must be positive, not {columns}")
    view = memoryview(data)
    if view.nbytes >= TOO_LONG:
        raise ValueError(f"data has {view.nbytes} bytes, the limit is {TOO_LONG - 1}")
    text = view.tobytes()
    scanner = _Scanner(text, dialect, final=True)
    spans, row_starts, row_records = array("I"), array("I"), array("I")
    surplus, padded, extended = array("I"), array("I"), array("I")
    damaged: list[Damage] = []
    places: list[Place] = []
    records = blank = comments = covered = 0
    while covered < len(text):
        record = scanner.record(covered)
        if record.comment:
            comments += 1
            places.append(Place(records, record.start, record.end))
        elif record.start == record.end and columns != 1:
            blank += 1
        elif damage := _damage(record, records, columns, pad, extend):
            damaged.append(damage)
        else:
            missing = columns - len(record.fields)
            if missing > 0:
                padded.append(records)
            if missing < 0:
                extended.append(records)
            if extend:
                surplus.extend(_surplus(record, columns))
            row_starts.append(record.start)
            row_records.append(records)
            for field in record.fields[:columns]:
                spans.extend((field.start, field.end - field.start | field.flags))
            spans.extend((record.end, MISSING) * missing)
        records += 1
        covered += record.next - record.start
    return Index(
        len(row_starts),
        memoryview(spans),
        memoryview(row_starts),
        memoryview(row_records),
        records,
        blank,
        comments,
        covered,
        damaged,
        memoryview(surplus),
        memoryview(padded),
        memoryview(extended),
        places[:MAX_COMMENTS],
    )


def _surplus(record: _Record, columns: int) -> tuple[int, int]:
    """Where a row has something behind its last column."""
    if len(record.fields) <= columns:
        return record.end, MISSING
    start = record.fields[columns].first
    return start, record.end - start | QUOTED


def _is_empty(fields: Sequence[_Field]) -> bool:
    """Whether there are only delimiters."""
    return all(field.first == field.end and not field.flags for field in fields)


def _damage(record: _Record, number: int, columns: int, pad: bool, extend: bool) -> Damage | None:
    """Why *record* is not a row of *columns* fields, if it is not."""
    fields = len(record.fields)
    if record.error is not None:
        error, offset, fields = record.error, record.offset, fields + 1
    elif fields < columns and not pad:
        error, offset = "too_few_fields", record.end
    elif fields > columns and not (extend or (pad and _is_empty(record.fields[columns:]))):
        error, offset = "too_many_fields", record.fields[columns].first
    else:
        return None
    return Damage(number, record.start, record.end, error, fields, offset)


def rows(
    data: Buffer,
    *,
    delimiter: bytes,
    merge: bool,
    quote: int | None,
    escape: int | None,
    comment: bytes,
    skip_spaces: bool,
    max_record_bytes: int,
    limit: int,
    final: bool,
) -> list[Sample]:
    """The first *limit* records of *data* with their values, to look at.

    An incomplete record at the end of data that are not *final* is left out.  :exc:`ValueError`
    for a negative limit and for a dialect that contradicts itself.

    >>> [sample] = rows(b'1,"a ""b"" c"\\n2,', delimiter=b",", merge=False, quote=34,
    ...                 escape=34, comment=b"", skip_spaces=False, max_record_bytes=1000,
    ...                 limit=5, final=False)
    >>> sample.kind, sample.fields
    ('row', [(b'1', False), (b'a "b" c', True)])
    """
    dialect = checked(delimiter, merge, quote, escape, comment, skip_spaces, max_record_bytes)
    if limit < 0:
        raise ValueError(f"limit must not be negative: {limit}")
    text = memoryview(data).tobytes()
    scanner = _Scanner(text, dialect, final)
    samples: list[Sample] = []
    at = 0
    while at < len(text) and len(samples) < limit:
        try:
            record = scanner.record(at)
        except _IncompleteError:
            break
        samples.append(_sample(text, record, dialect))
        at = record.next
    return samples


def _sample(text: bytes, record: _Record, dialect: Dialect) -> Sample:
    fields: list[tuple[bytes, bool]] = []
    if record.comment:
        kind = "comment"
    elif record.start == record.end:
        kind = "blank"
    elif record.error is not None:
        kind = "damaged"
    else:
        kind = "row"
        for field in record.fields:
            value = text[field.start : field.end]
            if field.flags & ESCAPED:
                quoted = bool(field.flags & QUOTED)
                value = unescape(value, dialect.quote, dialect.escape, quoted=quoted)
            fields.append((value, bool(field.flags & QUOTED)))
    return Sample(record.start, record.end, kind, fields, record.error)


def count_lines(data: Buffer, end: int) -> int:
    """How many lines end in ``data[:end]``: at LF, CRLF (once) or a lone CR.

    :exc:`ValueError` if *end* is outside of *data*.

    >>> count_lines(b"a\\r\\nb\\rc\\nd", 7)
    3
    """
    view = memoryview(data)
    if not 0 <= end <= view.nbytes:
        raise ValueError(f"end must be in 0..{view.nbytes}, not {end}")
    text = view.tobytes()[:end]
    return text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")


def lines_before(data: Buffer, offsets: Buffer) -> memoryview:
    """How many lines end in ``data[:offset]`` for each offset, as :func:`count_lines` counts.

    *offsets* are native unsigned 32-bit integers, as are the counts.  :exc:`ValueError` unless
    they ascend (two may be equal) within *data*.

    >>> lines_before(b"a\\r\\nb\\nc", array("I", [0, 3, 5])).tolist()
    [0, 1, 2]
    """
    view = memoryview(data)
    counts = array("I")
    done = lines = 0
    for offset in memoryview(offsets).cast("B").cast("I"):
        if not done <= offset <= view.nbytes:
            raise ValueError(f"offsets must ascend within 0..{view.nbytes}")
        piece = view[done:offset].tobytes()
        in_pair = piece.startswith(b"\n") and view[max(0, done - 1) : done].tobytes() == b"\r"
        lines += count_lines(piece, len(piece)) - in_pair
        done = offset
        counts.append(lines)
    return memoryview(counts)
