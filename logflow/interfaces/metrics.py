"""Numbers about runs, for whoever watches them.  Provisional."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

__all__ = ["Metrics"]


@runtime_checkable
class Metrics(Protocol):
    """Where measurements go.  Names are dotted, labels are few-valued; be quick, never raise."""

    def counter(self, name: str, value: float = 1, **labels: str) -> None:
        """Add *value* to a number that only grows."""
        ...

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set a number that goes up and down."""
        ...

    def histogram(self, name: str, value: float, **labels: str) -> None:
        """Record one observation of a distribution."""
        ...

    def timer(self, name: str, **labels: str) -> AbstractContextManager[None]:
        """Record the seconds spent inside ``with``, also when it is left by an exception."""
        ...

    def flush(self) -> None:
        """Deliver what is held back."""
        ...
