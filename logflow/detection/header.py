"""Is the first record the names of the columns?  And which names does the table get?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from logflow.detection.cells import Kind, kind_of, main_kind

__all__ = [
    "beside_row_names",
    "column_names",
    "has_header",
    "header_rows",
    "is_year",
    "joined",
    "names_columns",
    "spelled",
    "title_rows",
    "without_surplus",
]

Record = Sequence[bytes]
LONG = 100
"""A cell of more bytes than this is no name."""
MAX_ROWS = 5
"""A header has at most this many records."""
MIN_BODY, MAX_BODY = 3, 30
"""Each of them is compared with at least, and at most, this many records beneath it."""
MIN_ALIKE, MIN_SORTED = 2, 3
"""Fewer values have signs in common, or are sorted, by accident."""
MANY_COUNTED = 6
"""A record of integers does not count so far by accident."""
NUMBER_LABEL = re.compile(rb"(?i)(?:.*[ _.-])?(?:id|no|nr|num|number|index|idx|row|rank|key)\.?|#")
TEXT_LABEL = re.compile(rb"(?i)(?:.*[ _.-])?(?:id|key|code|name|label)")
"""What columns are called that tell rows apart, by numbers or by text."""
SENTENCE = re.compile(rb"(?:\S+\s+){3,}\S*[.!?]")
_LETTERS = bytes([*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1), *b"_ "])
_LETTERS += bytes(range(0x80, 0x100))
_DIGITS = bytes.maketrans(b"123456789", b"000000000")


def has_header(first: Record, body: Sequence[Record]) -> tuple[bool, str]:
    """Whether *first* names the columns of *body*, and why.

    Each column votes: names differ in kind from what is beneath them, data do not.  Over text,
    names lack the signs that all values have, are not sorted in among them, and are no sentences.
    Where no vote decides the first record is the header: that is what most files have.
    """
    if not any(map(bytes.strip, first)):
        return False, "the first record is empty"
    if not body:
        names = all(kind_of(cell) in (Kind.TEXT, Kind.MIXED) for cell in first)
        return names, f"the only record {'has' if names else 'does not have'} text in every field"
    if _counts_columns(first, body):
        return True, "the first record counts the columns"
    votes = _votes(first, body)
    if sum(votes) < 0:
        return False, "the first record looks like those beneath it"
    if max(votes, default=0) >= 2:
        return True, "the first record is text over columns that are not"
    return True, "nothing in the first record speaks against its being names"


def names_columns(first: Record, body: Sequence[Record]) -> bool:
    """Whether *first* shows that it has names: text over a column of *body* that is not."""
    return bool(body) and max(_votes(first, body), default=0) >= 2 and has_header(first, body)[0]


def header_rows(records: Sequence[Record]) -> int:
    """How many of the first *records* are the header, given that the first one is.

    The second one and those after it are, too, if they name or describe columns of numbers or
    times (names beneath groups of names, units): text, and none that the column has again, over
    at least half of those columns, and over all that have no name yet.  Empty records between
    header records belong to them.

    >>> body = [[b"1", b"2.5", b"x"]] * 5
    >>> header_rows([[b"size", b"", b"note"], [b"cm", b"kg", b""], *body])
    2
    """
    found = 1
    for at in range(1, min(MAX_ROWS, len(records) - MIN_BODY)):
        if any(map(bytes.strip, records[at])):
            if not _names_more(records[:found], records[at], records[at + 1 : at + MAX_BODY]):
                break
            found = at + 1
    return found


def _names_more(header: Sequence[Record], record: Record, body: Sequence[Record]) -> bool:
    columns = _columns(body)
    if any(kind_of(cell) not in (Kind.TEXT, Kind.MIXED, Kind.EMPTY) for cell in record):
        return False
    typed = {i for i, column in enumerate(columns) if main_kind(column) is not Kind.TEXT}
    named = {i for i, cell in enumerate(record) if cell.strip()}
    open_ = {i for i in typed if not any(row[i].strip() for row in header if i < len(row))}
    fresh = all(record[i] not in columns[i] for i in named if i < len(columns))
    return fresh and open_ <= named and len(typed & named) >= max(2, (len(typed) + 1) // 2)


def joined(rows: Sequence[Record], columns: int) -> list[bytes]:
    """The names that several header *rows* give together, joined by one space.

    A name with nothing beside it is that of a group, and goes on over the names beneath.

    >>> joined([[b"id", b"size", b""], [b"", b"width", b"height"]], 3)
    [b'id', b'size width', b'size height']
    """
    names: list[list[bytes]] = [[] for _ in range(columns)]
    for number, row in enumerate(rows):
        group = b""
        for i, name in enumerate(names):
            cell = row[i].strip() if i < len(row) else b""
            beneath = any(i < len(below) and below[i].strip() for below in rows[number + 1 :])
            if cell or not beneath:
                group = cell
            if part := cell or (group if beneath and not name else b""):
                name.append(part)
    return [b" ".join(name) for name in names]


def without_surplus(header: Record, columns: int) -> Record:
    """*header* without its empty names, if it has just as many of them too many.

    >>> without_surplus([b"a", b"", b"b"], 2)
    [b'a', b'b']
    """
    names = [cell for cell in header if cell.strip()]
    return names if len(names) == columns < len(header) else header


def beside_row_names(header: Record, body: Sequence[Record]) -> Record:
    """*header* with an empty name before it, if the first column has the names of rows.

    That is how R writes a table: the header has one name less than there are columns.  Names of
    rows are all different, and are text or count from 1; the last column is not just empty.  If
    the first name of the header says that it is one of such a column itself, none is missing
    before it, unless the second column could have that name just as well.

    >>> beside_row_names([b"x", b"y"], [[b"1", b"2.5", b"a"], [b"2", b"3.5", b"b"]])
    [b'', b'x', b'y']
    """
    rows = [row for row in body if len(row) == len(header) + 1]
    names = [row[0] for row in rows]
    if not header or len(rows) < 2 or len(set(names)) < len(names):
        return header
    are_names = main_kind(names) is Kind.TEXT or names == _counted(1, len(names))
    if _is_label(header[0].strip(), names, [row[1] for row in rows]):
        return header
    return [b"", *header] if are_names and any(row[-1].strip() for row in rows) else header


def _is_label(name: bytes, names: Record, seconds: Record) -> bool:
    """Whether *name* is what a column of *names* is called, and cannot be that of the *seconds*
    beside them: those are not as well all different and of one kind with *names*."""
    are_text = main_kind(names) is Kind.TEXT
    label = TEXT_LABEL if are_text else NUMBER_LABEL
    alike = (main_kind(seconds) is Kind.TEXT) is are_text and len(set(seconds)) == len(seconds)
    return bool(label.fullmatch(name)) and not alike


def _counts_columns(first: Record, body: Sequence[Record]) -> bool:
    """Whether *first* is 0, 1, 2 or 1, 2, 3 and so on, for long or over columns of which few are
    integers; a name may stand before the numbers."""
    numbers = [cell for i, cell in enumerate(first) if cell.strip() and (i or cell.isdigit())]
    if len(numbers) < 3 or not any(numbers == _counted(i, len(numbers)) for i in (0, 1)):
        return False
    if len(numbers) >= MANY_COUNTED:
        return list(first) not in map(list, body[:1])
    columns = _columns(body)
    integers = sum(all(map(bytes.isdigit, column)) for column in columns)
    return 2 * integers < len(columns)


def _counted(start: int, count: int) -> list[bytes]:
    return [b"%d" % number for number in range(start, start + count)]


def _votes(first: Record, body: Sequence[Record]) -> list[float]:
    return [_vote(cell, column) for cell, column in zip(first, _columns(body), strict=False)]


def _vote(cell: bytes, column: Sequence[bytes]) -> float:
    kind, beneath = kind_of(cell), main_kind(column)
    if kind is Kind.EMPTY:
        return 0
    if kind in (Kind.TEXT, Kind.MIXED):
        if beneath is not Kind.TEXT:
            return 2
        return (
            -1 if _is_value(cell, column) else 0.5 + _contrast(cell, column) + _order(cell, column)
        )
    if kind is not beneath:
        return -1 if beneath is Kind.TEXT else 1
    is_lone_year = is_year(cell) and sum(map(is_year, column)) <= 0.1 * len(column)
    return 1 if is_lone_year else -3


def _is_value(cell: bytes, column: Sequence[bytes]) -> bool:
    """Whether *cell* is one of the values of *column*, or too long for a name, or a sentence."""
    return cell in column or len(cell) > LONG or bool(SENTENCE.fullmatch(cell))


def _contrast(cell: bytes, column: Sequence[bytes]) -> float:
    """Whether *cell* lacks, or has, the signs and digits that all values of *column* have."""
    values = [value for value in column if value.strip()]
    if len(values) < MIN_ALIKE:
        return 0
    counts = Counter(sign for value in values for sign in _signs(value))
    common = {sign for sign, count in counts.items() if count >= 0.9 * len(values)}
    found = common & _signs(cell)
    return 0 if not common else 1 if not found else -1.5 if found == common else 0


def _signs(cell: bytes) -> set[int]:
    """What *cell* has besides letters, spaces and underscores; digits count as one."""
    return set(cell.translate(_DIGITS, _LETTERS))


def _order(cell: bytes, column: Sequence[bytes]) -> float:
    """Whether *cell* is, or is not, where it belongs in a sorted *column*."""
    values = [value.lower() for value in column]
    if len(set(values)) < MIN_SORTED or values != sorted(values):
        return 0
    return -1 if cell.lower() <= values[0] else 1


def is_year(cell: bytes) -> bool:
    """Whether *cell* is a year of the last or of this century."""
    return len(cell := cell.strip()) == 4 and cell.isdigit() and cell[:2] in (b"19", b"20")


def _columns(body: Sequence[Record]) -> list[list[bytes]]:
    width = max(map(len, body))
    return [[record[i] for record in body if i < len(record)] for i in range(width)]


def title_rows(records: Sequence[Record]) -> int:
    """How many records at the start are titles that spreadsheets padded to the table's width.

    Those have text in their first fields and nothing in most others; a fuller record of text,
    the header, has to follow.

    >>> title_rows([[b"Spending 2015", b"", b""], [b"", b"", b""], [b"Date", b"Name", b"Sum"]])
    2
    """
    for i, record in enumerate(records):
        filled = [kind_of(cell) for cell in record if cell.strip()]
        if any(kind not in (Kind.TEXT, Kind.MIXED) for kind in filled):
            return 0
        if len(filled) > max(1, len(record) // 4):
            return i if len(record) > 2 or not any(map(any, records[max(0, i - 1) : i])) else 0
        if filled and not record[0].strip():
            return 0
    return 0


def spelled(cell: bytes) -> str:
    """A name as text."""
    return cell.decode("utf-8", "backslashreplace")


def column_names(header: Sequence[bytes], columns: int) -> tuple[str, ...]:
    """A name for each column: those of the header, without spaces around them, made distinct.

    An empty or missing name becomes ``column_3`` (counted from 1), the second ``a`` becomes
    ``a_2``; a name made up never takes one that the header has.

    >>> column_names([b"a", b"a_2", b" a", b""], 5)
    ('a', 'a_2', 'a_3', 'column_4', 'column_5')
    """
    written = [spelled(cell).strip() for cell in header]
    written += [""] * (columns - len(written))
    taken = set(written)
    names: dict[str, None] = {}
    numbers: dict[str, int] = {}
    for position, name in enumerate(written, start=1):
        base = candidate = name or f"column_{position}"
        while candidate in names or (candidate in taken and candidate != name):
            numbers[base] = numbers.get(base, 1) + 1
            candidate = f"{base}_{numbers[base]}"
        names[candidate] = None
    return tuple(names)
