"""Which instructions the kernels use, chosen once, when the first kernel is imported."""

__all__ = ["available", "variant"]

def variant() -> str:
    """The variant in use: ``portable``, ``sse2``, ``avx2`` or ``neon``.

    The fastest that the processor has, or the one that the environment variable
    ``LOGFLOW_SIMD`` names.  If this machine cannot run that one, importing any kernel that
    depends on it raises :exc:`ValueError`, which names the available ones.
    """

def available() -> tuple[str, ...]:
    """The variants that this machine can run, the fastest last."""
