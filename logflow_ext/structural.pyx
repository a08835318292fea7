"""Where the bytes are that give a text its structure: delimiters, quotes, line ends."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_FromStringAndSize
from libc.stdint cimport uint8_t, uint32_t

__all__ = ["positions"]


cdef extern from "structural.hpp" namespace "logflow::simd" nogil:
    cdef enum class Variant:
        pass
    Variant active() except +
    cdef cppclass ByteSet:
        void add(uint8_t)

cdef extern from "structural.hpp" namespace "logflow" nogil:
    size_t count(const uint8_t*, size_t, const ByteSet&)
    void positions_into "logflow::positions"(const uint8_t*, size_t, const ByteSet&, uint32_t*)


cdef Py_ssize_t MOST_SPECIALS = 8
cdef unsigned long long TOO_LONG = 1ULL << 32


def positions(data, bytes specials not None):
    """The offsets of all bytes of *data* that are in *specials*, ascending."""
    cdef ByteSet wanted
    cdef Py_buffer view
    cdef size_t found
    cdef uint8_t byte
    cdef bytearray out
    cdef uint32_t* offsets
    if not 1 <= len(specials) <= MOST_SPECIALS or len(set(specials)) != len(specials):
        raise ValueError(f"specials must be 1 to 8 different bytes, not {specials!r}")
    for byte in specials:
        wanted.add(byte)
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        if <unsigned long long>view.len >= TOO_LONG:
            raise ValueError(f"data has {view.len} bytes, the limit is 4294967295")
        with nogil:
            found = count(<const uint8_t*>view.buf, view.len, wanted)
        out = PyByteArray_FromStringAndSize(NULL, found * sizeof(uint32_t))
        offsets = <uint32_t*>PyByteArray_AS_STRING(out)
        with nogil:
            positions_into(<const uint8_t*>view.buf, view.len, wanted, offsets)
    finally:
        PyBuffer_Release(&view)
    return memoryview(out).cast("I")


active()
