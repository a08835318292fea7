"""The decoder: chunks of row groups, types that are asked for, and damage."""

from __future__ import annotations

import datetime as dt
import io
import pickle
from dataclasses import replace
from decimal import Decimal
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logflow_parquet.decoder import ParquetDecoder
from logflow_parquet.metadata import footer_of
from logflow_parquet.thrift import encoded

from logflow.errors import DecodeError, LimitError, SchemaError, StorageError
from logflow.ingest.schema.facts import TypedFacts
from logflow.ingest.validity import check_batch
from logflow.interfaces.decoder import Chunk, ChunkDecoder, DecodedBatch
from logflow.options import DecodeOptions
from logflow.testing import SampleSource

OPTIONS = DecodeOptions()
TABLE = pa.table(
    {
        "id": range(100),
        "text": [None if n % 3 == 0 else f"t{n}" for n in range(100)],
        "price": pa.array([Decimal(n) / 4 for n in range(100)], pa.decimal128(9, 2)),
        "list": [[n] * (n % 3) for n in range(100)],
    }
)


def parquet(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def chunks(data: bytes, step: int | None = None, **options: Any) -> list[Chunk]:
    source = SampleSource(data, "a.parquet", step)
    return list(ParquetDecoder().split(source, None, replace(OPTIONS, **options)))


def decode(
    data: bytes, schema: pa.Schema | None = None, step: int | None = None, **options: Any
) -> list[DecodedBatch]:
    """All batches, of the types in the file unless *schema* says otherwise."""
    asked = replace(OPTIONS, **options)
    decoder = ParquetDecoder()
    found: list[DecodedBatch] = []
    for chunk in chunks(data, step, **options):
        facts = decoder.observe(chunk, asked).facts
        types = {name: column.resolve(asked) for name, column in facts.items()}
        own = pa.schema([pa.field(n, t.type, metadata=dict(t.metadata)) for n, t in types.items()])
        found += decoder.decode(pickle.loads(pickle.dumps(chunk)), schema or own, asked)
    return found


def rows(found: list[DecodedBatch]) -> list[dict[str, Any]]:
    return [row for decoded in found for row in decoded.batch.to_pylist()]


def test_it_is_a_chunk_decoder() -> None:
    decoder = ParquetDecoder()
    assert isinstance(decoder, ChunkDecoder)
    assert decoder.tables(SampleSource(b""), OPTIONS) == (None,)


@pytest.mark.parametrize("step", [None, 7])
@pytest.mark.parametrize("row_group_size", [7, 50, 1000])
@pytest.mark.parametrize("chunk_rows", [1, 20, 1000])
def test_all_rows_in_order(step: int | None, row_group_size: int, chunk_rows: int) -> None:
    data = parquet(TABLE, row_group_size=row_group_size)
    found = decode(data, step=step, chunk_rows=chunk_rows)
    assert rows(found) == TABLE.to_pylist()
    assert all(decoded.batch.num_rows <= chunk_rows for decoded in found)
    assert all(decoded.batch.schema.types == TABLE.schema.types for decoded in found)
    assert {decoded.covered for decoded in found} == {None}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [(0, 10, 1, 100)]),
        ({"chunk_rows": 25}, [(0, 2, 1, 20), (2, 4, 21, 20), (4, 6, 41, 20), (6, 8, 61, 20),
                              (8, 10, 81, 20)]),
        ({"chunk_rows": 60}, [(0, 6, 1, 60), (6, 10, 61, 40)]),
        ({"chunk_bytes": 1}, [(n, n + 1, 10 * n + 1, 10) for n in range(10)]),
    ],
)  # fmt: skip
def test_small_row_groups_share_a_chunk(
    options: dict[str, int], expected: list[tuple[int, ...]]
) -> None:
    found = chunks(parquet(TABLE, row_group_size=10), **options)
    assert [
        (chunk.context.first, chunk.context.stop, chunk.first_record, chunk.records)
        for chunk in found
    ] == expected
    assert [chunk.index for chunk in found] == list(range(len(expected)))
    assert [chunk.final for chunk in found] == [False] * (len(expected) - 1) + [True]
    assert all(chunk.payload is None for chunk in found)


