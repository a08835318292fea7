"""Fuzzes Thrift: the kernel must read what its twin reads, and write the same bytes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from _harness import run

import logflow_ext.reference.thrift
import logflow_ext.thrift

SEEDS = [
    logflow_ext.thrift.encoded({1: (5, 2), 2: (8, b"hi"), 3: (1, True), 40: (6, -(2**63))}),
    logflow_ext.thrift.encoded({1: (9, (12, [{1: (5, i), 3: (3, i)} for i in range(20)]))}),
    logflow_ext.thrift.encoded({1: (9, (1, [True, False])), 2: (10, (7, [bytes(8)]))}),
    b"\x1c" * 70,
    b"\x19\xf5\xff\xff\xff\xff\x0f",
]


def outcome(module: ModuleType, data: bytes) -> Any:
    """The struct and where it ends, or the class of the error."""
    try:
        return module.read_struct(data)
    except ValueError as err:
        return type(err)


def target(data: bytes) -> None:
    found = outcome(logflow_ext.thrift, data)
    assert found == outcome(logflow_ext.reference.thrift, data), found
    if isinstance(found, tuple):
        written = logflow_ext.thrift.encoded(found[0])
        assert written == logflow_ext.reference.thrift.encoded(found[0])
        assert logflow_ext.thrift.read_struct(written) == (found[0], len(written))


if __name__ == "__main__":
    run(target, SEEDS, __doc__)
