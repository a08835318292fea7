"""Facts about all cells of a column of text."""

from typing_extensions import Buffer

from logflow_ext.cells import Observed

__all__ = ["observe"]

def observe(
    data: Buffer,
    spans: Buffer,
    offset: int,
    stride: int,
    rows: int,
    quote: int,
    escape: int,
    null_values: tuple[bytes, ...],
) -> Observed:
    """What all values of a column have in common.

    *data* and *spans* hold the cells as :mod:`logflow_ext.cells` says; *quote* and *escape* are
    the byte values that undo escapes (``escape == quote``: doubled quotes; -1: none);
    *null_values* are the spellings of null, compared with cells as written.  :exc:`ValueError`
    if *spans* has too few pairs or a cell is not inside *data*.
    """
