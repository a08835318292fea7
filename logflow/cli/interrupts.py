"""Ctrl-C: a conversion stops cleanly, and at the second one at once; what only reads just ends."""

from __future__ import annotations

import io
import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from logflow.cli.exits import Exit
from logflow.interfaces.cancel import CancelToken

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Stdin", "cancelling", "quitting"]

WAIT = 0.1
"""Seconds between two looks at the token while nothing arrives."""


@contextmanager
def cancelling() -> Iterator[CancelToken]:
    """A token that Ctrl-C (SIGINT) sets; a second Ctrl-C ends the process.

    Nothing is raised where the signal happens to strike, so that what is being published is
    published as a whole.  What the second one leaves behind is removed by the next run.
    """
    token = CancelToken()

    def interrupt(signum: int, frame: FrameType | None) -> None:
        if token.cancelled:
            os._exit(Exit.INTERRUPTED)
        token.cancel()
        _say("stopping; Ctrl-C again quits at once")

    with _handled_by(interrupt):
        yield token


@contextmanager
def quitting() -> Iterator[None]:
    """Ctrl-C ends the process: right for what leaves nothing behind."""

    def interrupt(signum: int, frame: FrameType | None) -> None:
        _say("interrupted")
        os._exit(Exit.INTERRUPTED)

    with _handled_by(interrupt):
        yield


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """While this lasts, *handler* gets SIGINT; only the main thread can ask for that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _say(message: str) -> None:
    """Write a message, in a new line after the ^C of a terminal, past all buffers."""
    after_echo = "\n" if os.isatty(2) else ""
    os.write(2, f"{after_echo}logflow: {message}\n".encode())


class Stdin(io.RawIOBase):
    """Standard input that notices Ctrl-C, and polls *token*, while it waits for data.

    A plain read does not: a signal that comes just before it blocks waits as long as it does.
    """

    name = "<stdin>"

    def __init__(self, token: CancelToken | None = None, descriptor: int = 0) -> None:
        self._token = token or CancelToken()
        self._descriptor = descriptor

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """What is there, at least one byte unless it is the end."""
        self._token.check()
        while not select.select([self._descriptor], [], [], WAIT)[0]:
            self._token.check()
        return os.readv(self._descriptor, [buffer])
