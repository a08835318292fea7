"""Text logs: lines into records and their cells, and where records begin; lines match by ``re``."""

from __future__ import annotations

import datetime as dt
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from logflow_ext.cells import ESCAPED, LENGTH, MISSING, flat
from logflow_ext.line_programs import (
    MOST_LINE,
    MOST_LINES,
    UNMATCHED,
    Broken,
    Clock,
    Form,
    Lines,
    compiled,
)

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Reader"]

Cell = tuple[int, int]
NO_CELL: Cell = (0, MISSING)


class Reader:
    """Reads lines in one of several forms."""

    def __init__(
        self,
        forms: Sequence[Form],
        columns: int,
        message: int,
        *,
        unmatched: str = "join",
        directives: bool = False,
    ) -> None:
        if not 0 <= message < columns:
            raise ValueError(f"column {message} is none of {columns}")
        if unmatched not in UNMATCHED:
            raise ValueError(f"unmatched is {unmatched!r}; valid are {', '.join(UNMATCHED)}")
        for form in forms:
            named = [*form.columns, *form.doubled, *(column for column, _ in form.times)]
            groups = compiled(form.pattern).groups
            if len(form.columns) != groups or any(not 0 <= each < columns for each in named):
                raise ValueError("a form has columns that there are not")
        self.forms = forms
        self.written = {written: _readers(written) for form in forms for _, written in form.times}
        self.columns = columns
        self.message = message
        self.unmatched = unmatched
        self.directives = directives
        self.times = sorted({column for form in forms for column, _ in form.times})

    def cut(
        self, data: Buffer, *, max_records: int, max_bytes: int, final: bool
    ) -> tuple[int, int]:
        text = _checked(data)
        ends: list[int] = []
        end = 0
        for line in _lines(text):
            complete = final or text[line.next - 1 : line.next] == b"\n"
            too_long = line.next > max_bytes and ends
            if len(ends) == max_records or not complete or too_long:
                break
            ends.append(end := line.next)
        if self.unmatched != "join" or (final and end == len(text)):
            return end, len(ends)
        for count in range(len(ends), 0, -1):
            if self._begins(text, ends[count - 1], final):
                return ends[count - 1], count
        whole = len(text) if final else text.rfind(b"\n") + 1
        read = _Run(self, text[:whole], Clock(0, 0, 0)).lines()
        begun = [*zip(read.starts, read.numbers, strict=True)]
        begun = sorted(begun + [(each.start, each.line) for each in read.broken])
        within = [each for each in begun if 0 < each[0] <= end]
        behind = [each for each in begun if each[0] > end]
        rest = (whole, read.lines) if final else (0, 0)
        return (*within[-1:], *behind, rest)[0]

    def _begins(self, text: bytes, at: int, final: bool) -> bool:
        """Whether the line at a place, if there is one as a whole, begins a record."""
        line = next(_lines(text, at), None)
        if line is None or not (final or text[line.next - 1 : line.next] == b"\n"):
            return False
        if not line.text or self.is_directive(line.text):
            return False
        return _decoded(line.text) is None or self.match(line.text) is not None

    def is_directive(self, line: bytes) -> bool:
        return self.directives and line.startswith(b"#")

    def match(self, line: bytes) -> tuple[Form, list[tuple[int, int]]] | None:
        """The first form that a line has, and where its groups are, (-1, -1) for none."""
        text = _decoded(line)
        if text is None or len(line) > MOST_LINE:
            return None
        for form in self.forms:
            found = form.pattern.fullmatch(text)
            if found is not None:
                groups = [found.span(group + 1) for group in range(len(form.columns))]
                return form, [(_bytes(text, start), _bytes(text, end)) for start, end in groups]
        return None

    def read(self, data: Buffer, clock: Clock) -> Lines:
        return _Run(self, _checked(data), clock).lines()

    def advance(self, data: Buffer, clock: Clock) -> Clock:
        return self.read(data, clock).clock


class _Line(NamedTuple):
    start: int
    text: bytes
    next: int


def _lines(text: bytes, at: int = 0) -> Iterator[_Line]:
    while at < len(text):
        end = text.find(b"\n", at)
        after = len(text) if end < 0 else end + 1
        yield _Line(at, text[at:after].removesuffix(b"\n").removesuffix(b"\r"), after)
        at = after


def _decoded(line: bytes) -> str | None:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return None


def _bytes(text: str, at: int) -> int:
    return at if at < 0 or text.isascii() else len(text[:at].encode())


def _checked(data: Buffer) -> bytes:
    text = flat(data)
    if text.nbytes > LENGTH:
        raise ValueError(f"data has {text.nbytes} bytes, the limit is {LENGTH}")
    return bytes(text)


