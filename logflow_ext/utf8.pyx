"""UTF-8: where a text stops being it."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t

__all__ = ["first_invalid"]


cdef extern from "utf8.hpp" namespace "logflow::simd" nogil:
    cdef enum class Variant:
        pass
    Variant active() except +

cdef extern from "utf8.hpp" namespace "logflow::utf8" nogil:
    size_t find_invalid "logflow::utf8::first_invalid"(const uint8_t*, size_t, size_t)


def first_invalid(data, Py_ssize_t start=0):
    """The offset of the first ill-formed sequence of *data* at or after *start*, or -1."""
    cdef Py_buffer view
    cdef Py_ssize_t found
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        if not 0 <= start <= view.len:
            raise ValueError(f"start must be in 0..{view.len}, not {start}")
        with nogil:
            found = find_invalid(<const uint8_t*>view.buf, view.len, start)
        return found if found < view.len else -1
    finally:
        PyBuffer_Release(&view)


active()
