"""What the environment says about how the web is read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from logflow.errors import OptionError

__all__ = ["PREFIX", "Settings"]

PREFIX = "LOGFLOW_HTTP_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Limits and credentials; each can be set as ``LOGFLOW_HTTP_`` and its name in capitals.

    *authorization* is the header of that name, sent to the host that was asked for alone.
    *timeout* are the seconds for which nothing may come, *max_seconds* those of all, *max_bytes*
    the bytes of an answer; *retries* how often a broken transfer is gone on with, *redirects* how
    often an address may lead to another.  With *public_only* no private address is read.
    """

    authorization: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    max_seconds: float = 86_400.0
    max_bytes: int = 1 << 40
    retries: int = 5
    redirects: int = 10
    public_only: bool = False

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Those of an environment.

        >>> Settings.of({"LOGFLOW_HTTP_RETRIES": "2"}).retries
        2

        Raises :exc:`~logflow.errors.OptionError` for a value that is none.
        """
        values: dict[str, object] = {}
        kinds = {
            "timeout": float,
            "max_seconds": float,
            "max_bytes": int,
            "retries": int,
            "redirects": int,
        }
        for name, kind in kinds.items():
            text = environment.get(PREFIX + name.upper())
            if text is None:
                continue
            try:
                values[name] = kind(text)
            except ValueError:
                raise OptionError(
                    f"{PREFIX}{name.upper()} is {text!r}; expected a number", name=name
                ) from None
        public_only = environment.get(PREFIX + "PUBLIC_ONLY", "") not in ("", "0")
        authorization = environment.get(PREFIX + "AUTHORIZATION") or None
        return cls(authorization=authorization, public_only=public_only, **values)  # type: ignore[arg-type]