@dataclass
class _Run:
    """One reading of a text."""

    reader: Reader
    text: bytes
    clock: Clock
    rows: list[list[Cell]] = field(default_factory=list)
    time_rows: list[list[Cell]] = field(default_factory=list)
    time_text: bytearray = field(default_factory=bytearray)
    is_open: bool = False
    more: int = 0

    def lines(self) -> Lines:
        starts, numbers = array("I"), array("I")
        broken: list[Broken] = []
        blank = joined = directives = 0
        number = -1
        for number, line in enumerate(_lines(self.text)):
            end = line.start + len(line.text)
            if not line.text:
                blank += 1
                continue
            if self.reader.is_directive(line.text):
                directives += 1
                continue
            matched = self.reader.match(line.text)
            is_bad = matched is None and _decoded(line.text) is None
            joins = self.reader.unmatched == "join" and self.is_open and self.more < MOST_LINES
            if matched is None and joins and not is_bad:
                self._join(line)
                joined += 1
            elif is_bad or (matched is None and self.reader.unmatched == "reject"):
                broken.append(
                    Broken(number, line.start, end, "bad_utf8" if is_bad else "unmatched_line")
                )
                self.is_open = False
            else:
                starts.append(line.start)
                numbers.append(number)
                self._add(line, matched)
        cells = (cell for row in self.rows for cell in row)
        times = (cell for row in self.time_rows for cell in row)
        return Lines(
            len(self.rows),
            _packed(cells),
            _packed(times),
            memoryview(bytes(self.time_text)),
            [self._first(column) for column in range(self.reader.columns)],
            memoryview(starts),
            memoryview(numbers),
            number + 1,
            blank,
            joined,
            directives,
            broken,
            self.clock,
        )

    def _first(self, column: int) -> int:
        found = (i for i, row in enumerate(self.rows) if not row[column][1] & MISSING)
        return next(found, -1)

    def _join(self, line: _Line) -> None:
        row, message = self.rows[-1], self.reader.message
        start = line.start if row[message][1] & MISSING else row[message][0]
        row[message] = start, line.start + len(line.text) - start
        self.more += 1

    def _add(self, line: _Line, matched: tuple[Form, list[tuple[int, int]]] | None) -> None:
        message = self.reader.message
        row = [NO_CELL] * self.reader.columns
        end = line.start + len(line.text)
        if matched is None:
            row[message] = line.start, len(line.text)
        else:
            form, groups = matched
            for column, (start, stop) in zip(form.columns, groups, strict=True):
                if start >= 0:
                    row[column] = self._cell(line, start, stop, column, form)
        start, word = row[message]
        self.is_open = bool(word & MISSING) or start + (word & LENGTH) == end
        self.more = 0
        times = {column: self._copied(row[column]) for column in self.reader.times}
        for column, written in matched[0].times if matched else ():
            if not row[column][1] & MISSING:
                times[column] = self._time(row[column], written) or times[column]
        self.rows.append(row)
        self.time_rows.append(list(times.values()))

    def _cell(self, line: _Line, start: int, stop: int, column: int, form: Form) -> Cell:
        value = line.text[start:stop]
        word = len(value)
        if value == b"-" and column != self.reader.message:
            word = MISSING
        if column in form.doubled and b'""' in value:
            word |= ESCAPED
        return line.start + start, word

    def _copied(self, cell: Cell) -> Cell:
        start, word = cell
        if word & MISSING:
            return NO_CELL
        return self._written(self.text[start : start + (word & LENGTH)])

    def _time(self, cell: Cell, written: str) -> Cell | None:
        start, word = cell
        text = self.text[start : start + (word & LENGTH)].decode()
        for read in self.reader.written[written]:
            moment, self.clock = read(text, self.clock)
            if moment is not None:
                return self._written(moment.encode())
        return None

    def _written(self, text: bytes) -> Cell:
        self.time_text += text
        return len(self.time_text) - len(text), len(text)


def _packed(cells: Iterator[Cell]) -> memoryview:
    return memoryview(array("I", (number for cell in cells for number in cell)).tobytes())


# --- timestamps ------------------------------------------------------------------------------

