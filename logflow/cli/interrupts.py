"""Ctrl-C during a conversion: the first one stops it cleanly, the second one at once."""

from __future__ import annotations

import io
import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from logflow.cli.exits import Exit
from logflow.interfaces.cancel import CancelToken

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Stdin", "cancelling"]

WAIT = 0.1
"""Seconds between two looks at the token while nothing arrives."""


@contextmanager
def cancelling() -> Iterator[CancelToken]:
    """A token that Ctrl-C (SIGINT) sets; a second Ctrl-C ends the process.

    Nothing is raised where the signal happens to strike, so that what is being published is
    published as a whole.  What the second one leaves behind is removed by the next run.
    """
    token = CancelToken()
    if threading.current_thread() is not threading.main_thread():
        yield token
        return

    def interrupt(signum: int, frame: FrameType | None) -> None:
        if token.cancelled:
            os._exit(Exit.INTERRUPTED)
        token.cancel()
        after_echo = b"\n" if os.isatty(2) else b""
        os.write(2, after_echo + b"logflow: stopping; Ctrl-C again quits at once\n")

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, before)


class Stdin(io.RawIOBase):
    """Standard input that polls *token* while it waits for data."""

    name = "<stdin>"

    def __init__(self, token: CancelToken, descriptor: int = 0) -> None:
        self._token = token
        self._descriptor = descriptor

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """What is there, at least one byte unless it is the end."""
        self._token.check()
        while not select.select([self._descriptor], [], [], WAIT)[0]:
            self._token.check()
        return os.readv(self._descriptor, [buffer])
