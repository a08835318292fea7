"""Drift: where one of several inputs has other columns, types or text than the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pyarrow as pa

from logflow.ingest.schema.facts import TextFacts
from logflow.interfaces.decoder import ColumnFacts, Facts
from logflow.options import DecodeOptions

__all__ = ["Drift", "drifts"]

Value = TypeVar("Value", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What an input has otherwise than most inputs of its run.

    >>> print(Drift(missing=["city"], types={"id": "string"}))
    without city, id is string

    *missing* columns are null in its rows; *extra* ones are in few others.
    *types* has, by its values alone, the types that differ; columns without values and declared
    ones have none.  *format* and *encoding* are ``None`` where they are as usual.
    """

    missing: Sequence[str] = ()
    extra: Sequence[str] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    encoding: str | None = None

    def __str__(self) -> str:
        parts = [
            *(f"without {name}" for name in self.missing),
            *(f"with {name}" for name in self.extra),
            *(f"{name} is {kind}" for name, kind in self.types.items()),
            *(each for each in (self.format, self.encoding) if each),
        ]
        return ", ".join(parts)


def drifts(
    columns: Sequence[Facts],
    options: DecodeOptions,
    *,
    formats: Sequence[str],
    encodings: Sequence[str | None],
) -> list[Drift | None]:
    """The drift of each input, by its *columns*, format and encoding; ``None`` for none.

    Usual is what most inputs have, and of halves the one with the earlier input.  An input
    without columns is neither compared nor counted.
    """
    counted = [number for number, facts in enumerate(columns) if facts]
    found: list[Drift | None] = [None] * len(columns)
    if len(counted) < 2:
        return found
    names = list(dict.fromkeys(name for facts in columns for name in facts))
    usual = [n for n in names if _usual(n in columns[number] for number in counted)]
    types = [_types(facts, options) for facts in columns]
    usual_types = {n: _usual(t[n] for t in types if n in t) for n in names}
    usual_format = _usual(formats[number] for number in counted)
    usual_encoding = _usual(encodings[number] for number in counted)
    for number in counted:
        own, format_, encoding = columns[number], formats[number], encodings[number]
        drift = Drift(
            missing=tuple(name for name in usual if name not in own),
            extra=tuple(name for name in own if name not in usual),
            types={n: kind for n, kind in types[number].items() if kind != usual_types[n]},
            format=format_ if format_ != usual_format else None,
            encoding=encoding if encoding != usual_encoding else None,
        )
        found[number] = drift if drift != Drift() else None
    return found


def _usual(values: Iterable[Value]) -> Value | None:
    """The most frequent of *values*, the first of several; ``None`` of nothing."""
    return next((value for value, _ in Counter(values).most_common(1)), None)


def _types(facts: Facts, options: DecodeOptions) -> dict[str, str]:
    """The types that the values of one input tell."""
    declared = options.columns or {}
    return {
        name: kind
        for name, column in facts.items()
        if name not in declared and (kind := _type(column, options))
    }


def _type(column: ColumnFacts, options: DecodeOptions) -> str | None:
    """A column's type and how its values are written; ``None`` where there are no values."""
    if isinstance(column, TextFacts) and column.observed.values == 0:
        return None
    found = column.resolve(options)
    if pa.types.is_null(found.type):
        return None
    written = [v for k, v in found.metadata.items() if k in _WRITTEN and v]
    return " ".join([str(found.type), *written])


_WRITTEN = ("logflow:date_order", "logflow:decimal", "logflow:thousands")
