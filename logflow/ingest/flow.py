"""How much is under way: the window, and results in the order of the input."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from logflow.interfaces.cancel import CancelToken
from logflow.interfaces.executor import Executor
from logflow.options import DecodeOptions, RunOptions

__all__ = ["Budget", "InOrder", "budget", "ordered"]

T = TypeVar("T")
R = TypeVar("R")

EXPANSION = 6
"""Bytes that a byte of text under way takes: itself, its index, Arrow data, encoded data."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a memory limit allows: *window* chunks of at most *chunk_bytes* under way."""

    workers: int
    window: int
    chunk_bytes: int


def budget(run: RunOptions, decode: DecodeOptions) -> Budget:
    """Divide the memory limit: up to two chunks a worker, smaller ones only under a tight limit.

    Chunk sizes do not depend on the number of workers, so neither do the output's row groups.

    >>> budget(RunOptions(threads=2), DecodeOptions())
    Budget(workers=2, window=3, chunk_bytes=16777216)
    """
    workers = run.threads or _cores()
    limit = run.memory_limit or 128_000_000 + 96_000_000 * workers
    chunk_bytes = max(1, min(decode.chunk_bytes, limit // (2 * EXPANSION)))
    window = max(1, min(2 * workers, limit // (chunk_bytes * EXPANSION)))
    return Budget(workers, window, chunk_bytes)


def _cores() -> int:
    """The cores that this process may use; not every system tells more than how many there are."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


class InOrder:
    """A window over results that are used in the order in which their tasks were taken."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0
        self._used = 0

    def has_room(self) -> bool:
        return self._taken - self._used < self._size

    def take(self, tasks: Iterable[T]) -> Iterator[T]:
        """*tasks*, counted as they are taken."""
        for task in tasks:
            self._taken += 1
            yield task

    def use(self) -> None:
        """One more result is done with."""
        self._used += 1


def ordered(
    executor: Executor,
    fn: Callable[[T], R],
    tasks: Iterable[T],
    *,
    window: int,
    attempts: int,
    token: CancelToken,
) -> Iterator[R]:
    """The results of *fn* over *tasks* in order; at most *window* wait or are under way.

    A result counts as under way until the caller asks for the next one.
    """
    flow = InOrder(window)
    waiting: dict[int, R] = {}
    following = 0
    arriving = executor.map_unordered(
        fn, flow.take(tasks), window=flow, attempts=attempts, token=token
    )
    for index, result in arriving:
        waiting[index] = result
        while following in waiting:
            yield waiting.pop(following)
            following += 1
            flow.use()
