"""Which codec or archive bytes are wrapped in: told by magic bytes, by the name only if none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from logflow.detection.findings import Finding
from logflow.records import ArchiveRecord, CodecRecord

__all__ = ["find_named", "find_wrapper"]

W = TypeVar("W", CodecRecord, ArchiveRecord)


def find_wrapper(head: bytes, records: Iterable[W]) -> tuple[W, Finding] | None:
    """The codec or archive whose magic *head* starts with; the longest magic wins.

    >>> from logflow.records import Magic
    >>> gz = CodecRecord(name="gzip", factory="m:C", magic=(Magic(b"\\x1f\\x8b"),))
    >>> find_wrapper(b"\\x1f\\x8b\\x08", [gz])[1].reason
    'starts with the magic bytes 1f8b'
    """
    matches = [
        (len(magic.bytes), record.name, record, magic)
        for record in records
        for magic in record.magic
        if magic.matches(head)
    ]
    if not matches:
        return None
    _, name, record, magic = max(matches, key=lambda match: match[:2])
    where = f" at byte {magic.offset}" if magic.offset else ""
    starts = "has" if magic.offset else "starts with"
    reason = f"{starts} the magic bytes {magic.bytes.hex()}{where}"
    return record, Finding(name=name, score=1.0, reason=reason)


def find_named(name: str, records: Iterable[CodecRecord]) -> tuple[CodecRecord, Finding] | None:
    """The codec without magic bytes that *name* ends like.

    >>> br = CodecRecord(name="brotli", factory="m:C", extensions=(".br",))
    >>> find_named("orders.csv.BR", [br])[1].reason
    'the name ends with .br, and the format has no magic bytes'
    """
    for record in records:
        for extension in record.extensions:
            if not record.magic and name.lower().endswith(extension):
                reason = f"the name ends with {extension}, and the format has no magic bytes"
                return record, Finding(name=record.name, score=0.5, reason=reason)
    return None
