"""Conformance kits for authors of plugins: subclass one, and pytest checks the contract.

``pip install logflow-core[testing]`` brings what they need (pytest, hypothesis).  The rules are
numbered and explained in ``docs/reference/plugin-contract.md``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logflow.testing.decoder import DecoderConformance
    from logflow.testing.sink import SinkConformance
    from logflow.testing.sources import SampleSource

_HOMES = {
    "DecoderConformance": "logflow.testing.decoder",
    "SampleSource": "logflow.testing.sources",
    "SinkConformance": "logflow.testing.sink",
}

__all__ = ["DecoderConformance", "SampleSource", "SinkConformance"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'logflow.testing' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
