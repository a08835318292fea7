"""The options of text logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from logflow.options import option

__all__ = ["LogsOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsOptions:
    """How lines are read."""

    log_format: str | None = option(
        None,
        "The name of a definition, such as access or syslog; a format as nginx (with $) or Apache "
        "(with %) has it in its configuration; or a regular expression with named groups, such as "
        "(?P<level>\\S+) (?P<message>.*). The one that fits the first lines if not given.",
        aliases=("--log-format",),
    )
    unmatched: Literal["join", "message", "reject"] = option(
        "join",
        "Lines that no definition matches: belong to the message of the record before them, as "
        "stack traces do (join; rejects where records have no message), are records with nothing "
        "but a message, or rejects.",
    )
    year: int | None = option(
        None,
        "The year of the last record where timestamps have none; if not given, of the file's time.",
        minimum=1,
    )
