"""The export format of systemd's journal: fields of lines, and a blank line between records.

See "Journal Export Formats" of systemd: a field is ``NAME=value``, or where its value has line ends
its name alone on a line, the size of the value as 64 bits (little endian), and the value.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from logflow.interfaces.decoder import Malformed, Position

__all__ = ["JournalDecoder"]

TIMES = ("__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP")
"""Fields with microseconds since 1970."""
MOST_VALUE = 1 << 26
"""Bytes of a value with a size; the journal itself stops there."""
EPOCH = dt.datetime(1970, 1, 1)


class JournalDecoder:
    """Reads what ``journalctl -o export`` writes.  A ``RecordDecoder``."""

    name = "journal"

    def records(self, stream: BinaryIO) -> Iterator[tuple[Position, Mapping[str, str] | Malformed]]:
        """The records; their times are as ISO 8601 has them, in UTC."""
        at, line, number = 0, 0, 1
        start: Position | None = None
        fields: dict[str, list[bytes]] = {}
        bad: Malformed | None = None
        while raw := stream.readline():
            if raw == b"\n" and start is not None:
                yield start, bad or _record(fields)
                start, fields, bad = None, {}, None
                number += 1
            elif raw != b"\n" and bad is None:
                start = start or Position(number, line + 1, at)
                name, equals, value = raw.removesuffix(b"\n").partition(b"=")
                if not equals:
                    more, value, wrong = _sized(stream)
                    bad = wrong
                    raw += more
                fields.setdefault(name.decode("utf-8", "replace"), []).append(value)
            at += len(raw)
            line += raw.count(b"\n")
        if start is not None:
            yield start, bad or _record(fields)


def _sized(stream: BinaryIO) -> tuple[bytes, bytes, Malformed | None]:
    """What was read of a value with its size before it, the value, and what is wrong with it."""
    head = stream.read(8)
    size = int.from_bytes(head, "little")
    if size > MOST_VALUE:
        message = f"expected a value of at most {MOST_VALUE:,} bytes, found {size:,}"
        return head, b"", Malformed(message, "bad_size")
    read = stream.read(size + 1)
    if read[size:] != b"\n":
        message = f"expected {size:,} bytes and the end of a line"
        return head + read, b"", Malformed(message, "cut_off")
    return head + read, read[:size], None


def _record(fields: Mapping[str, Sequence[bytes]]) -> Mapping[str, str] | Malformed:
    found: dict[str, str] = {}
    for name, values in fields.items():
        try:
            texts = [value.decode() for value in values]
        except UnicodeDecodeError:
            return Malformed("expected text in UTF-8", "bad_utf8", name)
        text = texts[0] if len(texts) == 1 else json.dumps(texts, ensure_ascii=False)
        found[name] = _moment(text) if name in TIMES else text
    return found


def _moment(text: str) -> str:
    """Microseconds since 1970 as a time; the text itself if they are none.

    >>> _moment("1709208000123456")
    '2024-02-29T12:00:00.123456Z'
    """
    try:
        moment = EPOCH + dt.timedelta(microseconds=int(text))
    except (ValueError, OverflowError):
        return text
    return moment.isoformat(timespec="microseconds") + "Z"