@pytest.mark.parametrize("row_groups", [0, 1])
def test_no_rows(row_groups: int) -> None:
    out = io.BytesIO()
    with pq.ParquetWriter(out, TABLE.schema) as writer:
        for _ in range(row_groups):
            writer.write_table(TABLE.slice(0, 0))
    (decoded,) = decode(out.getvalue())
    assert decoded.batch.num_rows == 0
    assert list(decoded.facts) == TABLE.column_names
    assert decoded.batch.schema.types == TABLE.schema.types


def test_facts_are_the_types_of_the_file() -> None:
    schema = pa.schema(
        [
            pa.field("at", pa.timestamp("ns", "Europe/Berlin"), metadata={"unit": "day"}),
            pa.field("kind", pa.dictionary(pa.int32(), pa.string())),
        ]
    )
    (chunk,) = chunks(parquet(schema.empty_table()))
    seen = ParquetDecoder().observe(chunk, OPTIONS)
    assert seen.facts == {
        "at": TypedFacts(pa.timestamp("ns", "Europe/Berlin"), {"unit": "day"}),
        "kind": TypedFacts(pa.dictionary(pa.int32(), pa.string())),
    }
    assert (seen.rows, seen.rejects) == (0, 0)


def test_a_name_twice() -> None:
    table = pa.table([[1], [2], [3]], names=["a", "a_2", "a"])
    found = decode(parquet(table))
    assert rows(found) == [{"a": 1, "a_2": 2, "a_3": 3}]
    assert found[0].batch.schema.field("a_3").metadata == {b"logflow:name": b"a"}


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, None], pa.float64(), [1.0, None]),
        ([1, None], pa.string(), ["1", None]),
        (["1", "2"], pa.int64(), [1, 2]),
        ([True], pa.string(), ["true"]),
        ([Decimal("1.50")], pa.string(), ["1.50"]),
        ([dt.date(2024, 1, 1)], pa.timestamp("us"), [dt.datetime(2024, 1, 1)]),
        ([[1]], pa.list_(pa.float64()), [[1.0]]),
    ],
)
def test_types_that_are_asked_for(
    values: list[Any], kind: pa.DataType, expected: list[Any]
) -> None:
    schema = pa.schema([("other", pa.int8()), ("a", kind)])
    (decoded,) = decode(parquet(pa.table({"a": values})), schema)
    assert decoded.batch.schema == schema
    assert decoded.batch.to_pylist() == [{"other": None, "a": value} for value in expected]
    assert not decoded.drift


MISFITS = pa.table({"n": [1, 300, 3, -300, 5], "s": ["1", "x", "3", "4", "y"]})
NARROW = pa.schema([("n", pa.int8()), ("s", pa.int64())])


@pytest.mark.parametrize("declared", [None, {"n": "int8"}, {"s": "int64"}])
def test_values_that_do_not_fit_are_drift(declared: dict[str, str] | None) -> None:
    (decoded,) = decode(parquet(MISFITS), NARROW, columns=declared)
    assert decoded.drift
    assert decoded.batch.num_rows == 0


def test_values_that_do_not_fit_a_declared_type_are_rejects() -> None:
    data = parquet(MISFITS, row_group_size=2)
    found = decode(data, NARROW, columns={"n": "int8", "s": "int64"}, chunk_rows=2)
    assert rows(found) == [{"n": 1, "s": 1}, {"n": 3, "s": 3}]
    rejects = [reject for decoded in found for reject in decoded.rejects]
    assert [(r.record, r.column, r.column_index, r.message) for r in rejects] == [
        (2, "n", 0, "'300' is not int8"),
        (4, "n", 0, "'-300' is not int8"),
        (5, "s", 1, "'y' is not int64"),
    ]
    assert rejects[0].raw == b'{"n": 300, "s": "x"}'
    assert {(r.line, r.byte_offset, r.error_type) for r in rejects} == {(None, None, "bad_value")}
    assert not any(decoded.drift for decoded in found)


def test_types_that_are_never_cast() -> None:
    with pytest.raises(SchemaError, match=r"'list' is list<.*cannot be read as date32"):
        decode(parquet(TABLE), pa.schema([("list", pa.date32())]))


