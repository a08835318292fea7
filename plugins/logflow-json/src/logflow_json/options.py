"""The options of JSON and JSON Lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from logflow.errors import OptionError
from logflow.options import option

__all__ = ["JsonLinesOptions", "JsonOptions"]

MOST_DEPTH = 1000
"""What a stack surely holds."""

_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\['(?P<quoted>[^']*)'\]|(?P<all>\[\*\]$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLinesOptions:
    """How values become columns."""

    max_depth: int = option(
        128, "Containers inside each other; a record with more is rejected.", minimum=1
    )
    max_keys: int = option(
        1000,
        "Different keys of a nested object; with more of them it becomes a column of JSON text.",
        minimum=1,
    )
    flatten: str | None = option(
        None,
        "What stands between the keys of nested objects in the names of columns of their own, "
        "such as a full stop; without it they become structs.",
        aliases=("--flatten-separator",),
    )
    dates: bool = option(
        True, "Whether strings become dates and timestamps where all are, in the order of ISO 8601."
    )

    def __post_init__(self) -> None:
        if self.max_depth > MOST_DEPTH:
            raise OptionError(f"max_depth is at most {MOST_DEPTH}", name="max_depth")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonOptions(JsonLinesOptions):
    """The same, and which part of the document holds the records.

    >>> JsonOptions(records_path="$.data['all items']").keys
    ('data', 'all items')
    """

    records_path: str | None = option(
        None,
        "Where the records are in the document: a path such as $.data.items to an array.",
        aliases=("--records-path",),
    )

    def __post_init__(self) -> None:
        JsonLinesOptions.__post_init__(self)
        _ = self.keys

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that lead to the records."""
        path = (self.records_path or "$").removeprefix("$")
        if path and path[0] not in ".[":
            path = "." + path
        keys: list[str] = []
        while path:
            step = _STEP.match(path)
            if step is None:
                raise OptionError(
                    f"records_path is {self.records_path!r}; expected keys such as $.data.items "
                    "or $['data']",
                    name="records_path",
                )
            if not step["all"]:
                keys.append(step["name"] or step["quoted"])
            path = path[step.end() :]
        return tuple(keys)
