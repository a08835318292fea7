"""A catalog of tables in memory, for tests and for trying things out."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from logflow.interfaces.catalog import (
    DataFile,
    ManifestFile,
    PartitionSpec,
    Snapshot,
    TableFormat,
    TableInfo,
    TableSpec,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MemoryCatalog", "MemoryTable"]


@dataclass(frozen=True, slots=True)
class _Commit:
    """A snapshot and all data files as of it."""

    snapshot: Snapshot
    files: tuple[DataFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryTable:
    """A table as it was when the catalog was asked; later commits do not change it."""

    database: str
    name: str
    spec: TableSpec
    history: tuple[_Commit, ...] = field(default=(), repr=False)

    @property
    def schema(self) -> pa.Schema:
        """The schema that the table was made with."""
        return self.spec.schema

    @property
    def location(self) -> str:
        """Where the table is; ``memory://database/name`` if it was made without a location."""
        return self.spec.location or f"memory://{self.database}/{self.name}"

    @property
    def format(self) -> TableFormat:
        """The format that the table was made with."""
        return self.spec.format

    @property
    def partitioning(self) -> PartitionSpec:
        """The partitioning that the table was made with."""
        return self.spec.partitioning

    @property
    def properties(self) -> Mapping[str, str]:
        """The properties that the table was made with."""
        return self.spec.properties

    def current_snapshot(self) -> Snapshot | None:
        """The newest snapshot, ``None`` before the first commit."""
        return self.history[-1].snapshot if self.history else None

    def snapshots(self) -> Sequence[Snapshot]:
        """All snapshots, oldest first."""
        return tuple(commit.snapshot for commit in self.history)

    def as_of_version(self, snapshot_id: int) -> MemoryTable:
        """The table as it was at a snapshot; an unknown one raises ``LookupError``."""
        for length, commit in enumerate(self.history, start=1):
            if commit.snapshot.snapshot_id == snapshot_id:
                return replace(self, history=self.history[:length])
        known = ", ".join(str(s.snapshot_id) for s in self.snapshots()) or "none"
        raise LookupError(f"{self._label} has no snapshot {snapshot_id}; there are: {known}")

    def as_of_time(self, timestamp_ms: int) -> MemoryTable:
        """The table as of the newest snapshot not younger than *timestamp_ms*."""
        for length in range(len(self.history), 0, -1):
            if self.history[length - 1].snapshot.timestamp_ms <= timestamp_ms:
                return replace(self, history=self.history[:length])
        raise LookupError(f"{self._label} has no snapshot as old as {timestamp_ms} ms")

    def data_files(self) -> Sequence[DataFile]:
        """The files of the newest snapshot, in the order of their commits."""
        return self.history[-1].files if self.history else ()

    def manifest_files(self) -> Sequence[ManifestFile]:
        """None: memory keeps no manifests."""
        return ()

    @property
    def _label(self) -> str:
        return f"table {self.database}.{self.name}"


class MemoryCatalog:
    """Databases and tables in this process.  Thread safe.

    >>> catalog = MemoryCatalog()
    >>> catalog.create_database("shop")
    >>> catalog.list_databases()
    ('shop',)
    """

    def __init__(self) -> None:
        self._databases: dict[str, dict[str, MemoryTable]] = {}
        self._lock = threading.Lock()

    def create_database(self, database: str) -> None:
        """Make an empty database."""
        with self._lock:
            if not database or database in self._databases:
                raise ValueError(f"a database needs a name that is not taken, not {database!r}")
            self._databases[database] = {}

    def list_databases(self) -> Sequence[str]:
        """The names of all databases, sorted."""
        with self._lock:
            return tuple(sorted(self._databases))

    def drop_database(self, database: str) -> None:
        """Remove an empty database."""
        with self._lock:
            if self._tables(database):
                raise ValueError(f"database {database!r} still has tables")
            del self._databases[database]

    def create_table(self, database: str, name: str, spec: TableSpec) -> MemoryTable:
        """Make a table without snapshots."""
        missing = set(spec.partitioning.columns) - set(spec.schema.names)
        if missing:
            raise ValueError(f"the schema has no partition columns {sorted(missing)}")
        with self._lock:
            tables = self._tables(database)
            if not name or name in tables:
                raise ValueError(f"a table needs a name that is not taken, not {name!r}")
            tables[name] = MemoryTable(database=database, name=name, spec=spec)
            return tables[name]

    def get_table(self, database: str, name: str) -> MemoryTable:
        """The table as it is now."""
        with self._lock:
            return self._table(database, name)

    def list_tables(self, database: str) -> Sequence[TableInfo]:
        """The tables of a database, sorted by name."""
        with self._lock:
            tables = [self._tables(database)[name] for name in sorted(self._tables(database))]
        return tuple(
            TableInfo(database=database, name=t.name, format=t.format, location=t.location)
            for t in tables
        )

    def drop_table(self, database: str, name: str) -> None:
        """Forget a table; its files stay."""
        with self._lock:
            self._table(database, name)
            del self._databases[database][name]

    def append(
        self, database: str, name: str, files: Sequence[DataFile], timestamp_ms: int | None = None
    ) -> Snapshot:
        """Commit a snapshot with *files* added; *timestamp_ms* is now if it is not given.

        A time before that of the last snapshot raises ``ValueError``.
        """
        with self._lock:
            table = self._table(database, name)
            parent = table.current_snapshot()
            moment = time.time_ns() // 1_000_000 if timestamp_ms is None else timestamp_ms
            if parent is not None and moment < parent.timestamp_ms:
                if timestamp_ms is not None:
                    raise ValueError(f"{moment} ms is before the last snapshot")
                moment = parent.timestamp_ms  # the clock was set back
            snapshot = Snapshot(
                snapshot_id=len(table.history) + 1,
                parent_id=parent.snapshot_id if parent else None,
                timestamp_ms=moment,
                operation="append",
                summary={"added-files": str(len(files))},
            )
            commit = _Commit(snapshot, (*table.data_files(), *files))
            changed = replace(table, history=(*table.history, commit))
            self._databases[database][name] = changed
            return snapshot

    def _tables(self, database: str) -> dict[str, MemoryTable]:
        if database not in self._databases:
            raise LookupError(f"there is no database {database!r}")
        return self._databases[database]

    def _table(self, database: str, name: str) -> MemoryTable:
        tables = self._tables(database)
        if name not in tables:
            raise LookupError(f"there is no table {name!r} in database {database!r}")
        return tables[name]