def test_many_bad_values() -> None:
    data = parquet(pa.table({"s": [str(n) if n % 2 else "x" for n in range(2000)]}))
    (decoded,) = decode(data, pa.schema([("s", pa.int64())]), columns={"s": "int64"})
    assert decoded.batch["s"].to_pylist() == list(range(1, 2000, 2))
    assert [reject.record for reject in decoded.rejects] == list(range(1, 2000, 2))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "size is 0 bytes"),
        (b"PAR1", "4 bytes"),
        (b"PAR1" + b"\0" * 100 + b"PAR1", "deserialize|footer"),
        (b"PAR1" + b"\0" * 100, "magic bytes"),
        (b"PAR1\xff\xff\xff\x7fPAR1", "footer"),
        (parquet(TABLE)[:-50], "magic bytes"),
        (parquet(TABLE)[50:], "Unexpected|Invalid|Couldn't|too small|smaller"),
    ],
)
def test_damage_names_the_file(data: bytes, message: str) -> None:
    with pytest.raises(DecodeError, match=message) as caught:
        decode(data)
    assert caught.value.file == "a.parquet"


def test_damaged_pages_are_found_by_their_checksum() -> None:
    data = bytearray(
        parquet(TABLE, row_group_size=50, write_page_checksum=True, compression="none")
    )
    data[data.index(b"t98")] ^= 1
    found = chunks(bytes(data), chunk_rows=50)
    decoder = ParquetDecoder()
    assert rows(list(decoder.decode(found[0], TABLE.schema, OPTIONS))) == TABLE[:50].to_pylist()
    with pytest.raises(DecodeError, match=r"a\.parquet, record 51: .*(checksum|CRC)"):
        list(decoder.decode(found[1], TABLE.schema, OPTIONS))


def test_text_that_is_not_utf8() -> None:
    table = pa.table({"a": pa.array([b"ok", b"\xff"]).cast(pa.string(), safe=False)})
    with pytest.raises(DecodeError, match="UTF8"):
        decode(parquet(table))


def test_rows_that_the_footer_miscounts() -> None:
    (chunk,) = chunks(parquet(TABLE))
    with pytest.raises(DecodeError, match=r"says 101 rows .* 0 to 0, but there are 100"):
        list(ParquetDecoder().decode(replace(chunk, records=101), TABLE.schema, OPTIONS))


def test_a_row_group_of_fewer_than_no_rows() -> None:
    data = bytearray(parquet(pa.table({"a": [1]})))
    footer, start = footer_of(memoryview(data))
    footer[4][1][1][0][3] = 6, -1
    data[start:] = encoded(footer) + len(encoded(footer)).to_bytes(4, "little") + b"PAR1"
    with pytest.raises(DecodeError, match="row group 0 has -1 rows"):
        chunks(bytes(data))


def test_records_that_are_too_large() -> None:
    data = parquet(pa.table({"a": ["x" * 10_000, "y"]}), compression="zstd")
    assert rows(decode(data, max_record_bytes=10_000))[1] == {"a": "y"}
    with pytest.raises(LimitError, match=r"row group 0 has 2 records in .*raise max_record_bytes"):
        decode(data, max_record_bytes=1000)


def test_large_rows_come_in_small_batches() -> None:
    table = pa.table({"a": [f"{n:01000}" for n in range(100)]})
    found = decode(parquet(table), chunk_bytes=10_000)
    assert rows(found) == table.to_pylist()
    assert all(decoded.batch.nbytes < 12_000 for decoded in found)


class BrokenDisk(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise OSError(5, "Input/output error")


class BrokenSource(SampleSource):
    def open(self) -> BinaryIO:
        return cast(BinaryIO, BrokenDisk(b"PAR1"))


def test_a_broken_disk_is_no_damage_of_the_format() -> None:
    with pytest.raises(StorageError, match=r"cannot read a\.parquet: Input/output error"):
        list(ParquetDecoder().split(BrokenSource(b"", "a.parquet"), None, OPTIONS))


SAMPLE = parquet(TABLE.slice(0, 20), row_group_size=10, write_page_index=True)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_any_damage_is_rows_or_a_decode_error(data: st.DataObject) -> None:
    damaged = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.just(len(damaged)) | st.integers(0, len(damaged)))
    try:
        found = decode(bytes(damaged[:end]))
    except (DecodeError, SchemaError):
        return
    for decoded in found:
        check_batch(decoded.batch)
