"""The flags of single formats: which installed decoders have them, and what to say of a typo.

``--help`` shows the flags that all formats share.  Those of one format come from its options
class, which is imported only when a command line or the environment has a name that is not among
the common ones: most runs load no more of the plugins than they need.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

import click

from logflow.cli.console import Console
from logflow.cli.flags import Command, Spec, combined, specs
from logflow.errors import OptionError, PluginError
from logflow.options import RunOptions, SinkOptions, names
from logflow.plugins import Registry

__all__ = ["FormatCommand", "FormatFlags", "explained", "given_for_format"]

FOUND = "logflow.format_options"

RESERVED = frozenset(
    ("build", "debug", "disable_plugins", "plugins", "pure", "simd", "trace_plugins")
)
"""What ``LOGFLOW_…`` stands for in the environment that is no flag."""


COMMON = frozenset(names(RunOptions))
"""What is among the valid names where an option, and not its value, is unknown."""


@dataclass(frozen=True, slots=True)
class FormatFlag:
    """One spelling of an option: *value* is what it stands for, ``None`` if one has to follow.

    Formats that mean the same by it share it, whatever their help texts say.
    """

    flag: str
    option: str
    value: bool | str | None
    spec: Spec = field(compare=False)
    formats: list[str] = field(default_factory=list, compare=False)


class FormatFlags:
    """The flags of all installed decoders."""

    def __init__(self, registry: Registry) -> None:
        self._by_flag: dict[str, list[FormatFlag]] = {}
        self._by_name: dict[str, tuple[Spec, list[str]]] = {}
        for record in registry.records("decoders"):
            if record.options is not None:
                try:
                    cls = registry.load(record.options, record)
                except PluginError:  # raised again where the format itself is needed
                    continue
                for spec in specs(cls):
                    self._add(spec, record.name)

    def _add(self, spec: Spec, format_: str) -> None:
        self._by_name.setdefault(spec.name, (spec, []))[1].append(format_)
        on = True if spec.is_switch else None
        spellings = [FormatFlag(flag, spec.name, on, spec) for flag in spec.flags]
        if spec.is_switch:
            long = (flag.removeprefix("--") for flag in spec.flags if flag.startswith("--"))
            spellings += [FormatFlag(f"--no-{word}", spec.name, False, spec) for word in long]
        spellings += [FormatFlag(f, spec.name, v, spec) for f, v in spec.shorthands.items()]
        for entry in spellings:
            same = self._by_flag.setdefault(entry.flag, [])
            if entry not in same:
                same.append(entry)
            same[same.index(entry)].formats.append(format_)

    def spec(self, name: str) -> Spec | None:
        """The option of this name, ``None`` if no format has one."""
        return self._by_name[name][0] if name in self._by_name else None

    def formats_with(self, name: str) -> str:
        """The formats that have an option of this name, as a list for people."""
        return ", ".join(self._by_name[name][1] if name in self._by_name else ())

    def find(self, flag: str, own: Iterable[str]) -> FormatFlag:
        """The meaning of *flag*; *own* are the command's flags, to suggest one of them.

        Raises :exc:`~logflow.errors.OptionError`, which names the nearest flag and its side.
        """
        entries = self._by_flag.get(flag, [])
        if not entries:
            raise self._unknown(flag, own)
        if len(entries) > 1:
            raise OptionError(f"{flag} could be {' or '.join(map(_meaning, entries))}", name=flag)
        return entries[0]

    def _unknown(self, flag: str, own: Iterable[str]) -> OptionError:
        writing = {"--" + name.replace("_", "-"): f"--sink {name}=…" for name in names(SinkOptions)}
        if flag in writing:
            return OptionError(f"{flag} belongs to the writing side: {writing[flag]}", name=flag)
        valid = {name: f"{text}, of the writing side" for name, text in writing.items()}
        for name, entries in self._by_flag.items():
            formats = ", ".join(sorted({each for entry in entries for each in entry.formats}))
            valid[name] = f"{name}, for reading {formats}"
        valid |= {name: name for name in own}
        near = difflib.get_close_matches(flag.replace("_", "-"), valid, n=1)
        hint = f"did you mean {valid[near[0]]}?" if near else "--help shows the common ones"
        return OptionError(f"no option {flag}: {hint}", name=flag, valid=tuple(valid))


def _meaning(entry: FormatFlag) -> str:
    """An entry among several for one flag."""
    usage = entry.spec.flags[0] + ("" if entry.spec.is_switch else f" {entry.spec.metavar}")
    return f"{usage} for {', '.join(entry.formats)}"


class FormatCommand(Command):
    """A command that takes the flags of any format beside its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take out the flags that are not the command's own, then parse the rest."""
        line = _Line(ctx, self.get_params(ctx))
        rest = line.divide(args)
        ctx.meta[FOUND] = line
        return super().parse_args(ctx, rest)


