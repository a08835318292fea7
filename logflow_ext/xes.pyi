"""Event logs of XES: where traces end, and their attributes as columns."""

from typing_extensions import Buffer

from logflow_ext.xes_events import Cut, Log

__all__ = ["cut", "shred"]

def cut(data: Buffer, *, traces: bool, max_records: int, max_bytes: int, final: bool) -> Cut:
    """As many whole traces as *max_records* and *max_bytes* allow, at least one.

    A record is an event, or a trace without any; with *traces*, a trace.  If *final* says that
    nothing follows, what is left counts too, and the end of the log where it is missing.
    """

def shred(data: Buffer, *, traces: bool, last: bool) -> Log:
    """The events of whole traces, or with *traces* the traces, attribute by attribute.

    *last* says that nothing follows; :exc:`ValueError` if *data* has 512 MiB or more.
    """
