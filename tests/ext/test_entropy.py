"""Entropy against its definition; counts against Python's."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import logflow_ext.entropy
import logflow_ext.reference.entropy

MODULES = [
    pytest.param(logflow_ext.entropy, id="compiled"),
    pytest.param(logflow_ext.reference.entropy, id="twin"),
]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], 0),
        ([0], 0),
        ([7], 0),
        ([0, 7, 0], 0),
        ([1, 1], 1),
        ([5] * 1024, 10),
        ([2, 1, 1], 1.5),
        ([4, 2, 1, 1, 0], 1.75),
        ([2**63, 2**62, 2**62 - 1], 1.5),
        ([2**64 - 1], 0),
    ],
)
def test_entropy(module: ModuleType, counts: list[int], expected: float) -> None:
    found = module.entropy(array("Q", counts))
    assert found == expected
    assert math.copysign(1, found) == 1, "minus nothing"


@given(counts=st.lists(st.integers(0, 2**50) | st.integers(0, 20), max_size=50))
def test_entropy_is_that_of_the_definition(counts: list[int]) -> None:
    data, total = array("Q", counts), sum(counts)
    found = logflow_ext.entropy.entropy(data)
    assert found == logflow_ext.reference.entropy.entropy(data)
    expected = math.fsum(n / total * math.log2(total / n) for n in counts if n)
    assert found == pytest.approx(expected, abs=1e-12)


@given(first=st.binary(max_size=600), second=st.binary(max_size=9), start=st.integers(0, 9))
def test_bytes_are_counted(first: bytes, second: bytes, start: int) -> None:
    data = memoryview(first * 2 + second)[start:]
    found = logflow_ext.entropy.byte_counts(data)
    assert found.tolist() == [Counter(data.tobytes())[value] for value in range(256)]
    assert found == logflow_ext.reference.entropy.byte_counts(data)
    entropy = logflow_ext.entropy.byte_entropy(data)
    assert entropy == logflow_ext.entropy.entropy(found)
    assert entropy == logflow_ext.reference.entropy.byte_entropy(data)


@pytest.mark.parametrize("module", MODULES)
def test_what_cannot_be_is_an_error(module: ModuleType) -> None:
    with pytest.raises(ValueError, match="counts have 8 bytes each, but there are 9 bytes"):
        module.entropy(bytes(9))
    with pytest.raises(OverflowError, match="the sum of the counts does not fit into 64 bits"):
        module.entropy(array("Q", [2**64 - 1, 1]))


@pytest.mark.parametrize("module", MODULES)
def test_any_buffer_will_do(module: ModuleType) -> None:
    assert module.byte_counts(array("H", [0x4141, 0x4242]))[0x41] == 2
    assert module.entropy(array("Q", [1, 1, 2]).tobytes()) == 1.5
    assert module.entropy(memoryview(b"." + array("Q", [1, 1, 2]).tobytes())[1:]) == 1.5
