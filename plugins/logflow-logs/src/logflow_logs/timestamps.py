"""Timestamps of logs as ISO 8601 writes them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Clock", "reader"]

MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_FIELDS = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d\d)",
    "m": r"(?P<m>\d{1,2})",
    "d": r"\ ?(?P<d>\d{1,2})",
    "b": r"(?P<b>[A-Za-z]{3})",
    "a": r"[A-Za-z]{3}",
    "H": r"\ ?(?P<H>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})",
    "z": r"(?P<z>Z|[+-]\d\d:?\d\d)",
}
_ISO = re.compile(
    r"(?P<Y>\d{4})[-/](?P<m>\d\d)[-/](?P<d>\d\d)[T ] ?(?P<H>\d{1,2}):(?P<M>\d\d):(?P<S>\d\d)"
    r"(?:[.,:](?P<f>\d{1,9}))? ?(?P<z>Z|UTC|[+-]\d\d:?\d\d)?"
)
_EPOCH = re.compile(r"(\d{9,10})(?:\.(\d{1,9}))?")
_TIME = re.compile(r"\d\d:\d\d:\d\d(?:[.,]\d+)?")
MOST_KNOWN = 4096
"""Times that are remembered."""


@dataclass(slots=True)
class Clock:
    """Finds the year of times that have none: records are in order, and the last one is not newer
    than *latest*."""

    latest: dt.date
    year: int | None = None
    month: int = 0

    def year_of(self, month: int, day: int) -> int:
        """The year of the next record."""
        if self.year is None:
            self.year = self.latest.year
            if (month, day) > (self.latest.month, self.latest.day):
                self.year -= 1
        elif self.month == 12 and month == 1:
            self.year += 1
        elif self.month == 1 and month == 12:
            self.year -= 1
        self.month = month
        return self.year


Read = Callable[[str, Clock], str | None]


def reader(form: str) -> Read:
    """What reads timestamps of a form: a pattern of ``strptime``, ``iso`` or ``epoch``.

    >>> reader("%d/%b/%Y:%H:%M:%S %z")("10/Oct/2000:13:55:36 -0700", Clock(dt.date(2000, 1, 1)))
    '2000-10-10T13:55:36-07:00'
    """
    named: dict[str, Read] = {
        "iso": _iso,
        "epoch": _epoch,
        "time-or-epoch": lambda text, clock: _epoch(text, clock) or _time(text),
        "iso-or-time": lambda text, clock: _iso(text, clock) or _time(text),
        "iso-or-bsd": lambda text, clock: _iso(text, clock) or _bsd(text, clock),
    }
    return named.get(form) or _by_pattern(form)


def _by_pattern(form: str) -> Read:
    """Fractions of seconds may be missing, and be there where they are not asked for."""
    parts = re.split(r"%([A-Za-z])", form)
    pattern = re.escape(parts[0])
    for code, text in zip(parts[1::2], parts[2::2], strict=True):
        if code == "f" and pattern.endswith(r"\."):
            pattern = pattern[:-2] + r"(?:\.(?P<f>\d{1,9}))?"
        else:
            pattern += _FIELDS[code]
        if code == "S" and "%f" not in form:
            pattern += r"(?:[.,](?P<f>\d{1,9}))?"
        pattern += re.escape(text)
    compiled = re.compile(pattern)

    def read(text: str, clock: Clock) -> str | None:
        found = compiled.fullmatch(text.strip())
        return _written(found, clock) if found else None

    return _remembering(read) if "%Y" in form or "%y" in form else read


def _remembering(read: Read) -> Read:
    """Reads a text that is the same as one of the last ones only once; the clock has no say."""
    known: dict[str, str | None] = {}

    def remembered(text: str, clock: Clock) -> str | None:
        if text not in known:
            if len(known) >= MOST_KNOWN:
                known.clear()
            known[text] = read(text, clock)
        return known[text]

    return remembered


_bsd = _by_pattern("%b %d %H:%M:%S")


def _iso(text: str, clock: Clock) -> str | None:
    found = _ISO.fullmatch(text.strip())
    return _written(found, clock) if found else None


def _epoch(text: str, clock: Clock) -> str | None:
    found = _EPOCH.fullmatch(text.strip())
    if not found:
        return None
    moment = dt.datetime.fromtimestamp(int(found[1]), dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return moment + (f".{found[2]}" if found[2] else "") + "Z"


def _time(text: str) -> str | None:
    return text.replace(",", ".") if _TIME.fullmatch(text.strip()) else None


def _written(found: re.Match[str], clock: Clock) -> str | None:
    """The parts that were found, in the order of ISO 8601."""
    part = found.groupdict()
    month = MONTHS.get(part["b"].lower()) if part.get("b") else int(part.get("m") or 0)
    day = int(part["d"])
    if not month:
        return None
    if part.get("Y"):
        year = int(part["Y"])
    elif part.get("y"):
        year = int(part["y"])
        year += 2000 if year < 70 else 1900
    else:
        year = clock.year_of(month, day)
    try:
        dt.date(year, month, day)
    except ValueError:
        return None
    fraction = f".{part['f']}" if part.get("f") else ""
    zone = part.get("z") or ""
    zone = "Z" if zone == "UTC" else zone
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    hour, minute, second = int(part["H"]), int(part["M"]), int(part["S"])
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"
