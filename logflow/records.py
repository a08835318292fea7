"""The frozen records that cross a hook: what a plugin declares, and what it is told.

Only the standard library is imported here.  Factories and functions are named as
``"module:Name"`` and imported when they are first needed, so that declaring is cheap.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

__all__ = [
    "ArchiveRecord",
    "AuthenticatorRecord",
    "AuthorizerRecord",
    "BatchStats",
    "CatalogRecord",
    "CodecRecord",
    "CommandRecord",
    "DecoderRecord",
    "ExecutorRecord",
    "Level",
    "Magic",
    "MetricsRecord",
    "Peek",
    "Record",
    "RunFinished",
    "RunStarted",
    "SinkRecord",
    "SourceRecord",
    "StorageRecord",
    "Verdict",
]


@dataclass(frozen=True, slots=True)
class Magic:
    """Bytes that every file of a format has at *offset*."""

    bytes: bytes
    offset: int = 0

    def matches(self, head: builtins.bytes) -> bool:
        """Whether *head*, the first bytes of a file, has them."""
        return head[self.offset : self.offset + len(self.bytes)] == self.bytes


class Level(IntEnum):
    """How much a verdict is worth.  Levels are compared first, scores only within one."""

    HINT = 1
    """The name, or the look of it."""
    STRUCTURE = 2
    """The head parses as the format."""
    PROOF = 3
    """Magic bytes and a valid header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A decoder's opinion of an input: *score* from 0.0 to 1.0 orders within *level*."""

    level: Level
    score: float
    reason: str

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"a verdict's score is from 0.0 to 1.0, not {self.score!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peek:
    """What a ``sniff`` function may look at, after decompression.

    *head* is the first 64 KiB, *tail* the last 64 KiB where they can be had.  *text* is *head*
    as UTF-8 without a byte-order mark, cut after a whole character, or ``None`` if the input
    does not look like text.  *size* is in bytes, ``None`` if unknown; *complete* tells that
    *head* is all there is.
    """

    name: str
    size: int | None
    head: bytes
    tail: bytes | None = None
    text: bytes | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What all declarations have: a name, where the factory is, and one line for people."""

    name: str
    factory: str
    description: str = ""

    def __post_init__(self) -> None:
        if not self.name or self.name != self.name.strip().lower():
            raise ValueError(f"a name is lower case without spaces around it, not {self.name!r}")
        check_reference(self.factory)


def check_reference(reference: str) -> None:
    """Raise ``ValueError`` unless *reference* reads ``"module:Name"``.

    >>> check_reference("logflow_csv.decoder:CsvDecoder")
    """
    module, colon, name = reference.partition(":")
    if not (module and colon and name.isidentifier()):
        raise ValueError(f'a reference is written "module:Name", not {reference!r}')


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderRecord(Record):
    """A format that can be read.

    *factory* is called with an instance of the *options* class (without arguments if there is
    none) and gives a decoder of any size.  *sniff* names a function ``(Peek) -> Verdict | None``;
    it is asked when extension and magic have not settled the matter.  *extensions* start with a
    dot.  *text* formats are transcoded to UTF-8 before they are decoded.  *archive* is the name of
    the archive that files of the format are, as a workbook is a zip file: *sniff* tells whether one
    is of the format, or an archive of other files.
    """

    extensions: tuple[str, ...] = ()
    magic: tuple[Magic, ...] = ()
    sniff: str | None = None
    options: str | None = None
    text: bool = True
    archive: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkRecord(Record):
    """A format that can be written.

    *factory* is called with a :class:`~logflow.interfaces.sink.Staging` and an instance of the
    *options* class (a subclass of :class:`~logflow.options.SinkOptions`).
    """

    extensions: tuple[str, ...] = ()
    options: str = "logflow.options:SinkOptions"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord(Record):
    """A kind of place to read from; *factory*, without arguments, gives a ``SourceProvider``.

    *schemes* are what stands before ``://``; the empty scheme is a plain path.
    """

    schemes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecRecord(Record):
    """A compression; *factory*, without arguments, gives a ``Codec``.

    It is told by its *magic*; one that has none is told by its *extensions*.
    """

    extensions: tuple[str, ...] = ()
    magic: tuple[Magic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRecord(Record):
    """A file of files; *factory*, without arguments, gives an ``Archive``."""

    extensions: tuple[str, ...] = ()
    magic: tuple[Magic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageRecord(Record):
    """A place to write to; *factory* is called with the location's root."""

    schemes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorRecord(Record):
    """A way to run tasks; *factory* is called with ``workers=`` (a number)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogRecord(Record):
    """A catalog of tables; *factory* is called with the keywords of its configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatorRecord(Record):
    """A way to prove who asks; *factory* is called with the keywords of its configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerRecord(Record):
    """A way to decide who may; *factory* is called with the keywords of its configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsRecord(Record):
    """A place for measurements; *factory* is called without arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRecord(Record):
    """A command of the ``logflow`` program; *factory* names a ``click.Command``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """Told to observers before the first byte is read."""

    run_id: str
    sources: tuple[str, ...]
    destination: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchStats:
    """Told to observers when the rows of a chunk were written; *size* is encoded bytes."""

    run_id: str
    file: str
    index: int
    rows: int
    rejects: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """Told to observers at the very end; *error* is the message of a run that failed."""

    run_id: str
    rows: int
    rejects: int
    seconds: float
    error: str | None = None
