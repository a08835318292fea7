"""What the kit for executors has done by workers; apart, because they need no pytest for it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from logflow.errors import TransientError

__all__ = ["StubbornError", "fail", "meet", "nap", "negate", "shout", "traces"]

PATIENCE = 20.0
"""Seconds after which a task gives up waiting for the others."""


class StubbornError(Exception):
    """Cannot be made again from its message, as pickle tries to."""

    def __init__(self, code: int, *, reason: str) -> None:
        super().__init__(f"code {code}: {reason}")


def shout(text: str) -> str:
    return text.upper()


def negate(number: int) -> int:
    return -number


def nap(seconds: float) -> None:
    time.sleep(seconds)


def fail(split: tuple[Path, str, int]) -> str:
    """Leave a trace in a file, and fail as told for the first tries."""
    path, how, failures = split
    with path.open("a") as file:
        file.write(f"{how}\n")
    tries = len(path.read_text().splitlines())
    if how == "slow":
        time.sleep(0.1)
    elif tries <= failures:
        if how == "exits":
            os._exit(3)
        if how == "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "transient":
            raise TransientError(f"transient at try {tries}")
        if how == "stubborn":
            raise StubbornError(7, reason="none")
        if how != "nothing":
            raise KeyError(how)
    return f"done at try {tries}"


def traces(folder: Path) -> list[str]:
    """What all tasks left behind in *folder*."""
    return [line for path in sorted(folder.iterdir()) for line in path.read_text().splitlines()]


def meet(split: tuple[Path, Path, int]) -> bool:
    """Whether as many tasks as told are in the folder together."""
    own, folder, count = split
    own.touch()
    end = time.monotonic() + PATIENCE
    while len(list(folder.iterdir())) < count:
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
