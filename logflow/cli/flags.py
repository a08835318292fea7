"""Flags made of options classes: what a field says of itself is written nowhere else."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import Field, fields
from functools import partial
from typing import Any, Literal, NamedTuple

import click

from logflow.cli.console import Console
from logflow.options import DecodeOptions, RunOptions, default_of, names

__all__ = [
    "Command",
    "Flag",
    "Group",
    "Spec",
    "combined",
    "flags_of",
    "given",
    "specs",
]

OUTSIDE_BRACKETS = re.compile(r",(?![^(\[]*[)\]])")
"""A comma that separates declarations, unlike that in ``decimal128(10, 2)``."""


class Spec(NamedTuple):
    """One option of a class, as the command line has it."""

    name: str
    flags: tuple[str, ...]
    help: str
    kind: Any
    default: Any
    unit: str | None
    shorthands: Mapping[str, str]
    """Flags that stand for a value, with that value."""

    @property
    def is_switch(self) -> bool:
        """Whether the flag alone says everything."""
        return self.kind is bool

    @property
    def is_list(self) -> bool:
        """Whether the flag may be repeated, with values that may hold commas."""
        return self.is_mapping or typing.get_origin(self.kind) is tuple

    @property
    def is_mapping(self) -> bool:
        """Whether the values are pairs."""
        origin = typing.get_origin(self.kind)
        return origin is not None and origin is not Literal and issubclass(origin, Mapping)

    @property
    def metavar(self) -> str:
        """What stands for the value in help texts."""
        if typing.get_origin(self.kind) is Literal:
            return "[" + "|".join(map(str, typing.get_args(self.kind))) + "]"
        if self.is_mapping:
            return "NAME:TYPE,…"
        if self.is_list:
            return "TEXT,…"
        if self.kind is int:
            return "SIZE" if self.unit == "bytes" else "N"
        return {bool: "", float: "NUMBER"}.get(self.kind, "TEXT")

    @property
    def signature(self) -> str:
        """All spellings and what stands for the value."""
        undo = f" / --no-{self.flags[0].removeprefix('--')}" if self.default is None else ""
        usage = ", ".join(self.flags) + (undo if self.is_switch else f" {self.metavar}")
        return "; ".join((usage, *(f"{flag} for {v}" for flag, v in self.shorthands.items())))

    @property
    def shown_default(self) -> str:
        """The default in help texts; empty where there is nothing to say.

        >>> {spec.name: spec.shown_default for spec in specs(DecodeOptions)}["chunk_bytes"]
        '16 MiB'
        """
        if self.default in (None, False, ()):
            return ""
        if self.is_list:
            return ", ".join(self.default)
        if self.unit == "bytes":
            return _size(self.default)
        return str(self.default)

    @property
    def full_help(self) -> str:
        """The help text with the default."""
        shown = self.shown_default
        return f"{self.help}  [default: {shown}]" if shown else self.help


def specs(cls: type) -> list[Spec]:
    """The options of a class, in order."""
    hints = typing.get_type_hints(cls)
    return [_spec(field, hints[field.name]) for field in fields(cls)]


def _spec(field: Field[Any], hint: Any) -> Spec:
    kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
    is_union = type(None) in typing.get_args(hint)
    aliases = field.metadata.get("aliases", ())
    return Spec(
        name=field.name,
        flags=("--" + field.name.replace("_", "-"), *(a for a in aliases if "=" not in a)),
        help=field.metadata.get("help", ""),
        kind=kinds[0] if is_union else hint,
        default=default_of(field),
        unit=field.metadata.get("unit"),
        shorthands=dict(a.split("=", 1) for a in aliases if "=" in a),
    )


def _size(number: int) -> str:
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if number >= factor and number % factor == 0:
            return f"{number // factor} {unit}"
    return str(number)


class Flag(click.Option):
    """An option with a place in the help text.

    A value in the environment is one value, spaces included, and what a switch is called to
    undo it (``--no-…``) needs no mention.
    """

    def __init__(self, declarations: Sequence[str], *, section: str, **attributes: Any) -> None:
        super().__init__(declarations, **attributes)
        self.section = section

    def value_from_envvar(self, ctx: click.Context) -> Any:
        raw = self.resolve_envvar_value(ctx)
        return (raw,) if raw is not None and self.multiple else super().value_from_envvar(ctx)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        return record and (record[0].partition(" / ")[0], record[1])


def flags_of(
    command: str, cls: type, section: str, only: Iterable[str] | None = None
) -> list[Flag]:
    """The flags for the options of *cls*, or for *only* some.

    Each is set by the environment too: ``LOGFLOW_COMMAND_NAME`` or, for all commands,
    ``LOGFLOW_NAME``.  Values are texts; :func:`logflow.options.build` reads and checks them.
    """
    wanted = names(cls) if only is None else tuple(only)
    chosen = [spec for spec in specs(cls) if spec.name in wanted]
    return [
        flag
        for spec in chosen
        for flag in (_flag(command, spec, section), *_shorthands(spec, section))
    ]


def _shorthands(spec: Spec, section: str) -> Iterator[Flag]:
    for flag, value in spec.shorthands.items():
        yield Flag(
            [flag],
            section=section,
            help=f"The same as {spec.flags[0]} {value}.",
            is_flag=True,
            expose_value=False,
            callback=partial(_keep_value, spec.name, (value,) if spec.is_list else value),
        )


def _keep_value(name: str, value: Any, ctx: click.Context, _: click.Parameter, on: bool) -> None:
    if on:
        ctx.meta.setdefault(GIVEN, {})[name] = value


def _flag(command: str, spec: Spec, section: str) -> Flag:
    flags = list(spec.flags)
    if spec.is_switch:
        flags[0] += "/--no-" + flags[0].removeprefix("--")
    value: dict[str, Any] = (
        {"is_flag": True, "default": False}
        if spec.is_switch
        else {"type": str, "metavar": spec.metavar, "multiple": spec.is_list}
    )
    return Flag(
        [spec.name, *flags],
        section=section,
        help=spec.full_help,
        envvar=[f"LOGFLOW_{command}_{spec.name}".upper(), f"LOGFLOW_{spec.name}".upper()],
        expose_value=False,
        callback=_keep,
        **value,
    )


GIVEN = "logflow.given"


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Remember what somebody said; defaults are the options classes' business."""
    assert param.name is not None
    if ctx.get_parameter_source(param.name) is not click.core.ParameterSource.DEFAULT:
        ctx.meta.setdefault(GIVEN, {})[param.name] = value


