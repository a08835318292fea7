"""Quotes that RFC 4180 does not allow, taken as data: what Go's ``encoding/csv`` calls lazy quotes.

A record with such quotes has two readings, each tried only on the one line that the record is:

* a quote inside a field is data, whether the field is quoted or not: ``5" pipe``, ``"5" pipe"``;
* the one quote at the start of a field is data, and all others are as they should be: ``"Smith,7``.

Nothing is left out of the values.  The reading counts only if it gives as many fields as the table
has columns, and the other one does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from logflow.detection.cells import Kind, kind_of
from logflow_csv.table import Syntax
from logflow_ext.cells import ESCAPABLE, ESCAPED, QUOTED

__all__ = ["Field", "divided"]

Field = tuple[int, int, int]
"""Where a value starts and ends, and its flags as a cell."""


def divided(
    record: bytes, syntax: Syntax, columns: int, *, typed: bool = True
) -> Sequence[Field] | None:
    """The *columns* fields of a *record* in which some quotes are data, ``None`` if it is damaged.

    Where columns are *typed*, a quote at the start of what is no text makes a damaged record: it
    must not make text of a column of numbers.

    >>> comma = Syntax(delimiter=b",")
    >>> divided(b'7,5" pipe', comma, 2)
    [(0, 1, 0), (2, 9, 0)]
    >>> divided(b'7,"abc"def', comma, 2)
    """
    if syntax.merge or syntax.quote < 0:
        return None
    inside = list(_fields(record, syntax, _quoted(syntax, lazy=True)))
    opening = list(_fields(record, syntax, _quoted(syntax, lazy=False)))
    found = []
    if len(inside) == columns and not any(_opens(record, field, syntax) for field in inside):
        found.append(inside)
    if len(opening) == columns and _is_one_opening(record, opening, syntax, typed):
        found.append(opening)
    return found[0] if len(found) == 1 else None


def _fields(record: bytes, syntax: Syntax, quoted: re.Pattern[bytes]) -> Iterator[Field]:
    """What is not *quoted* goes on to the next delimiter that is not escaped."""
    escape = bytes([syntax.escape]) if syntax.escape >= 0 else b""
    at = 0
    while True:
        if match := quoted.match(record, at):
            mark = 2 * escape if syntax.escape == syntax.quote else escape
            escaped = bool(mark) and mark in match[1]
            yield match.start(1), match.end(1), QUOTED | ESCAPED * escaped
            at = match.end()
        elif escape and syntax.escape != syntax.quote:
            plain = _plain(syntax).match(record, at)
            start, at = at, plain.end() if plain else at
            yield start, at, ESCAPED * (escape in record[start:at])
        else:
            start, at = at, record.find(syntax.delimiter, at)
            at = len(record) if at < 0 else at
            yield start, at, 0
        if at == len(record):
            return
        at += len(syntax.delimiter)


@lru_cache(maxsize=16)
def _plain(syntax: Syntax) -> re.Pattern[bytes]:
    """A field without quotes around it, in which delimiters may be escaped."""
    escaped = re.escape(bytes([syntax.escape])) + ESCAPABLE
    return re.compile(rb"(?>%s|(?!%s)[\s\S])*+" % (escaped, re.escape(syntax.delimiter)))


@lru_cache(maxsize=16)
def _quoted(syntax: Syntax, *, lazy: bool) -> re.Pattern[bytes]:
    """A quoted field, what is between its quotes as a group; with *lazy*, quotes in it that do not
    end it are data."""
    quote, escape = (re.escape(bytes([max(0, b)])) for b in (syntax.quote, syntax.escape))
    spaces = b" *" if syntax.skip_spaces else b""
    end = rb"%s(?:%s|\Z)" % (spaces, re.escape(syntax.delimiter))
    parts = [b"[^%s%s]++" % (quote, escape if syntax.escape >= 0 else b"")]
    if syntax.escape >= 0:
        parts.append(escape + (quote if syntax.escape == syntax.quote else rb"[\s\S]"))
    if lazy:
        parts.append(b"%s(?!%s)" % (quote, end))
    body = b"((?>%s)*+)" % b"|".join(parts)
    return re.compile(b"".join((spaces, quote, body, quote, spaces, b"(?=", end, b")")))


def _opens(record: bytes, field: Field, syntax: Syntax) -> bool:
    """Whether *field* is not quoted, though a quote is at its start."""
    start, end, flags = field
    value = record[start:end].lstrip(b" ") if syntax.skip_spaces else record[start:end]
    return not flags and value[:1] == bytes([syntax.quote])


def _is_one_opening(record: bytes, fields: Sequence[Field], syntax: Syntax, typed: bool) -> bool:
    """Whether the only quote that is data is at the start of a field, of text if that matters."""
    quote = bytes([syntax.quote])
    wrong = [field for field in fields if not field[2] and quote in record[field[0] : field[1]]]
    if len(wrong) != 1 or not _opens(record, wrong[0], syntax):
        return False
    value = record[wrong[0][0] : wrong[0][1]]
    rest = value.replace(quote, b"")
    return len(value) - len(rest) == 1 and (not typed or kind_of(rest) is Kind.TEXT)
