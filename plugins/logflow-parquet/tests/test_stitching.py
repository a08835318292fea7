"""Stitched files: every reader sees the rows that went in, and uses the page index rightly."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import datafusion
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from logflow_parquet.arrow_writer import empty_file
from logflow_parquet.encoder import ParquetEncoder
from logflow_parquet.metadata import footer_of
from logflow_parquet.options import ParquetOptions
from logflow_parquet.row_group import encode
from logflow_parquet.stitch import Stitcher
from logflow_parquet.thrift import encoded, read_struct

from logflow.errors import StorageError
from logflow.ingest.plain import plain
from logflow.ingest.staged import StagedWriter
from logflow.options import build

ROWS = 60_000

TYPES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.int8(): st.integers(-128, 127),
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.float32(): st.floats(width=32, allow_nan=False),
    pa.float64(): st.floats(allow_nan=False),
    pa.bool_(): st.booleans(),
    pa.string(): st.text(max_size=5),
    pa.binary(): st.binary(max_size=5),
    pa.binary(2): st.binary(min_size=2, max_size=2),
    pa.date32(): st.dates(),
    pa.timestamp("us"): st.datetimes(),
    pa.timestamp("ns", "UTC"): st.datetimes(
        dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC)
    ),
    pa.decimal128(9, 2): st.decimals(-9999, 9999, places=2),
    pa.decimal256(50, 5): st.decimals(-9999, 9999, places=5),
    pa.duration("ms"): st.timedeltas(dt.timedelta(-999), dt.timedelta(999)).map(
        lambda span: dt.timedelta(milliseconds=span // dt.timedelta(milliseconds=1))
    ),
    pa.dictionary(pa.int32(), pa.string()): st.sampled_from(["a", "", "c"]),
}


def nested(
    inner: st.SearchStrategy[tuple[pa.DataType, st.SearchStrategy[Any]]],
) -> st.SearchStrategy[tuple[pa.DataType, st.SearchStrategy[Any]]]:
    def lists(kind: tuple[pa.DataType, st.SearchStrategy[Any]]) -> Any:
        return pa.list_(kind[0]), st.lists(st.none() | kind[1], max_size=3)

    def structs(kinds: list[tuple[pa.DataType, st.SearchStrategy[Any]]]) -> Any:
        names = [f"f{i}" for i in range(len(kinds))]
        values = {name: st.none() | kind[1] for name, kind in zip(names, kinds, strict=True)}
        types = [kind[0] for kind in kinds]
        return pa.struct(list(zip(names, types, strict=True))), st.fixed_dictionaries(values)

    def maps(kind: tuple[pa.DataType, st.SearchStrategy[Any]]) -> Any:
        pairs = st.tuples(st.text(max_size=3), st.none() | kind[1])
        return pa.map_(pa.string(), kind[0]), st.lists(pairs, max_size=3)

    return inner.map(lists) | st.lists(inner, min_size=1, max_size=3).map(structs) | inner.map(maps)


flat = st.sampled_from(sorted(TYPES.items(), key=str))
kinds = st.recursive(flat, nested, max_leaves=4) | st.just((pa.null(), st.none()))


def is_valid(array: pa.Array) -> bool:
    """``pa.array`` makes bad indices for dictionaries in null structs."""
    try:
        array.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowIndexError):
        return False
    return True


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Columns of any types with nulls, in 0 to 40 rows."""
    rows = draw(st.integers(0, 40))
    arrays = []
    for kind, values in draw(st.lists(kinds, min_size=1, max_size=4)):
        cells = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        arrays.append(pa.array(cells, kind))
        assume(is_valid(arrays[-1]))
    names = [f"c{i}.x" for i in range(len(arrays))]
    return pa.table(arrays, names=names)


def read_back(path: str) -> pa.Table:
    return pq.ParquetFile(path, page_checksum_verification=True).read()


@given(
    table=tables(),
    chunk_rows=st.integers(1, 50),
    options=st.fixed_dictionaries(
        {
            "row_group_rows": st.integers(1, 30),
            "dictionary": st.sampled_from(["auto", "always", "never"]),
            "compression": st.sampled_from([None, "none", "zstd", "gzip", "brotli", "LZ4"]),
            "page_bytes": st.just(1024),
        }
    ),
)
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)
def test_any_table_reads_back(
    destinations: Callable[[], Any], table: pa.Table, chunk_rows: int, options: dict[str, Any]
) -> None:
    chunks = [table.slice(at, chunk_rows) for at in range(0, max(1, table.num_rows), chunk_rows)]
    result = destinations().write(chunks, **options)
    assert result.rows == table.num_rows
    whole = io.BytesIO()
    pq.write_table(plain(table), whole)
    assert read_back(result.paths[0]).equals(pq.read_table(whole))
    footer = pq.read_metadata(result.paths[0])
    assert all(
        footer.row_group(i).num_rows <= options["row_group_rows"]
        for i in range(footer.num_row_groups)
    )


