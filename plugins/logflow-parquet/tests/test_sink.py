"""The sink: one file or many, what is in them, and what it refuses."""

from __future__ import annotations

import datetime as dt
import pickle
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logflow_parquet.arrow_writer import leaves
from logflow_parquet.encoder import ParquetEncoder
from logflow_parquet.options import ParquetOptions
from logflow_parquet.partitions import NULL, directories, partitions
from logflow_parquet.sink import ParquetSink

from logflow.errors import OptionError, SchemaError, StorageError
from logflow.interfaces.sink import Sink
from logflow.options import build

TABLE = pa.table({"id": range(1000), "city": [f"c{i % 3}" for i in range(1000)]})


def encoder(schema: pa.Schema, **options: Any) -> ParquetEncoder:
    return ParquetEncoder(schema=schema, options=build(ParquetOptions, options))


def names(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*.parquet"))


def test_one_file(destination: Any) -> None:
    result = destination.write([TABLE.slice(0, 600), TABLE.slice(600)])
    (file,) = result.files
    data = destination.root.read_bytes()
    assert (file.path, file.rows, file.size) == (str(destination.root), 1000, len(data))
    assert file.checksum == f"xxh3_128:{xxhash.xxh3_128(data).hexdigest()}"
    assert pq.read_table(destination.root).equals(TABLE)
    footer = pq.read_metadata(destination.root)
    assert footer.num_row_groups == 2
    assert footer.metadata[b"logflow:run_id"] == b"r1"
    assert footer.row_group(0).column(0).compression == "SNAPPY"


def test_it_is_a_sink(destination: Any) -> None:
    sink = destination.sink()
    assert isinstance(sink, Sink)
    sink.abort()
    sink.abort()


def test_metadata_of_schema_and_fields_is_kept(destination: Any) -> None:
    schema = pa.schema(
        [pa.field("a", pa.int8(), metadata={"unit": "mm"}, nullable=False)],
        metadata={"owner": "x", "logflow:run_id": "r0"},
    )
    destination.write([pa.table({"a": pa.array([1], pa.int8())}, schema=schema)])
    found = pq.read_schema(destination.root)
    assert found.field("a").metadata[b"unit"] == b"mm"
    assert not found.field("a").nullable
    assert pq.read_metadata(destination.root).metadata[b"owner"] == b"x"
    assert pq.read_metadata(destination.root).metadata[b"logflow:run_id"] == b"r1"


def test_dictionaries_are_no_type(destination: Any) -> None:
    table = pa.table(
        {
            "text": pa.array(["a", None, "a"]).dictionary_encode(),
            "list": pa.array([["a"], None, []], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
            "date": pa.array([dt.date(2024, 1, 1)] * 3).dictionary_encode(),
        }
    )
    destination.write([table])
    found = pq.read_table(destination.root)
    assert found.schema.types == [
        pa.string(),
        pa.list_(pa.field("element", pa.string())),
        pa.date32(),
    ]
    assert found.to_pylist() == table.to_pylist()


@pytest.mark.parametrize(
    ("is_directory", "options"),
    [
        (False, {}),
        (True, {}),
        (True, {"partition_by": ("city",)}),
        (True, {"max_rows_per_file": 5}),
    ],
)
def test_no_rows_at_all(destination: Any, is_directory: bool, options: dict[str, Any]) -> None:
    result = destination.write([TABLE.slice(0, 0)], is_directory=is_directory, **options)
    (file,) = result.files
    assert file.rows == 0
    assert pq.read_table(file.path).equals(TABLE.slice(0, 0))
    assert duckdb.read_parquet(file.path).columns == ["id", "city"]
    assert pl.read_parquet(file.path).columns == ["id", "city"]


def test_no_columns(destination: Any) -> None:
    result = destination.write([pa.table({})])
    assert result.rows == 0
    assert pq.read_table(result.paths[0]).num_columns == 0


def test_rows_without_columns_are_not_lost_silently(destination: Any) -> None:
    table = TABLE.select([])
    with pytest.raises(SchemaError, match="column"):
        destination.write([table])


@pytest.mark.parametrize(
    ("options", "most_rows", "most_bytes"),
    [
        ({"row_group_rows": 100}, 100, None),
        ({"row_group_bytes": 2000}, None, 2000),
        ({"row_group_rows": 70, "row_group_bytes": 1000}, 70, 1000),
        ({"row_group_bytes": 1}, 1, None),
    ],
)
def test_row_groups_are_bounded(
    file_of_parts: Any, options: dict[str, int], most_rows: int | None, most_bytes: int | None
) -> None:
    parts = list(encoder(TABLE.schema, **options).encode(TABLE.to_batches(), 7))
    assert sum(part.rows for part in parts) == TABLE.num_rows
    assert {part.index for part in parts} == {7}
    files = [pa.BufferReader(file_of_parts(TABLE.schema, [part])) for part in parts]
    tables = [pq.read_table(file) for file in files]
    assert pa.concat_tables(tables).equals(TABLE)
    for part, table in zip(parts, tables, strict=True):
        assert part.rows == table.num_rows <= (most_rows or 1000)
        assert part.size == sum(piece.size for piece in part.data)
        assert most_bytes is None or table.nbytes <= most_bytes * 1.1


def test_encoders_and_parts_are_picklable_and_pure(destination: Any) -> None:
    sink = destination.sink()
    here = sink.encoder(TABLE.schema)
    there = pickle.loads(pickle.dumps(here))
    sink.abort()
    assert there == here
    parts = [list(encoder_.encode(TABLE.to_batches(), 0)) for encoder_ in (here, there)]
    assert pickle.dumps(parts[0]) == pickle.dumps(parts[1])
    assert pickle.loads(pickle.dumps(parts[0])) == parts[1]


FEW = {
    "int": [n % 9 for n in range(1000)],
    "float": [n % 9 / 8 for n in range(1000)],
    "text": [f"t{n % 299}" for n in range(1000)],
    "decimal": [Decimal(n % 9) for n in range(1000)],
    "time": [dt.datetime(2024, 1, 1 + n % 9) for n in range(1000)],
    "list": [[n % 9] for n in range(1000)],
    "struct": [{"x": n % 9} for n in range(1000)],
}
MANY = {
    "int": list(range(1000)),
    "float": [n / 8 for n in range(1000)],
    "text": [f"t{n}" for n in range(1000)],
    "list": [[n] for n in range(1000)],
    "struct": [{"x": n} for n in range(1000)],
    "bool": [True] * 1000,
    "mostly null": [None] * 900 + list(range(100)),
}


@pytest.mark.parametrize(
    ("columns", "dictionary", "expected"),
    [
        (FEW, "auto", True),
        (MANY, "auto", False),
        (FEW, "never", False),
        (MANY | {"bool": [1] * 1000}, "always", True),
    ],
)
def test_dictionaries_where_they_pay(
    file_of_parts: Any, columns: dict[str, list[Any]], dictionary: str, expected: bool
) -> None:
    table = pa.table(columns)
    (part,) = encoder(table.schema, dictionary=dictionary).encode(table.to_batches(), 0)
    group = pq.read_metadata(pa.BufferReader(file_of_parts(table.schema, [part]))).row_group(0)
    found = {
        group.column(i).path_in_schema: group.column(i).has_dictionary_page
        for i in range(group.num_columns)
    }
    assert found == dict.fromkeys(found, expected)


def test_types_whose_values_cannot_be_counted(file_of_parts: Any) -> None:
    table = pa.table({"a": pa.array([bytes(16)] * 9, pa.uuid()), "b": pa.nulls(9)})
    (part,) = encoder(table.schema).encode(table.to_batches(), 0)
    assert pq.read_table(pa.BufferReader(file_of_parts(table.schema, [part]))).equals(table)


def test_the_first_rows_of_a_row_group_decide(file_of_parts: Any) -> None:
    table = pa.table({"n": [0] * 50_000 + list(range(50_000))})
    parts = encoder(table.schema, row_group_rows=50_000).encode(table.to_batches(), 0)
    file = pq.read_metadata(pa.BufferReader(file_of_parts(table.schema, parts)))
    groups = [file.row_group(i) for i in range(2)]
    assert [group.column(0).has_dictionary_page for group in groups] == [True, False]


def test_leaves_have_the_paths_of_the_file(file_of_parts: Any) -> None:
    rows = [{"x": [{"y": 1}], "z": [("k", [1.5])]}]
    kind = pa.struct(
        [
            ("x", pa.list_(pa.struct([("y", pa.int8())]))),
            ("z", pa.map_(pa.string(), pa.large_list(pa.float64()))),
        ]
    )
    table = pa.table({"a.b": pa.array(rows, kind), "v": ["x"]})
    (part,) = encoder(table.schema, dictionary="auto").encode(table.to_batches(), 0)
    group = pq.read_metadata(pa.BufferReader(file_of_parts(table.schema, [part]))).row_group(0)
    paths = [
        path
        for name, column in zip(table.column_names, table.columns, strict=True)
        for path, _ in leaves(name, column.chunk(0))
    ]
    assert paths == [group.column(i).path_in_schema for i in range(group.num_columns)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compression": "lzo"}, "none, snappy, gzip, brotli, lz4, zstd"),
        ({"compression_level": 3}, "snappy has no levels"),
        ({"compression": "none", "compression_level": 3}, "none has no levels"),
        ({"compression": "gzip", "compression_level": 99}, "gzip has the levels 1 to 9"),
        ({"partition_by": "city"}, "end the destination with '/'"),
        ({"max_rows_per_file": 5}, "'max_rows_per_file' makes several files"),
        ({"target_file_size": 5}, "'target_file_size' makes several files"),
    ],
)
def test_options_that_do_not_go(destination: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        destination.sink(**options)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("town", "the columns are id, city"),
        ("id,city", "one has to stay"),
        ("city,town", "'town'"),
    ],
)
def test_partition_columns_that_are_not_there(destination: Any, columns: str, message: str) -> None:
    sink = destination.sink(is_directory=True, partition_by=columns)
    with pytest.raises(OptionError, match=message):
        sink.encoder(TABLE.schema)


