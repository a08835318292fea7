"""Delimited text: where its records and fields are (RFC 4180 and the dialects around it).

The grammar is described in :mod:`logflow_ext.reference.delimited`.
"""

from typing_extensions import Buffer

from logflow_ext.records import ERRORS as ERRORS
from logflow_ext.records import Damage as Damage
from logflow_ext.records import Index as Index
from logflow_ext.records import Place as Place
from logflow_ext.records import Sample as Sample
from logflow_ext.records import unescape as unescape

__all__ = [
    "ERRORS",
    "Damage",
    "Index",
    "Place",
    "Sample",
    "count_lines",
    "index",
    "lines_before",
    "rows",
    "split",
    "unescape",
]

def split(
    data: Buffer,
    *,
    delimiter: bytes,
    merge: bool,
    quote: int | None,
    escape: int | None,
    comment: bytes,
    skip_spaces: bool,
    max_record_bytes: int,
    max_records: int,
    max_bytes: int,
    final: bool,
) -> tuple[int, int, int]:
    """Take whole records off the start of *data*: their bytes, their number, their lines.

    Stops after the record with which *max_records* or *max_bytes* is reached, or where *data*
    end or, unless they are *final*, the next record is incomplete: then it may be nothing at all.
    Damaged, blank and comment records count as any other.  A line is what ends at LF, CRLF or
    a lone CR; the last one of final data need not.  :exc:`ValueError` for limits below 1 and for
    a dialect that contradicts itself.
    """

def index(
    data: Buffer,
    *,
    delimiter: bytes,
    merge: bool,
    quote: int | None,
    escape: int | None,
    comment: bytes,
    skip_spaces: bool,
    max_record_bytes: int,
    columns: int,
    pad: bool = False,
    extend: bool = False,
) -> Index:
    """Find the fields of *data*, which are whole records as :func:`split` gives them.

    A record with *columns* fields is a row, any other is damaged, ``too_few_fields`` at its end or
    ``too_many_fields`` at the start of the first surplus one.  With *pad* a record with too few is
    a row whose last cells are missing, and one with too many is a row if those are just empty;
    with *extend* one with too many is a row with a surplus.  An empty line is blank, but a row of
    one empty field if *columns* is 1.  :exc:`ValueError` if *data* has 4 GiB or more, or *columns*
    is below 1, or for a dialect that contradicts itself.
    """

def rows(
    data: Buffer,
    *,
    delimiter: bytes,
    merge: bool,
    quote: int | None,
    escape: int | None,
    comment: bytes,
    skip_spaces: bool,
    max_record_bytes: int,
    limit: int,
    final: bool,
) -> list[Sample]:
    """The first *limit* records of *data* with their values, to look at.

    An incomplete record at the end of data that are not *final* is left out.  :exc:`ValueError`
    for a negative limit and for a dialect that contradicts itself.
    """

def count_lines(data: Buffer, end: int) -> int:
    """How many lines end in ``data[:end]``: at LF, CRLF (once) or a lone CR.

    :exc:`ValueError` if *end* is outside of *data*.
    """

def lines_before(data: Buffer, offsets: Buffer) -> memoryview:
    """How many lines end in ``data[:offset]`` for each offset, as :func:`count_lines` counts.

    *offsets* are native unsigned 32-bit integers, as are the counts.  :exc:`ValueError` unless
    they ascend (two may be equal) within *data*.
    """
