"""The benchmark measures what it says: its workloads, its runs, and the page that shows them."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import kernels
import page
import pyarrow as pa
import pytest
import workloads
from chart import draw
from conversions import Bench
from measure import measure
from systems import SYSTEMS, System
from workloads import WORKLOADS, make

import logflow

REFERENCE = Path(__file__).resolve().parents[2] / "docs/reference"
SIZE = 60_000


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workloads, "BLOCK_ROWS", 2000)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("name", WORKLOADS)
def test_workload(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}{WORKLOADS[name].suffix}"
    rows = make(name, path, SIZE)
    first = path.read_bytes()
    assert rows == make(name, path, SIZE)
    assert first == path.read_bytes()
    text = pa.input_stream(str(path)).read()  # decompressed as its name says
    assert WORKLOADS[name].form == "parquet" or SIZE * 0.9 < len(text) <= SIZE * 1.01
    assert logflow.read(text, errors="permissive").read_all().num_rows == rows


def test_one_record_of_a_thousand_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "damaged.csv"
    rows = make("damaged", path, 1_000_000)
    lines = path.read_bytes().count(b"\n") - 1
    assert 1000 <= lines / (lines - rows) < 1200


def test_values_with_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "quoted.csv"
    rows = make("quoted", path, SIZE)
    found = list(csv.reader(io.StringIO(path.read_text(), newline="")))
    assert len(found) == rows + 1
    assert any("\n" in row[1] and '"' in row[1] for row in found)


def test_what_a_command_takes() -> None:
    run = measure([sys.executable, "-c", "b = b'x' * 200_000_000; sum(range(2_000_000))"])
    assert (run.status, run.error) == (0, "")
    assert run.peak > 200_000_000
    assert run.cpu > 0
    small = measure([sys.executable, "-S", "-c", "raise SystemExit('no')"])
    assert (small.status, small.error) == (1, "no\n")
    assert small.peak < 100_000_000, "the peak of who started it"


PARTIES = {
    "honest": System(
        module="logflow",
        code="import logflow\nlogflow.convert({src}, {dst}, errors='permissive')",
    ),
    "loser": System(
        module="logflow",
        code="import logflow\nfrom pyarrow.parquet import write_table\n"
        "table = logflow.read({src}, errors='permissive').read_all()\n"
        "write_table(table[1:], {dst})",
    ),
    "fussy": System(
        module="logflow",
        code="import logflow\nlogflow.convert({src}, {dst}, errors='{lenient}' or 'strict')",
        lenient="permissive",
    ),
}


@pytest.mark.usefixtures("small_blocks")
def test_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, system in PARTIES.items():
        monkeypatch.setitem(SYSTEMS, name, system)
    bench = Bench(folder=tmp_path, systems=list(PARTIES), repeat=1)
    clean = bench.convert("events", 10_000)
    runs = clean["systems"]
    assert runs["honest"]["rows"] == runs["fussy"]["rows"] == clean["rows"]
    assert runs["loser"]["failed"] == f"{clean['rows'] - 1} of {clean['rows']} rows"
    assert "lenient" not in runs["fussy"]
    bench = Bench(folder=tmp_path, systems=["honest", "fussy"], repeat=1)
    damaged = bench.convert("damaged", 200_000)["systems"]
    assert damaged["fussy"]["lenient"]
    assert damaged["fussy"]["rows"] == damaged["honest"]["rows"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", kernels.TABLES)
def test_kernels(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "TEXT", 100_000)
    try:
        found = kernels.TABLES[name](1)
    except (kernels.Missing, ImportError) as err:
        pytest.skip(str(err))
    assert len(found) > 1
    assert all(run["cpu"] >= 0 for run in found.values())


def test_page_and_chart_show_the_figures() -> None:
    figures: dict[str, Any] = json.loads((REFERENCE / "benchmark.json").read_text())
    assert (REFERENCE / "benchmark.md").read_text() == page.write(figures)
    assert (REFERENCE / "benchmark.svg").read_text() == draw(figures["convert"])
