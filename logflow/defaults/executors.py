"""The executor over threads, and what it has in common with that over processes.

Both take splits on the caller's thread, while workers are busy with earlier ones, and hand out
results in the order in which they arrive.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from logflow.errors import OptionError, StorageError, TransientError, UsageError
from logflow.interfaces.cancel import CancelToken
from logflow.interfaces.executor import Window

__all__ = ["PoolExecutor", "ThreadExecutor"]

T = TypeVar("T")
R = TypeVar("R")

POLL_SECONDS = 0.1
"""How long a cancellation may go unnoticed while nothing arrives."""


@dataclass(slots=True)
class _Task(Generic[T]):
    """A split that was taken, and how often it was started."""

    index: int
    split: T
    starts: int = 0


class PoolExecutor(ABC):
    """An executor over a pool of :mod:`concurrent.futures`, made when it is first needed."""

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise OptionError(f"at least one worker is needed, not {workers}", name="workers")
        self._workers = workers
        self._pool: Executor | None = None
        self._closed = False
        self._lock = threading.Lock()

    @property
    def workers(self) -> int:
        """How many tasks run at once."""
        return self._workers

    def map_unordered(
        self,
        fn: Callable[[T], R],
        splits: Iterable[T],
        *,
        window: Window,
        attempts: int = 1,
        token: CancelToken | None = None,
    ) -> Iterator[tuple[int, R]]:
        """Yield ``(index, fn(split))`` as results arrive.

        However the iteration ends, what is queued is dropped and what runs is waited for.
        """
        token = token or CancelToken()
        pending: dict[Future[R], _Task[T]] = {}
        arrived: SimpleQueue[Future[R]] = SimpleQueue()

        def start(task: _Task[T]) -> None:
            task.starts += 1
            future = self._submit(fn, task.split)
            pending[future] = task
            future.add_done_callback(arrived.put)

        tasks = (_Task(index, split) for index, split in enumerate(splits))
        ended = False
        try:
            while pending or not ended:
                token.check()
                may_take = not ended and (not pending or window.has_room())
                if may_take:
                    taken = next(tasks, None)
                    if taken is None:
                        ended = True
                    else:
                        start(taken)
                try:
                    future = arrived.get(block=not may_take, timeout=POLL_SECONDS)
                except Empty:
                    continue
                task = pending.pop(future)
                error = future.exception()
                if error is None:
                    yield task.index, future.result()
                else:
                    _check_retry(error, task.starts, attempts)
                    start(task)
                del future, task  # they hold the split and the result while others run
        finally:
            wait([future for future in pending if not future.cancel()])

    def close(self) -> None:
        """Wait for the workers to end; a second call does nothing."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)

    @abstractmethod
    def _new_pool(self) -> Executor: ...

    def _submit(self, fn: Callable[[T], R], split: T) -> Future[R]:
        with self._lock:
            if self._closed:
                raise UsageError("the executor was closed")
            if self._pool is None:
                self._pool = self._new_pool()
            try:
                return self._pool.submit(fn, split)
            except BrokenExecutor:  # a worker died, and with it the pool
                self._pool.shutdown()
                self._pool = self._new_pool()
                return self._pool.submit(fn, split)


def _check_retry(error: BaseException, starts: int, attempts: int) -> None:
    """Raise *error* unless a task that was started so often may be started again."""
    if isinstance(error, BrokenExecutor):
        if starts >= attempts:
            raise StorageError(
                f"a worker process died (attempt {starts} of {attempts}): it was killed, perhaps "
                "for want of memory, or could not start, as in a script that does not ask whether "
                "__name__ == '__main__'"
            ) from error
    elif not isinstance(error, TransientError) or starts >= attempts:
        raise error


class ThreadExecutor(PoolExecutor):
    """Threads of this process: right for tasks that release the interpreter's lock.

    >>> class Room:
    ...     def has_room(self) -> bool:
    ...         return True
    >>> executor = ThreadExecutor(workers=2)
    >>> sorted(executor.map_unordered(len, ["a", "bcd"], window=Room()))
    [(0, 1), (1, 3)]
    >>> executor.close()
    """

    remote = False

    def _new_pool(self) -> Executor:
        return ThreadPoolExecutor(self.workers, thread_name_prefix="logflow")
