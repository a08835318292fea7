"""Single kernels beside their peers, on one core: bytes a second, or files that were understood."""

from __future__ import annotations

import csv
import importlib.util
import io
import random
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from logflow_ext import KERNELS, kernel

__all__ = ["TABLES"]

Contest = dict[str, Callable[[], object]]
Figures = dict[str, dict[str, Any]]
Dialect = tuple[str, str]
"""Delimiter and quote, ``""`` for none."""
Table = list[list[str]]

TEXT = 16_000_000
DIALECT = {
    "delimiter": b",",
    "merge": False,
    "quote": ord('"'),
    "escape": ord('"'),
    "comment": b"",
    "skip_spaces": False,
    "max_record_bytes": 1 << 24,
}


class Missing(Exception):
    """What a contest needs is not there."""


def tokenising(repeat: int) -> Figures:
    """Text into fields, or into columns of text where a library does nothing less."""
    figures: Figures = {}
    for workload in ("events", "quoted"):
        with tempfile.TemporaryDirectory() as folder:
            path, data = _text(workload, Path(folder))
            for name, result in _rates(_tokenisers(path, data), len(data), repeat).items():
                figures[f"{workload}: {name}"] = result
    return figures


def _tokenisers(path: Path, data: bytes) -> Contest:
    delimited = kernel("delimited")
    columns = data.split(b"\n", 1)[0].count(b",") + 1
    blocks = []
    view = memoryview(data)
    while view:
        size, _, _ = delimited.split(
            view, **DIALECT, max_records=1 << 30, max_bytes=1 << 20, final=True
        )
        blocks.append(view[:size])
        view = view[size:]
    text = data.decode()

    def by_kernel() -> None:
        for block in blocks:
            delimited.index(block, **DIALECT, columns=columns)

    def by_python() -> None:
        for _ in csv.reader(io.StringIO(text, newline="")):
            pass

    contest: Contest = {"logflow_ext.delimited": by_kernel, "csv.reader": by_python}
    if importlib.util.find_spec("pyarrow"):
        import pyarrow as pa
        import pyarrow.csv as arrow_csv

        names = text.split("\n", 1)[0].split(",")
        contest["pyarrow"] = lambda: arrow_csv.read_csv(
            pa.BufferReader(data),
            arrow_csv.ReadOptions(use_threads=False),
            arrow_csv.ParseOptions(newlines_in_values=True),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    if importlib.util.find_spec("duckdb"):
        import duckdb

        query = f"SELECT max(COLUMNS(*)) FROM read_csv('{path}', all_varchar=true)"
        connection = duckdb.connect(config={"threads": 1})
        contest["duckdb"] = lambda: connection.execute(query).fetchall()
    if importlib.util.find_spec("polars"):
        import polars

        contest["polars"] = lambda: polars.read_csv(path, infer_schema=False)
    return contest


def utf8(repeat: int) -> Figures:
    """Checking that text is UTF-8: all ASCII, and with other letters."""
    figures: Figures = {}
    for name, word in (("ASCII", "plain text "), ("German", "große Straße, schöne Grüße ")):
        data = word.encode() * (TEXT // len(word.encode()))
        contest: Contest = {
            "logflow_ext.utf8": lambda data=data: kernel("utf8").first_invalid(data),
            "bytes.decode": lambda data=data: data.decode(),
        }
        if importlib.util.find_spec("pyarrow"):
            import pyarrow as pa

            array = pa.array([data], pa.binary()).view(pa.string())
            contest["pyarrow"] = lambda array=array: array.validate(full=True)
        for system, result in _rates(contest, len(data), repeat).items():
            figures[f"{name}: {system}"] = result
    return figures


def hashing(repeat: int) -> Figures:
    """XXH3-64 of a long text."""
    _require("hashing")
    import xxhash

    data = random.Random(1).randbytes(TEXT)
    contest: Contest = {
        "logflow_ext.hashing": lambda: kernel("hashing").xxh3_64(data),
        "xxhash": lambda: xxhash.xxh3_64_intdigest(data),
    }
    return _rates(contest, len(data), repeat)


def hyperloglog(repeat: int) -> Figures:
    """Counting distinct values: 64-bit integers into a HyperLogLog of 2^14 registers."""
    _require("hashing", "hyperloglog")
    import datasketches

    numbers = array("q", random.Random(2).sample(range(1 << 40), TEXT // 8))

    def by_kernel() -> None:
        hashes = kernel("hashing").hash_fixed_width(numbers, 64, 0, len(numbers))
        kernel("hyperloglog").HyperLogLog(14).add_hashes(hashes)

    def by_datasketches() -> None:
        update = datasketches.hll_sketch(14, datasketches.tgt_hll_type.HLL_8).update
        for number in numbers:
            update(number)

    contest: Contest = {"logflow_ext.hyperloglog": by_kernel, "datasketches": by_datasketches}
    return _rates(contest, 8 * len(numbers), repeat)


def _require(*names: str) -> None:
    for name in names:
        if name not in KERNELS:
            raise Missing(f"there is no kernel {name} yet")


def _rates(contest: Contest, size: int, repeat: int) -> Figures:
    """CPU seconds (the least of *repeat*) and bytes a second of each, in turn."""
    least = dict.fromkeys(contest, float("inf"))
    for _ in range(repeat):
        for name, run in contest.items():
            started = time.process_time()
            run()
            least[name] = min(least[name], time.process_time() - started)
    return {
        name: {"cpu": seconds, "rate": size / max(seconds, 1e-9)} for name, seconds in least.items()
    }


def _text(workload: str, folder: Path) -> tuple[Path, bytes]:
    from workloads import make

    path = folder / f"{workload}.csv"
    make(workload, path, TEXT)
    return path, path.read_bytes()


# --- detection -------------------------------------------------------------------------------


def detection(repeat: int) -> Figures:
    """The dialect of small files: with how many answers csv.reader gives the right table."""
    detectors = _detectors()
    least = dict.fromkeys(detectors, float("inf"))
    with tempfile.TemporaryDirectory() as name:
        files = list(_dialects(Path(name)))
        answers: dict[str, list[Dialect | None]] = {}
        for _ in range(repeat):
            for detector, find in detectors.items():
                started = time.process_time()
                answers[detector] = [find(path) for path, _ in files]
                least[detector] = min(least[detector], time.process_time() - started)
        right = {
            detector: sum(
                dialect is not None and _read(path, dialect) == table
                for dialect, (path, table) in zip(found, files, strict=True)
            )
            for detector, found in answers.items()
        }
    return {
        name: {"cpu": least[name], "right": right[name], "files": len(files)} for name in detectors
    }


def _read(path: Path, dialect: Dialect) -> Table:
    delimiter, quote = dialect
    with path.open(newline="") as file:
        if quote:
            return list(csv.reader(file, delimiter=delimiter, quotechar=quote))
        return list(csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE))


def _dialects(folder: Path) -> Iterator[tuple[Path, Table]]:
    """Small files and what is in them: three tables in eight dialects, quoted where needed."""
    rnd = random.Random(4)
    tables = {
        "people": [
            [f"{rnd.choice('ABC')}. Meyer", f"{rnd.randrange(90)}", rnd.choice(("a; b", "a, b"))]
            for _ in range(60)
        ],
        "prices": [
            [f"2026-0{rnd.randrange(1, 9)}-1{rnd.randrange(9)}", f"{rnd.random() * 99:.2f}"] * 2
            for _ in range(60)
        ],
        "requests": [
            [f"1{rnd.randrange(9)}:30:00", f"host-{rnd.randrange(9)}", "GET /a|b?c=d", "200"]
            for _ in range(60)
        ],
    }
    for label, rows in tables.items():
        table = [[f"column {i}" for i in range(len(rows[0]))], *rows]
        for delimiter in ",;\t|":
            for quote in "\"'":
                path = folder / f"{label}-{ord(delimiter)}-{ord(quote)}.csv"
                with path.open("w", newline="") as file:
                    csv.writer(file, delimiter=delimiter, quotechar=quote).writerows(table)
                yield path, table


def _detectors() -> dict[str, Callable[[Path], Dialect | None]]:
    import logflow

    def ours(path: Path) -> Dialect:
        dialect: Any = logflow.detect(path).dialect
        return dialect.delimiter, dialect.quote or ""

    def sniffer(path: Path) -> Dialect | None:
        try:
            found = csv.Sniffer().sniff(path.read_text())
        except csv.Error:
            return None
        return found.delimiter, found.quotechar or ""

    detectors: dict[str, Callable[[Path], Dialect | None]] = {
        "logflow.detect": ours,
        "csv.Sniffer": sniffer,
    }
    if importlib.util.find_spec("clevercsv"):
        import clevercsv

        def clever(path: Path) -> Dialect | None:
            found = clevercsv.Sniffer().sniff(path.read_text())
            return (found.delimiter, found.quotechar) if found else None

        detectors["clevercsv"] = clever
    if importlib.util.find_spec("duckdb"):
        import duckdb

        connection = duckdb.connect(config={"threads": 1})

        def duck(path: Path) -> Dialect | None:
            query = f"SELECT delimiter, quote FROM sniff_csv('{path}')"
            try:
                delimiter, quote = connection.execute(query).fetchall()[0]
            except duckdb.Error:
                return None
            return delimiter, "" if quote == "(empty)" else quote

        detectors["duckdb"] = duck
    return detectors


TABLES: dict[str, Callable[[int], Figures]] = {
    "tokenising": tokenising,
    "UTF-8": utf8,
    "hashing": hashing,
    "HyperLogLog": hyperloglog,
    "detection": detection,
}
