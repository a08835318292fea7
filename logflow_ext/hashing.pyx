"""Hashes of 64 bits: of bytes, and of each value of an Arrow column."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_FromStringAndSize
from libc.stdint cimport uint8_t, uint64_t

from logflow_ext.cells import flat
from logflow_ext.hashes import ALGORITHMS, check_fixed_width, check_hash, check_variable_width

__all__ = ["fnv1a_64", "hash_fixed_width", "hash_variable_width", "xxh3_64", "xxh64"]


cdef extern from "hashing.hpp" namespace "logflow::hashing" nogil:
    cdef enum class Algorithm:
        xxh64
        xxh3_64

    cdef struct Column:
        const uint8_t* values
        const uint8_t* validity
        size_t offset
        size_t length
        uint64_t seed

    uint64_t fnv1a "logflow::hashing::fnv1a_64" (const uint8_t*, size_t, uint64_t)
    uint64_t xxh64_of "logflow::hashing::hash<logflow::hashing::Algorithm::xxh64>" (
        const uint8_t*, size_t, uint64_t
    )
    uint64_t xxh3_64_of "logflow::hashing::hash<logflow::hashing::Algorithm::xxh3_64>" (
        const uint8_t*, size_t, uint64_t
    )
    void fixed_width(Algorithm, const Column&, size_t, uint64_t*)
    Py_ssize_t variable_width(
        Algorithm, const Column&, size_t, const uint8_t*, bint, uint64_t*
    )


ctypedef uint64_t (*Hash)(const uint8_t*, size_t, uint64_t) noexcept nogil


cdef uint64_t hash_of(Hash function, data, uint64_t start) except? 0:
    cdef Py_buffer view
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        with nogil:
            start = function(<const uint8_t*>view.buf, view.len, start)
    finally:
        PyBuffer_Release(&view)
    return start


def xxh64(data, uint64_t seed=0):
    """XXH64 of *data*; see the stub."""
    return hash_of(xxh64_of, data, seed)


def xxh3_64(data, uint64_t seed=0):
    """XXH3-64 of *data*; see the stub."""
    return hash_of(xxh3_64_of, data, seed)


def fnv1a_64(data, uint64_t start=0xCBF29CE484222325):
    """FNV-1a of *data*; see the stub."""
    return hash_of(fnv1a, data, start)


def hash_fixed_width(
    values, Py_ssize_t bit_width, Py_ssize_t offset, Py_ssize_t length, validity=None, *,
    str algorithm="xxh3_64", seed=0,
):
    """The hash of each value of a column of fixed width; see the stub."""
    check_hash(algorithm, seed)
    check_fixed_width(values, bit_width, offset, length, validity)
    cdef const unsigned char[::1] held = flat(values)
    cdef const unsigned char[::1] bits = flat(b"" if validity is None else validity)
    cdef Column column = Column(&held[0], NULL, offset, length, seed)
    if validity is not None:
        column.validity = &bits[0]
    cdef Algorithm chosen = <Algorithm><int>ALGORITHMS.index(algorithm)
    out = PyByteArray_FromStringAndSize(NULL, length * sizeof(uint64_t))
    cdef uint64_t* hashes = <uint64_t*>PyByteArray_AS_STRING(out)
    with nogil:
        fixed_width(chosen, column, bit_width, hashes)
    return memoryview(out).cast("Q")


def hash_variable_width(
    values, offsets, int offset_bits, Py_ssize_t offset, Py_ssize_t length, validity=None, *,
    str algorithm="xxh3_64", seed=0,
):
    """The hash of each value of a column of variable width; see the stub."""
    check_hash(algorithm, seed)
    check_variable_width(offsets, offset_bits, offset, length, validity)
    cdef const unsigned char[::1] held = flat(values)
    cdef const unsigned char[::1] ends = flat(offsets)
    cdef const unsigned char[::1] bits = flat(b"" if validity is None else validity)
    cdef Column column = Column(&held[0], NULL, offset, length, seed)
    if validity is not None:
        column.validity = &bits[0]
    cdef Algorithm chosen = <Algorithm><int>ALGORITHMS.index(algorithm)
    cdef Py_ssize_t outside
    out = PyByteArray_FromStringAndSize(NULL, length * sizeof(uint64_t))
    cdef uint64_t* hashes = <uint64_t*>PyByteArray_AS_STRING(out)
    with nogil:
        outside = variable_width(
            chosen, column, held.shape[0], &ends[0], offset_bits == 64, hashes
        )
    if outside >= 0:
        raise ValueError(f"the offsets of value {outside} are not inside the values")
    return memoryview(out).cast("Q")
