"""The README's first command: its file, read by others, holds the values of the export."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import logflow

CSV = Path(__file__).resolve().parents[2] / "docs" / "examples" / "orders.csv"
COLUMNS = {
    "order": pa.int64(),
    "customer": pa.string(),
    "country": pa.string(),
    "zip": pa.string(),
    "ordered": pa.date32(),
    "amount": pa.float64(),
    "paid": pa.bool_(),
    "note": pa.string(),
    "note_2": pa.string(),
}
FEB, MAR_1, MAR_2 = date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)
SIDE_DOOR = 'Leave it at the\r\nside door, ring "twice"'
FIRST = 9007199254740993  # 2**53 + 1: a float would lose it
ROWS = [
    (FIRST, "Zoë Brandt", "DE", "01067", FEB, 12.5, True, None, None),
    (FIRST + 1, "Muller; Sons", "NA", "09000", FEB, 250.0, True, SIDE_DOOR, "fragile"),
    (FIRST + 2, "Çelik Ltd", "TR", "34110", MAR_1, 3.0, False, None, None),
    (FIRST + 3, "O'Neil", "IE", "D02 X285", MAR_1, 1999.9, True, "5 crates", None),
    (FIRST + 4, None, "NA", "10005", MAR_1, None, False, "customer unknown", None),
    (FIRST + 5, "李雷", "CN", "100000", MAR_2, 0.75, True, None, "rush"),
    (FIRST + 6, "  Ana Sousa  ", "PT", "1100-148", MAR_2, 47.2, True, "", None),
    (FIRST + 7, "Brandt, Zoë", "DE", "01067", MAR_2, -12.5, True, f"refund of {FIRST}", None),
]
READERS: dict[str, Callable[[Path], pa.Table]] = {
    "pyarrow": pq.read_table,
    "duckdb": lambda path: duckdb.sql(f"from '{path}'").to_arrow_table(),
}


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that ``LOGFLOW_TEST_ORDERS`` names (the gate's), or one made here."""
    if made := os.environ.get("LOGFLOW_TEST_ORDERS"):
        return Path(made)
    path = tmp_path_factory.mktemp("orders") / "orders.parquet"
    logflow.convert(CSV, path)
    return path


@pytest.mark.parametrize("reader", READERS)
def test_the_values_are_right(parquet: Path, reader: str) -> None:
    table = READERS[reader](parquet)
    assert {field.name: field.type for field in table.schema} == COLUMNS
    assert [tuple(row.values()) for row in table.to_pylist()] == ROWS
