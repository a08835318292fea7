"""UTF-8: where a text stops being it."""

from typing_extensions import Buffer

__all__ = ["first_invalid"]

def first_invalid(data: Buffer, start: int = 0) -> int:
    """The offset of the first ill-formed sequence of *data* at or after *start*, or -1.

    Well-formed is what table 3-7 of the Unicode standard lists: no overlong forms, no
    surrogates, nothing above U+10FFFF; a sequence that the end cuts off is ill-formed.  *start*
    must be where a character begins; :exc:`ValueError` if it is outside of *data*.
    """
