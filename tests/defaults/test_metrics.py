from __future__ import annotations

import json
import logging

import pytest

from logflow.defaults.metrics import LogMetrics, NoMetrics
from logflow.interfaces.metrics import Metrics
from logflow.testing.metrics import MetricsConformance


class TestNoMetrics(MetricsConformance):
    def make(self) -> Metrics:
        return NoMetrics()


class TestLogMetrics(MetricsConformance):
    def make(self) -> Metrics:
        return LogMetrics()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "logflow.metrics")
    return caplog


def events(log: pytest.LogCaptureFixture) -> list[tuple[str, str, float, dict[str, str]]]:
    lines = [record.getMessage() for record in log.records]
    assert not [line for line in lines if "\n" in line]
    log.clear()
    return [
        (event["kind"], event["metric"], event["value"], event["labels"])
        for event in map(json.loads, lines)
    ]


def test_counters_wait_for_a_flush(log: pytest.LogCaptureFixture) -> None:
    metrics = LogMetrics()
    metrics.counter("rows", 5, format="csv", table="b")
    metrics.counter("rows", 2.5, table="b", format="csv")
    metrics.counter("rows", format="a\nb")
    metrics.counter("files")
    assert events(log) == []
    metrics.flush()
    assert events(log) == [
        ("counter", "files", 1, {}),
        ("counter", "rows", 1, {"format": "a\nb"}),
        ("counter", "rows", 7.5, {"format": "csv", "table": "b"}),
    ]
    metrics.flush()
    metrics.counter("files")
    metrics.flush()
    assert events(log) == [("counter", "files", 1, {})]


def test_the_rest_is_written_at_once(log: pytest.LogCaptureFixture) -> None:
    metrics = LogMetrics()
    metrics.gauge("memory", 7, worker="1")
    metrics.histogram("size", 0.5)
    with pytest.raises(KeyError), metrics.timer("seconds", step="decode"):
        raise KeyError
    assert metrics.timer("unused") is not None
    *first, (kind, name, seconds, labels) = events(log)
    assert first == [("gauge", "memory", 7, {"worker": "1"}), ("histogram", "size", 0.5, {})]
    assert (kind, name, labels) == ("timer", "seconds", {"step": "decode"})
    assert 0 <= seconds < 10


def test_nothing_is_written_nowhere(log: pytest.LogCaptureFixture) -> None:
    metrics = NoMetrics()
    metrics.counter("rows")
    metrics.flush()
    assert events(log) == []
