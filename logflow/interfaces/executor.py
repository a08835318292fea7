"""Executors: who runs the pure tasks of a pipeline.  Firm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar, runtime_checkable

from logflow.interfaces.cancel import CancelToken

__all__ = ["Executor", "Window"]

T = TypeVar("T")
R = TypeVar("R")


@runtime_checkable
class Window(Protocol):
    """How much may be under way: from the moment a task is taken until its result is written."""

    def has_room(self) -> bool:
        """Whether one more task may be taken now."""
        ...


@runtime_checkable
class Executor(Protocol):
    """Runs a pure function over many inputs, on threads, processes or machines."""

    @property
    def workers(self) -> int:
        """How many tasks run at once."""
        ...

    @property
    def remote(self) -> bool:
        """Whether the function, its inputs and its results must be picklable."""
        ...

    def map_unordered(
        self,
        fn: Callable[[T], R],
        splits: Iterable[T],
        *,
        window: Window,
        attempts: int = 1,
        token: CancelToken | None = None,
    ) -> Iterator[tuple[int, R]]:
        """Yield ``(index, fn(split))`` as results arrive, in any order.

        A split is taken only while *window* has room or nothing is under way.  A
        :exc:`~logflow.errors.TransientError`, or the death of a worker, is tried again until
        *attempts* is reached; any other exception ends the iteration and is raised here.
        """
        ...

    def close(self) -> None:
        """Give back threads or processes; the executor is not used afterwards."""
        ...
