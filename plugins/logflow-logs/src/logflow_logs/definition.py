"""Definitions of log formats: what their lines look like, read from a table of data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Protocol

from logflow.errors import OptionError, PluginError
from logflow.plugins import registry
from logflow_ext.line_programs import compiled
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
    """All definitions, the most particular ones first.

    Raises :exc:`~logflow.errors.PluginError` for one of another plugin that cannot be read.
    """
    text = files("logflow_logs").joinpath("definitions.toml").read_text("utf-8")
    own = _defined(text)
    return (*_of_others(), *own[:-GENERAL], Logfmt(), *own[-GENERAL:])


def _of_others() -> Iterator[LogFormat]:
    """What other plugins define, in the order of the names of their records."""
    plugins = registry()
    for record in plugins.records("log_formats"):
        give = plugins.load(record.factory, record)
        try:
            defined = _defined(give())
            for form in defined:
                compiled(form.pattern)
            yield from defined
        except (re.error, ValueError, TypeError, LookupError) as err:
            owner = plugins.owner(record).label
            raise PluginError(f"plugin {owner}, log formats {record.name!r}: {err}") from err


def _defined(text: str) -> list[LogFormat]:
    """The definitions of a text; :exc:`ValueError` for patterns that are not understood."""
    import tomllib  # which every conversion would load otherwise

    data = tomllib.loads(text)
    macros = data.get("macros", {})
    return [_format(each, macros) for each in data["format"]]


def _format(data: Mapping[str, Any], macros: Mapping[str, str]) -> LogFormat:
    pattern = re.compile(_expanded(data["pattern"], macros), re.VERBOSE | re.ASCII)
    return LogFormat(
        name=data["name"],
        title=data["title"],
        pattern=pattern,
        times=tuple(data.get("times", {}).items()),
        samples=tuple(data.get("samples", ())),
    )


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
