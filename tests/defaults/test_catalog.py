from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from logflow.defaults.catalog import MemoryCatalog
from logflow.interfaces.catalog import Catalog, DataFile, PartitionSpec, Snapshot, TableSpec
from logflow.testing.catalog import FILES, SCHEMA, SPEC, CatalogConformance


class TestMemoryCatalog(CatalogConformance):
    def make(self) -> Catalog:
        return MemoryCatalog()

    def append(
        self, catalog: Catalog, database: str, name: str, files: Sequence[DataFile], time_ms: int
    ) -> Snapshot:
        assert isinstance(catalog, MemoryCatalog)
        return catalog.append(database, name, files, time_ms)


@pytest.fixture
def catalog() -> MemoryCatalog:
    catalog = MemoryCatalog()
    catalog.create_database("shop")
    catalog.create_table("shop", "orders", SPEC)
    return catalog


def test_protocol(catalog: MemoryCatalog) -> None:
    assert isinstance(catalog, Catalog)


@pytest.mark.parametrize("name", ["", "orders"])
def test_names(catalog: MemoryCatalog, name: str) -> None:
    with pytest.raises(ValueError, match="needs a name that is not taken"):
        catalog.create_table("shop", name, SPEC)
    with pytest.raises(ValueError, match="needs a name that is not taken"):
        catalog.create_database("")


def test_partition_columns_are_of_the_schema(catalog: MemoryCatalog) -> None:
    spec = TableSpec(schema=SCHEMA, partitioning=PartitionSpec(columns=("day", "hour")))
    with pytest.raises(ValueError, match=r"no partition columns \['hour'\]"):
        catalog.create_table("shop", "hourly", spec)


def test_tables_do_not_change(catalog: MemoryCatalog) -> None:
    before = catalog.get_table("shop", "orders")
    catalog.append("shop", "orders", FILES)
    assert before.data_files() == ()
    assert len(catalog.get_table("shop", "orders").data_files()) == len(FILES)


def test_time_goes_forward(catalog: MemoryCatalog, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns() // 1_000_000
    first = catalog.append("shop", "orders", FILES[:1])
    assert 0 <= first.timestamp_ms - now < 60_000
    with pytest.raises(ValueError, match="before the last snapshot"):
        catalog.append("shop", "orders", FILES[1:], 1000)
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert catalog.append("shop", "orders", FILES[1:]).timestamp_ms == first.timestamp_ms
    assert [s.snapshot_id for s in catalog.get_table("shop", "orders").snapshots()] == [1, 2]


def test_given_location() -> None:
    catalog = MemoryCatalog()
    catalog.create_database("shop")
    assert catalog.create_table("shop", "a", SPEC).location == "memory://shop/a"
    spec = TableSpec(schema=SCHEMA, location="/data/b")
    assert catalog.create_table("shop", "b", spec).location == "/data/b"
