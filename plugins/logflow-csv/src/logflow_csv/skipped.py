"""Which records of a chunk are no data, where they are, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from logflow.interfaces.decoder import Skipped
from logflow_csv.context import CsvContext
from logflow_csv.table import RAW_LINES
from logflow_ext import kernel
from logflow_ext.records import MAX_COMMENTS, Place

__all__ = ["Section", "comments", "lines", "listed"]

MAX_BYTES = 1 << 12
"""More of a record than the receipt shows."""


@dataclass(frozen=True, slots=True)
class Section:
    """Some records of a chunk: *places* count from its record *first_record* and byte *start*."""

    first_record: int
    start: int
    places: Iterable[tuple[str, Place]]


def comments(places: Iterable[Place]) -> Iterator[tuple[str, Place]]:
    """The comments among the records of a table."""
    return (("comment", place) for place in places)


def lines(text: memoryview, context: CsvContext, reason: str) -> Iterator[tuple[str, Place]]:
    """The lines before or behind a table that are not blank; *reason* is what they are."""
    syntax = RAW_LINES._replace(comment=context.syntax.comment)
    found = kernel("delimited").rows(
        text,
        **syntax._asdict(),
        max_record_bytes=context.max_record_bytes,
        limit=MAX_COMMENTS,
        final=True,
    )
    for record, sample in enumerate(found):
        if sample.kind != "blank":
            what = "comment" if sample.kind == "comment" else reason
            yield what, Place(record, sample.start, sample.end)


def listed(data: memoryview, first_line: int, sections: Iterable[Section]) -> list[Skipped]:
    """The first of the records in *sections* of a chunk that begins with line *first_line*."""
    return list(islice(_listed(data, first_line, sections), MAX_COMMENTS))


def _listed(data: memoryview, line: int, sections: Iterable[Section]) -> Iterator[Skipped]:
    at = 0
    for section in sections:
        for reason, place in section.places:
            start = section.start + place.start
            end = min(section.start + place.end, start + MAX_BYTES)
            line += kernel("delimited").count_lines(data[at:], start - at)
            at = start
            yield Skipped(
                reason=reason,
                record=section.first_record + place.record,
                line=line,
                text=bytes(data[start:end]).decode("utf-8", "backslashreplace"),
            )
