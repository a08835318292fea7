"""The pages of a Parquet column chunk, before compression and without headers."""

from typing_extensions import Buffer

from logflow_ext.pages import Chunk

__all__ = ["encode", "encode_indexed"]

def encode(
    kind: str,
    values: Buffer,
    offsets: Buffer | None,
    validity: Buffer | None,
    offset: int,
    rows: int,
    *,
    factor: int = 1,
    precision: int = 0,
    nullable: bool = True,
    dictionary: str = "auto",
    page_bytes: int = ...,
    bloom_filter: bool = False,
) -> Chunk:
    """The pages of an Arrow array.

    *kind* is one of :data:`logflow_ext.pages.KINDS`, *values*, *offsets* (of bytes) and *validity*
    (a bit for each value, ``None`` if none is null) are the array's buffers, which start *offset*
    slots before its *rows*.  Integers are multiplied by *factor*.  Columns that are not *nullable*
    have no definition levels.

    Decimals have *precision* digits: up to 9 are 32-bit integers, up to 18 are 64-bit integers,
    more are big-endian numbers of as few bytes as hold them.

    *dictionary* is ``"auto"``, ``"always"`` or ``"never"``: by itself, a dictionary is given up
    when too many of 8192 values were new (90 %, later 50 %), and taken if it makes the chunk
    smaller.  Integers without one are stored as deltas where that saves an eighth, bytes with
    deltas of their lengths where that saves a twentieth.  Pages have about *page_bytes* bytes
    (1 MiB), before compression.

    A *bloom_filter* finds values that are not there, but for one in a hundred.  There is none of
    booleans and of floating-point numbers, whose zeros are equal and yet differ in their bytes.

    :exc:`ValueError` if the array is not inside its buffers, or Parquet cannot hold it.
    """

def encode_indexed(
    index_kind: str,
    indices: Buffer,
    validity: Buffer | None,
    offset: int,
    rows: int,
    kind: str,
    values: Buffer,
    offsets: Buffer,
    first: int,
    entries: int,
    *,
    nullable: bool = True,
    dictionary: str = "auto",
    page_bytes: int = ...,
    bloom_filter: bool = False,
) -> Chunk:
    """The pages of an Arrow array of indices into bytes, of which only those in use are written.

    The dictionary's *entries* start *first* slots into its buffers; none of them may be null.
    Otherwise as :func:`encode`.
    """
