"""A column of text cells into a column of values in Arrow's layout."""

from collections.abc import Sequence
from typing import Literal

from typing_extensions import Buffer

from logflow_ext.cells import Converted, Observed, Request

__all__ = ["convert", "read"]

def read(
    columns: Sequence[Request], null_values: tuple[bytes, ...]
) -> list[tuple[Observed | None, Converted]]:
    """The values of columns, and for those that want it the facts about their cells.

    What does not fit is null and in ``bad``.  The facts are those of
    :func:`logflow_ext.facts.observe`.  It is quickest if the columns lie side by side in one
    text: then that is gone through once.

    Unquoted cells lose the spaces and tabs around them; those that are then empty are null,
    those that are null tokens and quoted ones as the request says.  Text is different: it keeps
    everything, and only an unquoted empty cell (and a missing one) is null.

    :exc:`ValueError` if *spans* has too few pairs, a cell is not inside *data*, or a request
    is not what it may be; :exc:`OverflowError` if the texts of a column have 2 GiB or more as
    written.
    """

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
    """The values of one column, as :func:`read` gives them; see
    :class:`logflow_ext.cells.Request` for the arguments.
    """
