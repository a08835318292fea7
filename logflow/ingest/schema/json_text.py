"""Columns of text whose values are texts of JSON, as they stand in the input."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pyarrow as pa

__all__ = ["JSON_TEXT", "is_json_text"]

JSON_TEXT: Mapping[str, str] = MappingProxyType({"logflow:json": "text"})
"""The metadata of their fields."""


def is_json_text(of: pa.Field) -> bool:
    """Whether the values of a field are texts of JSON.

    >>> is_json_text(pa.field("a", pa.string(), metadata=dict(JSON_TEXT)))
    True
    """
    return b"logflow:json" in (of.metadata or {})
