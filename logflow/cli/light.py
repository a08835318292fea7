"""Keeps numpy out of the program where nothing needs it: its import is a quarter of a short run.

pyarrow imports numpy if it is there, and works without.  A plugin that brings numpy or a library
that may use it says so in the requirements of its distribution; then pyarrow is left alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logflow.plugins import Registry

__all__ = ["import_pyarrow", "is_self_sufficient"]

CORE = "logflow-core"


def import_pyarrow(plugins: Registry) -> None:
    """Import pyarrow, without numpy unless a plugin requires what the core does not.

    Does nothing where either is imported already.  Only pyarrow's own import is affected.
    """
    if {"numpy", "pyarrow"} & set(sys.modules):
        return
    distributions = {info.distribution for info in plugins.plugins if info.status == "active"}
    if is_self_sufficient(distributions):
        sys.modules["numpy"] = None  # type: ignore[assignment]  # an import of it now fails
        try:
            import pyarrow  # noqa: F401
        finally:
            del sys.modules["numpy"]


def is_self_sufficient(distributions: Iterable[str]) -> bool:
    """Whether *distributions* require nothing but the core and what that requires."""
    return _requirements(distributions) <= _requirements([CORE]) | {CORE}


def _requirements(distributions: Iterable[str]) -> set[str]:
    """The names of what distributions require, without their extras."""
    found: set[str] = set()
    for distribution in distributions:
        try:
            lines = metadata.requires(distribution) or []
        except metadata.PackageNotFoundError:
            lines = ["unknown"]
        for line in lines:
            name, _, marker = line.partition(";")
            match = re.match(r"[A-Za-z0-9._-]+", name)
            if match and "extra" not in marker:
                found.add(re.sub(r"[-_.]+", "-", match[0]).lower())
    return found
