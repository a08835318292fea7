"""``docs/reference/cli.md`` is what ``--help`` says.

``python tests/docs/test_cli_reference.py --write`` brings it up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from logflow.cli.console import Console
from logflow.cli.main import COMMANDS, cli

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/cli.md"

INTRODUCTION = """\
# The command line

Made from `--help` by `python tests/docs/test_cli_reference.py --write`; a test compares.

Data goes to standard output; receipts, progress and errors go to standard error. Progress is
shown only on a terminal.

| exit status | |
|---|---|
| 0 | all went well |
| 1 | it could not be done; nothing was published (with `--each`: of what failed) |
| 2 | the command line is wrong |
| 3 | done, but some records were rejected (0 with `--allow-rejects`) |
| 4 | a limit was reached, such as `--max-rejects`; nothing was published |
| 130 | interrupted; a conversion that was interrupted published nothing |

Every flag can be set in the environment. `--threads` of `convert` is `LOGFLOW_CONVERT_THREADS`
or, for all commands, `LOGFLOW_THREADS`; the flag wins over the first, and that over the second.
The flags of single formats have theirs too (`LOGFLOW_DELIMITER`), and `--no-force` undoes
`LOGFLOW_FORCE=1`.

Flags are about reading. What the output's format can do differently is said with
`--sink NAME=VALUE`; `logflow formats NAME` shows the flags and options of a format.
`LOGFLOW_DEBUG=1` shows where an error came from.
"""


def pages(command: click.Command, parent: click.Context | None, name: str) -> Iterator[str]:
    """The help of a command and of those below it, without those of plugins."""
    ctx = click.Context(
        command, info_name=name, parent=parent, terminal_width=80, **command.context_settings
    )
    ctx.obj = Console(with_plugins=False)
    yield f"## {ctx.command_path}\n\n```text\n{command.get_help(ctx).rstrip()}\n```\n"
    if isinstance(command, click.Group):
        below = COMMANDS if command is cli else command.list_commands(ctx)
        for each in below:
            child = command.get_command(ctx, each)
            assert child is not None
            yield from pages(child, ctx, each)


def page() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *pages(cli, None, "logflow")])


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_command_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for command in (*COMMANDS, "plugins check", "plugins new"):
        assert f"\n## logflow {command}\n" in text


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/docs/test_cli_reference.py --write")
    PAGE.write_text(page(), encoding="utf-8")
