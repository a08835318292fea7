"""The benchmark: ``python tests/bench/run.py [convert] [kernels] [scaling]``; all if not said.

* ``convert``: each workload by logflow and its peers in turn, as whole processes; medians.
* ``kernels``: single kernels beside their peers.
* ``scaling``: one workload at several sizes, on several numbers of cores.

Peers that are not installed (dependency group ``bench``) are left out and named.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import page
from chart import draw
from conversions import Bench, Figures
from kernels import TABLES, Missing
from measure import cores
from systems import SYSTEMS, installed, versions
from workloads import WORKLOADS


def main(arguments: list[str] | None = None) -> None:
    options = _parse(arguments)
    systems = [name for name in options.system or SYSTEMS if name in installed()]
    if missing := [name for name in options.system or SYSTEMS if name not in systems]:
        print("not installed, left out:", ", ".join(missing))
    figures: dict[str, Any] = {
        "machine": f"{platform.system()} {platform.machine()}, {cores()} cores",
        "versions": versions(systems),
        "repeat": options.repeat,
    }
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        bench = Bench(folder=Path(folder), systems=systems, repeat=options.repeat)
        for part in options.part or PARTS:
            figures[part] = PARTS[part](bench, options)
    if options.write:
        _write(figures, options.write)


def _write(figures: dict[str, Any], folder: Path) -> None:
    (folder / "benchmark.json").write_text(json.dumps(figures, indent=1) + "\n")
    (folder / "benchmark.md").write_text(page.write(figures))
    if "convert" in figures:
        (folder / "benchmark.svg").write_text(draw(figures["convert"]))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("part", nargs="*", help=", ".join(PARTS))
    add("--megabytes", type=float, default=200, help="text of each workload (default 200)")
    add("--repeat", type=int, default=5, help="runs of each system, for the median (default 5)")
    add("--workload", choices=WORKLOADS, action="append", help="only this one; repeatable")
    add("--system", choices=SYSTEMS, action="append", help="only this one; repeatable")
    add("--sizes", type=_numbers, default=[1, 10, 100], help="megabytes, of scaling (1,10,100)")
    add("--cores", type=_numbers, default=[1, cores()], help="numbers of cores, of scaling")
    add("--folder", type=Path, help="where the files are made and converted")
    add("--write", type=Path, metavar="FOLDER", help="benchmark.json, .svg and .md, of the docs")
    options = parser.parse_args(arguments)
    if unknown := set(options.part) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    return options


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def convert(bench: Bench, options: argparse.Namespace) -> dict[str, Figures]:
    """Each workload by each system."""
    found: dict[str, Figures] = {}
    for name in options.workload or WORKLOADS:
        found[name] = bench.convert(name, int(options.megabytes * 1e6))
        _show(name, found[name])
    return found


def scaling(bench: Bench, options: argparse.Namespace) -> list[Figures]:
    """One workload at all sizes on all numbers of cores."""
    name = (options.workload or ["events"])[0]
    found = []
    for megabytes in options.sizes:
        for number in options.cores:
            figures = bench.convert(name, megabytes * 1_000_000, cores=number)
            found.append(figures | {"cores": number})
            _show(f"{name}, cores: {number}", figures)
    return found


def kernels(_: Bench, options: argparse.Namespace) -> dict[str, Figures]:
    """All contests between kernels, skipping loudly what is missing."""
    found: dict[str, Figures] = {}
    for name, contest in TABLES.items():
        found[name] = {"about": contest.__doc__}
        print(f"\n{name}: {contest.__doc__}")
        try:
            runs = contest(options.repeat)
        except (Missing, ImportError) as err:
            found[name]["skipped"] = str(err)
            print(f"  SKIPPED: {err}")
            continue
        found[name]["runs"] = runs
        for system, run in runs.items():
            print(f"  {system:32} {_speed(run)}")
    return found


def _speed(run: Figures) -> str:
    if "rate" in run:
        return f"{run['rate'] / 1e6:8,.0f} MB/s"
    return f"{run['right']} of {run['files']} right  {run['cpu']:7.3f} CPU s"


def _show(title: str, found: Figures) -> None:
    about = f"{found['about']}, {found['text'] / 1e6:,.0f} MB, {found['rows']:,} rows"
    print(f"\n{title}: {about}")
    for line in _lines(found["systems"]):
        print("  " + line)
    sys.stdout.flush()


def _lines(systems: dict[str, Figures]) -> Iterator[str]:
    peers = [
        figures["wall"]
        for name, figures in systems.items()
        if name != "logflow" and "failed" not in figures
    ]
    yield f"{'':10}  wall s   CPU s  peak MB  size MB       rows  fastest peer / this"
    for name, figures in systems.items():
        if "failed" in figures:
            yield f"{name:10}  failed: {figures['failed']}"
            continue
        ratio = f"{min(peers) / figures['wall']:6.2f}" if peers else ""
        lenient = "  lenient" if figures.get("lenient") else ""
        size = f"{figures['size'] / 1e6:7.1f}  {figures['rows']:9,}"
        time = f"{figures['wall']:6.2f}  {figures['cpu']:6.2f}  {figures['peak'] / 1e6:7.0f}"
        yield f"{name:10}  {time}  {size}  {ratio}{lenient}"


PARTS = {"convert": convert, "kernels": kernels, "scaling": scaling}


if __name__ == "__main__":
    main()
