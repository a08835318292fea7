"""The text as a stream that is cut into runs of whole records."""

from __future__ import annotations

from dataclasses import dataclass

from logflow.errors import LimitError
from logflow.ingest.window import Window
from logflow_csv.table import RAW_LINES, Syntax
from logflow_ext import kernel

__all__ = ["Cut", "Limits", "Text"]

MAX_LINE = 64 << 20
"""A record too long is at least read to its line end, if that is not farther away than this."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a chunk and a record may have, at most."""

    records: int
    bytes: int
    record_bytes: int

    @property
    def window(self) -> int:
        """How many bytes one looks at to cut a chunk."""
        return self.bytes + 1

    @property
    def is_used_up(self) -> bool:
        """Whether a chunk may have no more."""
        return self.bytes <= 0 or self.records <= 0

    def __sub__(self, cut: Cut) -> Limits:
        return Limits(self.records - cut.records, self.bytes - cut.size, self.record_bytes)


@dataclass(frozen=True, slots=True)
class Cut:
    """How much a run of records is."""

    size: int = 0
    records: int = 0
    lines: int = 0

    def __add__(self, other: Cut) -> Cut:
        return Cut(self.size + other.size, self.records + other.records, self.lines + other.lines)


class Text(Window):
    """A text that is cut where records end."""

    def cut(self, preamble: int, syntax: Syntax, limits: Limits, footer: int | None = None) -> Cut:
        """As many whole records as the limits allow, after *preamble* bytes of raw lines.

        *footer* is how many bytes of raw lines the text ends with, once its end is known.
        Raises :exc:`~logflow.errors.LimitError` for a line that does not end.
        """
        cut = Cut()
        if preamble:
            cut = _split(self.peek(preamble)[0], RAW_LINES, limits, final=True)
        if cut.size < preamble or cut.size >= limits.bytes or cut.records >= limits.records:
            return cut
        cut += self._cut_rows(cut.size, syntax, limits - cut, footer or 0)
        if footer and cut.size == len(self.rest) - footer and not (limits - cut).is_used_up:
            cut += _split(self.rest[cut.size :], RAW_LINES, limits - cut, final=True)
        return cut

    def _cut_rows(self, start: int, syntax: Syntax, limits: Limits, footer: int) -> Cut:
        """The records from *start* bytes on."""
        window = start + limits.window
        while True:
            view, final = self.peek(window)
            if footer:
                end = len(self.rest) - footer
                view, final = view[:end], len(view) >= end
            found = _split(view[start:], syntax, limits, final=final)
            if found.size or final or start:
                return found
            if window > max(4 * limits.record_bytes, MAX_LINE):
                raise LimitError(
                    f"a record does not end within {window} bytes: this is hardly a table"
                )
            window *= 2

    def in_footer(self, size: int, footer: int) -> int:
        """How many of the next *size* bytes are of the *footer* bytes that the text ends with."""
        return max(0, size - (len(self.rest) - footer))


def _split(data: memoryview, syntax: Syntax, limits: Limits, *, final: bool) -> Cut:
    return Cut(
        *kernel("delimited").split(
            data,
            **syntax._asdict(),
            max_record_bytes=limits.record_bytes,
            max_records=limits.records,
            max_bytes=limits.bytes,
            final=final,
        )
    )
