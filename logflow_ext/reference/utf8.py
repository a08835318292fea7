"""UTF-8: where a text stops being it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["first_invalid"]


def first_invalid(data: Buffer, start: int = 0) -> int:
    """The offset of the first ill-formed sequence of *data* at or after *start*, or -1.

    Well-formed is what table 3-7 of the Unicode standard lists: no overlong forms, no
    surrogates, nothing above U+10FFFF; a sequence that the end cuts off is ill-formed.  *start*
    must be where a character begins; :exc:`ValueError` if it is outside of *data*.

    >>> first_invalid(b"caf\\xc3\\xa9")
    -1
    >>> first_invalid(b"caf\\xe9 au lait")
    3
    """
    view = memoryview(data)
    if not 0 <= start <= view.nbytes:
        raise ValueError(f"start must be in 0..{view.nbytes}, not {start}")
    try:
        view.tobytes()[start:].decode("utf-8", "strict")
    except UnicodeDecodeError as err:
        return start + err.start
    return -1
