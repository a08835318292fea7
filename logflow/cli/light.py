"""Keeps numpy out of the program where nothing needs it: its import is a quarter of a short run.

pyarrow imports numpy if it is there, and works without.  A plugin that gives numpy's arrays to
pyarrow requires numpy, or a library that requires it; then pyarrow is left alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logflow.plugins import Registry

__all__ = ["import_pyarrow", "requires_numpy"]

CORE = "logflow-core"


def import_pyarrow(plugins: Registry) -> None:
    """Import pyarrow, without numpy unless a plugin requires it.

    Does nothing where either is imported already.  Only pyarrow's own import is affected.
    """
    if {"numpy", "pyarrow"} & set(sys.modules):
        return
    distributions = {info.distribution for info in plugins.plugins if info.status == "active"}
    if not requires_numpy(distributions):
        sys.modules["numpy"] = None  # type: ignore[assignment]  # an import of it now fails
        try:
            import pyarrow  # noqa: F401
        finally:
            del sys.modules["numpy"]


def requires_numpy(distributions: Collection[str]) -> bool:
    """Whether *distributions* require numpy, themselves or by what they require.

    One without metadata may require anything.
    """
    seen = {CORE, *_requirements(CORE)}
    to_do = set(distributions) - seen
    while to_do:
        name = to_do.pop()
        seen.add(name)
        try:
            to_do |= _requirements(name) - seen
        except metadata.PackageNotFoundError:  # as where a marker excludes a requirement
            if name in distributions:
                return True
    return "numpy" in seen


def _requirements(distribution: str) -> set[str]:
    """The names of what *distribution* requires, without its extras and for this Python."""
    found: set[str] = set()
    for line in metadata.requires(distribution) or []:
        name, _, marker = line.partition(";")
        match = re.match(r"[A-Za-z0-9._-]+", name)
        if match and "extra" not in marker:
            found.add(re.sub(r"[-_.]+", "-", match[0]).lower())
    return found
