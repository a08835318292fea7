"""The meter: silent where nobody watches, and in short runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from logflow.cli import progress
from logflow.cli.console import Console
from logflow.cli.progress import Meter


def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let standard error look like a terminal."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")


def test_a_long_run_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watched(monkeypatch)
    monkeypatch.setattr(progress, "DELAY", 0.0)
    (tmp_path / "a").write_bytes(bytes(2_000_000))
    with Meter(Console(color=False), [str(tmp_path / "a")]) as meter:
        meter(1_000_000, 12_345, 0)
        meter(2_000_000, 23_456, 7)
    shown = capsys.readouterr().err
    assert "2.0/2.0 MB" in shown
    assert "23,456 rows" in shown
    assert "7 rejects" in shown


def test_a_short_run_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watched(monkeypatch)
    with Meter(Console(), ["-"]) as meter:
        meter(1, 1, 0)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("console", [Console(quiet=True), Console()], ids=["quiet", "a pipe"])
def test_nobody_watches(
    console: Console, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "DELAY", 0.0)
    if console.quiet:
        watched(monkeypatch)
    with Meter(console, []) as meter:
        meter(1, 1, 0)
    assert capsys.readouterr().err == ""
