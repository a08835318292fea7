"""Documents of XML: where the elements that are records end, and what is in them as columns."""

from typing_extensions import Buffer

from logflow_ext.xml_records import Cut, Records

__all__ = ["cut", "shred"]

def cut(
    data: Buffer,
    *,
    name: str,
    max_records: int,
    max_bytes: int,
    max_record_bytes: int,
    final: bool,
) -> Cut:
    """As many whole elements called *name* as *max_records* and *max_bytes* allow, at least one.

    A record is an element, outermost of its name, or a value outside of one.  An element of more
    than *max_record_bytes* has lost its end tag: it is one without those of its name in it, which
    are others.  If *final* says that nothing follows, what is left is taken, too; otherwise, where
    no element ends in *data*, what stands before the first.
    """

def shred(data: Buffer, *, name: str, max_record_bytes: int, max_columns: int) -> Records:
    """The values of elements called *name* that :func:`cut` found, path by path.

    Elements are read that are well-formed and in which each element has other elements or text in
    it; those that repeat in one become a list of JSON.  All others are left, also those with
    comments, with instructions, with CDATA sections beside text, or with names of other letters
    than those of Latin-1.  :exc:`ValueError` if *data* has 512 MiB or more.
    """