def example(rows: int) -> pa.Table:
    """Sorted numbers, repeated texts, decimals, times and lists."""
    numbers = range(rows)
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    return pa.table(
        {
            "id": pa.array(numbers, pa.int64()),
            "city": [None if n % 11 == 0 else f"city {n // 1000}" for n in numbers],
            "price": [Decimal(n % 977) / 4 for n in numbers],
            "at": pa.array([start + dt.timedelta(seconds=n) for n in numbers]),
            "tags": [["t"] * (n % 3) for n in numbers],
        }
    ).cast(
        pa.schema(
            [
                ("id", pa.int64()),
                ("city", pa.string()),
                ("price", pa.decimal128(9, 2)),
                ("at", pa.timestamp("us", "UTC")),
                ("tags", pa.list_(pa.string())),
            ]
        )
    )


@pytest.fixture(scope="module")
def stitched(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of 15 row groups, each with several pages in every column."""
    table = example(ROWS)
    options = build(ParquetOptions, {"row_group_rows": 4000, "page_bytes": 1024})
    path = tmp_path_factory.mktemp("stitched") / "a.parquet"
    with path.open("wb") as out:
        template, _ = footer_of(memoryview(empty_file(table.schema, options)))
        stitcher = Stitcher(StagedWriter(out, str(path)), template)
        encoder = ParquetEncoder(schema=table.schema, options=options)
        for part in encoder.encode(table.to_batches(), 0):
            stitcher.append(part.data, part.footer)
        stitcher.finish({"k": "v"})
    return str(path)


def test_pyarrow_reads_it(stitched: str) -> None:
    assert read_back(stitched).equals(example(ROWS))
    footer = pq.read_metadata(stitched)
    assert footer.num_row_groups == 15
    assert footer.metadata[b"k"] == b"v"
    assert footer.row_group(14).column(0).has_offset_index


PREDICATES = [
    ("id = 41234", lambda n: n == 41234),
    ("id BETWEEN 3990 AND 4010", lambda n: 3990 <= n <= 4010),
    ("city = 'city 7'", lambda n: n // 1000 == 7 and n % 11),
    ("id > 59990 AND city IS NOT NULL", lambda n: n > 59990 and n % 11),
    ("id < 0", lambda n: False),
    ("\"at\" >= TIMESTAMPTZ '2024-01-01 12:00:00+00' AND id < 43210", lambda n: 43200 <= n < 43210),
]


def query_duckdb(path: str, predicate: str) -> list[int]:
    found = duckdb.sql(f"SELECT id FROM '{path}' WHERE {predicate} ORDER BY id").fetchall()
    return [row[0] for row in found]


def query_polars(path: str, predicate: str) -> list[int]:
    predicate = predicate.replace("TIMESTAMPTZ '2024-01-01 12:00:00+00'", "'2024-01-01 12:00:00'")
    frame = pl.scan_parquet(path).with_columns(pl.col("at").dt.replace_time_zone(None))
    return frame.sql(f"SELECT id FROM self WHERE {predicate}").collect()["id"].sort().to_list()


def query_datafusion(path: str, predicate: str) -> list[int]:
    """Parquet of the Rust implementation, which skips pages by column and offset index."""
    predicate = predicate.replace("TIMESTAMPTZ", "TIMESTAMP")
    config = datafusion.SessionConfig().set("datafusion.execution.parquet.pushdown_filters", "true")
    config = config.set("datafusion.execution.parquet.enable_page_index", "true")
    context = datafusion.SessionContext(config)
    context.register_parquet("t", path)
    found = context.sql(f"SELECT id FROM t WHERE {predicate} ORDER BY id").to_pydict()
    ids: list[int] = found.get("id", [])
    return ids


@pytest.mark.parametrize("query", [query_duckdb, query_polars, query_datafusion])
@pytest.mark.parametrize(("predicate", "expected"), PREDICATES)
def test_filters_find_the_same_rows(
    stitched: str,
    query: Callable[[str, str], list[int]],
    predicate: str,
    expected: Callable[[int], Any],
) -> None:
    assert query(stitched, predicate) == [n for n in range(ROWS) if expected(n)]


def test_whole_tables_by_other_readers(stitched: str) -> None:
    table = example(ROWS)
    assert pl.read_parquet(stitched).to_arrow().cast(table.schema).equals(table)
    found = duckdb.sql(f"SELECT * FROM '{stitched}'").to_arrow_table().cast(table.schema)
    assert found.equals(table)
    context = datafusion.SessionContext()
    batches = context.read_parquet(stitched).collect()
    assert pa.Table.from_batches(batches).cast(table.schema).sort_by("id").equals(table)


def test_offset_indexes_point_at_pages(stitched: str) -> None:
    """Each offset index lists the pages where the column chunk has them, to its last byte."""
    file = Path(stitched).read_bytes()
    footer, start = footer_of(memoryview(file))
    pages = 0
    indexes = []
    for group in footer[4][1][1]:
        for column in group[1][1][1]:
            meta = column[3][1]
            index, _ = read_struct(file, column[4][1])
            locations = index[1][1][1]
            assert locations[0][1][1] == meta[9][1]
            first = meta[11][1] if 11 in meta else meta[9][1]
            last = locations[-1]
            assert last[1][1] + last[2][1] == first + meta[7][1]
            pages += len(locations)
            indexes += [(column[key][1], column[key + 1][1]) for key in (4, 6)]
    assert pages > 15 * 5
    assert min(indexes)[0] + sum(length for _, length in indexes) == start


def stitcher_for(table: pa.Table, out: io.BytesIO) -> Stitcher:
    template, _ = footer_of(memoryview(empty_file(table.schema, build(ParquetOptions, {}))))
    return Stitcher(StagedWriter(out, "a.parquet"), template)


ORDERS = [
    ("int", [1, 1, 2, 3, 3, 9], True),
    ("descends in a row group", [1, 2, 1, 3, 4, 5], False),
    ("descends between row groups", [4, 5, 6, 1, 2, 3], False),
    ("null", [1, 2, 3, 4, 5, None], False),
    ("one value", [7] * 6, False),
    ("float", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], False),
    ("text", ["", "a", "aa", "b", "é", "\U0001f600"], True),
    ("text that descends", ["a", "b", "c", "b", "d", "e"], False),
    ("decimal", [Decimal(n) for n in (-5, -5, 0, 0, 3, 10**25)], True),
    ("date", [dt.date(1960 + n, 1, 1) for n in range(6)], True),
    ("list", [[1]] * 6, False),
    ("bool", [False] * 3 + [True] * 3, False),
]


def test_sorting_columns_are_those_that_ascend(destinations: Callable[[], Any]) -> None:
    table = pa.table({name: values for name, values, _ in ORDERS})
    table = table.append_column("indexed", table["text"].dictionary_encode())
    chunks = [table.slice(0, 3), table.slice(3, 3)]
    (path,) = destinations().write(chunks).paths
    groups = [pq.read_metadata(path).row_group(i) for i in (0, 1)]
    for group in groups:
        names = [group.column(order.column_index).path_in_schema for order in group.sorting_columns]
        assert names == [name for name, _, ascends in ORDERS if ascends] + ["indexed"]
        assert not any(order.descending or order.nulls_first for order in group.sorting_columns)


def test_a_part_that_is_not_whole() -> None:
    table = pa.table({"a": [1]})
    body, group = encode(table, build(ParquetOptions, {}))
    with pytest.raises(StorageError, match="damaged"):
        stitcher_for(table, io.BytesIO()).append(body[:-1], group)


def test_more_row_groups_than_an_ordinal_counts() -> None:
    out = io.BytesIO()
    table = pa.table({"a": range(3000)})
    groups = [encode(table.slice(i, 1), build(ParquetOptions, {})) for i in range(3000)]
    stitcher = stitcher_for(table, out)
    for body, group in groups * 11:
        stitcher.append(body, group)
    stitcher.finish({})
    file = pq.ParquetFile(out)
    assert file.metadata.num_rows == file.metadata.num_row_groups == 33_000
    around = file.read_row_groups([0, 32_767, 32_768, 32_999])
    assert around["a"].to_pylist() == [0, 32_767 % 3000, 32_768 % 3000, 2999]


def test_a_footer_too_long_for_parquet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logflow_parquet.stitch.MAX_FOOTER", 100)
    stitcher = stitcher_for(pa.table({"a": [1]}), io.BytesIO())
    with pytest.raises(StorageError, match="larger row groups"):
        stitcher.finish({})


def test_a_footer_of_pyarrow_is_written_as_it_was() -> None:
    out = io.BytesIO()
    table = pa.table({"n": range(100), "l": [[{"x": "a"}, None]] * 100})
    pq.write_table(table, out, row_group_size=7, write_page_index=True)
    file = out.getbuffer()
    footer, start = footer_of(file)
    assert encoded(footer) == file[start:-8]


@pytest.mark.parametrize(
    "file",
    [b"", b"PAR1PAR1", b"PAR1\xff\xff\xff\xffPAR1", b"PAR1\x00\x00\x00\x00PARE", b"x" * 20],
)
def test_files_without_a_footer(file: bytes) -> None:
    with pytest.raises(ValueError, match=r"bytes|Thrift"):
        footer_of(memoryview(file))
