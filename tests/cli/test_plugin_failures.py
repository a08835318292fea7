"""Broken plugins, and none at all: each is named with what to do, and the rest works."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logflow.cli.exits import Exit

Program = Callable[..., Any]
Install = Callable[[str, str], Path]

IMPORT = "raise RuntimeError('no such luck')"
HOOK = "from logflow import hookimpl\n@hookimpl\ndef logflow_decoder(): return []\n"
ASKED = "from logflow import hookimpl\n@hookimpl\ndef logflow_decoders(): return 1 / 0\n"
TAKEN = """
from logflow import DecoderRecord, hookimpl
@hookimpl
def logflow_decoders():
    return [DecoderRecord(name="parquet", factory="logflow_bad:X", extensions=(".bad",))]
"""
COMMAND = """
from logflow import hookimpl
from logflow.records import CommandRecord
import click

@hookimpl
def logflow_commands():
    return [CommandRecord(name="{name}", factory="logflow_more:command")]

@click.command(help="Say hello.")
@click.option("--name", default="you")
def command(name):
    click.echo("hello " + name)
"""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (IMPORT, "plugin bad (logflow-bad 1.0) failed: import logflow_bad: RuntimeError: no such"),
        (HOOK, "unknown hook logflow_decoder: did you mean logflow_decoders?"),
        (ASKED, "logflow_decoders(): ZeroDivisionError: division by zero"),
        (TAKEN, "decoder 'parquet' is offered by bad (logflow-bad 1.0) and by parquet ("),
    ],
    ids=["at import", "misspelt hook", "when asked", "taken name"],
)
def test_the_rest_works(
    code: str, words: str, folder: Path, install: Install, process: Program
) -> None:
    site = install("bad", code)
    ran = process("convert", "clean.csv", "o.parquet", site=site)
    assert ran.status == Exit.CLEAN, ran.err
    assert len(ran.lines) == 2
    assert ran.lines[0].startswith("logflow: warning: ")
    assert words in ran.lines[0]
    assert "LOGFLOW_DISABLE_PLUGINS=bad" in ran.lines[0]
    quiet = process("-q", "convert", "--force", "clean.csv", "o.parquet", site=site)
    assert (quiet.status, quiet.err) == (Exit.CLEAN, "")
    without = process("formats", site=site, environment={"LOGFLOW_DISABLE_PLUGINS": "bad"})
    assert (without.status, without.err) == (Exit.CLEAN, "")
    listed = process("plugins", site=site)
    assert (listed.status, listed.err) == (Exit.CLEAN, "")
    assert words.partition(" failed: ")[2] in listed.out
    doctor = process("doctor", "--json", site=site)
    assert doctor.status == Exit.FAILED
    assert any(words in problem for problem in json.loads(doctor.out)["problems"])


def test_a_sniffer_that_raises_is_named(folder: Path, install: Install, process: Program) -> None:
    site = install(
        "bad",
        "from logflow import DecoderRecord, hookimpl\n@hookimpl\ndef logflow_decoders():\n"
        "    return [DecoderRecord(name='x', factory='logflow_bad:X', sniff='logflow_bad:sniff')]\n"
        "def sniff(peek): return 1 / 0\n",
    )
    ran = process("convert", "clean.csv", "o.parquet", site=site)
    assert (ran.status, ran.out) == (Exit.FAILED, "")
    assert "logflow_bad:sniff" in ran.err
    assert "LOGFLOW_DISABLE_PLUGINS=bad" in ran.err
    assert len(ran.lines) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["convert", "clean.csv", "o.parquet"], Exit.USAGE, "drop --no-plugins"),
        (["formats"], Exit.CLEAN, "pip install logflow-all"),
        (["detect", "clean.csv"], Exit.USAGE, "drop --no-plugins"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_no_plugins_at_all(
    arguments: list[str], status: Exit, words: str, folder: Path, logflow: Program
) -> None:
    ran = logflow("--no-plugins", *arguments)
    assert (ran.status, ran.out) == (status, "")
    assert words in ran.err
    assert len(ran.lines) == 1


def test_no_plugins_are_listed_as_disabled(logflow: Program) -> None:
    out = logflow("plugins", "--no-plugins").out
    assert "all plugins are switched off; drop --no-plugins" in out
    assert " active " not in out


def test_a_plugin_that_is_asked_for_but_not_there_is_a_warning(
    logflow: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from logflow.plugins import reset

    monkeypatch.setenv("LOGFLOW_DISABLE_PLUGINS", "nope")
    reset()
    try:
        ran = logflow("formats")
    finally:
        reset()
    assert ran.status == Exit.CLEAN
    assert ran.err.startswith("logflow: warning: no plugin is named 'nope'")


def test_a_plugin_offers_a_command(install: Install, process: Program) -> None:
    site = install("more", COMMAND.format(name="greet"))
    assert process("greet", "--name", "Ada", site=site).out == "hello Ada\n"
    assert "greet    Say hello." in process("--help", site=site).out
    typo = process("gret", site=site)
    assert "did you mean greet?" in typo.err


def test_a_command_that_the_program_has_already(install: Install, process: Program) -> None:
    site = install("more", COMMAND.format(name="head"))
    ran = process("head", "x", site=site)
    assert (ran.status, ran.out) == (Exit.FAILED, "")
    assert ran.lines == [
        "logflow: command 'head' is logflow's own and also offered by more (logflow-more 1.0): "
        "LOGFLOW_DISABLE_PLUGINS=more disables that"
    ]
    assert process("formats", site=site).status == Exit.CLEAN


def test_options_that_cannot_be_loaded_spoil_no_other_flag(
    folder: Path, install: Install, process: Program
) -> None:
    site = install(
        "bad",
        "from logflow import DecoderRecord, hookimpl\n@hookimpl\ndef logflow_decoders():\n"
        "    return [DecoderRecord(name='x', factory='logflow_bad:X', options='logflow_bad:No')]\n",
    )
    ran = process("convert", "clean.csv", "o.parquet", "--delimiter", ",", site=site)
    assert ran.status == Exit.CLEAN, ran.err
    asked = process("formats", "x", site=site)
    assert asked.status == Exit.FAILED
    assert "logflow_bad:No cannot be loaded" in asked.err
