"""Settings of all tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

from logflow.formats import KnownFormat, known_formats

# A slow machine is no failure: how long an example takes depends on what else runs.
settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> KnownFormat:
    """A format whose plugin is not installed: its files begin with ``%GONE``."""
    known = KnownFormat(
        name="gone",
        title="a file of Gone",
        distribution="logflow-gone",
        offers=("decoders",),
        extensions=(".gone",),
        magic=("%GONE",),
    )
    monkeypatch.setitem(known_formats(), known.name, known)  # type: ignore[arg-type]
    return known