def given_for_format(ctx: click.Context) -> dict[str, Any]:
    """The options of single formats that flags or environment set."""
    line: _Line = ctx.meta[FOUND]
    return line.from_environment | line.found


def explained(err: OptionError, ctx: click.Context) -> OptionError:
    """*err*, which the engine raised, in terms of flags and variables where it is about those."""
    line: _Line = ctx.meta[FOUND]
    by_flag = err.name in line.found
    if not by_flag and err.name not in line.from_environment:
        return err
    how = "--" + err.name.replace("_", "-") if by_flag else line.variables[err.name]
    is_unknown = err.name not in err.valid and COMMON.issubset(err.valid)
    if is_unknown:
        formats = line.flags.formats_with(err.name)
        return OptionError(f"{how} is for reading {formats}, which this input is not", name=how)
    return err if by_flag else OptionError(f"{how}: {err}", name=how, valid=err.valid)


class _Line:
    """A command line on its way to being divided into the command's own flags and the others."""

    def __init__(self, ctx: click.Context, params: Iterable[click.Parameter]) -> None:
        options = [param for param in params if isinstance(param, click.Option)]
        self._ctx = ctx
        self._console = ctx.ensure_object(Console)
        self._names = frozenset(option.name for option in options)
        self._own = {
            flag: not (option.is_flag or option.count)
            for option in options
            for flag in (*option.opts, *option.secondary_opts)
        }
        self.found: dict[str, Any] = {}

    @cached_property
    def flags(self) -> FormatFlags:
        """The flags of all formats; loads every plugin's options."""
        return FormatFlags(self._console.plugins)

    def divide(self, args: Iterable[str]) -> list[str]:
        """The arguments that are the command's; the others are in :attr:`found` afterwards."""
        rest: list[str] = []
        arguments = iter(args)
        for argument in arguments:
            flag, attached = _divided(argument)
            if argument == "--":
                rest += [argument, *arguments]
            elif flag is None:
                rest.append(argument)
            elif flag in self._own:
                rest.append(argument)
                if self._own[flag] and attached is None:
                    rest += islice(arguments, 1)
            else:
                self._take(self._found(flag), attached, arguments)
        return rest

    def _found(self, flag: str) -> FormatFlag:
        try:
            return self.flags.find(flag, self._own)
        except OptionError:
            self._console.registry()  # warns: a broken plugin may be why the flag is unknown
            raise

    def _take(self, entry: FormatFlag, attached: str | None, arguments: Iterator[str]) -> None:
        spec = entry.spec
        if entry.value is not None:
            if attached is not None:
                raise OptionError(f"{entry.flag} takes no value", name=entry.flag)
            self.found[spec.name] = entry.value
            return
        value = next(arguments, None) if attached is None else attached
        if value is None:
            raise OptionError(f"{entry.flag} needs a value: {spec.metavar}", name=entry.flag)
        before = self.found.get(spec.name, ())
        self.found[spec.name] = (*before, *combined(spec, [value])) if spec.is_list else value

    @cached_property
    def variables(self) -> dict[str, str]:
        """The environment's variables that may set options of formats, by the option's name.

        ``LOGFLOW_CONVERT_DELIMITER`` is preferred to ``LOGFLOW_DELIMITER``.
        """
        found = {
            variable.removeprefix(prefix).lower(): variable
            for prefix in ("LOGFLOW_", f"LOGFLOW_{self._ctx.info_name}_".upper())
            for variable in sorted(os.environ)
            if variable.startswith(prefix)
        }
        return {name: found[name] for name in found.keys() - self._names - RESERVED}

    @cached_property
    def from_environment(self) -> dict[str, Any]:
        """The options of formats that the environment sets."""
        values: dict[str, Any] = {}
        for name, variable in self.variables.items():
            if spec := self.flags.spec(name):
                text = os.environ[variable]
                values[name] = combined(spec, [text]) if spec.is_list else text
        return values


def _divided(argument: str) -> tuple[str | None, str | None]:
    """The flag and the value attached to it, in ``--flag=value`` or ``-fvalue``.

    >>> _divided("--skip=2"), _divided("-d;"), _divided("-e"), _divided("-"), _divided("a.csv")
    (('--skip', '2'), ('-d', ';'), ('-e', None), (None, None), (None, None))
    """
    if argument.startswith("--"):
        flag, equals, value = argument.partition("=")
        return flag, value if equals else None
    if argument.startswith("-") and len(argument) > 1:
        return argument[:2], argument[2:] or None
    return None, None