@pytest.mark.parametrize(
    "kind", [pa.binary(), pa.binary(4), pa.list_(pa.int8()), pa.month_day_nano_interval()]
)
def test_partition_columns_without_texts(destination: Any, kind: pa.DataType) -> None:
    sink = destination.sink(is_directory=True, partition_by="a")
    with pytest.raises(OptionError, match="no directory names"):
        sink.encoder(pa.schema([("a", kind), ("b", pa.int8())]))


@pytest.mark.parametrize("kind", [pa.struct([]), pa.month_day_nano_interval()])
def test_types_that_parquet_lacks(destination: Any, kind: pa.DataType) -> None:
    sink = destination.sink()
    with pytest.raises(SchemaError, match="Parquet cannot hold column 'b'"):
        sink.encoder(pa.schema([("a", pa.int8()), ("b", kind)]))


def test_values_that_an_old_version_lacks() -> None:
    table = pa.table({"at": pa.array([1], pa.timestamp("ns"))})
    assert len(list(encoder(table.schema).encode(table.to_batches(), 0))) == 1
    with pytest.raises(SchemaError, match="would lose data"):
        list(encoder(table.schema, version="2.4").encode(table.to_batches(), 0))


PARTITIONED = pa.table(
    {
        "city": ["Zürich", None, "a/b", "", "Zürich", "..", NULL, "x=1", "_x", "50%", "+ &?"],
        "day": [dt.date(2024, 1, 1)] * 10 + [None],
        "n": range(11),
    }
)


