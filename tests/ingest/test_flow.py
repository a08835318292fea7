"""The window: bounded, in order, whatever order results come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logflow.ingest.flow import EXPANSION, budget, ordered
from logflow.interfaces.cancel import CancelToken
from logflow.interfaces.executor import Window
from logflow.options import DecodeOptions, RunOptions


class Shuffled:
    """An executor that finishes tasks in an order that the test draws."""

    workers = 3
    remote = False

    def __init__(self, choices: st.DataObject) -> None:
        self.choices = choices
        self.most = 0

    def map_unordered(
        self, fn: Callable[[Any], Any], splits: Iterable[Any], *, window: Window, **_: Any
    ) -> Iterator[tuple[int, Any]]:
        tasks = enumerate(splits)
        waiting: list[tuple[int, Any]] = []
        ended = False
        while waiting or not ended:
            while not ended and (window.has_room() or not waiting):
                if (task := next(tasks, None)) is None:
                    ended = True
                else:
                    waiting.append(task)
            self.most = max(self.most, len(waiting))
            if waiting:
                chosen = self.choices.draw(st.integers(0, len(waiting) - 1))
                index, split = waiting.pop(chosen)
                yield index, fn(split)

    def close(self) -> None: ...


@given(data=st.data(), count=st.integers(0, 30), window=st.integers(1, 8))
def test_results_come_in_order_and_the_window_holds(data, count: int, window: int) -> None:
    executor = Shuffled(data)
    results = ordered(executor, str, range(count), window=window, attempts=1, token=CancelToken())
    assert list(results) == [str(i) for i in range(count)]
    assert executor.most <= window


@pytest.mark.parametrize("threads", [1, 2, 8, 64])
@pytest.mark.parametrize("limit", [None, 8_000_000, 64_000_000, 10**10])
def test_the_budget_keeps_the_memory_limit(threads: int, limit: int | None) -> None:
    found = budget(RunOptions(threads=threads, memory_limit=limit), DecodeOptions())
    assert found.window >= 1
    total = limit or 128_000_000 + 96_000_000 * threads
    assert found.window * found.chunk_bytes * EXPANSION <= total
    assert found.chunk_bytes == min(DecodeOptions().chunk_bytes, total // (2 * EXPANSION))
