"""How good a table is: the records that one hypothesis gives, judged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import dropwhile, pairwise, takewhile
from typing import TYPE_CHECKING, NamedTuple

from logflow.detection.cells import Kind, kind_of, main_kind
from logflow.detection.header import is_year, names_columns, title_rows

if TYPE_CHECKING:
    from logflow_ext.records import Sample

__all__ = ["EVIDENT", "IN_TEXT", "NAMES", "PRIOR", "RAW_LINES", "WEAK", "Syntax", "Table"]

PRIOR = {",": 1.0, ";": 0.99, "\t": 0.99, "|": 0.98, "^": 0.6, "~": 0.6, ":": 0.3, " ": 0.3}
PRIOR |= dict.fromkeys("*!#%&@/=", 0.25)
PRIOR |= {"\x02": 0.9, "\x1e": 0.9, "\x01": 0.9, "\x1f": 0.9}
"""How common a delimiter is, before there is evidence.  The order breaks ties; where the text is
one column and has commas in it, it is the last of these that it is not divided at."""
LONG_PRIOR = 0.6
"""The same of a delimiter of several bytes."""
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", ":": "colon", " ": "space"}
EVIDENT = 0.8
"""The same of a rare delimiter in the long run, if every record has as many of it."""
EVIDENCE = 8
"""So many delimiters beyond the first record's bring a rare one half the way there."""
IN_TEXT = " /"
"""These are in every text: just cells that are not text are evidence of them."""
WEAK = 0.5
"""Delimiters less common than this are found in plain text, too."""
ONE_COLUMN = 0.1
"""The score of a table of one column: it always fits."""
ONE_TYPED_COLUMN = 0.6
"""The same where the lines are numbers, times or addresses as a whole."""
RAGGED = 0.2
"""A record of another width, with a common delimiter in it, is worth so much."""
WIDE = 4
"""Keys and values above a table of more columns are no rows of it."""
MAX_PREAMBLE = 50
MIN_BENEATH, MAX_BENEATH = 20, 200
"""How many records a header is compared with: as many as have the cells that are judged."""
JUDGED_CELLS = 1000
"""How many cells of the first records, and of the last ones, are looked at."""
REMARKS = (b"#", b"%", b"//", b";", b"--")
"""How lines start that are remarks."""
TYPED = (Kind.NUMBER, Kind.TIME, Kind.LINK)
SIGNS = re.compile(rb"(?<=\w)[*^~#](?=\w)|\A ?[^\w\s\"'.?-] ?\Z")
"""Between words, or as all there is in a cell, these are more likely delimiters than text."""
SENSE = {Kind.TEXT: 0.9, Kind.MIXED: 0.1}
WEAK_SENSE = {Kind.TEXT: 0.7, Kind.MIXED: 0.1, Kind.EMPTY: 0.3}
TEXT_SENSE = {**WEAK_SENSE, Kind.TEXT: 0.5}
"""How much a cell of a kind speaks for a hypothesis, 1.0 for the other kinds."""


class Syntax(NamedTuple):
    """What divides bytes into fields, as the kernels want it: byte values, -1 for none."""

    delimiter: bytes
    merge: bool = False
    quote: int = ord('"')
    escape: int = ord('"')
    comment: bytes = b""
    skip_spaces: bool = False

    @property
    def prior(self) -> float:
        """How common the delimiter is."""
        return PRIOR.get(self.delimiter.decode(), LONG_PRIOR if len(self.delimiter) > 1 else 1.0)

    @property
    def evident(self) -> float:
        """The most that the score of a table can be."""
        return max(self.prior, EVIDENT)


RAW_LINES = Syntax(delimiter=b"\0", quote=-1, escape=-1)
"""Every line is a record: how a preamble is read."""


