"""Kernels: the few loops over bytes that must be fast, compiled and free of the GIL.

Each module has one public kernel (or one family of it), a stub, and a twin of the same name in
:mod:`logflow_ext.reference` that says in plain Python what it does.  :func:`kernel` gives the
one that is in use.  ``LOGFLOW_PURE=1`` selects the twins; without it, a missing extension is an
:exc:`ImportError`, never a silent slow-down.  Provisional for plugins.
"""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType

__all__ = ["KERNELS", "is_pure", "kernel"]

KERNELS = (
    "avro",
    "columns",
    "delimited",
    "entropy",
    "facts",
    "hashing",
    "hyperloglog",
    "json",
    "lines",
    "parquet",
    "sheet",
    "simd",
    "structural",
    "thrift",
    "utf8",
    "xes",
    "xml",
)
"""The names of all kernels."""


def is_pure() -> bool:
    """Whether the environment asks for the pure-Python twins."""
    return os.environ.get("LOGFLOW_PURE", "") not in ("", "0")


def kernel(name: str) -> ModuleType:
    """The module of a kernel: compiled, or its twin where ``LOGFLOW_PURE`` is set.

    >>> kernel("utf8").first_invalid(b"caf\\xc3\\xa9")
    -1
    """
    if is_pure():
        return import_module(f"logflow_ext.reference.{name}")
    try:
        return import_module(f"logflow_ext.{name}")
    except ModuleNotFoundError as err:
        raise ImportError(
            f"the compiled kernel logflow_ext.{name} is missing: install logflow-core with a C++ "
            "compiler at hand, or set LOGFLOW_PURE=1 to use the slow pure-Python twins"
        ) from err
