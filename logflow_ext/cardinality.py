"""What the HyperLogLog kernel and its twin share: the estimator."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["check_precision", "estimate"]

LEAST_PRECISION = 4
MOST_PRECISION = 18


def check_precision(precision: int) -> None:
    """Raise ``ValueError`` unless a sketch can have this precision."""
    if not LEAST_PRECISION <= precision <= MOST_PRECISION:
        raise ValueError(
            f"a HyperLogLog sketch has a precision from {LEAST_PRECISION} to {MOST_PRECISION}, "
            f"not {precision}"
        )


def estimate(multiplicities: Sequence[int]) -> float:
    """How many different values there were: the improved raw estimator.

    *multiplicities* says how many registers have each rank, from 0 on.  Ertl, "New cardinality
    estimation algorithms for HyperLogLog sketches", 2017 (arXiv:1702.01284), algorithm 6:
    without bias from nothing to the range of the hash, and without any tables.  Infinite if every
    register has the largest rank.

    >>> estimate([16, *[0] * 61])
    0.0
    >>> round(estimate([15, 1, *[0] * 60]), 2)
    1.03
    """
    registers = sum(multiplicities)
    empty, *between, full = multiplicities
    total = registers * _tau(1 - full / registers)
    for number in reversed(between):
        total = 0.5 * (total + number)
    total += registers * _sigma(empty / registers)
    return registers * registers / (2 * math.log(2) * total) if total else math.inf


def _sigma(x: float) -> float:
    """The sum of x and all x**(2**k) * 2**(k - 1), k from 1 on."""
    if x == 1:
        return math.inf
    total, weight, before = x, 1.0, -1.0
    while total != before:
        before = total
        x *= x
        total += x * weight
        weight += weight
    return total


def _tau(x: float) -> float:
    """A third of 1 - x and all -(1 - x**(2**-k))**2 * 2**-k, k from 1 on."""
    if x in (0, 1):
        return 0.0
    total, weight, before = 1 - x, 1.0, -1.0
    while total != before:
        before = total
        x = math.sqrt(x)
        weight *= 0.5
        total -= (1 - x) ** 2 * weight
    return total / 3
