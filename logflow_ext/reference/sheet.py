"""Sheets of Office Open XML workbooks (ECMA-376, part 1, 18.3): rows, and cells as columns.

Which rows there are is told by the tags of rows alone, outside of comments and CDATA sections; what
is inside is read strictly (XML 1.0, without DTD).  Values are written as they are meant: numbers as
they are stored, texts without references, days of the calendar in ISO 8601.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple

from logflow_ext.cells import LENGTH, MISSING, QUOTED, flat
from logflow_ext.reference.markup import reference
from logflow_ext.reference.utf8 import first_invalid
from logflow_ext.sheet_cells import (
    FORMATS,
    KINDS,
    ZEROS,
    Broken,
    Column,
    Cut,
    ErrorCell,
    Grid,
    Reading,
    Strings,
)

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["cut", "shred", "strings"]

MOST_ROWS = 1 << 20
MOST_COLUMNS = 1 << 14
MOST_DEPTH = 100
MARGIN = 64
DAY = 86_400_000
"""Milliseconds."""
LAST_DAY = 2_958_465.9999
"""31 December 9999, as far as it goes."""
TO_LATER = 1462
"""Days from one calendar to the other."""

_NAME = re.compile(rb"[^ \t\n\r>/<]*")
_SPACE = re.compile(rb"[ \t\n\r]*")
_ATTRIBUTE = re.compile(rb'([^ \t\n\r=><"]+)[ \t\n\r]*=[ \t\n\r]*(?:"([^"<]*)"|\'([^\'<]*)\')')
_LETTERS = re.compile(rb"[A-Za-z]+")
_CELL = re.compile(rb' r="([A-Za-z]*)')
_NUMBER = re.compile(rb"-?(?:0|[1-9]\d*)(?:\.(\d+))?(?:[eE][-+]?\d+)?")
_ESCAPE = re.compile(rb"_x([0-9A-Fa-f]{4})_")
_DATE = re.compile(rb"(\d{4})-(\d\d)-(\d\d)")
_CLOCK = re.compile(rb"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?")
_MARKUP = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"))


class _Failed(Exception):
    def __init__(self, error: str, at: int) -> None:
        self.error = error
        self.at = at


class _Tag(NamedTuple):
    name: bytes
    given: dict[bytes, bytes]
    closing: bool
    empty: bool
    end: int


def _local(name: bytes) -> bytes:
    return name[name.find(b":") + 1 :]


def _read_tag(text: bytes, start: int, end: int) -> _Tag:
    """The tag at *start*, which is at its ``<``."""
    closing = start + 1 < end and text[start + 1 : start + 2] == b"/"
    name = _NAME.match(text, start + 1 + closing, end)
    assert name is not None
    at = name.end()
    if not name[0] or at >= end:
        raise _Failed("bad_tag", start)
    given: dict[bytes, bytes] = {}
    while True:
        space = _SPACE.match(text, at, end)
        assert space is not None
        before, at = at, space.end()
        if at >= end:
            raise _Failed("bad_tag", start)
        byte = text[at : at + 1]
        if byte == b">":
            return _Tag(_local(name[0]), given, closing, False, at + 1)
        if byte == b"/":
            if at + 1 >= end or text[at + 1 : at + 2] != b">":
                raise _Failed("bad_tag", start)
            return _Tag(_local(name[0]), given, closing, True, at + 2)
        found = _ATTRIBUTE.match(text, at, end)
        if at == before or closing or found is None:
            raise _Failed("bad_attribute", start)
        given[found[1]] = found[2] if found[2] is not None else found[3]
        at = found.end()


def _column_of(letters: bytes) -> int:
    """The number of a column from 0; ``MOST_COLUMNS`` if it is none."""
    found = _LETTERS.match(letters)
    column = 0
    for byte in found[0].upper() if found else b"":
        column = column * 26 + byte - 64
        if column > MOST_COLUMNS:
            return MOST_COLUMNS
    return column - 1 if column else MOST_COLUMNS


class _Row(NamedTuple):
    number: int
    start: int
    body: int
    body_end: int
    end: int
    whole: bool
    hidden: bool
    error: str
    width: int


class _Mark(NamedTuple):
    kind: str
    start: int
    end: int


class _Rows:
    """Walks through the rows."""

    def __init__(self, text: bytes, row: int) -> None:
        self.text = text
        self.at = 0
        self.number = row
        self.closed_at: int | None = None

    def mark(self) -> _Mark | None:
        """The next tag of a row, of a cell, or of the end of all rows."""
        text = self.text
        while (start := text.find(b"<", self.at)) >= 0:
            following = text[start + 1 : start + 2]
            if following in (b"v", b"t", b"f"):
                self.at = start + 2
                continue
            if following in (b"!", b"?"):
                head, tail = next(
                    (pair for pair in _MARKUP if text.startswith(pair[0], start)), (b"<", b">")
                )
                found = text.find(tail, start + (4 if head == b"<!--" else 1))
                if found < 0:
                    break
                self.at = found + len(tail)
                continue
            closing = following == b"/"
            name = _NAME.match(text, start + 1 + closing)
            assert name is not None
            if name.end() == len(text):
                break
            self.at = name.end()
            tag = _local(name[0])
            if tag == b"c" and not closing:
                return _Mark("c", start, self.at)
            if tag == b"row" and not closing:
                return _Mark("row", start, self.at)
            if tag in (b"row", b"sheetData") and closing:
                found = text.find(b">", self.at)
                if found >= 0:
                    self.at = found + 1
                    return _Mark("/" + tag.decode(), start, self.at)
        self.at = len(text)
        return None

    def __iter__(self) -> Iterator[_Row]:
        while True:
            mark = self.mark()
            while mark is not None and mark.kind in ("c", "/row"):
                mark = self.mark()
            if mark is None:
                return
            if mark.kind == "/sheetData":
                self.closed_at = mark.end
                return
            yield self._row(mark)

    def _row(self, mark: _Mark) -> _Row:
        error, given, empty = "none", {}, False
        try:
            tag = _read_tag(self.text, mark.start, len(self.text))
        except _Failed as failed:
            error = failed.error
        else:
            given, empty, self.at = tag.given, tag.empty, tag.end
        number = self.number + 1
        if error == "none" and given.get(b"r"):
            written = given[b"r"]
            number = int(written) if written.isdigit() and len(written.lstrip(b"0")) < 9 else 0
        if not self.number < number <= MOST_ROWS:
            error = "bad_reference" if error == "none" else error
            number = self.number + 1
        self.number = number
        hidden = given.get(b"hidden") in (b"1", b"true")
        body = self.at
        if empty:
            return _Row(number, mark.start, body, body, body, True, hidden, error, 0)
        cells = 0
        last = b""
        found = self.mark()
        while found is not None and found.kind == "c":
            cells += 1
            reference_ = _CELL.match(self.text, found.end)
            last = reference_[1] if reference_ else last
            found = self.mark()
        whole = found is not None and found.kind == "/row"
        size = len(self.text)
        start, end = (size, size) if found is None else (found.start, found.end)
        self.at = end = end if whole else start
        column = _column_of(last)
        width = cells if column == MOST_COLUMNS else max(cells, column + 1)
        return _Row(number, mark.start, body, start, end, whole, hidden, error, width)


def cut(
    data: Buffer, *, row: int, max_rows: int, max_bytes: int, max_cells: int, final: bool
) -> Cut:
    """As many whole rows as there may be; see the stub."""
    text = bytes(flat(data))
    rows = _Rows(text, row)
    size, last, width = 0, row, 1
    for each in rows:
        if not each.whole and each.end == len(text) and not final:
            return Cut(size, last, False)
        width = max(width, each.width)
        count = each.number - row
        full = count > max_rows or each.end > max_bytes or count * width > max_cells
        if full and size:
            return Cut(size, last, False)
        size, last = each.end, each.number
    if rows.closed_at is not None:
        size = rows.closed_at
    elif final:
        size, last = len(text), last + 1
    return Cut(size, last, rows.closed_at is not None or final)


class _Content:
    """Reads what is in elements."""

    def __init__(self, text: bytes, at: int, end: int) -> None:
        self.all = text
        self.at = at
        self.end = end

    def next_tag(self) -> _Tag | None:
        """The next tag; ``None`` at the end."""
        while (start := self.all.find(b"<", self.at, self.end)) >= 0:
            self.at = start
            if self.all[start + 1 : min(start + 2, self.end)] in (b"!", b"?"):
                self.skip()
                continue
            tag = _read_tag(self.all, start, self.end)
            self.at = tag.end
            return tag
        self.at = self.end
        return None

    def skip(self) -> bytes:
        """Go behind a comment, an instruction or a CDATA section; the text of that."""
        rest = self.all[self.at : self.end]
        for head, tail in (*_MARKUP, (b"<?", b"?>")):
            if rest.startswith(head):
                found = rest.find(tail, len(head))
                if found < 0:
                    break
                self.at += found + len(tail)
                return rest[len(head) : found] if head == b"<![CDATA[" else b""
        raise _Failed("bad_tag", self.at)

    def ended(self) -> _Failed:
        return _Failed("no_end_tag", self.at)

    def passed(self, name: bytes, depth: int = 0) -> None:
        """Go behind an end tag."""
        if depth == MOST_DEPTH:
            raise _Failed("too_deep", self.at)
        while (tag := self.next_tag()) is not None:
            if tag.closing:
                if tag.name != name:
                    raise _Failed("mismatched_tag", self.at)
                return
            if not tag.empty:
                self.passed(tag.name, depth + 1)
        raise self.ended()

    def text(self, name: bytes) -> bytes:
        """The text up to an end tag."""
        out = bytearray()
        while self.at < self.end:
            byte = self.all[self.at : self.at + 1]
            if byte == b"\r":
                self.at += 1 + (self.all[self.at + 1 : min(self.at + 2, self.end)] == b"\n")
                out += b"\n"
            elif byte == b"&":
                found = reference(self.all[self.at : self.end])
                if found is None:
                    raise _Failed("bad_entity", self.at)
                out += found[0]
                self.at += found[1]
            elif byte == b"<":
                if self.all[self.at + 1 : min(self.at + 2, self.end)] in (b"!", b"?"):
                    out += self.skip()
                    continue
                tag = _read_tag(self.all, self.at, self.end)
                if not tag.closing or tag.name != name:
                    raise _Failed("mismatched_tag", self.at)
                self.at = tag.end
                return bytes(out)
            else:
                out += byte
                self.at += 1
        raise self.ended()

    def item(self, name: bytes) -> bytes:
        """The text of a string item: that of its runs, but not how they are pronounced."""
        out = b""
        while (tag := self.next_tag()) is not None:
            if tag.closing:
                if tag.name == name:
                    return out
                if tag.name != b"r":
                    raise _Failed("mismatched_tag", self.at)
            elif not tag.empty and tag.name != b"r":
                if tag.name == b"t":
                    out += self.text(b"t")
                else:
                    self.passed(tag.name)
        raise self.ended()


def _unescaped(text: bytes) -> bytes:
    def meant(found: re.Match[bytes]) -> bytes:
        code = int(found[1], 16)
        return found[0] if 0xD800 <= code < 0xE000 else chr(code).encode()

    return _ESCAPE.sub(meant, text)


def strings(data: Buffer) -> Strings:
    """The shared strings of a workbook; see the stub."""
    text = _bounded(data)
    content = _Content(text, 0, len(text))
    out = bytearray()
    ends = array("I")
    error, offset = "none", 0
    try:
        while (tag := content.next_tag()) is not None:
            if tag.closing or tag.name != b"si":
                continue
            out += _unescaped(b"" if tag.empty else content.item(b"si"))
            ends.append(len(out))
    except _Failed as failed:
        error, offset = failed.error, failed.at
    if error == "none" and (bad := first_invalid(text)) >= 0:
        error, offset = "ill_formed_utf8", bad
    return Strings(bytes(out), ends.tobytes(), error, offset)


def _bounded(data: Buffer) -> bytes:
    view = flat(data)
    if len(view) > LENGTH:
        raise ValueError(f"data has {len(view)} bytes, the limit is {LENGTH}")
    return bytes(view)


def shred(data: Buffer, *, row: int, body: int, reading: Reading, last: bool) -> Grid:
    """The cells of whole rows; see the stub."""
    ends = memoryview(reading.strings.ends).cast("I")
    if len(ends) and ends[-1] > len(reading.strings.text):
        raise ValueError("the last string ends behind the text")
    shredder = _Shredder(_bounded(data), row, body, reading)
    shredder.shred(last)
    return shredder.grid()


_Found = tuple[int, str, bytes]


class _Shredder:
    def __init__(self, text: bytes, row: int, body: int, reading: Reading) -> None:
        self.data = text
        self.first = row
        self.body = body
        self.reading = reading
        self.last_day = LAST_DAY - TO_LATER * reading.from_1904
        self.ends = memoryview(reading.strings.ends).cast("I")
        self.text = bytearray(b" " * MARGIN)
        self.kinds: dict[int, int] = {}
        self.values: dict[int, dict[int, tuple[int, int]]] = {}
        self.starts = array("I")
        self.numbers = array("I")
        self.errors: list[ErrorCell] = []
        self.broken: list[Broken] = []
        self.records = self.blank = self.hidden = 0

    def grid(self) -> Grid:
        rows = len(self.starts)
        columns = []
        for number in range(max(self.values, default=-1) + 1):
            pairs = array("I")
            for at in range(rows):
                pairs.extend(self.values.get(number, {}).get(at, (0, MISSING)))
            columns.append(Column(self.kinds.get(number, 0), memoryview(pairs.tobytes())))
        return Grid(
            columns,
            memoryview(bytes(self.text + b" " * MARGIN)),
            memoryview(self.starts),
            memoryview(self.numbers),
            self.errors,
            self.broken,
            self.records,
            self.blank,
            self.hidden,
        )

    def shred(self, last: bool) -> None:
        rows = _Rows(self.data, self.first)
        before = self.first
        for row in rows:
            for number in range(before + 1, row.number):
                if number >= self.body:
                    self.blank_row(row.start)
                self.records += 1
            before = row.number
            if row.number >= self.body:
                self.row(row)
            self.records += 1
        if last and rows.closed_at is None:
            size = len(self.data)
            self.broken.append(Broken(self.records, size, size, "cut_off", size))
            self.records += 1

    def add_row(self, start: int) -> None:
        self.starts.append(start)
        self.numbers.append(self.records)

    def blank_row(self, start: int) -> None:
        if self.reading.keep_blank:
            self.add_row(start)
        else:
            self.blank += 1

    def row(self, row: _Row) -> None:
        try:
            if row.error != "none":
                raise _Failed(row.error, row.body)
            found = self.cells(row.body, row.body_end)
            if (bad := first_invalid(self.data[row.start : row.end])) >= 0:
                raise _Failed("ill_formed_utf8", row.start + bad)
            if not row.whole:
                cut_off = row.end == len(self.data)
                raise _Failed("cut_off" if cut_off else "no_end_tag", row.end)
        except _Failed as failed:
            where = (row.start, row.end, failed.error, failed.at)
            self.broken.append(Broken(self.records, *where))
            return
        if not found:
            self.blank_row(row.start)
            return
        self.hidden += row.hidden
        number = len(self.starts)
        self.add_row(row.start)
        for column, kind, value in found:
            self.kinds[column] = self.kinds.get(column, 0) | 1 << KINDS.index(kind)
            place = len(self.text), len(value) | QUOTED
            self.values.setdefault(column, {})[number] = place
            self.text += value
            if kind == "error":
                self.errors.append(ErrorCell(number, column))

    def cells(self, start: int, end: int) -> list[_Found]:
        content = _Content(self.data, start, end)
        found: list[_Found] = []
        following = 0
        while True:
            before = content.at
            tag = content.next_tag()
            if tag is None:
                return found
            if tag.closing:
                raise _Failed("mismatched_tag", content.at)
            if tag.name != b"c":
                if not tag.empty:
                    content.passed(tag.name)
                continue
            letters = tag.given.get(b"r", b"")
            column = _column_of(letters) if letters else following
            if column < following or column >= MOST_COLUMNS:
                raise _Failed("bad_reference", before)
            following = column + 1
            if not tag.empty and (value := self.cell(content, tag, column)):
                found.append((column, *value))

    def cell(self, content: _Content, cell: _Tag, column: int) -> tuple[str, bytes] | None:
        start = content.at
        value, is_inline = b"", False
        while True:
            tag = content.next_tag()
            if tag is None:
                raise content.ended()
            if tag.closing:
                if tag.name != b"c":
                    raise _Failed("mismatched_tag", content.at)
                break
            if tag.empty:
                continue
            if tag.name == b"v":
                value = (b"" if is_inline else value) + content.text(b"v")
                is_inline = False
            elif tag.name == b"is":
                value, is_inline = content.item(b"is"), True
            else:
                content.passed(tag.name)
        if not value:
            return None
        try:
            return self.meant(cell.given, value, column, is_inline)
        except ValueError as err:
            raise _Failed("bad_value", start) from err

    def meant(
        self, given: dict[bytes, bytes], value: bytes, column: int, is_inline: bool
    ) -> tuple[str, bytes] | None:
        """The kind and the text of a value; ``ValueError`` if it has none."""
        kind = given.get(b"t", b"")
        if is_inline or kind in (b"str", b"inlineStr"):
            return "text", _unescaped(value)
        value = value.strip(b" \t\n\r")
        if kind == b"s":
            return self.shared(value)
        if kind == b"b":
            if value not in (b"0", b"1", b"true", b"false"):
                raise ValueError
            return "boolean", b"true" if value in (b"1", b"true") else b"false"
        if kind == b"e":
            return "error", value
        exact = column < len(self.reading.exact) and bool(self.reading.exact[column])
        if kind == b"d":
            return _iso(value, exact)
        if kind not in (b"", b"n"):
            raise ValueError
        return self.number(value, self.format_of(given.get(b"s", b"")), exact)

    def shared(self, value: bytes) -> tuple[str, bytes] | None:
        if not value.isdigit() or len(value) > 10 or int(value) >= len(self.ends):
            raise ValueError
        index = int(value)
        start = self.ends[index - 1] if index else 0
        text = self.reading.strings.text[start : self.ends[index]]
        return ("text", bytes(text)) if text else None

    def format_of(self, style: bytes) -> int:
        formats = self.reading.formats
        known = not style or (style.isdigit() and int(style) < len(formats))
        return formats[int(style or b"0")] if known and formats else 0

    def number(self, value: bytes, number_format: int, exact: bool) -> tuple[str, bytes]:
        if not _NUMBER.fullmatch(value):
            raise ValueError
        if number_format >= ZEROS and value.isdigit():
            return "text", value.rjust(number_format - ZEROS, b"0")
        name = FORMATS[number_format] if number_format < ZEROS else "number"
        days = float(value)
        if name == "duration" and abs(days) < 1e8:
            return "duration", _duration(_milliseconds(days), exact)
        if name not in ("number", "duration") and 0 <= days < self.last_day:
            return _moment(_milliseconds(days), name, exact, self.reading.from_1904)
        return "number", _shortest(value)


def _milliseconds(days: float) -> int:
    return int(Decimal(days * DAY).quantize(Decimal(1), ROUND_HALF_UP))


def _significant(value: bytes) -> int:
    """Digits of a number, without zeros at the start."""
    mantissa = re.split(b"[eE]", value.lstrip(b"-"))[0]
    whole, _, fraction = mantissa.partition(b".")
    return len((whole + fraction).lstrip(b"0") if whole == b"0" else whole + fraction)


def _shortest(value: bytes) -> bytes:
    """A number in the fewest digits that tell a double apart, if it has many."""
    nearest = float(value)
    if _significant(value) <= 15 or math.isinf(nearest):
        return value
    spelled = repr(nearest)
    return spelled.removesuffix(".0").encode()


def _clock(rest: int) -> bytes:
    """The minutes, seconds and milliseconds of an hour."""
    millis = rest % 1000
    whole = b":%02d:%02d" % (rest // 60_000, rest // 1000 % 60)
    return whole + (b".%03d" % millis if millis else b"")


def _duration(size: int, exact: bool) -> bytes:
    sign, size = b"-" if size < 0 else b"", abs(size)
    if exact:
        return sign + b"%d" % (size * 1000)
    return sign + b"%d" % (size // 3_600_000) + _clock(size % 3_600_000)


def _moment(all_: int, name: str, exact: bool, from_1904: bool) -> tuple[str, bytes]:
    day, time = divmod(all_, DAY)
    clock = b"%02d" % (time // 3_600_000) + _clock(time % 3_600_000)
    if day == 0 and name != "date":
        return "time", clock
    exists = from_1904 or day != 60
    if not exists:
        shown = b"1900-02-29"
    else:
        start = date(1904, 1, 1) if from_1904 else date(1899, 12, 31 if day < 60 else 30)
        shown = (start + timedelta(day)).isoformat().encode()
    is_date = time == 0 and name == "date"
    if not is_date or exact:
        shown += b"T" + clock
    return ("date" if is_date else "datetime") if exists else "text", shown


def _iso(value: bytes, exact: bool) -> tuple[str, bytes]:
    day, rest = value[:10], value[10:]
    if _is_date(day) and not rest:
        return "date", value + (b"T00:00:00" if exact else b"")
    if _is_date(day) and rest[:1] in (b"T", b" ") and _CLOCK.fullmatch(rest[1:]):
        return "datetime", value
    return "time" if _CLOCK.fullmatch(value) else "text", value


def _is_date(text: bytes) -> bool:
    found = _DATE.fullmatch(text)
    try:
        return bool(found and date(*map(int, found.groups())))
    except ValueError:
        return False
