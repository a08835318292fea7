"""What references stand for (XML 1.0, without DTD)."""

from __future__ import annotations

import re

__all__ = ["reference"]

_REFERENCE = re.compile(rb"&(?:#(?:x([0-9A-Fa-f]+)|([0-9]+))|(amp|lt|gt|quot|apos));|&")
_CHARS = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}
_LONGEST = 12
"""Bytes of a reference, at most."""


def reference(text: bytes) -> tuple[bytes, int] | None:
    """The character that the reference at the start of *text* stands for, and its length.

    >>> reference(b"&#xe9;t"), reference(b"&nbsp;")
    ((b'\\xc3\\xa9', 6), None)
    """
    found = _REFERENCE.match(text[:_LONGEST])
    char = _char(found) if found else None
    return None if found is None or char is None else (char, found.end())


def _char(found: re.Match[bytes]) -> bytes | None:
    """What a reference stands for."""
    if found[3]:
        return _CHARS[found[3]]
    digits = found[1] or found[2]
    if not digits:
        return None
    code = int(digits, 16 if found[1] else 10)
    if code not in (9, 10, 13) and (
        code < 0x20 or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF) or code > 0x10FFFF
    ):
        return None
    return chr(code).encode()
