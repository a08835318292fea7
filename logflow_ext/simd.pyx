"""Which instructions the kernels use, chosen once, when the first kernel is imported."""

from libcpp.string cimport string
from libcpp.vector cimport vector

__all__ = ["available", "variant"]


cdef extern from "simd.hpp" namespace "logflow::simd" nogil:
    cdef enum class Variant:
        pass
    Variant active() except +
    vector[Variant] runnable() except +
    string name_of(Variant) except +


def variant():
    """The variant in use: ``portable``, ``sse2``, ``avx2`` or ``neon``."""
    return name_of(active()).decode("ascii")


def available():
    """The variants that this machine can run, the fastest last."""
    return tuple([name_of(one).decode("ascii") for one in runnable()])


active()
