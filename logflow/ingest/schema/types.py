"""Arrow types by the names that people write: ``int64``, ``decimal128(10, 2)``."""

from __future__ import annotations

import re

import pyarrow as pa

from logflow.errors import OptionError

__all__ = ["parse_type"]

_DECIMAL = re.compile(r"decimal(128|256)?\s*\(\s*(\d+)\s*,\s*(-?\d+)\s*\)")
_TIMESTAMP = re.compile(r"timestamp\s*\[\s*(s|ms|us|ns)\s*(?:,\s*(?:tz=)?([\w/+:-]+)\s*)?\]")
_EXAMPLES = ("int64", "float64", "bool", "string", "date32", "timestamp[us]", "decimal128(10, 2)")


def parse_type(name: str) -> pa.DataType:
    """The Arrow type called *name*; :exc:`~logflow.errors.OptionError` if there is none.

    ``dictionary`` is one of text with 32-bit indices.

    >>> parse_type("decimal128(10, 2)"), parse_type("timestamp[us, UTC]")
    (Decimal128Type(decimal128(10, 2)), TimestampType(timestamp[us, tz=UTC]))
    """
    text = name.strip().lower()
    try:
        if decimal := _DECIMAL.fullmatch(text):
            make = pa.decimal256 if decimal[1] == "256" else pa.decimal128
            return make(int(decimal[2]), int(decimal[3]))
        if timestamp := _TIMESTAMP.fullmatch(name.strip()):
            return pa.timestamp(timestamp[1], timestamp[2])
        if text == "dictionary":
            return pa.dictionary(pa.int32(), pa.string())
        return pa.type_for_alias({"text": "string", "decimal": ""}.get(text, text))
    except ValueError as err:
        raise OptionError(
            f"no type is called {name!r}: Arrow's names are meant, such as {', '.join(_EXAMPLES)}",
            name=name,
            valid=_EXAMPLES,
        ) from err
