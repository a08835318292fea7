"""The conformance kit for catalogs: rules CA1 to CA9 of the plugin contract.  Provisional."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest

from logflow.interfaces.catalog import (
    Catalog,
    DataFile,
    PartitionSpec,
    Snapshot,
    Table,
    TableFormat,
    TableInfo,
    TableSpec,
)

__all__ = ["CatalogConformance"]

SCHEMA = pa.schema([("id", pa.int64()), ("day", pa.date32())])
SPEC = TableSpec(
    schema=SCHEMA,
    partitioning=PartitionSpec(columns=("day",)),
    properties={"owner": "shop"},
)
FILES = [
    DataFile(
        path=f"orders/{n}.parquet", rows=10 * n, size=100 * n, partition={"day": f"2024-01-0{n}"}
    )
    for n in range(1, 5)
]


class CatalogConformance(ABC):
    """Subclass it in a plugin's tests, and pytest checks every rule of the contract."""

    @abstractmethod
    def make(self) -> Catalog:
        """A new, empty catalog."""

    @abstractmethod
    def append(
        self, catalog: Catalog, database: str, name: str, files: Sequence[DataFile], time_ms: int
    ) -> Snapshot:
        """Commit *files* to a table at a time; how is the business of each table format."""

    @pytest.fixture
    def catalog(self) -> Catalog:
        catalog = self.make()
        catalog.create_database("shop")
        return catalog

    @pytest.fixture
    def history(self, catalog: Catalog) -> list[Snapshot]:
        """The snapshots of a table ``shop.orders``, at 1000, 2000 and 3000 ms."""
        catalog.create_table("shop", "orders", SPEC)
        parts = FILES[:1], FILES[1:3], FILES[3:]
        return [
            self.append(catalog, "shop", "orders", part, 1000 * n)
            for n, part in enumerate(parts, start=1)
        ]

    def test_ca1_databases(self) -> None:
        """CA1: databases are listed by name; a dropped one is gone."""
        catalog = self.make()
        assert list(catalog.list_databases()) == []
        for name in ("b", "a", "ü c"):
            catalog.create_database(name)
        assert list(catalog.list_databases()) == ["a", "b", "ü c"]
        catalog.drop_database("b")
        assert list(catalog.list_databases()) == ["a", "ü c"]

    def test_ca2_tables(self, catalog: Catalog) -> None:
        """CA2: tables are listed by name within their database; a dropped one is gone."""
        catalog.create_database("other")
        for name in ("returns", "orders"):
            catalog.create_table("shop", name, SPEC)
        tables = catalog.list_tables("shop")
        assert all(isinstance(info, TableInfo) for info in tables)
        assert [(info.database, info.name) for info in tables] == [
            ("shop", "orders"),
            ("shop", "returns"),
        ]
        assert list(catalog.list_tables("other")) == []
        catalog.drop_table("shop", "orders")
        assert [info.name for info in catalog.list_tables("shop")] == ["returns"]

    def test_ca3_table_is_as_specified(self, catalog: Catalog) -> None:
        """CA3: a table has the schema, partitioning and properties that it was made with, and a
        location, given or not; ``create_table`` and ``get_table`` agree."""
        made = catalog.create_table("shop", "orders", SPEC)
        for table in (made, catalog.get_table("shop", "orders")):
            assert isinstance(table, Table)
            assert (table.database, table.name) == ("shop", "orders")
            assert table.schema == SCHEMA
            assert table.partitioning == SPEC.partitioning
            assert dict(table.properties).items() >= {"owner": "shop"}.items()
            assert table.format is TableFormat.PARQUET
            assert table.location == made.location != ""
        assert catalog.list_tables("shop")[0].location == made.location

    @pytest.mark.parametrize(
        "call",
        [
            lambda catalog: catalog.drop_database("nothing"),
            lambda catalog: catalog.list_tables("nothing"),
            lambda catalog: catalog.create_table("nothing", "orders", SPEC),
            lambda catalog: catalog.get_table("nothing", "orders"),
            lambda catalog: catalog.get_table("shop", "nothing"),
            lambda catalog: catalog.drop_table("shop", "nothing"),
        ],
    )
    def test_ca4_missing(self, catalog: Catalog, call: Callable[[Catalog], object]) -> None:
        """CA4: what is not there raises LookupError that names it."""
        with pytest.raises(LookupError, match="nothing"):
            call(catalog)

    @pytest.mark.parametrize(
        "call",
        [
            lambda catalog: catalog.create_database("shop"),
            lambda catalog: catalog.create_table("shop", "orders", SPEC),
            lambda catalog: catalog.drop_database("shop"),
        ],
    )
    def test_ca5_existing(self, catalog: Catalog, call: Callable[[Catalog], object]) -> None:
        """CA5: making what exists, and dropping a database with tables, raise ValueError and
        change nothing."""
        catalog.create_table("shop", "orders", SPEC)
        with pytest.raises(ValueError, match=r"shop|orders"):
            call(catalog)
        assert [info.name for info in catalog.list_tables("shop")] == ["orders"]

    def test_ca6_new_table(self, catalog: Catalog) -> None:
        """CA6: a new table has no snapshot and no file, also in the place of a dropped one."""
        for _ in range(2):
            table = catalog.create_table("shop", "orders", SPEC)
            assert table.current_snapshot() is None
            assert [*table.snapshots(), *table.data_files(), *table.manifest_files()] == []
            self.append(catalog, "shop", "orders", FILES, 1000)
            catalog.drop_table("shop", "orders")

    def test_ca7_snapshots(self, catalog: Catalog, history: list[Snapshot]) -> None:
        """CA7: snapshots are kept oldest first, each with its parent and time; the data files are
        those of all of them."""
        table = catalog.get_table("shop", "orders")
        assert list(table.snapshots()) == history
        assert table.current_snapshot() == history[-1]
        ids = [snapshot.snapshot_id for snapshot in history]
        assert len(set(ids)) == 3
        assert [snapshot.parent_id for snapshot in history] == [None, *ids[:-1]]
        assert [snapshot.timestamp_ms for snapshot in history] == [1000, 2000, 3000]
        assert sorted(table.data_files(), key=lambda file: file.path) == FILES

    def test_ca8_as_of_version(self, catalog: Catalog, history: list[Snapshot]) -> None:
        """CA8: a table as of a version is what it was then; an unknown one raises LookupError."""
        table = catalog.get_table("shop", "orders")
        for snapshot, count in zip(history, (1, 3, 4), strict=True):
            then = table.as_of_version(snapshot.snapshot_id)
            assert then.current_snapshot() == snapshot
            assert sorted(then.data_files(), key=lambda file: file.path) == FILES[:count]
            assert then.schema == SCHEMA
        with pytest.raises(LookupError):
            table.as_of_version(max(snapshot.snapshot_id for snapshot in history) + 1)

    @pytest.mark.parametrize(
        ("moment", "index"), [(1000, 0), (1999, 0), (2000, 1), (2001, 1), (3000, 2), (10**15, 2)]
    )
    def test_ca9_as_of_time(
        self, catalog: Catalog, history: list[Snapshot], moment: int, index: int
    ) -> None:
        """CA9: a table as of a time is that of the newest snapshot not younger; a time before the
        first raises LookupError."""
        table = catalog.get_table("shop", "orders")
        assert table.as_of_time(moment).current_snapshot() == history[index]
        with pytest.raises(LookupError):
            table.as_of_time(999)
