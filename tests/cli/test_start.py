"""What is loaded, and when: the start must be quick."""

from __future__ import annotations

import subprocess
import sys

import pytest

from logflow.cli import start
from logflow.cli.exits import Exit

HEAVY = ("click", "rich", "pluggy", "pyarrow", "numpy", "duckdb", "lxml")

UNNEEDED = ("multiprocessing", "pyarrow.compute", "rich", "tomllib")
"""What a conversion on threads, without errors and without a terminal, does without."""

VERSION = """
import sys
sys.argv = ["logflow", "--version"]
from logflow.cli.start import main
assert main() == 0
"""


def loaded(code: str) -> set[str]:
    """The modules that running *code* loads in a new process."""
    before = "import sys; before = set(sys.modules)\n"
    after = "\nprint('\\n'.join(set(sys.modules) - before), file=sys.stderr)"
    whole = before + code + after
    ran = subprocess.run([sys.executable, "-c", whole], capture_output=True, check=True, text=True)
    return set(ran.stderr.split())


@pytest.mark.parametrize("code", ["import logflow", VERSION], ids=["import", "--version"])
def test_nothing_heavy_is_loaded(code: str) -> None:
    assert loaded(code).isdisjoint(HEAVY)


def test_version_loads_three_modules_of_ours() -> None:
    ours = {name for name in loaded(VERSION) if name.partition(".")[0] == "logflow"}
    assert ours == {"logflow", "logflow.cli", "logflow.cli.start", "logflow.version"}


@pytest.mark.parametrize("arguments", [["--version"], ["-q", "--version"]])
def test_version(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "logflow", *arguments]
    ran = subprocess.run(command, capture_output=True, check=True, text=True)
    assert (ran.stdout, ran.stderr) == ("logflow 0.1.0\n", "")


def test_help_loads_no_arrow_and_no_table() -> None:
    code = """
from logflow.cli.main import run
assert run(["convert", "--help"]) == 0
"""
    assert loaded(code).isdisjoint({"rich", "pyarrow", "numpy"})


def test_a_conversion_loads_no_more_than_it_needs(tmp_path: object) -> None:
    code = f"""
import io, sys
from logflow.cli.main import run
open(r"{tmp_path}/a.csv", "w").write("a,b\\n1,2\\n")
assert run(["convert", r"{tmp_path}/a.csv", r"{tmp_path}/a.parquet"], light=True) == 0
"""
    assert loaded(code).isdisjoint(UNNEEDED)


def test_an_interrupt_during_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(arguments: list[str], *, light: bool) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["logflow", "formats"])
    monkeypatch.setattr("logflow.cli.main.run", interrupt)
    assert start.main() == Exit.INTERRUPTED
    assert capsys.readouterr().err == "logflow: interrupted\n"
