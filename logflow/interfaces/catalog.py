"""Catalogs: tables by name, with their snapshots.  Provisional: table formats are its users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Catalog",
    "DataFile",
    "ManifestFile",
    "PartitionSpec",
    "Snapshot",
    "Table",
    "TableFormat",
    "TableInfo",
    "TableSpec",
]


class TableFormat(StrEnum):
    """How a table keeps its files."""

    PARQUET = "parquet"
    ICEBERG = "iceberg"
    DELTA = "delta"
    HUDI = "hudi"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionSpec:
    """By which columns a table is divided, outermost first."""

    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One file with rows of a table: *rows* and *size* in bytes."""

    path: str
    rows: int
    size: int
    partition: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestFile:
    """A file that lists data files."""

    path: str
    size: int
    data_files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The state of a table at one moment; *timestamp_ms* is milliseconds since 1970, UTC."""

    snapshot_id: int
    parent_id: int | None
    timestamp_ms: int
    operation: str
    summary: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """What is needed to make a table."""

    schema: pa.Schema
    format: TableFormat = TableFormat.PARQUET
    location: str | None = None
    partitioning: PartitionSpec = PartitionSpec()
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInfo:
    """One line of a table listing."""

    database: str
    name: str
    format: TableFormat
    location: str


@runtime_checkable
class Table(Protocol):
    """A table as its catalog knows it now."""

    @property
    def name(self) -> str: ...
    @property
    def database(self) -> str: ...
    @property
    def schema(self) -> pa.Schema: ...
    @property
    def location(self) -> str: ...
    @property
    def format(self) -> TableFormat: ...
    @property
    def partitioning(self) -> PartitionSpec: ...
    @property
    def properties(self) -> Mapping[str, str]: ...

    def current_snapshot(self) -> Snapshot | None:
        """The newest snapshot, ``None`` before the first commit."""
        ...

    def snapshots(self) -> Sequence[Snapshot]:
        """All snapshots that are kept, oldest first."""
        ...

    def as_of_version(self, snapshot_id: int) -> Table:
        """The table as it was at a snapshot; an unknown one raises ``LookupError``."""
        ...

    def as_of_time(self, timestamp_ms: int) -> Table:
        """The table as of the newest snapshot not younger than *timestamp_ms*."""
        ...

    def data_files(self) -> Sequence[DataFile]:
        """The files that hold the rows of the current snapshot."""
        ...

    def manifest_files(self) -> Sequence[ManifestFile]:
        """The files that list :meth:`data_files`; empty where a format has none."""
        ...


@runtime_checkable
class Catalog(Protocol):
    """Databases of tables.  What is missing raises ``LookupError``, what exists ``ValueError``."""

    def create_database(self, database: str) -> None: ...
    def list_databases(self) -> Sequence[str]: ...
    def drop_database(self, database: str) -> None:
        """Remove an empty database; one with tables raises ``ValueError``."""
        ...

    def create_table(self, database: str, name: str, spec: TableSpec) -> Table: ...
    def get_table(self, database: str, name: str) -> Table: ...
    def list_tables(self, database: str) -> Sequence[TableInfo]: ...
    def drop_table(self, database: str, name: str) -> None: ...
