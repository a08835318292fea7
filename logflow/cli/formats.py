"""``logflow formats``: what can be read and written, and the options of each format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from logflow.cli.console import Console, pass_console
from logflow.cli.flags import Command, Flag, Spec, specs
from logflow.cli.tables import aligned

if TYPE_CHECKING:
    from logflow.plugins import Registry
    from logflow.records import DecoderRecord, SinkRecord

__all__ = ["formats"]


@click.command(
    cls=Command,
    params=[
        Flag(["json", "--json"], section="Showing", is_flag=True, help="A line of JSON in all.")
    ],
)
@click.argument("name", required=False)
@click.pass_context
@pass_console
def formats(console: Console, ctx: click.Context, name: str | None, json: bool) -> None:
    """List the formats, or the options of one.

    The list says what can be read and written, and whose plugin does it; with NAME come the flags
    for reading that format and the options for writing it.
    """
    registry = console.registry()
    if name is None:
        found = [_Format.found(registry, each) for each in _names(registry)]
        if json:
            console.show_json([format_.summary for format_ in found])
        elif found:
            console.show(_table(found))
        else:
            console.say("no plugin offers a format: pip install logflow-all")
        return
    format_ = _Format.named(registry, name)
    if json:
        console.show_json(format_.summary | {"options": format_.options_json})
    else:
        console.show(_page(ctx, format_))


@dataclass(frozen=True, slots=True)
class _Format:
    """One name, and who reads and writes it."""

    name: str
    registry: Registry
    decoder: DecoderRecord | None
    sink: SinkRecord | None

    @classmethod
    def found(cls, registry: Registry, name: str) -> _Format:
        records = {
            kind: next((r for r in registry.records(kind) if r.name == name), None)
            for kind in ("decoders", "sinks")
        }
        return cls(name, registry, records["decoders"], records["sinks"])

    @classmethod
    def named(cls, registry: Registry, name: str) -> _Format:
        """The same, or the error that says what to install or what was meant."""
        if name not in _names(registry):
            registry.find("decoders", name)
        return cls.found(registry, name)

    @property
    def plugins(self) -> list[str]:
        """Who offers it."""
        records = [record for record in (self.decoder, self.sink) if record is not None]
        return list(dict.fromkeys(self.registry.owner(record).label for record in records))

    @property
    def summary(self) -> dict[str, Any]:
        """What the list says of it."""
        both = [record for record in (self.decoder, self.sink) if record is not None]
        return {
            "name": self.name,
            "description": next((r.description for r in both if r.description), ""),
            "extensions": list(dict.fromkeys(each for r in both for each in r.extensions)),
            "reads": self.decoder is not None,
            "writes": self.sink is not None,
            "plugins": self.plugins,
        }

    @property
    def reading(self) -> list[Spec]:
        """The options for reading it."""
        if self.decoder is None or self.decoder.options is None:
            return []
        return specs(self.registry.load(self.decoder.options, self.decoder))

    @property
    def writing(self) -> list[Spec]:
        """The options for writing it."""
        return specs(self.registry.load(self.sink.options, self.sink)) if self.sink else []

    @property
    def options_json(self) -> dict[str, Any]:
        """The options of both sides as JSON can hold them."""
        return {
            side: [
                {
                    "name": spec.name,
                    "flags": [*spec.flags, *spec.shorthands]
                    if side == "read"
                    else [f"--sink {spec.name}="],
                    "value": "" if spec.is_switch else spec.metavar,
                    "default": spec.default,
                    "help": spec.help,
                }
                for spec in found
            ]
            for side, found in (("read", self.reading), ("write", self.writing))
        }


def _names(registry: Registry) -> list[str]:
    return sorted({r.name for kind in ("decoders", "sinks") for r in registry.records(kind)})


def _table(found: list[_Format]) -> str:
    rows = [("name", "reads", "writes", "extensions", "plugin", "")]
    for format_ in found:
        about = format_.summary
        rows.append(
            (
                format_.name,
                "yes" if about["reads"] else "",
                "yes" if about["writes"] else "",
                " ".join(about["extensions"]),
                ", ".join(each.partition(" ")[0] for each in about["plugins"]),
                about["description"],
            )
        )
    return aligned(rows)


def _page(ctx: click.Context, format_: _Format) -> str:
    about = format_.summary
    formatter = ctx.make_formatter()
    formatter.write_text(f"{format_.name}: {about['description'] or 'no description'}")
    formatter.write_paragraph()
    formatter.write_dl(
        [
            ("Extensions", " ".join(about["extensions"]) or "none"),
            ("Plugin", ", ".join(about["plugins"])),
        ]
    )
    if reading := format_.reading:
        with formatter.section("Flags for reading"):
            formatter.write_dl([(s.signature, s.full_help) for s in reading])
    if writing := format_.writing:
        with formatter.section("Options for writing (--sink NAME=VALUE)"):
            formatter.write_dl([(f"{s.name}={s.metavar}", s.full_help) for s in writing])
    return formatter.getvalue().rstrip("\n")
