"""Who asks, and what they may see.  Provisional: servers are its first users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

__all__ = ["Authenticator", "Authorizer", "DataGrant", "Identity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks: a name and what is known about them."""

    name: str
    groups: tuple[str, ...] = ()
    claims: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataGrant:
    """What of a table may be seen: *columns* (``None``: all) and *row_filter*, an SQL
    condition (``None``: all rows)."""

    columns: tuple[str, ...] | None = None
    row_filter: str | None = None


@runtime_checkable
class Authenticator(Protocol):
    """Turns credentials into an identity."""

    def authenticate(self, credentials: Mapping[str, str]) -> Identity | None:
        """The identity that *credentials* (header-like names) prove, or ``None``."""
        ...


@runtime_checkable
class Authorizer(Protocol):
    """Decides what an identity may do."""

    def authorize(self, identity: Identity, action: str, resource: str) -> bool:
        """Whether *identity* may do *action* (``read``, ``write``…) to *resource*."""
        ...

    def authorize_data(self, identity: Identity, table: str) -> DataGrant | None:
        """What of *table* the identity may read; ``None`` means nothing at all."""
        ...
