"""The version of every logflow distribution; ``.ci/bump`` writes it."""

__version__ = "0.1.0"
