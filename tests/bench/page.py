"""The page of the documentation that shows what the benchmark found out: Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["write"]

Figures = Mapping[str, Any]

HEAD = """\
# How fast logflow is

Made by `python tests/bench/run.py --write docs/reference`, which says what each part does; the
figures are in [benchmark.json](benchmark.json).

Machine: {machine}. Versions: {versions}. Medians of {repeat} runs, systems in turn.

## Conversions

![Speed of each system on each workload](benchmark.svg)

A generated file, CSV if not said otherwise, is converted to snappy Parquet by a whole process, the
start of Python and imports included. Every system has its defaults, all cores, and what makes it do
the same work: dates are parsed where it can parse them, and values may have line ends in them where
they do.
`tests/bench/systems.py` has each command. Only logflow types by all values, checks what it has
written, and keeps what it cannot read; its peers type by a sample. *Lenient*: the system refused
the damaged file, and was told to leave out what it cannot read, which it does without a trace.
"""

MEASURES: Mapping[str, Callable[[Figures], str]] = {
    "Wall seconds": lambda run: f"{run['wall']:.2f}",
    "CPU seconds": lambda run: f"{run['cpu']:.2f}",
    "Peak memory, MB": lambda run: f"{run['peak'] / 1e6:,.0f}",
    "Size of the output, MB": lambda run: f"{run['size'] / 1e6:,.1f}",
}


def write(figures: Figures) -> str:
    """The whole page."""
    versions = ", ".join(f"{name} {version}" for name, version in figures["versions"].items())
    parts = [HEAD.format(**figures | {"versions": versions})]
    for part, tables in (("convert", _conversions), ("scaling", _scaling), ("kernels", _kernels)):
        if part in figures:
            parts += tables(figures[part])
    return "\n".join(parts)


def _conversions(workloads: Mapping[str, Figures]) -> Iterator[str]:
    systems = list(next(iter(workloads.values()))["systems"])
    for title, show in MEASURES.items():
        rows = [
            [_workload(found), *(_cell(found["systems"][name], show) for name in systems)]
            for found in workloads.values()
        ]
        header = ["", *systems]
        if title == "Wall seconds":
            header.append("fastest peer / logflow")
            for row, found in zip(rows, workloads.values(), strict=True):
                row.append(_ratio(found["systems"]))
        yield f"### {title}\n"
        yield _table(header, rows)
    yield from _failures(workloads)


def _workload(found: Figures) -> str:
    return f"{found['about']} ({found['bytes'] / 1e6:,.0f} MB)"


def _cell(run: Figures, show: Callable[[Figures], str]) -> str:
    if "failed" in run:
        return "failed"
    return show(run) + (" (lenient)" if run.get("lenient") else "")


def _ratio(systems: Mapping[str, Figures]) -> str:
    walls = {name: run["wall"] for name, run in systems.items() if "failed" not in run}
    ours = walls.pop("logflow", None)
    return f"{min(walls.values()) / ours:.2f}" if ours and walls else ""


def _failures(workloads: Mapping[str, Figures]) -> Iterator[str]:
    failures = [
        f"* {name}, {found['about']}: {run['failed']}\n"
        for found in workloads.values()
        for name, run in found["systems"].items()
        if "failed" in run
    ]
    if failures:
        yield "### Failures\n"
        yield "".join(failures)


def _scaling(sizes: Sequence[Figures]) -> Iterator[str]:
    yield "## Sizes and cores\n"
    yield f"Wall seconds; {sizes[0]['about']}.\n"
    systems = list(sizes[0]["systems"])
    rows = [
        [
            f"{found['text'] / 1e6:,.0f}",
            str(found["cores"]),
            *(_cell(found["systems"][name], MEASURES["Wall seconds"]) for name in systems),
        ]
        for found in sizes
    ]
    yield _table(["MB", "cores", *systems], rows)


def _kernels(contests: Mapping[str, Figures]) -> Iterator[str]:
    yield "## Kernels\n"
    for found in contests.values():
        yield f"{found['about']}\n"
        if "skipped" in found:
            yield f"Skipped: {found['skipped']}.\n"
        elif "right" in next(iter(found["runs"].values())):
            rows = [
                [name, f"{run['right']} of {run['files']}", f"{run['cpu']:.3f}"]
                for name, run in found["runs"].items()
            ]
            yield _table(["", "right", "CPU seconds"], rows)
        else:
            rows = [[name, f"{run['rate'] / 1e6:,.0f}"] for name, run in found["runs"].items()]
            yield _table(["", "MB a second"], rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
