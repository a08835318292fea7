"""Whole conversions, system by system: all workloads, or one at many sizes."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import Run, measure
from systems import SYSTEMS
from workloads import WORKLOADS

__all__ = ["Bench", "Figures"]

Figures = dict[str, Any]
"""What was found out of one system: ``wall``, ``cpu``, ``peak``, ``size`` and ``rows``, medians;
``lenient`` if it needed its lenient switches; instead of all that, ``failed`` says why."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Converts in *folder*, by each of *systems* in turn, *repeat* times."""

    folder: Path
    systems: list[str]
    repeat: int

    def convert(self, name: str, size: int, cores: int | None = None) -> Figures:
        """All systems on *size* bytes of a workload; those that lose rows have failed."""
        src = self.folder / f"{name}{WORKLOADS[name].suffix}"
        rows = _make(name, src, size)
        try:
            found = self._in_turn(name, src, cores)
            stored = src.stat().st_size
        finally:
            src.unlink()
        if not WORKLOADS[name].damaged:
            for figures in found.values():
                if "failed" not in figures and figures["rows"] != rows:
                    figures["failed"] = f"{figures['rows']:,} of {rows:,} rows"
        about = WORKLOADS[name].about
        return {"about": about, "bytes": stored, "text": size, "rows": rows, "systems": found}

    def _in_turn(self, name: str, src: Path, cores: int | None) -> dict[str, Figures]:
        runs: dict[str, list[Figures]] = {system: [] for system in self.systems}
        lenient = dict.fromkeys(self.systems, False)
        for _ in range(self.repeat):
            for system in self.systems:
                if not SYSTEMS[system].reads(WORKLOADS[name].form):
                    runs[system].append({"failed": f"reads no {WORKLOADS[name].form}"})
                if runs[system] and "failed" in runs[system][-1]:
                    continue
                once = self._once(system, name, src, cores, lenient=lenient[system])
                if "failed" in once and WORKLOADS[name].damaged and SYSTEMS[system].lenient:
                    lenient[system] = True
                    once = self._once(system, name, src, cores, lenient=True)
                runs[system].append(once)
        return {
            system: _median(runs[system]) | ({"lenient": True} if lenient[system] else {})
            for system in self.systems
        }

    def _once(
        self, system: str, name: str, src: Path, cores: int | None, *, lenient: bool
    ) -> Figures:
        folder = self.folder / "out"
        folder.mkdir()
        dst = folder / f"{system}.parquet"
        try:
            command = SYSTEMS[system].command(
                str(src),
                str(dst),
                multiline=WORKLOADS[name].multiline,
                lenient=lenient,
                form=WORKLOADS[name].form,
            )
            run = measure(command, use_cores=cores)
            if run.status not in SYSTEMS[system].accept:
                return {"failed": _reason(run).replace(f"{self.folder}/", "")}
            return {
                "wall": run.wall,
                "cpu": run.cpu,
                "peak": run.peak,
                "size": dst.stat().st_size,
                "rows": _rows(dst),
            }
        finally:
            shutil.rmtree(folder)


def _make(name: str, path: Path, size: int) -> int:
    """Make a workload, in a process of its own, so that this one stays small."""
    made = subprocess.run(
        [sys.executable, Path(__file__).with_name("workloads.py"), name, path, str(size)],
        check=True,
        capture_output=True,
        text=True,
    )
    os.sync()  # or it would be written while others are measured
    return int(made.stdout)


def _rows(path: Path) -> int:
    import pyarrow.parquet

    rows: int = pyarrow.parquet.read_metadata(path).num_rows
    return rows


def _median(runs: Iterable[Figures]) -> Figures:
    runs = list(runs)
    if "failed" in runs[-1]:
        return runs[-1]
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def _reason(run: Run) -> str:
    """The line of an error message that says most."""
    lines = [line.strip() for line in run.error.splitlines()]
    errors = [line for line in lines if "rror" in line or line.startswith("logflow:")]
    return (errors or [line for line in lines if line] or [f"exit code {run.status}"])[-1][:200]
