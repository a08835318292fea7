"""Records of Avro, decoded straight into Arrow's buffers."""

from collections.abc import Sequence

from typing_extensions import Buffer

from logflow_ext.avro_columns import Decoded, Program, Type

__all__ = ["decode"]

def decode(
    blocks: Sequence[tuple[Buffer, int]],
    fields: Sequence[Program],
    types: Sequence[Type] = (),
) -> Decoded:
    """The records of *blocks*: their bytes, decompressed, and how many there are.

    *fields* are the programs of the records' fields, *types* those that become text of JSON.
    A block that cannot be read to its end adds no rows.  Raises :exc:`ValueError` for programs that
    are none, :exc:`OverflowError` where a column has 2 GiB or more.
    """
