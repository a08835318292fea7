"""The conformance kit for metrics: rules ME1 to ME4 of the plugin contract.  Provisional."""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod

import pytest

from logflow.interfaces.metrics import Metrics

__all__ = ["MetricsConformance"]

ODD_VALUES = [0, -1, 1e300, math.inf, -math.inf, math.nan]
ODD_LABELS = ["", "line\nbreak", "\0", "\ud800", "é", 'quo"te', "x" * 10_000]


class MetricsConformance(ABC):
    """Subclass it in a plugin's tests, and pytest checks every rule of the contract."""

    @abstractmethod
    def make(self) -> Metrics:
        """A new place for measurements."""

    @pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
    def test_me1_odd_values(self, value: float) -> None:
        """ME1: no number raises."""
        metrics = self.make()
        metrics.counter("logflow.rows", value)
        metrics.gauge("logflow.memory", value)
        metrics.histogram("logflow.size", value)
        metrics.flush()

    @pytest.mark.parametrize("text", ODD_LABELS, ids=range(len(ODD_LABELS)))
    def test_me2_odd_labels(self, text: str) -> None:
        """ME2: no text of a label raises, nor do labels called like arguments of a log record."""
        metrics = self.make()
        metrics.counter("logflow.rows", 1, format=text, msg=text)
        metrics.counter("logflow.rows", 1, file=text)
        metrics.gauge("logflow.memory", 1, format=text, args=text)
        metrics.histogram("logflow.size", 1, format=text, levelname=text)
        with metrics.timer("logflow.seconds", format=text):
            pass
        metrics.flush()

    def test_me3_timers_let_exceptions_through(self) -> None:
        """ME3: a timer lets the exception of its block through, and is used as often as wanted."""
        metrics = self.make()
        for _ in range(2):
            with pytest.raises(KeyError), metrics.timer("logflow.seconds"):
                raise KeyError
        metrics.flush()

    def test_me4_threads_and_flushing(self) -> None:
        """ME4: all threads may measure and flush at once; flushing twice, or nothing, is fine."""
        metrics = self.make()
        errors: list[BaseException] = []

        def measure() -> None:
            try:
                for number in range(500):
                    metrics.counter("logflow.rows", 1, worker=str(number % 7))
                    if number % 50 == 0:
                        metrics.flush()
            except Exception as err:  # noqa: BLE001 - whatever it is, it is wrong
                errors.append(err)

        metrics.flush()
        threads = [threading.Thread(target=measure) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        metrics.flush()
        metrics.flush()
        assert errors == []
