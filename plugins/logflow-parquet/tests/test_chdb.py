"""What ClickHouse reads of the plugin's files: with the benchmark's dependencies only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

chdb = pytest.importorskip("chdb", reason="in the dependency group bench")

ROWS = 5000

TABLE = pa.table(
    {
        "n": range(ROWS),
        "few": [n % 7 if n % 5 else None for n in range(ROWS)],
        "price": [n / 8 for n in range(ROWS)],
        "word": ["", "é", "zebra", "Ω" * 80] * (ROWS // 4),
        "id": [f"{n * 2654435761 % 2**32:08x}" for n in range(ROWS)],
        "text": [f"{n} " + "ü" * (n % 90) if n % 3 else None for n in range(ROWS)],
        "flag": [n % 3 == 0 for n in range(ROWS)],
        "at": pa.array(range(ROWS), pa.timestamp("us", "UTC")),
        "list": [[n] * (n % 3) for n in range(ROWS)],
    }
)


@pytest.fixture
def path(destination: Any) -> Path:
    parts = [TABLE.slice(at, 1000) for at in range(0, ROWS, 1000)]
    result = destination.write(parts, page_bytes=4096, bloom_filters=("n", "id"))
    return Path(result.paths[0])


def rows(path: Path, where: str) -> pa.Table:
    """The rows that ClickHouse finds, as what it writes in Arrow's format."""
    query = f"SELECT * FROM file('{path}', Parquet) WHERE {where} ORDER BY n"
    return pa.ipc.open_file(chdb.query(query, "Arrow").bytes()).read_all()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("1", lambda n: True),
        ("n = 4321", lambda n: n == 4321),
        ("n >= 990 AND n < 1010", lambda n: 990 <= n < 1010),
        ("id = '9e3779b1'", lambda n: n == 1),
        ("few IS NULL", lambda n: n % 5 == 0),
        ("word > 'zebr'", lambda n: n % 4 > 0),
    ],
)
def test_clickhouse_finds_the_rows(path: Path, where: str, expected: Any) -> None:
    wanted = TABLE.filter(pa.array([expected(n) for n in range(ROWS)]))
    found = rows(path, where)
    assert found.select(["n"]).to_pydict() == wanted.select(["n"]).to_pydict()
    for name in TABLE.column_names:
        assert found[name].cast(TABLE.schema.field(name).type).equals(wanted[name]), name
