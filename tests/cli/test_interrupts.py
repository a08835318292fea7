"""Ctrl-C: nothing partial remains, and the program says so."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from logflow.cli.exits import Exit
from logflow.cli.interrupts import Stdin, cancelling
from logflow.errors import Cancelled
from logflow.interfaces.cancel import CancelToken

SECONDS = 30


@contextmanager
def converting(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A conversion that waits for more input, once it has read some."""
    command = [sys.executable, "-m", "logflow", "convert", "-", "--chunk-rows=1000", *arguments]
    program = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert program.stdin is not None
        program.stdin.write(b"id,name\n" + b"1,Ada\n" * 40_000)
        program.stdin.flush()  # more than a pipe holds: it was read
        yield program
    finally:
        program.kill()
        program.communicate()


def interrupted(program: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The status and the words with which *program* ends after a Ctrl-C."""
    assert program.stderr is not None
    program.send_signal(signal.SIGINT)
    status = program.wait(timeout=SECONDS)
    return status, program.stderr.read().decode()


@pytest.mark.parametrize("arguments", [[], ["-j2"], ["--executor", "processes"]], ids=" ".join)
def test_the_first_one_leaves_nothing(arguments: list[str], folder: Path) -> None:
    before = sorted(folder.iterdir())
    with converting("o.parquet", *arguments) as program:
        status, said = interrupted(program)
    assert status == Exit.INTERRUPTED
    assert said.splitlines() == [
        "logflow: stopping; Ctrl-C again quits at once",
        "logflow: interrupted: nothing was published",
    ]
    assert sorted(folder.iterdir()) == before


def test_the_old_file_stays(folder: Path) -> None:
    (folder / "o.parquet").write_bytes(b"old")
    with converting("o.parquet", "--force") as program:
        assert interrupted(program)[0] == Exit.INTERRUPTED
    assert (folder / "o.parquet").read_bytes() == b"old"


def test_the_second_one_quits_at_once() -> None:
    code = """
import os, signal, time
from logflow.cli.interrupts import cancelling
with cancelling() as token:
    os.kill(os.getpid(), signal.SIGINT)
    while not token.cancelled:
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
"""
    started = time.monotonic()
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=SECONDS)
    assert ran.returncode == Exit.INTERRUPTED
    assert time.monotonic() - started < SECONDS


def test_a_reading_command_is_interrupted(folder: Path) -> None:
    command = [sys.executable, "-m", "logflow", "schema", "-"]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    with program:
        assert program.stdin is not None
        program.stdin.write(b"a,b\n" * 100_000)
        program.stdin.flush()
        status, said = interrupted(program)
    assert (status, said.strip()) == (Exit.INTERRUPTED, "logflow: interrupted")


def test_the_handler_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with cancelling() as token:
        assert signal.getsignal(signal.SIGINT) is not before
        signal.raise_signal(signal.SIGINT)
        assert token.cancelled
    assert signal.getsignal(signal.SIGINT) is before


def test_standard_input_ends_when_cancelled() -> None:
    reader, writer = os.pipe()
    token = CancelToken()
    stream = Stdin(token, reader)
    try:
        os.write(writer, b"abc")
        assert stream.read(10) == b"abc"
        token.cancel()
        with pytest.raises(Cancelled):
            stream.read(10)
    finally:
        os.close(reader)
        os.close(writer)


def test_progress_is_shown_on_a_terminal_only(folder: Path) -> None:
    """With a terminal as standard error the bar appears and goes; the receipt stays."""
    terminal, other = pty.openpty()
    command = [sys.executable, "-m", "logflow", "convert", "-", "o.parquet", "--chunk-rows=100"]
    program = subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=other, env=dict(os.environ) | {"TERM": "xterm"}
    )
    os.close(other)
    with program:
        assert program.stdin is not None
        for _ in range(30):
            program.stdin.write(b"1,Ada\n" * 500)
            program.stdin.flush()
            time.sleep(0.05)
        program.stdin.close()
        shown = everything(terminal)
    assert program.returncode == Exit.CLEAN
    assert " rows" in shown
    assert "records read = " in shown.splitlines()[-1]


def everything(terminal: int) -> str:
    """What is written to a terminal until the other side closes it."""
    parts = []
    try:
        while select.select([terminal], [], [], SECONDS)[0]:
            parts.append(os.read(terminal, 1 << 16))
    except OSError:  # how a terminal says that it is closed
        pass
    finally:
        os.close(terminal)
    return b"".join(parts).decode()
