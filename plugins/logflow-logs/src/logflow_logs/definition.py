"""Definitions of log formats: what their lines look like, read from a table of data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Protocol

from logflow.errors import OptionError
from logflow_logs.logfmt import Logfmt

__all__ = ["GENERAL", "LineFormat", "LogFormat", "formats", "named"]

GENERAL = 5
"""So many definitions at the end match much that is no log."""
_MACRO = re.compile(r"\{([a-z]+)\}")


class LineFormat(Protocol):
    """How the lines of a log are written."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def samples(self) -> tuple[str, ...]: ...

    def matches(self, line: str) -> bool:
        """Whether a line is one of the format."""
        ...


@dataclass(frozen=True, slots=True)
class LogFormat:
    """A format of log lines: its name, a title for people, and what lines are.

    *pattern* has a group for each field, with the flag ``re.ASCII``.  *times* pairs names of groups
    with how their timestamps are written, as :class:`logflow_ext.line_programs.Form` has it.
    Groups of *columns* are fields by other names; two quotes stand for one in those of *doubled*.
    """

    name: str
    title: str
    pattern: re.Pattern[str]
    times: tuple[tuple[str, str], ...] = ()
    samples: tuple[str, ...] = field(default=(), repr=False)
    columns: tuple[tuple[str, str], ...] = ()
    doubled: tuple[str, ...] = ()

    def matches(self, line: str) -> bool:
        """Whether a line is one of the format."""
        return self.pattern.fullmatch(line) is not None


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
            pattern=re.compile(_expanded(each["pattern"], macros), re.VERBOSE | re.ASCII),
            times=tuple(each["times"].items()),
            samples=tuple(each["samples"]),
        )
        for each in data["format"]
    )
    return (*defined[:-GENERAL], Logfmt(), *defined[-GENERAL:])


def _expanded(pattern: str, macros: Mapping[str, str]) -> str:
    """A pattern with what its macros say, which may have macros themselves."""
    return _MACRO.sub(lambda found: f"(?:{_expanded(macros[found[1]], macros)})", pattern)


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
