from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from logflow.defaults.executors import ThreadExecutor
from logflow.defaults.processes import ProcessExecutor
from logflow.errors import (
    DecodeError,
    LogflowError,
    OptionError,
    StorageError,
    TransientError,
    UsageError,
)
from logflow.interfaces.cancel import CancelToken
from logflow.interfaces.executor import Executor
from logflow.testing.executor import ExecutorConformance, ProbingWindow
from logflow.testing.executor_tasks import nap, negate

Kind = type[ThreadExecutor] | type[ProcessExecutor]
BOTH = pytest.mark.parametrize("kind", [ThreadExecutor, ProcessExecutor])


class TestThreads(ExecutorConformance):
    def make(self, workers: int) -> Executor:
        return ThreadExecutor(workers=workers)


class TestProcesses(ExecutorConformance):
    def make(self, workers: int) -> Executor:
        return ProcessExecutor(workers=workers)


@BOTH
def test_protocol(kind: Kind) -> None:
    executor = kind(workers=1)
    assert isinstance(executor, Executor)
    assert executor.remote == (kind is ProcessExecutor)
    executor.close()


@BOTH
@pytest.mark.parametrize("workers", [0, -1])
def test_workers_are_needed(kind: Kind, workers: int) -> None:
    with pytest.raises(OptionError, match="at least one worker") as caught:
        kind(workers)
    assert caught.value.name == "workers"


@BOTH
def test_closed(kind: Kind) -> None:
    executor = kind(workers=2)
    assert dict(executor.map_unordered(negate, [5], window=ProbingWindow(1))) == {0: -5}
    executor.close()
    executor.close()
    with pytest.raises(UsageError, match="was closed"):
        list(executor.map_unordered(negate, [5], window=ProbingWindow(1)))


@BOTH
def test_nothing_is_started_for_nothing(kind: Kind) -> None:
    before = workers_alive()
    with closing(kind(workers=2)) as executor:
        assert list(executor.map_unordered(negate, [], window=ProbingWindow(1))) == []
        assert workers_alive() == before


@BOTH
def test_nothing_leaks(kind: Kind) -> None:
    before = workers_alive()
    with closing(kind(workers=2)) as executor:
        results = executor.map_unordered(nap, [0.05] * 20, window=ProbingWindow(9))
        next(results)
        assert workers_alive() > before
        if kind is ProcessExecutor:
            for child in multiprocessing.active_children():
                child.kill()
            with pytest.raises(StorageError, match="a worker process died"):
                list(results)
        results.close()  # type: ignore[attr-defined]
    assert workers_alive() == before


def workers_alive() -> int:
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("logflow")]
    return len(threads) + len(multiprocessing.active_children())


@BOTH
def test_the_window_is_filled(kind: Kind) -> None:
    window = ProbingWindow(6)
    with closing(kind(workers=2)) as executor:
        results = executor.map_unordered(nap, map(slowly, window.splits(8)), window=window)
        next(results)
        assert window.taken == 6
        for _ in results:
            window.use()
    assert window.most == 6


def slowly(number: int) -> float:
    return 0.3


@BOTH
def test_one_worker_decodes_while_the_next_is_split(kind: Kind) -> None:
    def splits() -> Iterator[float]:
        for _ in range(6):
            time.sleep(0.15)
            yield 0.15

    with closing(kind(workers=1)) as executor:
        list(executor.map_unordered(nap, [0.0], window=ProbingWindow(1)))
        start = time.monotonic()
        list(executor.map_unordered(nap, splits(), window=Room()))
        assert time.monotonic() - start < 0.9 * 6 * (0.15 + 0.15)


class Room:
    def has_room(self) -> bool:
        return True


@BOTH
def test_two_runs_share_an_executor(kind: Kind) -> None:
    with closing(kind(workers=2)) as executor:
        runs = [executor.map_unordered(negate, range(20), window=ProbingWindow(3)) for _ in "ab"]
        together = list(zip(*runs, strict=True))
    assert [sorted(run) for run in zip(*together, strict=True)] == [
        [(n, -n) for n in range(20)]
    ] * 2


def test_results_are_not_kept() -> None:
    window = ProbingWindow(1)
    kept: list[weakref.ref[Result]] = []

    def splits() -> Iterator[int]:
        for number in window.splits(20):
            gc.collect()
            assert not [ref for ref in kept if ref() is not None]
            yield number

    with closing(ThreadExecutor(workers=1)) as executor:
        for _, result in executor.map_unordered(Result, splits(), window=window):
            kept.append(weakref.ref(result))
            del result
            window.use()
    assert len(kept) == 20


class Result:
    def __init__(self, number: int) -> None:
        self.number = number


def test_a_thread_polls_the_token() -> None:
    token = CancelToken()
    timer = threading.Timer(0.2, token.cancel)

    def work(_: int) -> None:
        for _ in range(1000):
            token.check()
            time.sleep(0.01)

    timer.start()
    start = time.monotonic()
    with closing(ThreadExecutor(workers=2)) as executor, pytest.raises(LogflowError):
        list(executor.map_unordered(work, range(9), window=ProbingWindow(4), token=token))
    assert time.monotonic() - start < 1.2
    timer.join()


