"""Places for measurements: nowhere, or the log."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

__all__ = ["LogMetrics", "NoMetrics"]

Series = tuple[str, tuple[tuple[str, str], ...]]
"""The name of a counter, and its labels, sorted."""


class NoMetrics:
    """Forgets everything."""

    def counter(self, name: str, value: float = 1, **labels: str) -> None:
        """Nothing."""

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Nothing."""

    def histogram(self, name: str, value: float, **labels: str) -> None:
        """Nothing."""

    def timer(self, name: str, **labels: str) -> AbstractContextManager[None]:
        """Nothing."""
        return nullcontext()

    def flush(self) -> None:
        """Nothing."""


class LogMetrics:
    """One JSON object a line to the logger ``logflow.metrics``, at level INFO.  Thread safe.

    Counters are added up and written by :meth:`flush`, as the sums since the last one; gauges,
    observations and timers, in seconds, are written at once.
    """

    def __init__(self) -> None:
        self._log = logging.getLogger("logflow.metrics")
        self._sums: defaultdict[Series, float] = defaultdict(float)
        self._lock = threading.Lock()

    def counter(self, name: str, value: float = 1, **labels: str) -> None:
        """Add *value* to the sum of this name and these labels."""
        with self._lock:
            self._sums[name, tuple(sorted((label, str(v)) for label, v in labels.items()))] += value

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Write the value."""
        self._write("gauge", name, value, labels)

    def histogram(self, name: str, value: float, **labels: str) -> None:
        """Write the observation."""
        self._write("histogram", name, value, labels)

    @contextmanager
    def timer(self, name: str, **labels: str) -> Iterator[None]:
        """Write the seconds spent inside ``with``."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._write("timer", name, time.perf_counter() - start, labels)

    def flush(self) -> None:
        """Write the sums, sorted, and start again from zero."""
        with self._lock:
            sums, self._sums = self._sums, defaultdict(float)
        for (name, labels), value in sorted(sums.items()):
            self._write("counter", name, value, dict(labels))

    def _write(self, kind: str, name: str, value: float, labels: dict[str, str]) -> None:
        event = {"metric": name, "kind": kind, "value": value, "labels": labels}
        self._log.info("%s", json.dumps(event, default=str))
