"""Definitions of log formats: what their lines look like, read from a table of data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Protocol

from logflow.errors import OptionError
from logflow_logs.dynamic import Logfmt
from logflow_logs.timestamps import Clock, Read, reader

__all__ = ["LineFormat", "LogFormat", "formats", "named"]

ABSENT = "-"
"""What logs write for a field that there is not."""

_MACRO = re.compile(r"\{([a-z]+)\}")


class LineFormat(Protocol):
    """How the lines of a log are read."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def samples(self) -> tuple[str, ...]: ...

    def fields(self, line: str, clock: Clock) -> dict[str, str] | None:
        """The fields of a line, its times as ISO 8601 has them; nothing if it has another form."""
        ...


@dataclass(frozen=True, slots=True)
class LogFormat:
    """A format of log lines: its name, a title for people, and how a line is read."""

    name: str
    title: str
    pattern: re.Pattern[str]
    times: Mapping[str, Read]
    samples: tuple[str, ...] = field(default=(), repr=False)

    def fields(self, line: str, clock: Clock) -> dict[str, str] | None:
        """The fields of a line, its times as ISO 8601 has them; nothing if it has another form."""
        found = self.pattern.fullmatch(line)
        if found is None:
            return None
        fields = {
            name: value
            for name, value in found.groupdict().items()
            if value is not None and (value != ABSENT or name == "message")
        }
        for name, read in self.times.items():
            if name in fields:
                fields[name] = read(fields[name], clock) or fields[name]
        return fields


@lru_cache(maxsize=1)
def formats() -> tuple[LineFormat, ...]:
    """All definitions, the most particular ones first."""
    import tomllib  # which every conversion would load otherwise

    text = files("logflow_logs").joinpath("definitions.toml").read_text("utf-8")
    data = tomllib.loads(text)
    macros = data["macros"]
    defined = tuple(
        LogFormat(
            name=each["name"],
            title=each["title"],
            pattern=re.compile(_expanded(each["pattern"], macros), re.VERBOSE),
            times={name: reader(form) for name, form in each["times"].items()},
            samples=tuple(each["samples"]),
        )
        for each in data["format"]
    )
    return (Logfmt(), *defined)


def _expanded(pattern: str, macros: Mapping[str, str]) -> str:
    return _MACRO.sub(lambda found: f"(?:{macros[found[1]]})", pattern)


def named(name: str) -> LineFormat:
    """The definition of a name.

    Raises :exc:`~logflow.errors.OptionError` with the valid ones.
    """
    for each in formats():
        if each.name == name:
            return each
    names = tuple(each.name for each in formats())
    raise OptionError(
        f"log_format is {name!r}; expected one of {', '.join(names)}",
        name="log_format",
        valid=names,
    )