def given(ctx: click.Context) -> dict[str, Any]:
    """The options of the classes that flags or environment set, ready for the engine."""
    known = {spec.name: spec for cls in (DecodeOptions, RunOptions) for spec in specs(cls)}
    return {
        name: combined(known[name], value) if known[name].is_list else value
        for name, value in ctx.meta.get(GIVEN, {}).items()
    }


def combined(spec: Spec, values: Iterable[str]) -> tuple[str, ...]:
    """The items of a list that was given in parts, each with commas or without.

    >>> columns = next(spec for spec in specs(DecodeOptions) if spec.name == "columns")
    >>> combined(columns, ["price:decimal128(10, 2),id:int64", "name:string"])
    ('price:decimal128(10, 2)', 'id:int64', 'name:string')
    """
    separator = OUTSIDE_BRACKETS if spec.is_mapping else re.compile(",")
    return tuple(item for value in values for item in separator.split(value))


def shared_flags() -> list[Flag]:
    """The switches of :class:`~logflow.cli.console.Console`: before or after a command's name."""
    return [
        _switch("quiet", True, ["quiet", "-q", "--quiet"], "Data and errors only."),
        _switch("color", False, ["no_color", "--no-color"], "No colors; so does NO_COLOR."),
        _switch("with_plugins", False, ["no_plugins", "--no-plugins"], "Load no plugin at all."),
    ]


def _switch(attribute: str, value: bool, declarations: list[str], text: str) -> Flag:
    def set_it(ctx: click.Context, param: click.Parameter, on: bool) -> None:
        if on:
            setattr(ctx.ensure_object(Console), attribute, value)

    return Flag(
        declarations,
        section="Everywhere",
        help=text,
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=set_it,
    )


class Command(click.Command):
    """A command with the shared switches and its flags in sections."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.params += shared_flags()

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the flags, section by section."""
        write_flags(self.get_params(ctx), ctx, formatter)


class Group(click.Group):
    """A group of commands with the shared switches and its flags in sections."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.params += shared_flags()

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the flags, section by section, then the commands."""
        write_flags(self.get_params(ctx), ctx, formatter)
        self.format_commands(ctx, formatter)


def write_flags(
    params: Iterable[click.Parameter], ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    """Write the flags among *params* as definition lists under their sections."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for param in params:
        section = param.section if isinstance(param, Flag) else "Everywhere"
        if isinstance(param, click.Option) and (record := param.get_help_record(ctx)):
            sections.setdefault(section, []).append(record)
    for title, records in sections.items():
        with formatter.section(title):
            formatter.write_dl(records)
