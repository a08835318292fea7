"""Lines of a chunk as rows: what kernels find, by the names of fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from logflow import TextColumn
from logflow_ext import kernel
from logflow_ext.line_programs import Clock, Form, Lines
from logflow_logs.definition import LogFormat
from logflow_logs.logfmt import MESSAGE

__all__ = ["LogsContext", "Plan"]

QUOTE = ord('"')


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsContext:
    """How the lines of a chunk are read.

    *forms* are those that lines may have, *policy* is what becomes of others; with *directives*,
    lines of ``#`` are no data.  *clock* knows what was before the chunk.
    """

    forms: tuple[LogFormat, ...]
    policy: str
    directives: bool
    clock: Clock

    @property
    def plan(self) -> Plan:
        """What reads the lines."""
        return _plan(self.forms, self.policy, self.directives)


@dataclass(frozen=True, slots=True)
class Plan:
    """What reads lines, the *names* of its columns, and which of them have *times* or *doubled*
    quotes."""

    reader: Any
    names: Sequence[str]
    times: Sequence[str]
    doubled: frozenset[str]
    needs_years: bool
    """Whether some timestamps have none."""

    def columns(self, lines: Lines, data: memoryview) -> dict[str, TextColumn]:
        """The columns that have values, in the order in which they first do."""
        order = sorted(range(len(self.names)), key=lambda number: (lines.firsts[number], number))
        found = {}
        for number in order:
            if lines.firsts[number] < 0:
                continue
            name = self.names[number]
            if name in self.times:
                text, spans = lines.time_text, lines.time_spans
                at, stride = self.times.index(name), len(self.times)
            else:
                text, spans, at, stride = data, lines.spans, number, len(self.names)
            quote = QUOTE if name in self.doubled else -1
            found[name] = TextColumn(text, spans, at, stride, lines.rows, quote, quote)
        return found


@lru_cache(maxsize=16)
def _plan(forms: tuple[LogFormat, ...], policy: str, directives: bool) -> Plan:
    fields = [_fields(form) for form in forms]
    names = list(dict.fromkeys(name for each in fields for name in each.values()))
    if MESSAGE not in names:
        names.append(MESSAGE)
    programs = []
    times: set[str] = set()
    doubled: set[str] = set()
    for form, named in zip(forms, fields, strict=True):
        numbers = {group: names.index(name) for group, name in named.items()}
        times |= {named[group] for group, _ in form.times}
        doubled |= {named[group] for group in form.doubled}
        programs.append(
            Form(
                form.pattern,
                tuple(numbers[group] for group in form.pattern.groupindex),
                tuple((numbers[group], written) for group, written in form.times),
                tuple(numbers[group] for group in form.doubled),
            )
        )
    reader = kernel("lines").Reader(
        programs, len(names), names.index(MESSAGE), unmatched=policy, directives=directives
    )
    written = [each for form in forms for _, times in form.times for each in times.split("|")]
    return Plan(
        reader=reader,
        names=names,
        times=sorted(times, key=names.index),
        doubled=frozenset(doubled),
        needs_years=any("%" in each and "%Y" not in each and "%y" not in each for each in written),
    )


def _fields(form: LogFormat) -> Mapping[str, str]:
    """The fields of groups."""
    return {group: dict(form.columns).get(group, group) for group in form.pattern.groupindex}