def rows(table: pa.Table) -> set[tuple[Any, ...]]:
    return {tuple(row.values()) for row in table.to_pylist()}


def test_hive_directories(destination: Any) -> None:
    result = destination.write(
        [PARTITIONED.slice(0, 5), PARTITIONED.slice(5)],
        is_directory=True,
        partition_by="city,day",
    )
    assert result.rows == 11
    assert len(result.files) == 10
    partitioning = ds.HivePartitioning(pa.schema([("city", pa.string()), ("day", pa.date32())]))
    found = ds.dataset(destination.root, partitioning=partitioning).to_table(["city", "day", "n"])
    assert rows(found) == rows(PARTITIONED) - {(NULL, dt.date(2024, 1, 1), 6)} | {
        (None, dt.date(2024, 1, 1), 6)  # the reader's own limit
    }
    found = duckdb.sql(
        f"SELECT city, day, n FROM read_parquet('{destination.root}/**', hive_partitioning = true)"
    ).to_arrow_table()
    assert {row[2] for row in rows(found)} == set(range(11))
    zurich = [file for file in result.files if file.partition[0] == ("city", "Zürich")]
    assert [(file.rows, file.path.removeprefix(str(destination.root))) for file in zurich] == [
        (2, "/city=Zürich/day=2024-01-01/part-00000.parquet")
    ]


