"""Records of JSON: where they end, and their values column by column."""

from collections.abc import Iterable

from typing_extensions import Buffer

from logflow_ext.json_tree import Cut, Keep, Tree

__all__ = ["cut", "shred"]

def cut(data: Buffer, form: str, *, max_records: int, max_bytes: int, final: bool) -> Cut:
    """As many whole records of *data* as *max_records* and *max_bytes* allow, at least one.

    None where the first one does not end in *data* and *final* does not say that nothing follows.
    *form* is one of :data:`logflow_ext.json_tree.FORMS`.
    """

def shred(
    data: Buffer,
    form: str,
    *,
    last: bool = True,
    follows: bool = False,
    max_depth: int = 128,
    max_keys: int = 1000,
    max_columns: int = 10_000,
    keep: Iterable[Keep] = (),
    inner: str = "typed",
) -> Tree:
    """The values of all records of *data*, column by column.

    Elements have commas behind them; *last* says that none has to follow the last one, and
    *follows* that others come before the first.  Containers are at most *max_depth* deep; a column
    whose objects have more than *max_keys* different keys is wide, the records themselves with more
    than *max_columns*.  *keep* says how some columns are kept,
    *inner* how those of the records' keys are of which it says nothing; :exc:`ValueError`
    if *data* has 4 GiB or more.
    """
