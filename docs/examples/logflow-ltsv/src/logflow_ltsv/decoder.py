"""Reads LTSV: see ltsv.org for the format."""

from collections.abc import Iterator
from typing import BinaryIO

from logflow import Malformed, Position, text_lines


class LtsvDecoder:
    """One record a line; logflow makes chunks, finds the types and keeps the rejects."""

    def records(self, stream: BinaryIO) -> Iterator[tuple[Position, dict[str, str] | Malformed]]:
        for position, line in text_lines(stream):
            yield position, line if isinstance(line, Malformed) else parse(line)


def parse(line: str) -> dict[str, str] | Malformed:
    """The fields of a line by label."""
    record: dict[str, str] = {}
    for field in line.split("\t"):
        label, colon, value = field.partition(":")
        if not colon:
            return Malformed(f"expected label:value, found {field[:40]!r}", "no_label")
        if label in record:
            return Malformed(f"the label {label!r} is there twice", "duplicate_label", label)
        record[label] = value
    return record
