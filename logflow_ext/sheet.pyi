"""Sheets of Office Open XML workbooks: where rows end, and their cells as columns."""

from typing_extensions import Buffer

from logflow_ext.sheet_cells import Cut, Grid, Reading, Strings

__all__ = ["cut", "shred", "strings"]

def cut(
    data: Buffer, *, row: int, max_rows: int, max_bytes: int, max_cells: int, final: bool
) -> Cut:
    """As many whole rows behind number *row* as the limits allow, at least one.

    Rows that are left out count.  If *final* says that nothing follows, what is left counts too,
    and the end of the data where it is missing.
    """

def strings(data: Buffer) -> Strings:
    """The shared strings of a workbook.

    :exc:`ValueError` if *data* has 512 MiB or more, :exc:`OverflowError` if the texts have.
    """

def shred(data: Buffer, *, row: int, body: int, reading: Reading, last: bool) -> Grid:
    """The cells of whole rows behind number *row* and from number *body* on, column by column.

    *last* says that nothing follows, so that the data should end.  :exc:`ValueError` if *data* has
    512 MiB or more, :exc:`OverflowError` if the texts have.
    """
