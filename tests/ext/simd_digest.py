"""Prints what the kernels that have SIMD variants make of fixed pseudo-random inputs.

Run once for each variant (``LOGFLOW_SIMD``) and for the twins (``LOGFLOW_PURE``); every line must
be the same.  Lengths go around the sizes of vectors and blocks, starts are not aligned.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

from logflow_ext import kernel

DIALECT = {
    "delimiter": b",",
    "merge": False,
    "quote": ord('"'),
    "escape": ord('"'),
    "comment": b"#",
    "skip_spaces": False,
    "max_record_bytes": 150,
}
SPECIALS = b',"\r\n\x00\x7f\x80\xff'
CHARACTERS = "a~\x7f\x80é\u07ff\u0800€\ud7ff\ue000\uffff😀\U0010ffff"
LENGTHS = [*range(201), 4095, 4096, 4097, 4160, 9000]


def unaligned(data: bytes, rng: random.Random) -> memoryview:
    """The bytes at a start that is aligned to nothing, with others right before and behind."""
    before = rng.randrange(1, 33)
    return memoryview(SPECIALS * 5 + data + SPECIALS)[40 - before : -8][before:]


def positions(rng: random.Random) -> Iterator[object]:
    for length in LENGTHS:
        data = unaligned(bytes(rng.choices(SPECIALS + b"abcdefgh", k=length)), rng)
        wanted = bytes(rng.sample(SPECIALS, rng.randrange(1, 9)))
        yield kernel("structural").positions(data, wanted).tobytes()


def first_invalid(rng: random.Random) -> Iterator[object]:
    for length in LENGTHS * 3:
        ascii_only = rng.random() < 0.2
        text = "".join(rng.choices(CHARACTERS[: 2 if ascii_only else None], k=length))
        data = bytearray(text.encode())
        if data and rng.random() < 0.8:
            data[rng.randrange(len(data))] = rng.randrange(256)
        yield kernel("utf8").first_invalid(unaligned(bytes(data), rng))


def records(rng: random.Random) -> Iterator[object]:
    for length in LENGTHS * 3:
        weights = (40, 10, rng.choice((0, 0, 1)), 2, rng.choice((0, 1)))
        pieces = rng.choices([b"a", b",", b'"', b"\n", b',"a""b,\r\n",'], weights, k=length)
        data = unaligned(b"".join(pieces)[:length], rng)
        index = kernel("delimited").index(data, **DIALECT, columns=3)
        yield [part.tobytes() if isinstance(part, memoryview) else part for part in index]
        limits = {"max_records": rng.randrange(1, 99), "max_bytes": rng.randrange(1, 9999)}
        yield kernel("delimited").split(data, **DIALECT, **limits, final=False)
        yield kernel("delimited").count_lines(data, rng.randrange(length + 1))
        yield kernel("delimited").lines_before(data, index.row_starts).tobytes()


def main() -> None:
    for cases in (positions, first_invalid, records):
        digest = hashlib.sha256()
        for result in cases(random.Random(1)):
            digest.update(repr(result).encode())
        print(cases.__name__, digest.hexdigest())


if __name__ == "__main__":
    main()
