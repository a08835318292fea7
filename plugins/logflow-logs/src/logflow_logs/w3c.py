"""The W3C extended log format (IIS, CloudFront), whose lines of ``#Fields:`` name the fields."""

from __future__ import annotations

import re
from collections.abc import Sequence

from logflow.errors import DecodeError
from logflow.ingest.schema.names import distinct
from logflow_ext.line_programs import compiled
from logflow_logs.definition import LogFormat

__all__ = ["DIRECTIVE", "readable", "w3c_formats"]

DIRECTIVE = "#Fields:"
"""What the line with the names of fields begins with."""


def w3c_formats(directive: str) -> tuple[LogFormat, LogFormat]:
    """The formats that a directive of fields says, with tabs and with blanks between fields.

    Date and time side by side are one timestamp, in UTC.

    >>> tabs, blanks = w3c_formats("#Fields: date time cs-method")
    >>> blanks.matches('2024-02-29 12:00:00 "GET"'), tabs.matches("2024-02-29\\t12:00:00\\t-")
    (True, True)
    """
    names = distinct(directive.removeprefix(DIRECTIVE).split())
    return (
        _format(names, r"\t", "\t", r"(?P<{}>[^\t]*)"),
        _format(names, r"[ ]+", " ", r'(?:"(?P<{0}q>(?:[^"]|"")*)"|(?P<{0}>[^\s"]\S*))'),
    )


def readable(directive: str) -> tuple[LogFormat, LogFormat]:
    """The same formats; :exc:`~logflow.errors.DecodeError` for more fields than can be read."""
    forms = w3c_formats(directive)
    try:
        for form in forms:
            compiled(form.pattern)
    except ValueError as err:
        count = len(directive.split()) - 1
        raise DecodeError(f"{DIRECTIVE} names {count:,} fields, expected fewer: {err}") from err
    return forms


def _format(names: Sequence[str], between: str, space: str, value: str) -> LogFormat:
    columns: list[tuple[str, str]] = []
    parts: list[str] = []
    left = list(enumerate(names))
    times: tuple[tuple[str, str], ...] = ()
    while left:
        number, name = left.pop(0)
        part = value.format(f"f{number}")
        columns += [(f"f{number}", name), (f"f{number}q", name)]
        if name == "date" and left and left[0][1] == "time" and not times:
            after, following = left.pop(0)
            columns += [(f"f{after}", following), (f"f{after}q", following)]
            moment = rf"(?P<moment>\d{{4}}-\d\d-\d\d{space}\d\d:\d\d:\d\d(?:\.\d+)?)"
            part = rf"(?:{moment}|{part}{between}{value.format(f'f{after}')})"
            columns.append(("moment", "timestamp"))
            times = (("moment", f"utc:%Y-%m-%d{space}%H:%M:%S"),)
        parts.append(part)
    pattern = re.compile(between.join(parts), re.ASCII)
    return LogFormat(
        name="w3c",
        title="W3C extended log",
        pattern=pattern,
        times=times,
        columns=tuple(each for each in columns if each[0] in pattern.groupindex),
        doubled=tuple(group for group in pattern.groupindex if group.endswith("q")),
    )