@pytest.mark.parametrize("number", range(3))
def test_idle_workers_may_die(number: int) -> None:
    with closing(ProcessExecutor(workers=2)) as executor:
        list(executor.map_unordered(nap, [0.05] * 4, window=ProbingWindow(4)))
        for child in multiprocessing.active_children()[: number + 1]:
            child.kill()
            if number:
                child.join()
        results = executor.map_unordered(negate, range(9), window=ProbingWindow(4), attempts=2)
        assert sorted(results) == [(n, -n) for n in range(9)]


@pytest.mark.parametrize(
    ("split", "error"), [(lambda: None, "pickle|lambda"), (threading.Lock(), "pickle")]
)
def test_what_cannot_be_pickled_is_said(split: object, error: str) -> None:
    with closing(ProcessExecutor(workers=1)) as executor:
        with pytest.raises((TypeError, AttributeError, pickle.PicklingError), match=error):
            list(executor.map_unordered(identity, [split], window=ProbingWindow(1), attempts=3))
        with pytest.raises((TypeError, AttributeError, pickle.PicklingError), match="pickle"):
            list(executor.map_unordered(lock, [1], window=ProbingWindow(1), attempts=3))
        assert dict(executor.map_unordered(negate, [1], window=ProbingWindow(1))) == {0: -1}


def identity(split: object) -> object:
    return split


def lock(_: int) -> object:
    return threading.Lock()


class PickyTransientError(TransientError):
    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(f"{message} ({status})")


class PickyDecodeError(DecodeError):
    def __init__(self, *, line: int) -> None:
        super().__init__("bad", line=line)


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("decode", DecodeError, "^a.csv, line 7: bad$"),
        ("picky", DecodeError, "^PickyDecodeError: line 8: bad"),
        ("transient", TransientError, r"^PickyTransientError: busy \(503\)"),
        ("local", LogflowError, "LocalError: inside"),
        ("exit", SystemExit, "5"),
    ],
)
def test_errors_keep_their_kind(how: str, error: type[BaseException], message: str) -> None:
    with closing(ProcessExecutor(workers=1)) as executor, pytest.raises(error, match=message):
        list(executor.map_unordered(complain, [how], window=ProbingWindow(1)))


def complain(how: str) -> None:
    class LocalError(Exception):
        pass

    errors: dict[str, BaseException] = {
        "decode": DecodeError("bad", file="a.csv", line=7),
        "picky": PickyDecodeError(line=8),
        "transient": PickyTransientError("busy", status=503),
        "local": LocalError("inside"),
        "exit": SystemExit(5),
    }
    raise errors[how]


DRIVER = """
import sys, time
from pathlib import Path
from logflow.defaults.processes import ProcessExecutor
from logflow.testing.executor import ProbingWindow
from tests_of_executors import pid_then_sleep

if __name__ == "__main__":
    executor = ProcessExecutor(workers=2)
    splits = [(sys.argv[1], n) for n in range(2)]
    for _ in executor.map_unordered(pid_then_sleep, splits, window=ProbingWindow(4)):
        pass
"""
TASKS = """
import os, time
from pathlib import Path

def pid_then_sleep(split):
    folder, number = split
    Path(folder, f"{os.getpid()}.pid").touch()
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_their_driver(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "driver.py").write_text(DRIVER)
    (tmp_path / "tests_of_executors.py").write_text(TASKS)
    folder = tmp_path / "pids"
    folder.mkdir()
    driver = subprocess.Popen(
        [sys.executable, "driver.py", str(folder)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(tmp_path)])},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_until(lambda: len(list(folder.iterdir())) == 2)
    workers = [int(path.stem) for path in folder.iterdir()]
    driver.send_signal(number)
    if number == signal.SIGINT:  # the driver waits for its tasks; a second one ends that too
        time.sleep(0.5)
        driver.send_signal(number)
        time.sleep(0.5)
        driver.kill()
    driver.communicate()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_interrupts_are_the_drivers() -> None:
    with closing(ProcessExecutor(workers=1)) as executor:
        list(executor.map_unordered(nap, [0.0], window=ProbingWindow(1)))  # the worker starts
        results = executor.map_unordered(nap, [0.4, 0.0], window=ProbingWindow(2))
        timer = threading.Timer(0.2, interrupt_children)
        timer.start()
        assert len(list(results)) == 2
        timer.join()


def interrupt_children() -> None:
    for child in multiprocessing.active_children():
        assert child.pid is not None
        os.kill(child.pid, signal.SIGINT)


STATE: list[str] = []


def test_workers_are_not_forked_from_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.STATE", ["of the driver, as its locks and threads would be"])
    with closing(ProcessExecutor(workers=1)) as executor:
        assert dict(executor.map_unordered(state, [0], window=ProbingWindow(1))) == {0: []}


def state(_: int) -> list[str]:
    return STATE
