"""The loop that the fuzzers share: mutate seeds, call the target, stop at the first failure."""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Callable

from logflow_ext.cells import LENGTH, MISSING

__all__ = ["cells", "mutate", "run"]

MAX_BYTES = 8192
MAX_CORPUS = 512


def run(target: Callable[[bytes], None], seeds: list[bytes], description: str) -> None:
    """Feed mutations of *seeds* to *target* until the time on the command line is over.

    The seeds themselves come first.  *target* fails by raising anything; then the input is
    printed as ``repr`` and the process exits with 1.  Prints the number of executions.
    """
    arguments = _arguments(description)
    rng = random.Random(arguments.seed)
    print(f"seed {arguments.seed}")
    corpus = list(seeds)
    deadline = time.monotonic() + arguments.seconds
    executions = 0
    for data in seeds:
        _execute(target, data)
        executions += 1
    while time.monotonic() < deadline:
        data = mutate(rng, corpus, seeds)
        _execute(target, data)
        executions += 1
        if len(corpus) < MAX_CORPUS:
            corpus.append(data)
        else:
            corpus[rng.randrange(MAX_CORPUS)] = data
    print(f"{executions} executions")


def mutate(rng: random.Random, corpus: list[bytes], seeds: list[bytes]) -> bytes:
    """One input after a few random edits: bytes flipped, set, cut, doubled, spliced."""
    data = bytearray(rng.choice(corpus if rng.random() < 0.7 else seeds))
    for _ in range(rng.choice((1, 1, 2, 3, 5, 8))):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice((1, 1, 2, 4, 16, 64)))
        match rng.randrange(6):
            case 0 if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                data[at:at] = bytes([rng.randrange(256)])
            case 2:
                del data[at:end]
            case 3:
                data[at:at] = data[at:end]
            case 4:
                other = rng.choice(seeds)
                start = rng.randrange(len(other) + 1)
                data[at:at] = other[start : start + rng.randrange(32)]
            case _:
                if data:
                    data[at:end] = bytes([rng.choice(data)]) * (end - at)
    return bytes(data[:MAX_BYTES])


def _execute(target: Callable[[bytes], None], data: bytes) -> None:
    try:
        target(data)
    except Exception:
        traceback.print_exc()
        print(f"failing input: {data!r}", file=sys.stderr)
        sys.exit(1)


def _arguments(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to run (10)")
    parser.add_argument(
        "--seed",
        type=int,
        default=time.time_ns() % 2**32,
        help="start of the random sequence (the time)",
    )
    return parser.parse_args()


def cells(spans: memoryview, text: bytes) -> list[tuple[int, bytes]]:
    """The rows of a column that have a value, and what it is."""
    words = spans.cast("I").tolist()
    return [
        (row, text[at : at + (word & LENGTH)])
        for row, (at, word) in enumerate(zip(words[::2], words[1::2], strict=True))
        if not word & MISSING
    ]
