"""Formats whose fields are named in the log itself: W3C extended, logfmt."""

from __future__ import annotations

import re
from dataclasses import dataclass

from logflow_logs.timestamps import Clock, reader

__all__ = ["DIRECTIVE", "Logfmt", "W3c"]

DIRECTIVE = "#Fields:"
"""What the line with the names of fields begins with, in the W3C extended format."""

_VALUE = r'(?:"(?:[^"\\]|\\.)*"|[^\s"=]*)'
_PAIR = re.compile(rf"([A-Za-z_@][\w.@/-]*)=({_VALUE})(?:\s+|$)")
_LEAST_PAIRS = 3
_TIMES = ("time", "ts", "timestamp", "t")
_W3C_FIELD = re.compile(r'"((?:[^"]|"")*)"|(\S+)')
_iso = reader("iso")


@dataclass(frozen=True, slots=True)
class Logfmt:
    """Keys and values with an equals sign between them, as Go programs write them.

    >>> import datetime as dt
    >>> Logfmt().fields('level=info msg="a b" n=1', Clock(dt.date(2024, 1, 1)))
    {'level': 'info', 'msg': 'a b', 'n': '1'}
    """

    name: str = "logfmt"
    title: str = "logfmt: keys and values"
    samples: tuple[str, ...] = ('time=2024-02-29T12:00:00Z level=info msg="it \\"works\\"" n=1',)

    def fields(self, line: str, clock: Clock) -> dict[str, str] | None:
        """The fields of a line of nothing but pairs."""
        found: dict[str, str] = {}
        at = 0
        while pair := _PAIR.match(line, at):
            value = pair[2]
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            found[pair[1]] = value
            at = pair.end()
        if at < len(line) or len(found) < _LEAST_PAIRS:
            return None
        for name in _TIMES:
            if name in found:
                found[name] = _iso(found[name], clock) or found[name]
        return found


@dataclass(frozen=True, slots=True)
class W3c:
    """The W3C extended log format (IIS, CloudFront), by its directive of fields.

    >>> import datetime as dt
    >>> W3c.of("#Fields: date time cs-method").fields(
    ...     "2024-02-29 12:00:00 GET", Clock(dt.date(2024, 1, 1)))
    {'timestamp': '2024-02-29T12:00:00Z', 'cs-method': 'GET'}
    """

    names: tuple[str, ...]
    name: str = "w3c"
    title: str = "W3C extended log"
    samples: tuple[str, ...] = ()

    @classmethod
    def of(cls, directive: str) -> W3c:
        """The format that a directive of fields says."""
        return cls(tuple(directive.removeprefix(DIRECTIVE).split()))

    def fields(self, line: str, clock: Clock) -> dict[str, str] | None:
        """The fields of a line that has as many as there are names."""
        if "\t" in line:
            values = line.split("\t")
        else:
            values = [
                quoted.replace('""', '"') if quoted else plain
                for quoted, plain in _W3C_FIELD.findall(line)
            ]
        if len(values) != len(self.names):
            return None
        found = {n: v for n, v in zip(self.names, values, strict=True) if v != "-"}
        if "date" in found and "time" in found:
            moment = _iso(f"{found['date']} {found['time']}", clock)
            if moment is not None:
                del found["date"], found["time"]
                found = {"timestamp": moment + "Z", **found}
        return found
