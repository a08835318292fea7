"""kill -9 at a random moment while converting over an existing file.

The destination is always the old file or the whole new one, and the next run leaves no litter.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import logflow

KILLS = int(os.environ.get("LOGFLOW_TEST_KILLS", "200"))
ROWS = 150_000


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A CSV with one broken record, so that there is a side file of rejects too."""
    path = tmp_path / "in" / "big.csv"
    path.parent.mkdir()
    lines = [f"{i},name {i % 97},{i / 8}\n" for i in range(ROWS)]
    lines.insert(ROWS // 2, "broken\n")
    path.write_text("id,name,value\n" + "".join(lines))
    return path


def command(big: Path, out: Path) -> list[str]:
    return [sys.executable, "-m", "logflow", "convert", str(big), str(out), "--force", "-q"]


@pytest.mark.slow
def test_kill_at_any_moment(big: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / "big.parquet"
    logflow.convert(b"id,name,value\n0,old,0.5\n", out)
    old = out.read_bytes()

    started = time.monotonic()
    assert subprocess.run(command(big, tmp_path / "probe.parquet"), check=False).returncode == 3
    duration = time.monotonic() - started
    new = pq.read_table(tmp_path / "probe.parquet")

    random.seed(20261122)
    finished = 0
    for _ in range(KILLS):
        process = subprocess.Popen(command(big, out), start_new_session=True)
        time.sleep(random.uniform(0, duration * 1.1))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        found = out.read_bytes()
        if found != old:
            assert pq.read_table(out).equals(new)
            assert pq.read_table(f"{out}.rejects.parquet").num_rows == 1
            finished += 1
            out.write_bytes(old)
    assert 0 < finished < KILLS, "the kills were all too early or all too late to prove anything"

    assert subprocess.run(command(big, out), check=False).returncode == 3
    assert sorted(path.name for path in folder.iterdir()) == [
        "big.parquet",
        "big.parquet.rejects.parquet",
    ]
    print(f"{KILLS} kills in runs of {duration:.2f} s: {finished} after the new file was there")
