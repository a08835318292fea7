"""``logflow plugins``: which there are, what they offer, why one does not work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logflow import hookspecs
from logflow.cli.console import Console, pass_console
from logflow.cli.exits import Exit
from logflow.cli.flags import Command, Flag, Group
from logflow.cli.tables import aligned
from logflow.errors import UsageError

if TYPE_CHECKING:
    from logflow.plugins import PluginInfo

__all__ = ["plugins"]

PREFIX = "logflow_"


@click.group(
    cls=Group,
    invoke_without_command=True,
    subcommand_metavar="[COMMAND] [ARGS]...",
    params=[
        Flag(["json", "--json"], section="Showing", is_flag=True, help="A line of JSON in all."),
        Flag(
            ["hook", "--hook"],
            section="Showing",
            metavar="NAME",
            help="Only plugins with this hook, such as decoders or run_finished.",
        ),
    ],
)
@click.pass_context
@pass_console
def plugins(console: Console, ctx: click.Context, json: bool, hook: str | None) -> None:
    """List the plugins: what they offer, and why one does not work.

    LOGFLOW_PLUGINS=a,b allows only these, LOGFLOW_DISABLE_PLUGINS=a,b leaves these out, and
    LOGFLOW_TRACE_PLUGINS=1 shows every call.
    """
    if ctx.invoked_subcommand is not None:
        return
    found: Sequence[PluginInfo] = console.plugins.plugins
    if hook is not None:
        found = _with_hook(found, PREFIX + hook.removeprefix(PREFIX))
    if json:
        console.show_json([asdict(plugin) for plugin in found])
    elif found:
        console.show(_table(found))
    else:
        console.say("no plugin is installed: pip install logflow-all")


def _with_hook(found: Sequence[PluginInfo], hook: str) -> list[PluginInfo]:
    """The plugins with this hook; one that nobody declares is an error."""
    declared = {name for name in vars(hookspecs) if name.startswith(PREFIX)}
    declared |= {name for plugin in found for name in plugin.hooks}
    if hook not in declared:
        valid = tuple(sorted(name.removeprefix(PREFIX) for name in declared))
        near = get_close_matches(hook.removeprefix(PREFIX), valid, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(valid)}"
        raise UsageError(f"no hook {hook}: {hint}")
    return [plugin for plugin in found if hook in plugin.hooks]


def _table(found: Sequence[PluginInfo]) -> str:
    rows: list[tuple[str, ...]] = []
    for plugin in found:
        about = [plugin.reason or _offers(plugin), *plugin.conflicts]
        rows.append((plugin.name, plugin.distribution, plugin.version, plugin.status, about[0]))
        rows += [("", "", "", "", line) for line in about[1:]]
    return aligned([("name", "distribution", "version", "status", "offers"), *rows])


def _offers(plugin: PluginInfo) -> str:
    """What a plugin offers by kind, and what it observes."""
    parts = [
        f"{hook.removeprefix(PREFIX)} {', '.join(n)}" for hook, n in plugin.offers.items() if n
    ]
    observed = [hook.removeprefix(PREFIX) for hook in plugin.hooks if hook not in plugin.offers]
    return "; ".join([*parts, f"hooks {', '.join(observed)}"] if observed else parts)


@plugins.command(cls=Command)
@click.argument("distribution", metavar="DIST")
def check(distribution: str) -> int:
    """Run the conformance kit on an installed plugin."""
    try:
        import pytest  # noqa: F401 - the kit needs it
    except ImportError:
        raise UsageError("the kit needs pytest: pip install 'logflow-core[testing]'") from None
    from logflow.testing.check import run

    return Exit.CLEAN if run(distribution) == 0 else Exit.FAILED


@plugins.command(cls=Command)
@click.argument("name")
@pass_console
def new(console: Console, name: str) -> None:
    """Make a project for a plugin that reads the format NAME, here in a folder of its own."""
    from logflow.testing.example import create

    console.say(f"made {create(name, Path())}; its tests: python -m pytest")
