"""Cancellation: a token that long work polls."""

from __future__ import annotations

import threading

from logflow.errors import Cancelled

__all__ = ["CancelToken"]


class CancelToken:
    """A flag that one thread sets and working threads poll, once a block.

    >>> token = CancelToken()
    >>> token.check()
    >>> token.cancel()
    >>> token.cancelled
    True
    """

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask all work that holds this token to stop."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise :exc:`~logflow.errors.Cancelled` once :meth:`cancel` was called."""
        if self._event.is_set():
            raise Cancelled("cancelled: nothing was published")