Read = Callable[[str, Clock], tuple[str | None, Clock]]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CODES = {
    "Y": r"(?P<Y>[0-9]{4})",
    "y": r"(?P<y>[0-9]{2})",
    "m": r"(?P<m>[0-9]{1,2}+)",
    "d": r"\ ?+(?P<d>[0-9]{1,2}+)",
    "b": r"(?P<b>[A-Za-z]{3})",
    "a": r"[A-Za-z]{3}",
    "H": r"\ ?+(?P<H>[0-9]{1,2}+)",
    "M": r"(?P<M>[0-9]{1,2}+)",
    "S": r"(?P<S>[0-9]{1,2}+)",
    "f": r"(?P<f>[0-9]{1,9}+)",
    "p": r"(?P<p>[AaPp])[Mm]",
    "Z": r"(?P<Z>UTC|GMT)",
    "z": r"(?P<z>Z|[+-][0-9]{2}:?+[0-9]{2})",
}
_FRACTION = r"(?:[{marks}](?P<f>[0-9]{{1,9}}+))?+"
_ISO = re.compile(
    r"(?P<Y>[0-9]{4})[-/](?P<m>[0-9]{2})[-/](?P<d>[0-9]{2})[T ]\ ?+"
    r"(?P<H>[0-9]{1,2}+):(?P<M>[0-9]{2}):(?P<S>[0-9]{2})"
    + _FRACTION.format(marks=".,:")
    + r"\ ?+(?P<z>Z|UTC|[+-][0-9]{2}:?+[0-9]{2})?+"
)
_EPOCH = re.compile(r"([0-9]{9,10}+)(?:\.([0-9]{1,9}))?")
_TIME = re.compile(r"([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,]([0-9]+))?")
_SPACE = " \t\n\v\f\r"


def _readers(written: str) -> tuple[Read, ...]:
    """What reads timestamps of some forms, the first one that can."""
    return tuple(_reader(form) for form in written.split("|"))


def _reader(form: str) -> Read:
    utc = form.startswith("utc:")
    form = form.removeprefix("utc:")
    if form == "epoch":
        return _epoch
    if form == "epoch-ms":
        return _epoch_ms
    if form == "time":
        return _time
    pattern = _ISO if form == "iso" else _pattern(form)

    def read(text: str, clock: Clock) -> tuple[str | None, Clock]:
        found = pattern.fullmatch(text.strip(_SPACE))
        return _written(found.groupdict(), clock, utc=utc) if found else (None, clock)

    return read


def _pattern(form: str) -> re.Pattern[str]:
    """Fractions of seconds may be missing, and be there where they are not asked for."""
    pattern = ""
    at = 0
    while at < len(form):
        if form.startswith(".%f", at):
            pattern += _FRACTION.format(marks=".")
            at += 3
            continue
        if form[at] != "%":
            pattern += re.escape(form[at])
            at += 1
            continue
        code = form[at + 1 : at + 2]
        if code not in _CODES:
            raise ValueError("times have a code that is not known")
        pattern += _CODES[code]
        if code == "S" and "%f" not in form:
            pattern += _FRACTION.format(marks=".,")
        at += 2
    return re.compile(pattern)


def _epoch(text: str, clock: Clock) -> tuple[str | None, Clock]:
    found = _EPOCH.fullmatch(text.strip(_SPACE))
    if not found:
        return None, clock
    moment = dt.datetime.fromtimestamp(int(found[1]), dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return moment + (f".{found[2]}" if found[2] else "") + "Z", clock


def _epoch_ms(text: str, clock: Clock) -> tuple[str | None, Clock]:
    text = text.strip(_SPACE)
    if not re.fullmatch("[0-9]{13}", text):
        return None, clock
    return _epoch(f"{text[:10]}.{text[10:]}", clock)


def _time(text: str, clock: Clock) -> tuple[str | None, Clock]:
    found = _TIME.fullmatch(text.strip(_SPACE))
    if not found:
        return None, clock
    return found[1] + (f".{found[2]}" if found[2] else ""), clock


def _written(part: dict[str, str], clock: Clock, *, utc: bool) -> tuple[str | None, Clock]:
    """The parts that were found, in the order of ISO 8601."""
    name = (part.get("b") or "").lower()
    if name and name not in _MONTHS:
        return None, clock
    month = _MONTHS.index(name) + 1 if name else int(part.get("m") or 0)
    if not month:
        return None, clock
    day = int(part.get("d") or 0)
    year, clock = _year(part, month, day, clock)
    try:
        dt.date(year, month, day)
    except ValueError:
        return None, clock
    fraction = f".{part['f']}" if part.get("f") else ""
    zone = part.get("z") or ("Z" if utc or part.get("Z") else "")
    zone = "Z" if zone == "UTC" else zone
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    hour, minute, second = (int(part.get(name) or 0) for name in "HMS")
    if half := part.get("p"):
        if not 1 <= hour <= 12:
            return None, clock
        hour = hour % 12 + (12 if half in "Pp" else 0)
    moment = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"
    return moment, clock


def _year(part: dict[str, str], month: int, day: int, clock: Clock) -> tuple[int, Clock]:
    if part.get("Y"):
        return int(part["Y"]), clock
    if part.get("y"):
        year = int(part["y"])
        return year + (2000 if year < 70 else 1900), clock
    year = clock.year
    if year == 0:
        late = (month, day) > (clock.latest_month, clock.latest_day)
        year = clock.latest_year - late
    elif (clock.month, month) == (12, 1):
        year += 1
    elif (clock.month, month) == (1, 12):
        year -= 1
    return year, clock._replace(year=year, month=month)
