"""Names of columns: each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

import pyarrow as pa

__all__ = ["distinct", "with_distinct_names"]


def distinct(names: Sequence[str]) -> list[str]:
    """*names* with later duplicates renamed; no new name is one that is there already.

    >>> distinct(["a", "a_2", "a", "a"])
    ['a', 'a_2', 'a_3', 'a_4']
    """
    taken = set(names)
    suffixes: dict[str, Iterator[int]] = {}
    result = []
    for name in names:
        new = name
        if name in suffixes:
            new = next(fresh for n in suffixes[name] if (fresh := f"{name}_{n}") not in taken)
            taken.add(new)
        else:
            suffixes[name] = count(2)
        result.append(new)
    return result


def with_distinct_names(schema: pa.Schema) -> pa.Schema:
    """*schema* with distinct names, the original ones in metadata; itself if they are that.

    >>> with_distinct_names(pa.schema([("a", pa.int8()), ("a", pa.int8())])).names
    ['a', 'a_2']
    """
    names = distinct(schema.names)
    if names == schema.names:
        return schema
    fields = [
        field
        if name == field.name
        else field.with_name(name).with_metadata({"logflow:name": field.name})
        for name, field in zip(names, schema, strict=True)
    ]
    return pa.schema(fields, schema.metadata)
