"""Which instructions the kernels use; the twins use none."""

from __future__ import annotations

__all__ = ["available", "variant"]


def variant() -> str:
    """The variant in use.

    >>> variant()
    'python'
    """
    return "python"


def available() -> tuple[str, ...]:
    """The variants that this machine can run, the fastest last."""
    return ("python",)