def test_directories_by_value(destination: Any) -> None:
    table = PARTITIONED.filter(pa.compute.not_equal(PARTITIONED["city"], ""))
    result = destination.write(
        [table], is_directory=True, partition_by="city", partition_style="directory"
    )
    assert result.rows == table.num_rows
    directories_ = {Path(path).parent.name for path in result.paths}
    assert directories_ == {
        "Zürich", "a%2Fb", "%2E.", "%5F_HIVE_DEFAULT_PARTITION__", "x%3D1", "%5Fx", "50%25",
        "%2B %26%3F",
    }  # fmt: skip


def test_directories_cannot_be_called_nothing(destination: Any) -> None:
    with pytest.raises(OptionError, match="partition_style='hive'"):
        destination.write(
            [PARTITIONED], is_directory=True, partition_by="city", partition_style="directory"
        )


@given(st.lists(st.tuples(st.none() | st.text(max_size=3), st.none() | st.integers(0, 2))))
@settings(suppress_health_check=list(HealthCheck))
def test_partitions_keep_rows_and_order(values: list[tuple[str | None, int | None]]) -> None:
    table = pa.table(
        {
            "a": pa.array([a for a, _ in values], pa.string()),
            "b": pa.array([b for _, b in values], pa.int8()),
            "n": range(len(values)),
        }
    )
    found = {key: part["n"].to_pylist() for key, part in partitions(table, ["a", "b"])}
    expected: dict[Any, list[int]] = {}
    for n, (a, b) in enumerate(values):
        expected.setdefault((("a", a), ("b", None if b is None else str(b))), []).append(n)
    assert found == expected
    assert list(found) == list(expected)
    paths = {"/".join(directories(key, "hive")) for key in found}
    assert len(paths) == len(found)


def test_files_of_at_most_so_many_rows(destination: Any) -> None:
    chunks = [TABLE.slice(at, 90) for at in range(0, 1000, 90)]
    result = destination.write(chunks, is_directory=True, max_rows_per_file=100, row_group_rows=40)
    assert [file.rows for file in result.files] == [90] * 10 + [100]
    assert names(destination.root) == [f"part-{n:05d}.parquet" for n in range(11)]
    assert ds.dataset(destination.root).to_table().sort_by("id").equals(TABLE)


def test_one_row_a_file(destination: Any) -> None:
    result = destination.write([TABLE.slice(0, 7)], is_directory=True, max_rows_per_file=1)
    assert [file.rows for file in result.files] == [1] * 7


def test_files_of_about_a_size(destination: Any) -> None:
    result = destination.write([TABLE], is_directory=True, row_group_rows=50, target_file_size=2000)
    assert len(result.files) > 2
    assert all(file.size < 8000 for file in result.files)
    assert ds.dataset(destination.root).to_table().sort_by("id").equals(TABLE)
    for path in result.paths:
        assert pq.read_metadata(path).metadata[b"logflow:run_id"] == b"r1"


def test_open_files_are_bounded(destination: Any) -> None:
    chunks = [TABLE.slice(at, 10) for at in range(0, 100, 10)]
    sink = destination.sink(is_directory=True, partition_by="city", open_files=2, partition_bytes=0)
    staging = sink._staging
    encoder_ = sink.encoder(TABLE.schema)
    for index, chunk in enumerate(chunks):
        for part in encoder_.encode(chunk.to_batches(), index):
            sink.write(part)
            assert sum(not stream.closed for stream in staging.streams.values()) <= 2
    result = sink.close({})
    sink.commit()
    assert result.rows == 100
    assert len(result.files) > 3
    partitioning = ds.HivePartitioning(pa.schema([("city", pa.string())]))
    found = ds.dataset(destination.root, partitioning=partitioning).to_table(["id", "city"])
    assert found.sort_by("id").equals(TABLE.slice(0, 100))


