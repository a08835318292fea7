"""Column chunks that the plugin lays out itself: what other readers make of them."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import datafusion
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logflow_parquet.layout import MAX_BOUND, Layout, _above, _below, lay_out

from logflow.errors import OptionError

ROWS = 3000


def values(seed: int) -> dict[str, pa.Array]:
    """Columns of many kinds; a page of each has nothing but nulls where *seed* is odd."""
    rng = random.Random(seed)
    n = range(ROWS)

    def some(make: Callable[[int], Any], kind: pa.DataType) -> pa.Array:
        cells = [
            None if seed and (i % 7 == 3 or (1000 <= i < 2400 and seed % 2)) else make(i) for i in n
        ]
        return pa.array(cells, kind)

    return {
        "n": pa.array(n, pa.int64()),
        "ascending": some(lambda i: 10**12 + i * 1000, pa.int64()),
        "descending": some(lambda i: ROWS - i, pa.int32()),
        "random": some(lambda i: rng.getrandbits(64) - 2**63, pa.int64()),
        "tiny": some(lambda i: i % 256 - 128, pa.int8()),
        "unsigned": some(lambda i: 2**64 - 1 - i * 2**51, pa.uint64()),
        "unsigned32": some(lambda i: 2**32 - 1 - i, pa.uint32()),
        "few": some(lambda i: rng.choice([0.5, -0.0, 0.0, 7.25]), pa.float64()),
        "price": some(lambda i: i * 1.01, pa.float64()),
        "single": some(lambda i: rng.randrange(2**20) / 4, pa.float32()),
        "flag": some(lambda i: rng.random() < 0.01, pa.bool_()),
        "day": some(lambda i: dt.date(1969, 1, 1) + dt.timedelta(days=i), pa.date32()),
        "second": some(
            lambda i: dt.datetime(1969, 12, 31) + i * dt.timedelta(seconds=59), pa.timestamp("s")
        ),
        "moment": some(
            lambda i: dt.datetime(2024, 1, 1) + i * dt.timedelta(seconds=1),
            pa.timestamp("us", "UTC"),
        ),
        "cents": some(lambda i: Decimal(i * 37 - 40_000) / 100, pa.decimal128(9, 2)),
        "money": some(lambda i: Decimal(rng.getrandbits(50) - 2**49) / 10**4, pa.decimal128(18, 4)),
        "large": some(lambda i: Decimal(i - 1500) * 10**20, pa.decimal128(30, 0)),
        "span": some(lambda i: dt.timedelta(seconds=rng.randrange(10**6)), pa.duration("us")),
        "time": some(lambda i: dt.time(i // 60 % 24, i % 60), pa.time32("s")),
        "text": some(lambda i: f"{rng.getrandbits(48):012x}", pa.string()),
        "word": some(lambda i: rng.choice(["", "é", "zebra", "Ω" * 80, "a" * 90]), pa.string()),
        "long": some(lambda i: f"{i:05d}" + "ü" * 90, pa.large_string()),
        "bytes": some(lambda i: bytes([i % 256] * (i % 5)), pa.binary()),
        "indexed": some(lambda i: f"w{i // 100}", pa.string()).dictionary_encode(),
        "list": some(lambda i: [i], pa.list_(pa.int64())),
    }


COLUMNS = [name for name in values(0) if name not in ("flag", "list", "time", "span", "few")]


@pytest.fixture(scope="module", params=[0, 1, 2], ids=["full", "null pages", "some nulls"])
def file(
    request: Any, tmp_path_factory: pytest.TempPathFactory, file_of: Any
) -> tuple[Path, pa.Table]:
    table = pa.table(values(request.param))
    path = tmp_path_factory.mktemp("layout") / "a.parquet"
    filtered = [name for name in COLUMNS if name not in ("price", "single")]
    path.write_bytes(file_of(table, page_bytes=1024, bloom_filters=tuple(filtered)))
    table = table.set_column(
        table.schema.get_field_index("indexed"), "indexed", table["indexed"].cast(pa.string())
    )
    return path, table


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=lambda row: row[0])


def test_pyarrow_and_polars_and_datafusion_and_duckdb_read_it(file: tuple[Path, pa.Table]) -> None:
    path, table = file
    found = pq.ParquetFile(path, page_checksum_verification=True).read()
    assert found.cast(table.schema).equals(table)
    expected = rows(table.drop_columns(["time"]))
    flat = [name for name in table.column_names if name != "time"]
    assert (
        rows(
            pl.read_parquet(path, columns=flat).to_arrow().cast(table.drop_columns(["time"]).schema)
        )
        == expected
    )
    duck = duckdb.sql(f"SELECT * EXCLUDE (time) FROM '{path}'").to_arrow_table()
    assert rows(duck.cast(table.drop_columns(["time"]).schema)) == expected
    context = datafusion.SessionContext()
    batches = context.read_parquet(str(path)).collect()
    assert rows(pa.Table.from_batches(batches).cast(table.schema)) == rows(table)


def picks(table: pa.Table, name: str) -> list[Any]:
    """The least, the largest and some values in between."""
    column = table[name].drop_null().unique()
    column = column.take(pc.array_sort_indices(column)).to_pylist()
    return [column[at] for at in (0, 1, len(column) // 2, -1)]


@pytest.mark.parametrize("name", COLUMNS)
def test_predicates_find_the_same_rows(file: tuple[Path, pa.Table], name: str) -> None:
    """Statistics and page indexes hide no row that matches."""
    path, table = file
    config = datafusion.SessionConfig().set("datafusion.execution.parquet.pushdown_filters", "true")
    config = config.set("datafusion.execution.parquet.enable_page_index", "true")
    context = datafusion.SessionContext(config)
    frame = context.read_parquet(str(path))
    duck = duckdb.connect()
    kind = table.schema.field(name).type
    for value in picks(table, name):
        scalar = pa.scalar(value, kind)
        for compare in ("equal", "less_equal", "greater_equal"):
            expected = table.filter(getattr(pc, compare)(table[name], scalar))["n"].to_pylist()
            sign = {"equal": "=", "less_equal": "<=", "greater_equal": ">="}[compare]
            field = ds.field(name)
            expression = {"=": field == scalar, "<=": field <= scalar, ">=": field >= scalar}[sign]
            found = ds.dataset(path).to_table(["n"], filter=expression)
            assert sorted(found["n"].to_pylist()) == expected
            column = pl.col(name)
            wanted = {"=": column == value, "<=": column <= value, ">=": column >= value}[sign]
            if name != "second":
                lazy = pl.scan_parquet(path).filter(wanted).select("n").collect()
                assert lazy["n"].sort().to_list() == expected
            query = f"SELECT n FROM '{path}' WHERE {name} {sign} ? ORDER BY n"
            if kind != pa.timestamp("us", "UTC"):
                assert [row[0] for row in duck.execute(query, [value]).fetchall()] == expected
            literal = datafusion.lit(scalar)
            column = datafusion.col(f'"{name}"')
            chosen = {"=": column == literal, "<=": column <= literal, ">=": column >= literal}[
                sign
            ]
            result = frame.filter(chosen).select(datafusion.col("n")).to_pydict()
            assert sorted(result.get("n", [])) == expected


def test_metadata_is_what_pyarrow_writes(file: tuple[Path, pa.Table], tmp_path: Path) -> None:
    """Types, rows, nulls, least and largest values of each column chunk."""
    path, table = file
    other = tmp_path / "other.parquet"
    pq.write_table(table, other, store_decimal_as_integer=True)
    columns = "path_in_schema, type, num_values, stats_null_count, stats_min_value, stats_max_value"
    found, expected = (
        duckdb.sql(f"SELECT {columns} FROM parquet_metadata('{one}')").fetchall()
        for one in (path, other)
    )
    assert len(found) == table.num_columns
    assert found == expected


@pytest.mark.parametrize("dictionary", ["always", "never"])
def test_bloom_filters_exclude_what_is_not_there(
    file_of: Any, tmp_path: Path, dictionary: str
) -> None:
    numbers = pa.array([Decimal(n) for n in range(0, 1000, 2)])
    kinds = [pa.int16(), pa.uint32(), pa.int64(), pa.decimal128(4, 0)]
    table = pa.table({str(kind): numbers.cast(kind) for kind in [*kinds, pa.string()]})
    table = table.append_column("indexed", table["string"].dictionary_encode())
    path = tmp_path / "a.parquet"
    path.write_bytes(file_of(table, dictionary=dictionary, bloom_filters=tuple(table.column_names)))
    duck = duckdb.connect()
    for name in table.column_names:
        query = f"SELECT bloom_filter_excludes FROM parquet_bloom_probe('{path}', '{name}', ?)"
        wanted: list[Any] = [str(n) if name in ("string", "indexed") else n for n in range(100)]
        found = [duck.execute(query, [value]).fetchall() for value in wanted]
        assert found[::2] == [[(False,)]] * 50
        assert found[1::2].count([(True,)]) > 45


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bloom_filters": "b"}, "the columns are a, x"),
        ({"bloom_filters": "x"}, "double can have none"),
        ({"bloom_filters": "a,x"}, "'x'"),
        ({"bloom_filters": "a", "version": "2.4"}, "none in version 2.4"),
    ],
)
def test_columns_without_bloom_filters(
    destination: Any, options: dict[str, str], message: str
) -> None:
    sink = destination.sink(**options)
    with pytest.raises(OptionError, match=message):
        sink.encoder(pa.schema([("a", pa.int8()), ("x", pa.float64())]))
    sink.abort()


def test_nan_is_no_bound(file_of: Any) -> None:
    table = pa.table({"x": [math.nan, 1.0, 2.0], "y": [math.nan] * 3})
    data = pa.BufferReader(file_of(table))
    group = pq.read_metadata(data).row_group(0)
    assert (group.column(0).statistics.min, group.column(0).statistics.max) == (1.0, 2.0)
    assert not group.column(1).statistics.has_min_max
    assert not group.column(1).has_column_index


def test_columns_that_do_not_get_smaller_are_not_compressed(file_of: Any) -> None:
    rng = random.Random(1)
    table = pa.table({"x": [rng.random() for _ in range(9999)], "y": ["word " * 20] * 9998 + [""]})
    group = pq.read_metadata(pa.BufferReader(file_of(table, dictionary="never"))).row_group(0)
    assert [group.column(i).compression for i in (0, 1)] == ["UNCOMPRESSED", "SNAPPY"]


def test_texts_whose_words_come_again_seldom_are_compressed(file_of: Any) -> None:
    """Their first kilobytes hardly get smaller."""
    rng = random.Random(1)
    words = [rng.randbytes(4).hex()[: rng.randrange(3, 9)] for _ in range(1000)]
    texts = [" ".join(rng.choices(words, k=5)) for _ in range(20_000)]
    group = pq.read_metadata(pa.BufferReader(file_of(pa.table({"x": texts})))).row_group(0)
    assert group.column(0).compression == "SNAPPY"
    assert group.column(0).total_compressed_size < 0.8 * sum(map(len, texts))


@pytest.mark.parametrize(
    ("column", "nullable"),
    [
        (pa.array([1, None]), False),
        (pa.array([[1]]), True),
        (pa.DictionaryArray.from_arrays([0], pa.array([None], pa.string())), True),
    ],
)
def test_what_pyarrow_writes(column: pa.Array, nullable: bool) -> None:
    field = pa.field("a", column.type, nullable)
    layout = Layout(dictionary="auto", page_bytes=1 << 20, codec=None)
    assert lay_out(pa.chunked_array([column]), field, layout) is None


def test_seconds_out_of_range(file_of: Any) -> None:
    table = pa.table({"a": pa.array([2**62], pa.timestamp("s"))})
    with pytest.raises(ValueError, match="out of range"):
        file_of(table)


@given(st.text(min_size=50, max_size=120))
def test_short_bounds_of_texts(text: str) -> None:
    value = text.encode()
    assert _below(value).decode() <= text <= _above(value).decode()
    assert _below(value) <= value <= _above(value)
    assert len(_below(value)) <= MAX_BOUND


def test_many_small_batches(file_of: Any) -> None:
    """Slices with offsets, empty batches, a dictionary of its own in each."""
    table = pa.table(values(2)).select(["n", "flag", "price", "text", "indexed"])
    sizes = [0, 1, 7, 0, 500, 1000, 1492]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    pieces = [table.slice(start, size) for start, size in zip(starts, sizes, strict=True)]
    words = table["indexed"].cast(pa.string())
    pieces = [
        piece.set_column(4, "indexed", words.slice(start, size).dictionary_encode())
        for piece, start, size in zip(pieces, starts, sizes, strict=True)
    ]
    data = file_of(pa.concat_tables(pieces))
    assert pq.read_table(pa.BufferReader(data)).equals(table.set_column(4, "indexed", words))


def test_all_null_columns(file_of: Any) -> None:
    kinds = [pa.bool_(), pa.int8(), pa.float64(), pa.string(), pa.timestamp("s")]
    table = pa.table({str(kind): pa.nulls(100, kind) for kind in kinds})
    table = table.append_column("d", pa.nulls(100, pa.dictionary(pa.int32(), pa.string())))
    data = file_of(table)
    assert pq.read_table(pa.BufferReader(data)).to_pylist() == table.to_pylist()