class Table:
    """A text divided with one syntax: which records are the table, and how good a table it is.

    *rivals* are the best tables that other delimiters give, as far as they were looked at.

    *records* are without blank and comment lines, *unread* counts the lines after them that the
    syntax could not divide at all.  *start* of the records are a preamble, of which *titles* have
    the table's width; *skip* tells whether there may be one.
    """

    def __init__(
        self, text: bytes, syntax: Syntax, records: Sequence[Sample], unread: int, skip: bool
    ) -> None:
        self.text = text
        self.syntax = syntax
        self.records = records
        self.unread = unread
        widths = Counter(len(record.fields) for record in records if record.kind == "row")
        self.width = max(widths, key=lambda width: (widths[width], width), default=0)
        self.fits = [r.kind == "row" and len(r.fields) == self.width for r in records]
        self.rivals: Sequence[Table] = ()
        self.start = self.titles = 0
        if skip and self.width > 1:
            self.start = max(self._start(), self._remarks())
            self.titles = self._titles()
            self.start += self.titles

    @property
    def body(self) -> Sequence[Sample]:
        """The records from the header, or the first row, on."""
        return self.records[self.start :]

    @property
    def judged(self) -> Sequence[Sample]:
        """The first and the last ones of the records that fit, whose cells are looked at."""
        fitting = [record for record, fits in zip(self.records, self.fits, strict=True) if fits]
        some = max(1, JUDGED_CELLS // max(1, self.width))
        return fitting if len(fitting) <= 2 * some else fitting[:some] + fitting[-some:]

    def beneath(self, at: int) -> list[list[bytes]]:
        """The fields of records after record *at*, as far as those are readable: what a header
        is compared with."""
        some = max(MIN_BENEATH, JUDGED_CELLS // max(1, self.width))
        records = self.records[at + 1 : at + 1 + min(some, MAX_BENEATH)]
        return [[cell for cell, _ in record.fields] for record in records if record.kind == "row"]

    def is_commented(self, prefix: bytes) -> bool:
        """Whether there are records that start with *prefix*, and none has the width of most
        others: in a small table, remarks and titles may outnumber the rows."""
        marked: set[int] = set()
        others: Counter[int] = Counter()
        for record in self.records:
            width = len(record.fields) if record.kind == "row" else 0
            if self.text.startswith(prefix, record.start):
                marked.add(width)
            elif width:
                others[width] += 1
        most = max(others, key=lambda width: (others[width], width), default=self.width)
        return bool(marked) and most not in marked

    def summary(self) -> str:
        """What is seen, as a sentence."""
        delimiter = self.syntax.delimiter.decode()
        name = NAMES.get(delimiter, repr(delimiter)) if self.width > 1 else "one column"
        name = f"runs of {name}" if self.syntax.merge and self.width > 1 else name
        fields = "1 field" if self.width == 1 else f"{self.width} fields"
        return (
            f"{name} (score {self.score:.2f}): {self.fits.count(True):,} of "
            f"{len(self.records):,} records have {fields}"
        )

    @cached_property
    def score(self) -> float:
        """From 0.0 to the prior of the delimiter."""
        fitting, judged = self.fits.count(True), self.judged
        if not fitting:
            return 0.0
        lost = float(self.fits[self.start :].count(False) + self.unread)
        lost += (self.start - min(self._notes(), fitting - 1)) / 2 - self._is_header(self.start)
        share = fitting / (fitting + lost)
        ragged = RAGGED * self._divided() / (fitting + lost)
        if self._has_one_name():
            share /= 2  # rather one column with delimiters in its values
        if self.start == 1 and self._is_undivided_header():
            share /= 2
        if self.width == 1:
            kinds = Counter(_kind_of_line(record.fields[0][0]) for record in judged)
            mixed = kinds[Kind.MIXED] / len(judged)
            typed = sum(kinds[kind] for kind in TYPED) / len(judged)
            return share**3 * max(ONE_COLUMN * (1 - 0.7 * mixed), ONE_TYPED_COLUMN * typed**3)
        sense = _sense(judged, self._weights())
        return (
            self._prior(fitting)
            * min(1.0, share**3 + ragged)
            * (self.width - 1)
            / self.width
            * sense
        )

    @cached_property
    def typed(self) -> float:
        """How many cells of a record are no text, on average."""
        counts = Counter(cell for record in self.judged for cell, _ in record.fields)
        found = sum(count for cell, count in counts.items() if kind_of(cell) in TYPED)
        return found / max(1, len(self.judged))

    def _has_one_name(self) -> bool:
        """Whether the first record is one name above two columns of values."""
        if self.width != 2 or len(self.body[0].fields) == 1:
            return self.width == 2
        is_title = self.start != 1 or self.is_apart(1) or are_text(self.names(1))
        return not is_title and len(self.records[0].fields) == 1

    def _is_undivided_header(self) -> bool:
        """Whether the first record has other delimiters in it, right above a record that is no
        text: titles stand above names, so these are rather names that another one divides."""
        first = self.records[0]
        line = self.text[first.start : first.end]
        if len(first.fields) > 1 or self.is_apart(1) or line.startswith(REMARKS):
            return False
        is_divided = kind_of(line) is Kind.MIXED or b"  " in line.strip()
        return is_divided and not are_text(self.names(1))

    def _divided(self) -> int:
        """How many records of the table have another width, but are divided, and not as prose."""
        if self.syntax.prior < WEAK:
            return 0
        body = zip(self.body, self.fits[self.start :], strict=True)
        others = [[cell for cell, _ in record.fields] for record, fits in body if not fits]
        return sum(len(cells) > 1 and not any(c[:1] == b" " for c in cells) for cells in others)

    def _weights(self) -> dict[Kind, float]:
        if self.syntax.prior >= WEAK:
            return SENSE
        return TEXT_SENSE if self.syntax.delimiter.decode() in IN_TEXT else WEAK_SENSE

    def _prior(self, fitting: int) -> float:
        """How common the delimiter is, given that *fitting* records have as many of it."""
        is_aligned = self._is_aligned()
        prior = self.syntax.prior * (0.9 if self.syntax.merge and not is_aligned else 1.0)
        if prior >= EVIDENT:
            return prior
        seen = self.width - 1.0
        if self.syntax.delimiter.decode() in IN_TEXT and not is_aligned:
            seen = min(seen, self.typed)
        seen *= fitting - 1
        return prior + (EVIDENT - prior) * seen / (seen + EVIDENCE)

    def _is_aligned(self) -> bool:
        """Whether most records have runs of delimiters in them, as columns of one width do."""
        if not self.syntax.merge:
            return False
        run = 2 * self.syntax.delimiter
        lines = [self.text[record.start : record.end].strip() for record in self.judged]
        return 2 * sum(run in line for line in lines) > len(lines)

    def _start(self) -> int:
        """The index of the first record of the table; those before are its preamble.

        That is where the records that fit from there on outnumber the others by most.  Lines
        that could be rows of another width are no preamble, and neither is much of a small table.
        """
        balance = [0]
        for fits in reversed(self.fits):
            balance.append(balance[-1] + (1 if fits else -1))
        balance.reverse()
        start = balance.index(max(balance[:-1]))
        rows = len(self.records) - start
        start -= self._is_header(start - 1)
        if not start:
            return self._pairs()
        if (
            start > MAX_PREAMBLE
            or 2 * start > rows * (self.width - 1)
            or not self._stands_out(start)
        ):
            return 0
        return start

    def _pairs(self) -> int:
        """How many records before the first blank line are keys and values above a table of two
        columns: text in the first column, where a header and nothing but numbers or times follow.
        """
        last = min(MAX_PREAMBLE, len(self.records) // 2)
        at = next((at for at in range(1, last) if self.is_apart(at)), 0)
        if self.width != 2 or not at or not self._is_over_types(at):
            return 0
        keys = [self.names(i)[:1] for i in range(at)]
        beneath = [row[0] for row in self.beneath(at)]
        return at if all(map(are_text, keys)) and main_kind(beneath) in TYPED else 0

    def _stands_out(self, at: int) -> bool:
        """Whether record *at* is seen to start a table, in spite of what the records before it
        look like: there is a blank line before it, or it is a header."""
        widths = [len(record.fields) for record in self.records[:at]]
        is_pair = any(a == b > 1 for a, b in pairwise(widths))
        if is_pair or any(self.fits[:at]):  # they look like rows, or keys and values
            rest = self.fits[at:]
            are_pairs = max(widths) == 2 < self.width and rest.count(True) >= 0.8 * len(rest)
            if are_pairs and self.width > WIDE:
                return True
            return (are_pairs or self.is_apart(at)) and self._is_over_types(at)
        return self.width > 2 or self.is_apart(at) or self._is_over_types(at)

    def _remarks(self) -> int:
        """How many records at the start are remarks that have the table's width by accident.

        Those start with a ``#``, or each is prose as a whole; a header that shows comes after
        them.  It may have a ``#``, too.
        """
        first = self.records[:MAX_PREAMBLE]
        hashes = sum(1 for _ in takewhile(lambda r: self.text.startswith(b"#", r.start), first))
        prose = sum(1 for _ in takewhile(self._is_prose, first))
        if not hashes:
            return prose if self._is_over_types(prose) else 0
        return hashes if self._is_over_types(hashes) else hashes - 1

    def _titles(self) -> int:
        """How many records from *start* on are titles."""
        stop = self.start + MAX_PREAMBLE
        full = takewhile(lambda i: self.fits[i], range(self.start, min(stop, len(self.fits))))
        return title_rows([[cell for cell, _ in self.records[i].fields] for i in full])

    def _notes(self) -> int:
        """How many records at the end are notes, as far as one can see."""
        ends = zip(reversed(self.records), reversed(self.fits), strict=True)
        return len(list(takewhile(lambda end: not end[1] and self._is_prose(end[0]), ends)))

    def _is_prose(self, record: Sample) -> bool:
        """Whether *record* reads as one text, with all delimiters in it."""
        return are_text([self.text[record.start : record.end]])

    def is_apart(self, at: int) -> bool:
        """Whether there is a blank line before record *at*."""
        between = self.text[self.records[at - 1].end : self.records[at].start]
        return len(between.splitlines()) > 1

    def _is_header(self, at: int) -> bool:
        """Whether record *at* has names, though not one for each column, or cannot be divided."""
        if at < 0 or self.fits[at] or self.text.startswith(REMARKS, self.records[at].start):
            return False
        names = self.names(at)
        if len(names) < 2 or abs(len(names) - self.width) > 1:
            return False
        if self.records[at].kind == "row" and len(self.records[at].fields) > 1:
            return are_text(names) and not self._is_over_types(at + 1)
        return names_columns(names, self.beneath(at))

    def names(self, at: int) -> list[bytes]:
        """The fields of record *at* as names: a header may be damaged as rows are.

        Where its quotes are wrong it is divided without regard to them; where it is one field, by
        the delimiter that gives as many fields as there are columns.
        """
        if at >= len(self.records):
            return []
        record = self.records[at]
        if record.kind == "row" and (len(record.fields) > 1 or self.width == 1):
            return [cell for cell, _ in record.fields]
        line = self.text[record.start : record.end]
        own = None if self.syntax.merge else self.syntax.delimiter
        others = (delimiter.encode() for delimiter in PRIOR)
        found = [[_unquoted(cell) for cell in line.split(d)] for d in (own, *others)]
        return next((names for names in found if len(names) == self.width), found[0])

    def _is_over_types(self, at: int) -> bool:
        """Whether record *at* is text, but for years behind it, and the next is not."""
        if at + 1 >= len(self.records):
            return False
        names = list(dropwhile(is_year, reversed([*filter(None, self.names(at))])))
        return bool(names) and are_text(names) and not are_text(self.names(at + 1))


def are_text(cells: Sequence[bytes]) -> bool:
    """Whether all *cells* are text or empty, quotes aside."""
    return all(kind_of(cell.replace(b'"', b"")) in (Kind.TEXT, Kind.EMPTY) for cell in cells)


def _is_half(cell: bytes) -> bool:
    """Whether *cell* has an apostrophe only at its start or only at its end, as if it were cut."""
    cell = cell.strip()
    return cell.startswith(b"'") != cell.endswith(b"'")


def _unquoted(cell: bytes) -> bytes:
    """*cell* without spaces and quotes around it."""
    cell = cell.strip()
    return cell[1:-1] if len(cell) > 1 and cell[:1] == cell[-1:] == b'"' else cell


def _kind_of_line(line: bytes) -> Kind:
    """What *line* looks like as a whole; what has a comma in it may be two numbers."""
    kind = kind_of(line)
    return Kind.TEXT if kind in TYPED and b"," in line.replace(b", ", b"") else kind


def _sense(records: Sequence[Sample], weights: dict[Kind, float]) -> float:
    """The average worth of the cells; quoted ones are what they should be."""
    counts = Counter(field for record in records for field in record.fields)
    worth = sum(
        count
        if quoted
        else count
        * weights.get(kind_of(cell), 1.0)
        * (1 - 0.3 * (cell[:1] == b" " and weights is SENSE))
        * (1 - 0.5 * _is_half(cell))
        * (1 - 0.5 * bool(SIGNS.search(cell)))
        for (cell, quoted), count in counts.items()
    )
    return worth / counts.total()
