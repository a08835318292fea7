"""What the commands share: how to talk, and which plugins to use."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from logflow.cli.light import import_pyarrow

if TYPE_CHECKING:
    from logflow.engine import Engine
    from logflow.plugins import Registry

__all__ = ["Console", "heard", "pass_console"]


@dataclass(slots=True)
class Console:
    """The switches that every command has, and what follows from them.

    *light* tells that the process is ours alone, so that imports may be kept small.
    """

    light: bool = False
    quiet: bool = False
    color: bool = field(default_factory=lambda: not os.environ.get("NO_COLOR"))
    with_plugins: bool = True
    _loaded: dict[bool, Registry] = field(default_factory=dict)
    _warned: bool = False

    def say(self, message: str) -> None:
        """A message for people: on standard error, unless ``--quiet``."""
        if not self.quiet:
            click.echo(message, err=True)

    def complain(self, message: str) -> None:
        """What went wrong: on standard error, also with ``--quiet``."""
        click.echo(f"logflow: {message}", err=True)

    def show(self, text: str) -> None:
        """Data: on standard output."""
        click.echo(text)

    def show_json(self, value: Any, *, err: bool = False) -> None:
        """*value* as JSON on one line; what JSON does not know is shown as text."""
        click.echo(json.dumps(value, ensure_ascii=False, default=str), err=err)

    @property
    def animated(self) -> bool:
        """Whether something on standard error may move."""
        return not self.quiet and sys.stderr.isatty()

    @property
    def plugins(self) -> Registry:
        """The plugins to use, loaded when first asked for, without a word about broken ones."""
        if self.with_plugins not in self._loaded:
            from logflow.plugins import load_plugins, registry

            self._loaded[self.with_plugins] = (
                registry() if self.with_plugins else load_plugins(allow=())
            )
        return self._loaded[self.with_plugins]

    def registry(self) -> Registry:
        """The plugins to use; the first call warns of those that do not work."""
        registry = self.plugins
        if not self._warned:
            self._warned = True
            for line in _complaints(registry):
                self.say(f"logflow: warning: {line}")
        return registry

    def engine(self) -> Engine:
        """An engine with these plugins."""
        plugins = self.registry()
        if self.light:
            import_pyarrow(plugins)
        from logflow.engine import Engine

        return Engine(plugins=plugins)


pass_console = click.make_pass_decorator(Console, ensure=True)


def _complaints(registry: Registry) -> list[str]:
    """A line for each plugin that failed and each name that two of them offer."""
    lines = [line for plugin in registry.problems for line in plugin.conflicts or (plugin.message,)]
    return list(dict.fromkeys(lines))


@contextmanager
def heard(console: Console) -> Iterator[None]:
    """While this lasts, warnings of the library are messages of *console*."""
    log = logging.getLogger("logflow")
    handler = _Messages(console)
    propagated, log.propagate = log.propagate, False
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = propagated


class _Messages(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.say(f"logflow: {record.levelname.lower()}: {record.getMessage()}")
