"""What detection found, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from logflow.interfaces.decoder import Dialect

__all__ = ["Candidate", "Detection", "Finding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found: its *name*, how sure (*score*, 0.0 to 1.0) and the *reason*."""

    name: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A format that was considered: *level* is ``proof``, ``structure`` or ``hint``."""

    name: str
    level: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """All that was found out about an input.

    *format* is ``None`` where no installed plugin reads it, and *problem* then says what to do;
    *encoding* and *dialect* are ``None`` for binary formats.  *members* are the names inside an
    archive, and the other findings then those of the first member; or those of a file's tables.
    """

    location: str
    size: int | None
    compression: Finding | None = None
    archive: Finding | None = None
    format: Finding | None = None
    encoding: Finding | None = None
    dialect: Dialect | None = None
    members: Sequence[str] = ()
    candidates: Sequence[Candidate] = ()
    problem: str | None = None
