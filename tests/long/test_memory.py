"""A CSV of 4 GB, made on the spot, converts within 400 MB of memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

GIGABYTES = float(os.environ.get("LOGFLOW_TEST_GIGABYTES", "4"))
PEAK = 400 << 20
BLOCK_ROWS = 200_000

MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
sys.exit(code)
"""


def write_csv(path: Path, size: int) -> int:
    """Write about *size* bytes; gives the number of rows."""
    rows = 0
    with path.open("w") as file:
        file.write("id,when,name,amount,note\n")
        while file.tell() < size:
            file.writelines(
                f"{rows + i},2026-0{1 + i % 9}-1{i % 10} 10:00:0{i % 10},name {i % 1000},"
                f'{i % 997}.{i % 100:02},"a note, with a comma {i % 313}"\n'
                for i in range(BLOCK_ROWS)
            )
            rows += BLOCK_ROWS
    return rows


@pytest.mark.slow
def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    source, out = tmp_path / "big.csv", tmp_path / "big.parquet"
    rows = write_csv(source, int(GIGABYTES * 1e9))
    started = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, sys.executable, "-m", "logflow", "convert", "-q",
         str(source), str(out)],
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    seconds = time.monotonic() - started
    peak = int(run.stdout)
    size = source.stat().st_size
    print(f"{size / 1e9:.2f} GB in {seconds:.1f} s, {size / seconds / 1e6:.0f} MB/s, "
          f"peak {peak / 2**20:.0f} MiB")  # fmt: skip
    assert pq.read_metadata(out).num_rows == rows
    assert peak < PEAK
