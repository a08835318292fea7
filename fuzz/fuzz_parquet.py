"""Fuzzes the layout of Parquet pages: the kernel must make what its twin makes, or refuse too."""

from __future__ import annotations

import struct
from types import ModuleType
from typing import Any

from _harness import run

import logflow_ext.parquet
import logflow_ext.reference.parquet
from logflow_ext.pages import DICTIONARIES, KINDS

SEEDS = [
    bytes([kind, 2, 30, 3, 1]) + struct.pack("<5i", 0, 3, 5, 5, 9) + bytes(range(250))
    for kind in range(len(KINDS))
] + [bytes([4, 0, 90, 0, 9]) + struct.pack("<100q", *range(0, 1000, 10))]


def outcome(module: ModuleType, *arguments: Any, **options: Any) -> Any:
    """The chunk with its buffers as bytes, or the class of the error."""
    try:
        chunk = module.encode(*arguments, **options)
    except ValueError as err:
        return type(err)
    dictionary = None if chunk.dictionary is None else bytes(chunk.dictionary)
    return chunk._replace(dictionary=dictionary, body=bytes(chunk.body))


def target(data: bytes) -> None:
    """The first bytes choose kind, place and options, the others are all buffers at once."""
    head, data = data[:5].ljust(5, b"\0"), data[5:]
    arguments = (
        KINDS[head[0] % len(KINDS)],
        data,
        data,
        data if head[3] & 1 else None,
        head[1],
        head[2],
    )
    options = {
        "nullable": bool(head[3] & 2),
        "dictionary": DICTIONARIES[head[3] >> 2 & 1],
        "page_bytes": head[4] * 16 + 1,
        "factor": 1000 if head[3] & 8 else 1,
        "precision": head[4] % 40,
        "bloom_filter": bool(head[3] & 16),
    }
    found = outcome(logflow_ext.parquet, *arguments, **options)
    expected = outcome(logflow_ext.reference.parquet, *arguments, **options)
    assert found == expected, f"{found}, not {expected}"


if __name__ == "__main__":
    run(target, SEEDS, __doc__)