def test_many_partitions_share_a_budget(destination: Any) -> None:
    """400 partitions in 40 chunks: few row groups, few open files, and little that waits."""
    budget = 100_000
    table = pa.table(
        {
            "n": range(16_000),
            "key": [n % 400 if n % 4 else 7 for n in range(16_000)],
            "text": [f"text {n}" for n in range(16_000)],
        }
    )
    sink = destination.sink(
        is_directory=True, partition_by="key", partition_bytes=budget, open_files=20
    )
    staging = sink._staging
    encoder_ = sink.encoder(table.schema)
    for at in range(0, table.num_rows, 400):
        for part in encoder_.encode(table.slice(at, 400).to_batches(), at):
            sink.write(part)
            assert sink._waiting.size <= budget
    result = sink.close({"k": "v"})
    assert sum(not stream.closed for stream in staging.streams.values()) <= 20
    sink.commit()
    groups = [pq.read_metadata(path).num_row_groups for path in result.paths]
    partitions_ = {file.partition for file in result.files}
    assert len(partitions_) == len(table["key"].unique())
    assert sum(groups) < 40 * len(partitions_) / 2  # 40 without waiting
    partitioning = ds.HivePartitioning(pa.schema([("key", pa.int64())]))
    found = ds.dataset(destination.root, partitioning=partitioning).to_table()
    assert found.select(table.column_names).sort_by("n").equals(table)


@pytest.mark.parametrize(
    ("options", "most"),
    [({"row_group_rows": 100}, 100), ({"row_group_bytes": 2000}, 250), ({}, 1000)],
)
def test_row_groups_of_partitions(destination: Any, options: dict[str, int], most: int) -> None:
    chunks = [TABLE.slice(at, 90) for at in range(0, 1000, 90)]
    result = destination.write(chunks, is_directory=True, partition_by="city", **options)
    assert len(result.files) == 3
    for file in result.files:
        footer = pq.read_metadata(file.path)
        rows_ = [footer.row_group(i).num_rows for i in range(footer.num_row_groups)]
        assert max(rows_) <= most
        assert sum(rows_[:-1]) >= most // 2 * len(rows_[:-1])
        assert footer.metadata[b"logflow:run_id"] == b"r1"
        assert pq.read_table(file.path, partitioning=None)["id"].to_pylist() == [
            n for n in range(1000) if f"c{n % 3}" == file.partition[0][1]
        ]


def test_partitions_in_files_of_so_many_rows(destination: Any) -> None:
    chunks = [TABLE.slice(at, 90) for at in range(0, 1000, 90)]
    options = {"partition_by": "city", "max_rows_per_file": 100}
    result = destination.write(chunks, is_directory=True, **options)
    assert sorted(file.rows for file in result.files) == [33, 33, 34] + [100] * 9


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["a%2Fb.parquet", "b.parquet"]),
        ({"max_rows_per_file": 600}, ["a%2Fb/part-00000.parquet", "a%2Fb/part-00001.parquet",
                                      "b/part-00000.parquet"]),
    ],
)  # fmt: skip
def test_a_file_for_each_table(
    destination: Any, options: dict[str, int], expected: list[str]
) -> None:
    sink = destination.sink(is_directory=True, **options)
    encoders = [sink.encoder(TABLE.schema, "a/b"), sink.encoder(TABLE.schema, "b")]
    for at in (0, 500):
        for part in encoders[0].encode(TABLE.slice(at, 500).to_batches(), 0):
            sink.write(part)
    result = sink.close({})
    sink.commit()
    assert names(destination.root) == expected
    assert result.rows_by_table == {"a/b": 1000, "b": 0}


def test_several_tables_and_one_file(destination: Any) -> None:
    sink = destination.sink()
    sink.encoder(TABLE.schema, "orders")
    with pytest.raises(OptionError, match=r"table=\.\.\. \(orders, items\).*end.*'/'"):
        sink.encoder(TABLE.schema, "items")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("logflow_parquet.stitch.MAGIC", b"PAR?", "cannot be read back"),
        ("pyarrow.parquet.read_metadata", lambda _: pa.table({}), "0 rows, but 1,000 were"),
    ],
)
def test_files_that_read_back_differently(
    destination: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: Any, message: str
) -> None:
    sink = destination.sink()
    (part,) = sink.encoder(TABLE.schema).encode(TABLE.to_batches(), 0)
    sink.write(part)
    monkeypatch.setattr(name, value)
    with pytest.raises(StorageError, match=message):
        sink.close({})
    sink.abort()


class FullDisk:
    """A stream on a disk without space."""

    closed = False

    def write(self, data: object) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        self.closed = True


def test_a_full_disk(destination: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    staging = destination.staging()
    monkeypatch.setattr(staging, "create", lambda name: FullDisk())
    sink = ParquetSink(staging, ParquetOptions())
    (part,) = sink.encoder(TABLE.schema).encode(TABLE.to_batches(), 0)
    with pytest.raises(StorageError, match="No space left on device"):
        sink.write(part)
