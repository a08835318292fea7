"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# A slow machine is no failure: how long an example takes depends on what else runs.
settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")
