"""A column of text cells into a column of values in Arrow's layout."""

from typing import Literal

from typing_extensions import Buffer

from logflow_ext.cells import Converted

__all__ = ["convert"]

def convert(
    data: Buffer,
    spans: Buffer,
    offset: int,
    stride: int,
    rows: int,
    quote: int,
    escape: int,
    null_values: tuple[bytes, ...],
    kind: Literal[
        "bool",
        "int64",
        "uint64",
        "float64",
        "decimal128",
        "decimal256",
        "date32",
        "timestamp",
        "time32",
        "time64",
        "text",
    ],
    *,
    order: Literal["ymd", "dmy", "mdy"] = "ymd",
    unit: Literal["s", "ms", "us", "ns"] = "us",
    decimal: str = "",
    thousands: str = "",
    zone: bool = False,
    precision: int = 38,
    scale: int = 0,
    nulls: bool = True,
    quoted_nulls: bool = False,
    exact: bool = True,
) -> Converted:
    """The cells of a column as values of one type; what does not fit is null and in ``bad``.

    The column is given as to :func:`logflow_ext.facts.observe`.  *order* is that of dates and
    timestamps.  *unit* is that of timestamps and times; *decimal* and *thousands* are one of
    :data:`logflow_ext.cells.STYLES`, in which numbers are then written (groups may be left out),
    or empty.  With *zone* timestamps they must have an offset from UTC and
    become instants, without it they must have none.  *precision* and *scale* are those of
    decimals, where zeros written beyond *scale* do not fit either.  *exact* wants floats to
    stand for the number as written (:attr:`logflow_ext.cells.Bit.FLOAT64`), otherwise any
    finite one will do.

    Unquoted cells lose the spaces and tabs around them; those that are then empty are null,
    those that are null tokens if *nulls* is set, and quoted empty cells and null tokens if
    *quoted_nulls* is.  Text is different: it keeps everything, and only an unquoted empty cell
    (and a missing one) is null.

    :exc:`ValueError` if *spans* has too few pairs, a cell is not inside *data*, or an argument
    is not what it may be; :exc:`OverflowError` if texts have 2 GiB or more as written.
    """
