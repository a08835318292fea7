"""Shannon entropy, in bits: of bytes, and of counts of values."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t, uint64_t

from logflow_ext.cells import flat

__all__ = ["byte_counts", "byte_entropy", "entropy"]


cdef extern from "entropy.hpp" namespace "logflow::entropy" nogil:
    void count_bytes(const uint8_t*, size_t, uint64_t*)
    double of_counts(const uint8_t*, size_t) except +


def byte_counts(data):
    """How often each byte value occurs in *data*; see the stub."""
    cdef Py_buffer view
    counts = bytearray(256 * sizeof(uint64_t))
    cdef unsigned char[::1] filled = counts
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        with nogil:
            count_bytes(<const uint8_t*>view.buf, view.len, <uint64_t*>&filled[0])
    finally:
        PyBuffer_Release(&view)
    return memoryview(counts).cast("Q")


def byte_entropy(data):
    """The entropy of the bytes of *data*; see the stub."""
    return entropy(byte_counts(data))


def entropy(counts):
    """The entropy of values that occur so often; see the stub."""
    cdef const unsigned char[::1] view = flat(counts)
    cdef double found
    if view.shape[0] % sizeof(uint64_t):
        raise ValueError(f"counts have 8 bytes each, but there are {view.shape[0]} bytes")
    with nogil:
        found = of_counts(&view[0], view.shape[0] // sizeof(uint64_t))
    return found
