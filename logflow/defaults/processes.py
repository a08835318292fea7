"""The executor over processes.  Apart, because what it imports takes longer than a small file."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from logflow.defaults.executors import PoolExecutor
from logflow.errors import LogflowError
from logflow.interfaces.cancel import CancelToken
from logflow.interfaces.executor import Window

__all__ = ["ProcessExecutor"]

T = TypeVar("T")
R = TypeVar("R")


class ProcessExecutor(PoolExecutor):
    """Processes of this machine: functions, splits and results are pickled.

    They are started afresh, not forked from a process that has threads.  They ignore Ctrl-C,
    which is the driver's to handle, and end when the driver does, however it ends.
    """

    remote = True

    def map_unordered(
        self,
        fn: Callable[[T], R],
        splits: Iterable[T],
        *,
        window: Window,
        attempts: int = 1,
        token: CancelToken | None = None,
    ) -> Iterator[tuple[int, R]]:
        """Yield ``(index, fn(split))`` as results arrive, as threads do."""
        return super().map_unordered(
            _Portable(fn), splits, window=window, attempts=attempts, token=token
        )

    def _new_pool(self) -> Executor:
        methods = multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        return ProcessPoolExecutor(self.workers, mp_context=context, initializer=_start_worker)


@dataclass(frozen=True, slots=True)
class _Portable(Generic[T, R]):
    """A function whose exceptions survive the way back.

    One that cannot be unpickled would look like the death of a worker.
    """

    fn: Callable[[T], R]

    def __call__(self, split: T) -> R:
        try:
            return self.fn(split)
        except Exception as err:
            if _is_portable(err):
                raise
            nearest = next(
                (c for c in type(err).__mro__ if c.__module__ == LogflowError.__module__),
                LogflowError,
            )
            raise nearest(f"{type(err).__name__}: {err}") from err


def _is_portable(err: Exception) -> bool:
    try:
        pickle.loads(pickle.dumps(err))
    except Exception:  # noqa: BLE001 - classes fail to be pickled in every way
        return False
    return True


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_driver, name="logflow-driver", daemon=True).start()


def _end_with_driver() -> None:
    driver = multiprocessing.parent_process()
    if driver is not None:
        driver.join()
        os._exit(1)
