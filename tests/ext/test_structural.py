"""positions against a search byte by byte."""

from __future__ import annotations

import mmap
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logflow_ext.reference.structural
import logflow_ext.structural

MODULES = [
    pytest.param(logflow_ext.structural, id="compiled"),
    pytest.param(logflow_ext.reference.structural, id="twin"),
]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("data", "specials", "expected"),
    [
        (b"", b",", []),
        (b"abc", b",", []),
        (b"a,b\n", b",\n", [1, 3]),
        (b"a,b\n", b"\n,", [1, 3]),
        (b",", b",", [0]),
        (b"\x00\xff\x80", b"\x80\x00", [0, 2]),
        (b"01234567", b"76543210", list(range(8))),
        (b"," * 130, b",", list(range(130))),
        (b"a" * 129, b"\x00", []),
    ],
)
def test_positions(module: ModuleType, data: bytes, specials: bytes, expected: list[int]) -> None:
    assert module.positions(data, specials).tolist() == expected


@pytest.mark.parametrize("module", MODULES)
@settings(deadline=None)
@given(
    data=st.lists(st.sampled_from(b'a,"\n\x00\xff'), max_size=300).map(bytes),
    start=st.integers(0, 70),
    specials=st.sets(st.sampled_from(b'a,"\n\r\x00\xff\x80'), min_size=1).map(bytes),
)
def test_positions_are_those_of_a_plain_search(
    module: ModuleType, data: bytes, start: int, specials: bytes
) -> None:
    expected = [i for i, byte in enumerate(data[start:]) if byte in specials]
    assert module.positions(memoryview(data)[start:], specials).tolist() == expected


@pytest.mark.parametrize("module", MODULES)
def test_result_is_a_writable_view_of_uint32(module: ModuleType) -> None:
    found = module.positions(b"a,b", b",")
    assert (found.format, found.itemsize, found.readonly) == ("I", 4, False)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("specials", [b"", b",,", b"012345678"])
def test_specials_that_make_no_sense_are_an_error(module: ModuleType, specials: bytes) -> None:
    with pytest.raises(ValueError, match="1 to 8 different bytes"):
        module.positions(b"abc", specials)


@pytest.mark.parametrize("module", MODULES)
def test_four_gibibytes_are_too_many(module: ModuleType) -> None:
    # Pages that nobody touches take no memory.
    with (
        mmap.mmap(-1, 1 << 32) as pages,
        pytest.raises(ValueError, match="data has 4294967296 bytes, the limit is 4294967295"),
    ):
        module.positions(pages, b",")
