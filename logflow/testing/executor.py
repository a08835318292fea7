"""The conformance kit for executors: rules EX1 to EX13 of the plugin contract."""

from __future__ import annotations

import itertools
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from logflow.errors import Cancelled, LogflowError, StorageError, TransientError
from logflow.interfaces.cancel import CancelToken
from logflow.interfaces.executor import Executor
from logflow.testing.executor_tasks import (
    StubbornError,
    fail,
    meet,
    nap,
    negate,
    shout,
    traces,
)

__all__ = ["ExecutorConformance", "ProbingWindow"]


class ProbingWindow:
    """A window of *size* tasks that counts what is under way, and sees the most there ever was."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.taken = 0
        self.used = 0
        self.most = 0

    def has_room(self) -> bool:
        return self.taken - self.used < self.size

    def splits(self, count: int | None = None) -> Iterator[int]:
        """The numbers below *count* (``None``: all), counted as they are taken."""
        for number in itertools.count() if count is None else range(count):
            self.taken += 1
            self.most = max(self.most, self.taken - self.used)
            yield number

    def use(self) -> None:
        """The result of one task is done with."""
        self.used += 1


class ExecutorConformance(ABC):
    """Subclass it in a plugin's tests, and pytest checks every rule of the contract.

    Tasks leave their traces in files, so that workers may be anywhere on this machine.
    """

    @abstractmethod
    def make(self, workers: int) -> Executor:
        """A new executor."""

    @pytest.fixture
    def executor(self) -> Iterator[Executor]:
        executor = self.make(2)
        yield executor
        executor.close()

    @pytest.mark.parametrize("workers", [1, 2])
    @pytest.mark.parametrize("count", [0, 1, 40])
    def test_ex1_every_result_once(self, workers: int, count: int) -> None:
        """EX1: every split gives one result, with its number in the order of the splits."""
        with closing(self.make(workers)) as executor:
            assert executor.workers == workers
            splits = [f"{number} x" for number in range(count)]
            results = list(executor.map_unordered(shout, splits, window=ProbingWindow(4)))
        assert sorted(results) == [(number, f"{number} X") for number in range(count)]

    def test_ex2_lazy_and_on_the_callers_thread(self, executor: Executor) -> None:
        """EX2: splits are taken on the caller's thread, and only while it asks for results."""
        threads = set()
        window = ProbingWindow(3)

        def splits() -> Iterator[int]:
            for number in window.splits(20):
                threads.add(threading.get_ident())
                yield number

        results = executor.map_unordered(negate, splits(), window=window)
        assert window.taken == 0
        for _ in results:
            taken = window.taken
            time.sleep(0.01)
            assert window.taken == taken
            window.use()
        assert threads == {threading.get_ident()}

    @pytest.mark.parametrize("size", [1, 2, 7])
    def test_ex3_window(self, executor: Executor, size: int) -> None:
        """EX3: no more is under way than the window has room for."""
        window = ProbingWindow(size)
        for _ in executor.map_unordered(negate, window.splits(40), window=window):
            window.use()
        assert window.most <= size
        assert window.used == 40

    def test_ex4_window_without_room(self, executor: Executor) -> None:
        """EX4: a window that never has room stops nothing: one task at a time is taken."""
        window = ProbingWindow(0)
        for _ in executor.map_unordered(negate, window.splits(5), window=window):
            window.use()
        assert (window.most, window.used) == (1, 5)

    def test_ex5_exceptions_of_tasks(self, executor: Executor, tmp_path: Path) -> None:
        """EX5: an exception of the function is raised to the caller as it was, after one try, and
        ends the iteration; the executor is good for another one."""
        splits = [(tmp_path / "trace", "a KeyError", 9)]
        with pytest.raises(KeyError, match="a KeyError"):
            list(executor.map_unordered(fail, splits, window=ProbingWindow(2), attempts=3))
        assert traces(tmp_path) == ["a KeyError"]
        assert len(list(executor.map_unordered(negate, range(9), window=ProbingWindow(2)))) == 9

    def test_ex6_exceptions_of_splits(self, executor: Executor) -> None:
        """EX6: an exception of the splits is raised to the caller; the executor is good for
        another iteration."""

        def splits() -> Iterator[int]:
            yield from range(5)
            raise RuntimeError("no more splits")

        results = executor.map_unordered(negate, splits(), window=ProbingWindow(2))
        with pytest.raises(RuntimeError, match="no more splits"):
            list(results)
        assert len(list(executor.map_unordered(negate, range(9), window=ProbingWindow(2)))) == 9

    @pytest.mark.parametrize(("failures", "attempts"), [(0, 1), (1, 2), (2, 3), (1, 5)])
    def test_ex7_transient_errors_are_tried_again(
        self, executor: Executor, tmp_path: Path, failures: int, attempts: int
    ) -> None:
        """EX7: a task that raises TransientError is tried again, as often as allowed in all."""
        splits = [(tmp_path / f"{n}", "transient", failures) for n in range(3)]
        window = ProbingWindow(2)
        results = dict(executor.map_unordered(fail, splits, window=window, attempts=attempts))
        assert results == dict.fromkeys(range(3), f"done at try {failures + 1}")

    @pytest.mark.parametrize("attempts", [1, 3])
    def test_ex8_attempts_are_counted(
        self, executor: Executor, tmp_path: Path, attempts: int
    ) -> None:
        """EX8: when all attempts have failed, the TransientError of the last is raised."""
        splits = [(tmp_path / "trace", "transient", 9)]
        window = ProbingWindow(2)
        with pytest.raises(TransientError, match=f"transient at try {attempts}"):
            list(executor.map_unordered(fail, splits, window=window, attempts=attempts))
        assert traces(tmp_path) == ["transient"] * attempts

    @pytest.mark.parametrize("moment", [0.0, 0.3])
    def test_ex9_cancellation(self, executor: Executor, moment: float) -> None:
        """EX9: a token that is cancelled ends the iteration with Cancelled within a second,
        apart from the time that running tasks need."""
        list(executor.map_unordered(nap, [0.05] * 4, window=ProbingWindow(4)))  # workers start
        token = CancelToken()
        moments = []

        def cancel() -> None:
            moments.append(time.monotonic())
            token.cancel()

        timer = threading.Timer(moment, cancel)
        timer.start()
        window = ProbingWindow(4)
        naps = (0.05 for _ in window.splits())
        with pytest.raises(Cancelled):
            list(executor.map_unordered(nap, naps, window=window, token=token))
        assert time.monotonic() - moments[0] < 1.0
        timer.join()
        with pytest.raises(Cancelled):
            list(executor.map_unordered(negate, [1], window=ProbingWindow(1), token=token))

    def test_ex10_leaving_early(self, executor: Executor, tmp_path: Path) -> None:
        """EX10: when the caller stops asking, what waits is not started and what runs is waited
        for: nothing happens afterwards."""
        window = ProbingWindow(50)
        splits = ((tmp_path / f"{n}", "slow", 0) for n in window.splits())
        results = executor.map_unordered(fail, splits, window=window)
        next(results)
        results.close()  # type: ignore[attr-defined]
        before = traces(tmp_path)
        time.sleep(0.3)
        assert traces(tmp_path) == before
        assert len(list(executor.map_unordered(negate, range(9), window=ProbingWindow(2)))) == 9

    def test_ex11_workers_run_at_once(self, executor: Executor, tmp_path: Path) -> None:
        """EX11: as many tasks run at once as there are workers, if the window has room."""
        splits = [(tmp_path / f"{n}", tmp_path, executor.workers) for n in range(executor.workers)]
        results = executor.map_unordered(meet, splits, window=ProbingWindow(executor.workers))
        assert all(met for _, met in results)

    @pytest.mark.parametrize("how", ["exits", "is killed"])
    def test_ex12_death_of_workers(self, executor: Executor, tmp_path: Path, how: str) -> None:
        """EX12: where workers can die, a task whose worker died is tried again, as often as
        allowed in all; then StorageError says that a worker died."""
        if not executor.remote:
            pytest.skip("workers live as long as the driver")
        splits = [(tmp_path / f"{n}", how if n == 2 else "nothing", 1) for n in range(5)]
        window = ProbingWindow(2)
        results = dict(executor.map_unordered(fail, splits, window=window, attempts=3))
        assert sorted(results) == list(range(5))
        with pytest.raises(StorageError, match="a worker process died"):
            list(
                executor.map_unordered(fail, [(tmp_path / "9", how, 9)], window=window, attempts=2)
            )
        assert traces(tmp_path).count(how) == 4
        assert len(list(executor.map_unordered(negate, range(9), window=window))) == 9

    def test_ex13_exceptions_that_cannot_travel(self, executor: Executor, tmp_path: Path) -> None:
        """EX13: an exception that cannot be pickled is no death of a worker: it is raised, or
        where that is impossible a logflow error that tells its class and message."""
        splits = [(tmp_path / "trace", "stubborn", 9)]
        with pytest.raises((StubbornError, LogflowError), match="code 7"):
            list(executor.map_unordered(fail, splits, window=ProbingWindow(2), attempts=3))
        assert traces(tmp_path) == ["stubborn"]
