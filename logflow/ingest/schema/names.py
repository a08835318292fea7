"""Names of columns: each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

__all__ = ["distinct"]


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
