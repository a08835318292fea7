"""The progress of a long conversion, where somebody watches."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from logflow.cli.console import Console

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Meter"]

DELAY = 0.5
"""Seconds that a run may take without a word."""


class Meter:
    """Told bytes, rows and rejects now and then; shows them if standard error is a terminal.

    What shows it is imported when there is something to show.
    """

    def __init__(self, console: Console, sources: Iterable[str]) -> None:
        self._console = console
        self._animated = console.animated  # asked now: rich puts another stderr in its place
        self._total = _size(sources)
        self._started = time.monotonic()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        err: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, read: int, rows: int, rejects: int) -> None:
        """Show that *read* stored bytes gave *rows* rows and *rejects* rejects so far."""
        if not self._animated or time.monotonic() - self._started < DELAY:
            return
        if self._progress is None:
            self._progress = _bar(self._console)
            self._task = self._progress.add_task("", total=self._total, rows=0, rejects="")
            self._progress.start()
        assert self._task is not None
        shown = f"{rejects:,} rejects" if rejects else ""
        self._progress.update(self._task, completed=read, rows=rows, rejects=shown)


def _bar(console: Console) -> Progress:
    from rich.console import Console as Terminal
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TransferSpeedColumn,
    )

    return Progress(
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TextColumn("{task.fields[rejects]}"),
        TimeElapsedColumn(),
        console=Terminal(stderr=True, no_color=not console.color),
        transient=True,
    )


def _size(sources: Iterable[str]) -> int | None:
    """Bytes of all sources, ``None`` unless all are plain files."""
    sources = list(sources)
    if not all(os.path.isfile(source) for source in sources):
        return None
    return sum(os.path.getsize(source) for source in sources)
