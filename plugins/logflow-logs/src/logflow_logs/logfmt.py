"""Lines of keys and values with an equals sign between them, as Go programs write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from logflow.ingest.lines import text_lines
from logflow.interfaces.decoder import Malformed, Position
from logflow_ext.line_programs import MOST_LINES

__all__ = ["Logfmt", "LogfmtRecords"]

MESSAGE = "message"
_VALUE = r'(?:"(?:[^"\\]|\\.)*"|[^\s"=]*)'
_PAIR = re.compile(rf"([A-Za-z_@][\w.@/-]*)=({_VALUE})(?:\s+|$)")
_LEAST_PAIRS = 3


@dataclass(frozen=True, slots=True)
class Logfmt:
    """The format, of which each line says by itself what fields it has.

    >>> Logfmt().fields('level=info msg="a b" n=1')
    {'level': 'info', 'msg': 'a b', 'n': '1'}
    """

    name: str = "logfmt"
    title: str = "logfmt: keys and values"
    samples: tuple[str, ...] = ('time=2024-02-29T12:00:00Z level=info msg="it \\"works\\"" n=1',)

    def matches(self, line: str) -> bool:
        """Whether a line is one of the format."""
        return self.fields(line) is not None

    def fields(self, line: str) -> dict[str, str] | None:
        """The fields of a line of nothing but pairs."""
        found: dict[str, str] = {}
        at = 0
        while pair := _PAIR.match(line, at):
            value = pair[2]
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            found[pair[1]] = value
            at = pair.end()
        return found if at == len(line) and len(found) >= _LEAST_PAIRS else None


@dataclass(frozen=True, slots=True)
class LogfmtRecords:
    """Records of lines.  A ``RecordDecoder``.

    *policy* is what becomes of lines of another form, as in the option ``unmatched``.
    """

    policy: str
    unmatched: Malformed

    def records(self, stream: BinaryIO) -> Iterator[tuple[Position, Mapping[str, str] | Malformed]]:
        """A record a line that has pairs, with the lines that follow it where they belong to it."""
        form = Logfmt()
        start: Position | None = None
        record: dict[str, str] = {}
        more: list[str] = []
        for position, line in text_lines(stream):
            fields = None if isinstance(line, Malformed) else form.fields(line)
            joins = self.policy == "join" and start is not None and len(more) < MOST_LINES
            if fields is None and joins and isinstance(line, str):
                more.append(line)
                continue
            if start is not None:
                yield start, _with(record, more)
            start, more = None, []
            if isinstance(line, Malformed):
                yield position, line
            elif fields is None and self.policy == "reject":
                yield position, self.unmatched
            else:
                start, record = position, {MESSAGE: line} if fields is None else fields
        if start is not None:
            yield start, _with(record, more)


def _with(record: dict[str, str], more: list[str]) -> Mapping[str, str]:
    """A record with the lines that follow it, as a part of its message."""
    if not more:
        return record
    before = [record[MESSAGE]] if MESSAGE in record else []
    return record | {MESSAGE: "\n".join([*before, *more])}
