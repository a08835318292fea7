"""Thrift: what is written reads back, and no bytes do worse than a ValueError."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logflow_parquet.stitch import footer_of
from logflow_parquet.thrift import MAX_DEPTH, STRUCT, encoded, read_struct, write_value

integers = st.integers(-(2**63), 2**63 - 1)
scalars: dict[int, st.SearchStrategy[Any]] = {
    1: st.booleans(),
    3: st.integers(0, 255),
    4: st.integers(-(2**15), 2**15 - 1),
    5: st.integers(-(2**31), 2**31 - 1),
    6: integers,
    7: st.binary(min_size=8, max_size=8),
    8: st.binary(max_size=40),
}
typed_scalars = st.sampled_from(sorted(scalars)).flatmap(
    lambda kind: st.tuples(st.just(kind), scalars[kind])
)


def lists(kinds: st.SearchStrategy[tuple[int, Any]]) -> st.SearchStrategy[Any]:
    def of_kind(first: tuple[int, Any]) -> st.SearchStrategy[Any]:
        kind, value = first
        more = st.lists(scalars[kind] if kind in scalars else st.just(value), max_size=20)
        return st.tuples(st.just(kind), more)

    return st.tuples(st.sampled_from([9, 10]), kinds.flatmap(of_kind))


def structs(kinds: st.SearchStrategy[tuple[int, Any]]) -> st.SearchStrategy[Any]:
    fields = st.dictionaries(st.integers(1, 2**15 - 1), kinds, max_size=8)
    return st.tuples(st.just(STRUCT), fields.map(lambda f: dict(sorted(f.items()))))


values = st.recursive(typed_scalars, lambda kinds: lists(kinds) | structs(kinds), max_leaves=10)


@given(structs(values).map(lambda pair: pair[1]), st.binary(max_size=9))
def test_what_is_written_reads_back(struct: Any, rest: bytes) -> None:
    data = encoded(struct)
    assert read_struct(data + rest) == (struct, len(data))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_struct_or_a_value_error(data: bytes) -> None:
    try:
        struct, end = read_struct(data)
    except ValueError:
        return
    assert end <= len(data)
    assert read_struct(encoded(struct))[0] == struct


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "ends early"),
        (b"\x15", "ends early"),
        (b"\x18\x05ab\x00", "5 bytes of Thrift at byte 2 end"),
        (b"\x19\xf5\xff\xff\xff\xff\x0f", "list of 4294967295 elements"),
        (b"\x15" + b"\xff" * 10 + b"\x00", "longer than 64 bits"),
        (b"\x1b\x00", "type 11 at byte 1"),
        (b"\x1c" * (MAX_DEPTH + 1), "nested more than"),
        (b"\x19" * (2 * MAX_DEPTH), "nested more than"),
    ],
)
def test_damage_is_named(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_struct(data)


def test_types_that_parquet_does_not_have_are_not_written() -> None:
    with pytest.raises(ValueError, match="type 11"):
        write_value(bytearray(), 11, {})


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
