"""Thrift: what is written reads back, no bytes do worse than a ValueError, and the twin agrees."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import logflow_ext.reference.thrift
import logflow_ext.thrift
from logflow_ext.compact import LIST, MAX_DEPTH, STRUCT

MODULES = [
    pytest.param(logflow_ext.thrift, id="compiled"),
    pytest.param(logflow_ext.reference.thrift, id="twin"),
]
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


def outcome(module: ModuleType, data: bytes, position: int = 0) -> Any:
    try:
        return module.read_struct(data, position)
    except ValueError:
        return ValueError


@given(structs(values).map(lambda pair: pair[1]), st.binary(max_size=9))
def test_what_is_written_reads_back(struct: Any, rest: bytes) -> None:
    data = logflow_ext.thrift.encoded(struct)
    assert data == logflow_ext.reference.thrift.encoded(struct)
    for module in (logflow_ext.thrift, logflow_ext.reference.thrift):
        assert module.read_struct(rest + data + rest, len(rest)) == (struct, len(rest + data))


@given(st.binary(max_size=200), st.integers(-2, 9))
def test_any_bytes_are_a_struct_or_a_value_error(data: bytes, position: int) -> None:
    found = outcome(logflow_ext.thrift, data, position)
    assert found == outcome(logflow_ext.reference.thrift, data, position)
    if found is not ValueError:
        struct, end = found
        assert end <= len(data)
        assert logflow_ext.thrift.read_struct(logflow_ext.thrift.encoded(struct))[0] == struct


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "ends early"),
        (b"\x15", "ends early"),
        (b"\x18\x05ab\x00", "5 bytes of Thrift at byte 2 end"),
        (b"\x19\xf5\xff\xff\xff\xff\x0f", "list of 4294967295 elements"),
        (b"\x15" + b"\xff" * 10 + b"\x00", "longer than 64 bits"),
        (b"\x16" + b"\xff" * 9 + b"\x02\x00", "longer than 64 bits"),
        (b"\x05\x80\x80\x04\x02\x00", "the number 32768"),
        (b"\x1b\x00", "type 11 at byte 1"),
        (b"\x1c" * (MAX_DEPTH + 1), "nested more than"),
        (b"\x19" * (2 * MAX_DEPTH), "nested more than"),
    ],
)
def test_damage_is_named(module: ModuleType, data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module.read_struct(data)


def nested_lists() -> Any:
    value: Any = 5, [1]
    for _ in range(MAX_DEPTH):
        value = LIST, [value]
    return value


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (11, {}, "type 11"),
        (6, 2**63, "more than 64 bits"),
        (6, -(2**63) - 1, "more than 64 bits"),
        (LIST, nested_lists(), "nested more than"),
    ],
)
def test_what_has_no_place_is_not_written(
    module: ModuleType, kind: int, value: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        module.encoded({1: (kind, value)})


@pytest.mark.parametrize("module", MODULES)
def test_bytes_are_a_struct_that_was_written_before(module: ModuleType) -> None:
    inner: Any = {1: (5, 7)}
    assert module.encoded({2: (STRUCT, module.encoded(inner))}) == module.encoded(
        {2: (STRUCT, inner)}
    )
