"""The benchmark: whole processes side by side on the same file, medians and ratios.

``python tests/bench/run.py [--megabytes N] [--repeat N]`` makes the workloads, converts each to
Parquet by logflow and by its peers in turn, checks that all wrote the same number of rows, and
prints wall seconds, CPU seconds, peak memory, size, and the ratio to the fastest peer.  Peers
that are not installed are left out and named.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SYSTEMS = {
    "logflow": "from logflow import convert; convert({src!r}, {dst!r})",
    "duckdb": "import duckdb; duckdb.sql(\"copy (from read_csv('{src}')) to '{dst}'\")",
    "polars": "import polars as pl; pl.scan_csv({src!r}, try_parse_dates=True)"
    ".sink_parquet({dst!r}, compression='snappy')",
    "pyarrow": "import pyarrow.csv as c, pyarrow.parquet as p; "
    "r = c.open_csv({src!r}, parse_options=c.ParseOptions(newlines_in_values=True));\n"
    "with p.ParquetWriter({dst!r}, r.schema) as w:\n"
    "    for b in r: w.write_batch(b)",
}


def events(rows: int) -> Iterator[str]:
    """Ten columns of mixed types."""
    rnd = random.Random(1)
    yield "case,activity,time,user,amount,score,country,ok,session,qty\n"
    kinds = [f"activity {i}" for i in range(30)]
    lands = ["DE", "FR", "NA", "IT", "US"]
    for i in range(rows):
        yield (
            f"c{i // 7},{kinds[rnd.randrange(30)]},2026-0{1 + i % 9}-{10 + i % 18}T10:{i % 60:02}"
            f":{i % 59:02}.{i % 1000:03},{rnd.randrange(10**6)},{rnd.randrange(10**6) / 100:.2f},"
            f"{rnd.random()!r},{lands[i % 5]},{'true' if i % 3 else 'false'},"
            f"{rnd.getrandbits(64):016x},{i % 50}\n"
        )


def quoted(rows: int) -> Iterator[str]:
    """Long quoted text with line ends and doubled quotes in it."""
    rnd = random.Random(2)
    words = ["lorem", "ipsum", "dolor", "sit", '""amet""', "line\nend", "a, b"]
    yield "id,text,n\n"
    for i in range(rows):
        yield f'{i},"{" ".join(rnd.choices(words, k=20))}",{i * 2}\n'


def numbers(rows: int) -> Iterator[str]:
    """Many numeric columns."""
    rnd = random.Random(3)
    yield ",".join(f"n{i}" for i in range(100)) + "\n"
    for i in range(rows):
        yield ",".join(str(rnd.randrange(10**5) + i) for _ in range(100)) + "\n"


WORKLOADS: dict[str, Callable[[int], Iterator[str]]] = {
    "events": events,
    "quoted": quoted,
    "numbers": numbers,
}


def make(path: Path, lines: Callable[[int], Iterator[str]], megabytes: int) -> None:
    """Write lines until the file has the size."""
    size = 0
    with path.open("w", newline="") as file:
        for line in lines(10**9):
            size += file.write(line)
            if size > megabytes * 1_000_000:
                return


def once(system: str, src: Path, dst: Path) -> dict[str, float]:
    """Convert in a new process; wall, cpu (seconds), peak (MiB), size (MB)."""
    dst.unlink(missing_ok=True)
    code = SYSTEMS[system].format(src=str(src), dst=str(dst))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    probe = (
        "import resource, subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], "
        "check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    run = subprocess.run(
        [sys.executable, "-c", probe, code], check=True, capture_output=True, text=True
    )
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "wall": wall,
        "cpu": cpu,
        "peak": int(run.stdout.split()[-1]) / 1024,  # peers may print, too
        "size": dst.stat().st_size / 1e6,
    }


def compare(
    name: str, src: Path, folder: Path, systems: list[str], repeat: int
) -> dict[str, dict[str, float]]:
    """All systems in turn, *repeat* times; medians by system."""
    import pyarrow.parquet as pq

    runs: dict[str, list[dict[str, float]]] = {system: [] for system in systems}
    for _ in range(repeat):
        for system in systems:
            runs[system].append(once(system, src, folder / f"{system}.parquet"))
    rows = {s: pq.read_metadata(folder / f"{s}.parquet").num_rows for s in systems}
    assert len(set(rows.values())) == 1, f"{name}: different rows: {rows}"
    return {
        system: {key: statistics.median(run[key] for run in many) for key in many[0]}
        for system, many in runs.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--workload", choices=sorted(WORKLOADS), action="append")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    systems = [system for system in SYSTEMS if importlib.util.find_spec(system)]
    if missing := sorted(set(SYSTEMS) - set(systems)):
        print("not installed:", ", ".join(missing))
    figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for workload in arguments.workload or WORKLOADS:
            src = folder / f"{workload}.csv"
            make(src, WORKLOADS[workload], arguments.megabytes)
            figures[workload] = compare(workload, src, folder, systems, arguments.repeat)
            fastest = min(figures[workload][s]["wall"] for s in systems if s != "logflow")
            for system, found in figures[workload].items():
                print(
                    f"{workload:8} {system:8}"
                    f"  wall {found['wall']:6.2f} s  cpu {found['cpu']:6.2f} s"
                    f"  peak {found['peak']:5.0f} MiB  size {found['size']:6.1f} MB"
                    f"  fastest peer/this {fastest / found['wall']:.2f}"
                )
            src.unlink()
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
