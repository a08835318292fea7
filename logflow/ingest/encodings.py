"""Encodings guessed from the head of an input, judged by all of it once its text is ill-formed.

Most input never comes here: only rejects make anybody look, and then once an input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from logflow.detection.encoding import other_than_utf8
from logflow.detection.findings import Finding
from logflow.errors import EncodingDrift
from logflow.ingest.reading import BLOCK, BOMS, Input
from logflow.ingest.tasks import Done
from logflow.interfaces.source import Source
from logflow_ext import kernel

__all__ = ["Encodings", "EncodingsRefuted"]

SAMPLE = 1 << 15
"""Bytes of lines outside ASCII that are enough to judge by."""

PIECE = 1 << 12
"""Bytes of text whose lines are looked at one by one."""


class EncodingsRefuted(EncodingDrift):
    """Inputs, by number, are not UTF-8 but what was *found*; the run is to start again."""

    def __init__(self, message: str, found: Mapping[int, Finding]) -> None:
        super().__init__(message)
        self.found = found


class Encodings:
    """Watches whether the inputs that look like UTF-8 are in it.

    *guessed* tells that nobody has said so.
    """

    def __init__(self, inputs: Sequence[Input], *, guessed: bool) -> None:
        self._inputs = inputs
        self._open = {
            number
            for number, each in enumerate(inputs)
            if guessed and each.encoding == "utf-8" and each.source.replayable
        }

    def check(self, done: Done) -> None:
        """Raise :exc:`EncodingsRefuted` if *done* has rejects because of another encoding.

        If so, all inputs are looked at, so that no run starts again more than once.
        """
        if not done.rejected or done.input not in self._open or not _may_be_ill_formed(done):
            return
        if not (first := self._judge(done.input)):
            return
        found = {done.input: first}
        for number in sorted(self._open):
            if finding := self._judge(number):
                found[number] = finding
        location = self._inputs[done.input].source.location
        raise EncodingsRefuted(
            f"{location} looked like UTF-8 in the head, but is {first.name} "
            f"({first.reason}): say --encoding (encoding={first.name!r})",
            found,
        )

    def _judge(self, number: int) -> Finding | None:
        self._open.discard(number)
        return other_than_utf8(_sample(self._inputs[number].decompressed))


def _may_be_ill_formed(done: Done) -> bool:
    """Whether a reject is ill-formed text, or nobody can say because rejects are only counted."""
    first_invalid = kernel("utf8").first_invalid
    return not done.rejects or any(first_invalid(reject.raw) >= 0 for reject in done.rejects)


def _sample(source: Source) -> bytes:
    """The first lines of *source* that are not ASCII; none after a byte-order mark."""
    sample, rest = bytearray(), b""
    with source.open() as stream:
        rest = stream.read(4)
        if any(rest.startswith(bom) for bom, _ in BOMS):
            return b""
        while len(sample) + len(rest) < SAMPLE and (block := stream.read(BLOCK)):
            if rest.isascii() and block.isascii():
                rest = b""
                continue
            text = rest + block
            end = text.rfind(b"\n") + 1
            sample += b"".join(_lines_outside_ascii(text[:end]))
            rest = text[end:]
    return bytes(sample) + (b"" if rest.isascii() else rest)


def _lines_outside_ascii(lines: bytes) -> Iterator[bytes]:
    """Those of *lines* that are not ASCII; halves that are ASCII cost next to nothing."""
    if lines.isascii():
        return
    middle = lines.find(b"\n", len(lines) // 2) + 1
    if len(lines) <= PIECE or not 0 < middle < len(lines):
        yield from (line + b"\n" for line in lines.split(b"\n") if not line.isascii())
        return
    yield from _lines_outside_ascii(lines[:middle])
    yield from _lines_outside_ascii(lines[middle:])
