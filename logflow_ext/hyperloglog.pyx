"""HyperLogLog: how many different values there are, in a few kilobytes."""

cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libcpp.memory cimport unique_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from logflow_ext.cardinality import check_precision, estimate
from logflow_ext.cells import flat

__all__ = ["HyperLogLog"]


cdef extern from "hashing.hpp" namespace "logflow::hashing" nogil:
    const uint64_t NULL_HASH
    uint64_t xxh3_64 "logflow::hashing::hash<logflow::hashing::Algorithm::xxh3_64>" (
        const uint8_t*, size_t, uint64_t
    )

cdef extern from "hyperloglog.hpp" namespace "logflow::hyperloglog" nogil:
    cdef cppclass Sketch:
        Sketch(int) except +
        int precision()
        void add(uint64_t) except +
        void add(const uint8_t*, size_t, uint64_t) except +
        void merge(const Sketch&) except +
        vector[int64_t] multiplicities() except +
        string write() except +
        @staticmethod
        unique_ptr[Sketch] read(const uint8_t*, size_t) except +


@cython.final
cdef class HyperLogLog:
    """Estimates how many different values there are; see the stub."""

    cdef unique_ptr[Sketch] sketch

    def __cinit__(self, precision=14):
        check_precision(precision)
        self.sketch.reset(new Sketch(precision))

    @property
    def precision(self):
        """The binary logarithm of the number of registers."""
        return self.sketch.get().precision()

    def add(self, data):
        """Add one value, the bytes of *data*."""
        cdef Py_buffer view
        cdef Sketch* sketch = self.sketch.get()
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            with nogil:
                sketch.add(xxh3_64(<const uint8_t*>view.buf, view.len, 0))
        finally:
            PyBuffer_Release(&view)

    def add_hashes(self, hashes):
        """Add values by their hashes; see the stub."""
        cdef const unsigned char[::1] view = flat(hashes)
        cdef Sketch* sketch = self.sketch.get()
        if view.shape[0] % sizeof(uint64_t):
            raise ValueError(f"hashes have 8 bytes each, but there are {view.shape[0]} bytes")
        with nogil:
            sketch.add(&view[0], view.shape[0] // sizeof(uint64_t), NULL_HASH)

    def merge(self, HyperLogLog other not None):
        """Add all values that were added to another sketch; see the stub."""
        cdef Sketch* sketch = self.sketch.get()
        cdef Sketch* added = other.sketch.get()
        if self.precision != other.precision:
            raise ValueError(
                f"sketches of precision {self.precision} and {other.precision} do not merge"
            )
        with nogil:
            sketch.merge(added[0])

    def estimate(self):
        """How many different values were added, about; see the stub."""
        return estimate(self.sketch.get().multiplicities())

    def to_bytes(self):
        """The sketch as bytes; see the stub."""
        return self.sketch.get().write()

    @classmethod
    def from_bytes(cls, data):
        """The sketch that :meth:`to_bytes` wrote; see the stub."""
        cdef const unsigned char[::1] view = flat(data)
        cdef HyperLogLog made = cls()
        made.sketch = Sketch.read(&view[0], view.shape[0])
        return made

    def __reduce__(self):
        return type(self).from_bytes, (self.to_bytes(),)
