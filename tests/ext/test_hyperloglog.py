"""Sketches: their error against theory and DataSketches, any order of adding and merging."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
import random
import threading
from array import array
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logflow_ext.hyperloglog
import logflow_ext.reference.hyperloglog
from logflow_ext.cardinality import MOST_PRECISION, estimate
from logflow_ext.hashes import NULL_HASH
from logflow_ext.hashing import hash_fixed_width, xxh3_64

MODULES = [
    pytest.param(logflow_ext.hyperloglog, id="compiled"),
    pytest.param(logflow_ext.reference.hyperloglog, id="twin"),
]
# Also hashes whose ranks are as large as can be, at one precision or the other.
HASHES = st.integers(0, 2**64 - 1) | st.builds(
    lambda high, low: high << 38 | low >> 20, st.integers(0, 2**26 - 1), st.integers(0, 2**21)
)
EDGES = [0, 1, 2**38 - 1, 2**38, 2**60, 2**63, 2**64 - 1, NULL_HASH, NULL_HASH - 1]


def sketch(module: ModuleType, hashes: list[int], precision: int = 14) -> Any:
    made = module.HyperLogLog(precision)
    made.add_hashes(array("Q", hashes))
    return made


def random_hashes(seed: int, number: int) -> memoryview:
    """The hashes of that many numbers, all different ones for different seeds."""
    return hash_fixed_width(array("Q", range(seed << 32, (seed << 32) + number)), 64, 0, number)


@pytest.mark.parametrize("module", MODULES)
@settings(deadline=None)
@given(
    parts=st.lists(st.lists(HASHES | st.sampled_from(EDGES), max_size=40), min_size=1, max_size=5),
    precision=st.sampled_from([4, 5, 6, 14]),
    rng=st.randoms(use_true_random=False),
)
def test_state_depends_on_the_set_alone(
    module: ModuleType, parts: list[list[int]], precision: int, rng: random.Random
) -> None:
    together = [value for part in parts for value in part]
    expected = sketch(logflow_ext.reference.hyperloglog, together, precision).to_bytes()
    rng.shuffle(together)
    assert sketch(module, together * 2, precision).to_bytes() == expected
    merged = [sketch(module, part, precision) for part in parts]
    while len(merged) > 1:
        rng.shuffle(merged)
        merged[0].merge(merged.pop())
    merged[0].merge(merged[0])
    assert merged[0].to_bytes() == expected
    again = module.HyperLogLog.from_bytes(expected)
    assert again.to_bytes() == expected
    assert (again.precision, again.estimate()) == (precision, merged[0].estimate())


@pytest.mark.parametrize("precision", [4, 7, 11, 14, MOST_PRECISION])
@pytest.mark.parametrize("load", [0.1, 0.24, 0.26, 1, 3, 10])
def test_twins_agree_bit_for_bit(precision: int, load: float) -> None:
    hashes = random_hashes(precision, min(int(2**precision * load), 100_000))
    ours, twin = (
        module.HyperLogLog(precision)
        for module in (logflow_ext.hyperloglog, logflow_ext.reference.hyperloglog)
    )
    for one in (ours, twin):
        one.add_hashes(hashes)
    assert ours.to_bytes() == twin.to_bytes()
    assert ours.estimate() == twin.estimate()


@pytest.mark.parametrize("precision", [7, 8, 12, 14])  # the theory is for many registers
@pytest.mark.parametrize("number", [1, 30, 1000, 4096, 4500, 20_000, 100_000])
def test_error_is_within_theory(precision: int, number: int) -> None:
    """Bias and spread of many estimates, each over different values."""
    trials = 60
    errors = []
    for trial in range(trials):
        made = logflow_ext.hyperloglog.HyperLogLog(precision)
        made.add_hashes(random_hashes(trial, number))
        errors.append(made.estimate() / number - 1)
    theory = 1.04 / math.sqrt(2**precision)
    bias = sum(errors) / trials
    spread = math.sqrt(sum(error**2 for error in errors) / trials)
    # With these fixed values; four and three standard errors of the two statistics.
    assert abs(bias) < 4 * theory / math.sqrt(trials)
    assert spread < theory * (1 + 3 / math.sqrt(2 * trials))


@pytest.mark.parametrize("number", [0, 1, 2, 100, 1000, 4096])
def test_few_values_are_counted_almost_exactly(number: int) -> None:
    made = logflow_ext.hyperloglog.HyperLogLog()
    made.add_hashes(random_hashes(0, number))
    assert abs(made.estimate() - number) < 1 + number / 2000


@pytest.mark.parametrize("number", [10, 1000, 5000, 100_000])
def test_estimates_are_like_those_of_datasketches(number: int) -> None:
    datasketches = pytest.importorskip(
        "datasketches", reason="comparing with Apache DataSketches needs: pip install datasketches"
    )
    ours = logflow_ext.hyperloglog.HyperLogLog(14)
    ours.add_hashes(random_hashes(7, number))
    theirs = datasketches.hll_sketch(14)
    for value in range(number):
        theirs.update(value)
    # Both are within four standard errors of the truth.
    assert ours.estimate() == pytest.approx(theirs.get_estimate(), rel=8 * 1.04 / 128)


@pytest.mark.parametrize("module", MODULES)
def test_bytes_are_added_by_their_hash(module: ModuleType) -> None:
    made = module.HyperLogLog()
    made.add(b"value")
    made.add(array("H", [0x4141]))
    assert made.to_bytes() == sketch(module, [xxh3_64(b"value"), xxh3_64(b"AA")]).to_bytes()


@pytest.mark.parametrize("module", MODULES)
def test_nulls_are_no_values(module: ModuleType) -> None:
    assert sketch(module, [NULL_HASH] * 3).to_bytes() == module.HyperLogLog().to_bytes()
    assert sketch(module, [NULL_HASH, 5]).to_bytes() == sketch(module, [5]).to_bytes()


@pytest.mark.parametrize("module", MODULES)
def test_the_layout_of_bytes(module: ModuleType) -> None:
    few = sketch(module, [0, 2**38 + 1, 2**64 - 1], 4)
    tokens = [39, 1 << 6 | 38, (2**26 - 1) << 6 | 1]
    assert few.to_bytes() == b"HLL\x01\x04\x00\x00\x00" + b"".join(
        token.to_bytes(4, "little") for token in tokens
    )
    many = sketch(module, [0, 2**38 + 1, 2**64 - 1, 2**63, 2**62 + 2**61], 4)
    registers = {0: 61, 15: 1, 8: 61, 6: 61}
    assert many.to_bytes() == b"HLL\x01\x04\x01\x00\x00" + bytes(
        registers.get(i, 0) for i in range(16)
    )


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("copied", [copy.copy, lambda one: pickle.loads(pickle.dumps(one))])
@pytest.mark.parametrize("number", [3, 100])
def test_copies_are_independent(
    module: ModuleType, copied: Callable[[Any], Any], number: int
) -> None:
    made = sketch(module, list(random_hashes(1, number)), 4)
    before = made.to_bytes()
    other = copied(made)
    assert (other.to_bytes(), other.precision) == (before, 4)
    other.add_hashes(random_hashes(2, 1000))
    assert made.to_bytes() == before != other.to_bytes()


SPARSE, DENSE = b"HLL\x01\x04\x00\x00\x00", b"HLL\x01\x04\x01\x00\x00"


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "these bytes are not a HyperLogLog sketch"),
        (b"HLL", "these bytes are not"),
        (SPARSE[:7], "these bytes are not"),
        (b"HLM" + SPARSE[3:], "these bytes are not"),
        (b"HLL\x02\x04\x00\x00\x00", "version 2 of HyperLogLog sketches is not known, only 1 is"),
        (b"HLL\x01\x03\x00\x00\x00", "the head of the HyperLogLog sketch is damaged"),
        (b"HLL\x01\x13\x00\x00\x00", "the head"),
        (b"HLL\x01\x04\x02\x00\x00", "the head"),
        (b"HLL\x01\x04\x00\x01\x00", "the head"),
        (b"HLL\x01\x04\x00\x00\x01", "the head"),
        (SPARSE + b"123", "has 3 bytes of registers, not up to 16 in fours"),
        (SPARSE + bytes(20), "has 20 bytes of registers, not up to 16 in fours"),
        (SPARSE + bytes(4), "register 0 of the HyperLogLog sketch is damaged"),
        (SPARSE + bytes([40, 0, 0, 0]), "register 0"),
        (SPARSE + bytes([1, 0, 0, 0, 1, 0, 0, 0]), "register 1"),
        (SPARSE + bytes([1, 1, 0, 0, 1, 0, 0, 0]), "register 1"),
        (DENSE + bytes(15), "the dense HyperLogLog sketch has 15 bytes of registers, not 16"),
        (DENSE + bytes(17), "has 17 bytes of registers, not 16"),
        (DENSE + bytes(15) + b"\x3e", "register 15"),
    ],
)
def test_bytes_that_are_no_sketch(module: ModuleType, data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module.HyperLogLog.from_bytes(data)


@pytest.mark.parametrize("module", MODULES)
def test_what_cannot_be_is_an_error(module: ModuleType) -> None:
    for precision in (3, 19, -1, 2**40):
        with pytest.raises(ValueError, match=f"precision from 4 to 18, not {precision}"):
            module.HyperLogLog(precision)
    with pytest.raises(ValueError, match="hashes have 8 bytes each, but there are 9 bytes"):
        module.HyperLogLog().add_hashes(bytes(9))
    with pytest.raises(ValueError, match="sketches of precision 4 and 5 do not merge"):
        module.HyperLogLog(4).merge(module.HyperLogLog(5))


def test_threads_may_share_a_sketch() -> None:
    """Adds, merges in both directions and reads at once: none is lost, none blocks another."""
    first, second = logflow_ext.hyperloglog.HyperLogLog(), logflow_ext.hyperloglog.HyperLogLog()

    def work(number: int) -> None:
        for i in range(20):
            first.add_hashes(random_hashes(number * 100 + i, 50))
            (first if number % 2 else second).merge(second if number % 2 else first)
            first.to_bytes()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = logflow_ext.hyperloglog.HyperLogLog()
    for number in range(4):
        for i in range(20):
            alone.add_hashes(random_hashes(number * 100 + i, 50))
    assert first.to_bytes() == alone.to_bytes()


def test_estimates_grow_up_to_the_end_of_the_range() -> None:
    """All registers at one rank, from none to the largest: no estimate is less than the last."""
    ranks = 64 - 4 + 2
    estimates = [estimate([16 * (rank == i) for i in range(ranks)]) for rank in range(ranks)]
    assert estimates[0] == 0
    assert all(a < b for a, b in itertools.pairwise(estimates))
