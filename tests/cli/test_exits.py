"""Exit statuses, and what people read when something is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from logflow import errors
from logflow.cli import main
from logflow.cli.exits import Exit

Program = Callable[..., Any]
"""The fixtures ``logflow`` and ``process``: arguments to status, out, err, lines."""


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--help"], Exit.CLEAN),
        (["-h"], Exit.CLEAN),
        (["convert", "clean.csv", "out.parquet"], Exit.CLEAN),
        (["convert", "clean.csv", "--dry-run", "out.parquet"], Exit.CLEAN),
        (["convert", "damaged.csv", "out.parquet", "--errors", "strict"], Exit.FAILED),
        (["convert", "clean.csv", "no/such/folder.parquet"], Exit.FAILED),
        ([], Exit.USAGE),
        (["convert", "clean.csv"], Exit.USAGE),
        (["convert", "clean.csv", "out.parquet", "--threads", "0"], Exit.USAGE),
        (["convert", "damaged.csv", "out.parquet"], Exit.REJECTS),
        (["convert", "damaged.csv", "out.parquet", "--errors", "permissive"], Exit.REJECTS),
        (["convert", "damaged.csv", "out.parquet", "--allow-rejects"], Exit.CLEAN),
        (["convert", "damaged.csv", "out.parquet", "--max-rejects", "1"], Exit.LIMIT),
        (["convert", "damaged.csv", "out.parquet", "--max-reject-ratio", "0.1"], Exit.LIMIT),
        (["detect", "clean.csv"], Exit.CLEAN),
        (["head", "clean.csv"], Exit.CLEAN),
        (["schema", "damaged.csv"], Exit.CLEAN),
        (["plugins"], Exit.CLEAN),
        (["formats"], Exit.CLEAN),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_exit_statuses(arguments: list[str], status: Exit, folder: Path, logflow: Program) -> None:
    ran = logflow(*arguments)
    assert ran.status == status, ran.err
    assert "Traceback" not in ran.err


MISTAKES: dict[str, tuple[list[str], Exit, str]] = {
    "a missing file": (
        ["convert", "claen.csv", "o.parquet"],
        Exit.USAGE,
        "claen.csv: no such file; did you mean clean.csv",
    ),
    "a folder without files": (["convert", "empty", "o.parquet"], Exit.USAGE, "no files"),
    "a glob without matches": (["schema", "*.xyz"], Exit.USAGE, "*.xyz: no such file"),
    "a format that does not exist": (
        ["convert", "--format", "cvs", "clean.csv", "o.parquet"],
        Exit.USAGE,
        "did you mean 'csv'?",
    ),
    "a format to write that does not exist": (
        ["convert", "--to", "parket", "clean.csv", "o"],
        Exit.USAGE,
        "did you mean 'parquet'?",
    ),
    "each to standard output": (
        ["convert", "--each", "clean.csv", "-"],
        Exit.USAGE,
        "name a directory",
    ),
    "each without a format": (["convert", "--each", "clean.csv", "o"], Exit.USAGE, "--to"),
    "a destination whose name tells nothing": (
        ["convert", "clean.csv", "o"],
        Exit.USAGE,
        "say it with --to",
    ),
    "a plugin that is not installed": (
        ["convert", "data.gone", "o.parquet"],
        Exit.USAGE,
        "which needs logflow-gone: `pip install logflow-gone==",
    ),
    "a misspelt flag": (
        ["convert", "clean.csv", "o.parquet", "--delimeter", ";"],
        Exit.USAGE,
        "no option --delimeter: did you mean --delimiter, for reading csv, tsv?",
    ),
    "a flag of the other side": (
        ["convert", "clean.csv", "o.parquet", "--compression", "zstd"],
        Exit.USAGE,
        "--compression belongs to the writing side: --sink compression=…",
    ),
    "a flag of another format": (
        ["convert", "data.parquet", "o.parquet", "--delimiter", ";"],
        Exit.USAGE,
        "--delimiter is for reading csv, tsv, which this input is not",
    ),
    "a wrong number": (
        ["convert", "clean.csv", "o.parquet", "--threads", "many"],
        Exit.USAGE,
        "'threads' is 'many'; expected a whole number",
    ),
    "a wrong choice": (
        ["convert", "clean.csv", "o.parquet", "--errors", "ignore"],
        Exit.USAGE,
        "expected one of strict, quarantine, permissive",
    ),
    "a wrong value for a format": (
        ["head", "clean.csv", "--delimiter", "ab"],
        Exit.USAGE,
        "option 'delimiter' is 'ab'; expected one",
    ),
    "a wrong type": (
        ["convert", "clean.csv", "o.parquet", "--columns", "id:integer"],
        Exit.USAGE,
        "no type is called 'integer'",
    ),
    "an encoding that does not exist": (["head", "clean.csv", "-e", "utf-9"], Exit.USAGE, "utf-9"),
    "a misspelt option of the sink": (
        ["convert", "clean.csv", "o.parquet", "--sink", "compresion=zstd"],
        Exit.USAGE,
        "'compresion' of the parquet sink: did you mean 'compression'?",
    ),
    "an option of the sink without a value": (
        ["convert", "clean.csv", "o.parquet", "--sink", "compression"],
        Exit.USAGE,
        "--sink compression: expected NAME=VALUE",
    ),
    "a destination that exists": (
        ["convert", "clean.csv", "taken.parquet"],
        Exit.USAGE,
        "taken.parquet exists already: --force",
    ),
    "a destination that exists, in a dry run": (
        ["convert", "clean.csv", "taken.parquet", "--dry-run"],
        Exit.USAGE,
        "taken.parquet exists already: --force",
    ),
    "no destination": (
        ["convert", "clean.csv"],
        Exit.USAGE,
        "clean.csv alone is not enough: name what to read and what to write",
    ),
    "standard input twice": (["convert", "-", "-", "o.parquet"], Exit.USAGE, "only once"),
    "garbage": (["convert", "garbage.bin", "o.parquet"], Exit.USAGE, "of no format that is inst"),
    "garbage called CSV": (["convert", "garbage.csv", "o.parquet"], Exit.USAGE, "garbage.csv"),
    "an empty file": (["convert", "nothing", "o.parquet"], Exit.USAGE, "nothing is empty"),
    "a misspelt command": (["covert", "a", "b"], Exit.USAGE, "did you mean convert?"),
    "no command": (["clean.csv", "o.parquet"], Exit.USAGE, "logflow convert clean.csv"),
    "an unknown command": (["xyzzy"], Exit.USAGE, "there are convert, detect"),
    "a misspelt switch": (["--quite", "formats"], Exit.USAGE, "--quiet"),
    "a misspelt hook": (["plugins", "--hook", "decoder"], Exit.USAGE, "did you mean decoders?"),
    "an unknown hook": (["plugins", "--hook", "xyzzy"], Exit.USAGE, "there are archives, auth"),
    "a format without a plugin": (["formats", "gone"], Exit.USAGE, "logflow-gone"),
    "a plugin to check that is not there": (
        ["plugins", "check", "logflow-nope"],
        Exit.FAILED,
        "no plugin comes from 'logflow-nope'",
    ),
    "a bad name for a plugin": (["plugins", "new", "My-Format"], Exit.USAGE, "lower-case word"),
}


@pytest.fixture
def mistakes(folder: Path, logflow: Program, gone: object) -> Path:
    """The folder in which the mistakes are made."""
    (folder / "empty").mkdir()
    (folder / "nothing").write_bytes(b"")
    (folder / "taken.parquet").write_bytes(b"precious")
    (folder / "data.gone").write_bytes(b"%GONE")
    for name in ("garbage.bin", "garbage.csv"):
        (folder / name).write_bytes(bytes(range(256)) * 40)
    assert logflow("convert", "clean.csv", "data.parquet").status == Exit.CLEAN
    return folder


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_explained_in_a_line_or_two(
    mistake: str, mistakes: Path, logflow: Program
) -> None:
    arguments, status, words = MISTAKES[mistake]
    ran = logflow(*arguments)
    assert (ran.status, ran.out) == (status, "")
    assert words in ran.err
    assert len(ran.lines) <= 2
    assert ran.lines[0].startswith("logflow: ")
    assert (mistakes / "taken.parquet").read_bytes() == b"precious"
    assert not (mistakes / "o.parquet").exists()


def broken(error: BaseException) -> click.Command:
    """A command that raises."""

    @click.command()
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (errors.UsageError("no"), Exit.USAGE, "logflow: no"),
        (errors.OptionError("no"), Exit.USAGE, "logflow: no"),
        (errors.DataError("no"), Exit.FAILED, "logflow: no"),
        (errors.ReceiptError("no"), Exit.FAILED, "logflow: no"),
        (errors.StorageError("no"), Exit.FAILED, "logflow: no"),
        (errors.PluginError("no"), Exit.FAILED, "logflow: no"),
        (errors.LimitError("no"), Exit.LIMIT, "logflow: no"),
        (errors.Cancelled("no"), Exit.INTERRUPTED, "logflow: interrupted: nothing was published"),
        (KeyboardInterrupt(), Exit.INTERRUPTED, "logflow: interrupted"),
        (
            OSError(28, "No space left on device", "x"),
            Exit.FAILED,
            "logflow: x: No space left on device",
        ),
        (OSError(28, "No space left on device"), Exit.FAILED, "logflow: No space left on device"),
        (MemoryError(), Exit.FAILED, "logflow: out of memory: a lower --memory-limit may help"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_expected_errors_have_no_traceback(
    error: BaseException, status: Exit, said: str, logflow: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main.cli, "get_command", lambda ctx, name: broken(error))
    ran = logflow("anything")
    assert (ran.status, ran.err.strip()) == (status, said)
    monkeypatch.setenv("LOGFLOW_DEBUG", "1")
    assert "Traceback (most recent call last)" in logflow("anything").err


def test_an_unexpected_error_asks_to_be_reported(
    logflow: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main.cli, "get_command", lambda ctx, name: broken(ZeroDivisionError("no")))
    ran = logflow("anything")
    assert ran.status == Exit.FAILED
    assert "Traceback (most recent call last)" in ran.err
    assert ran.lines[-1] == (
        "logflow: this is a bug, please report it with the lines above: ZeroDivisionError: no"
    )


def test_a_closed_pipe_is_one_line(folder: Path) -> None:
    (folder / "long.csv").write_text("a,b\n" + "1,2\n" * 50_000)
    command = [sys.executable, "-m", "logflow", "head", "-n", "50000", "long.csv"]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert program.stdout is not None
    assert program.stderr is not None
    with program, program.stdout, program.stderr:
        assert program.stdout.readline().rstrip() == b"a\tb"
        program.stdout.close()
        said = program.stderr.read().decode()
    assert (program.returncode, said) == (
        Exit.FAILED,
        "logflow: standard output was closed before all was written\n",
    )


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs a file nobody can read")
def test_a_file_that_cannot_be_read(folder: Path, process: Program) -> None:
    ran = process("convert", "--format", "csv", "/proc/self/mem", "o.parquet")
    assert (ran.status, ran.out) == (Exit.FAILED, "")
    assert ran.lines == ["logflow: /proc/self/mem: Input/output error"]
