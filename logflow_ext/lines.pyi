"""Text logs: lines into records and their cells, and where records begin."""

from collections.abc import Sequence
from typing import final

from typing_extensions import Buffer

from logflow_ext.line_programs import Clock, Form, Lines

__all__ = ["Reader"]

@final
class Reader:
    """Reads lines in one of several *forms*, the first one that matches.

    Rows have so many *columns*; *message* is the one with lines that have no form, and with what
    follows a record whose message ends its line if *unmatched* (one of
    :data:`logflow_ext.line_programs.UNMATCHED`) is ``join``.  A cell that is ``-`` is missing, but
    for messages.  With *directives*, lines that begin with ``#`` are none of data.

    :exc:`ValueError` for a form that cannot be, or with columns that there are not.
    """

    def __init__(
        self,
        forms: Sequence[Form],
        columns: int,
        message: int,
        *,
        unmatched: str = "join",
        directives: bool = False,
    ) -> None: ...
    def cut(
        self, data: Buffer, *, max_records: int, max_bytes: int, final: bool
    ) -> tuple[int, int]:
        """The bytes and lines of so many whole records, of at most *max_records* lines.

        The text begins with a record, and nothing follows it if it is *final*.  No bytes if it has
        to be longer to tell.
        """

    def read(self, data: Buffer, clock: Clock) -> Lines:
        """The records of a text that begins with one; :exc:`ValueError` if it has 512 MiB."""

    def advance(self, data: Buffer, clock: Clock) -> Clock:
        """What *clock* says behind the records of a text."""
