"""Conformance kits for authors of plugins: subclass one, and pytest checks the contract.

``pip install logflow-core[testing]`` brings what they need (pytest, hypothesis).  The rules are
numbered and listed in ``docs/reference/plugin-contract.md``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logflow.testing.auth import AuthenticatorConformance, AuthorizerConformance
    from logflow.testing.catalog import CatalogConformance
    from logflow.testing.codec import CodecConformance
    from logflow.testing.decoder import DecoderConformance
    from logflow.testing.executor import ExecutorConformance
    from logflow.testing.metrics import MetricsConformance
    from logflow.testing.sink import SinkConformance
    from logflow.testing.source import SourceConformance
    from logflow.testing.sources import SampleSource
    from logflow.testing.storage import StorageConformance

_HOMES = {
    "AuthenticatorConformance": "logflow.testing.auth",
    "AuthorizerConformance": "logflow.testing.auth",
    "CatalogConformance": "logflow.testing.catalog",
    "CodecConformance": "logflow.testing.codec",
    "DecoderConformance": "logflow.testing.decoder",
    "ExecutorConformance": "logflow.testing.executor",
    "MetricsConformance": "logflow.testing.metrics",
    "SampleSource": "logflow.testing.sources",
    "SinkConformance": "logflow.testing.sink",
    "SourceConformance": "logflow.testing.source",
    "StorageConformance": "logflow.testing.storage",
}

__all__ = [
    "AuthenticatorConformance",
    "AuthorizerConformance",
    "CatalogConformance",
    "CodecConformance",
    "DecoderConformance",
    "ExecutorConformance",
    "MetricsConformance",
    "SampleSource",
    "SinkConformance",
    "SourceConformance",
    "StorageConformance",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'logflow.testing' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
