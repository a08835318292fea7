"""Event logs of XES: where traces end, and their attributes as columns."""

from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport uint32_t
from libcpp cimport bool as boolean
from libcpp.memory cimport unique_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from logflow_ext.cells import LENGTH, flat
from logflow_ext.xes_events import ERRORS, Broken, Log
from logflow_ext.xes_events import Column as ColumnResult
from logflow_ext.xes_events import Cut as CutResult

__all__ = ["cut", "shred"]


cdef extern from "xes.hpp" namespace "logflow::simd" nogil:
    cdef enum class Variant:
        pass
    Variant active() except +

cdef extern from "xes.hpp" namespace "logflow::xes" nogil:
    cdef enum class Error:
        pass

    cdef cppclass CCut "logflow::xes::Cut":
        size_t size
        size_t records

    CCut cut_log "logflow::xes::cut"(
        const char*, size_t, boolean, size_t, size_t, boolean
    ) except +

    cdef cppclass Span:
        uint32_t start
        uint32_t word

    cdef cppclass CColumn "logflow::xes::Column":
        string name
        uint32_t kinds
        vector[Span] values
        vector[Span] inner

    cdef cppclass CBroken "logflow::xes::Broken":
        size_t record
        size_t start
        size_t end
        Error error
        size_t offset

    cdef cppclass CopyOfText "std::unique_ptr<char[]>":
        char* get()

    cdef cppclass Shredder:
        Shredder(const char*, size_t, boolean) except +
        vector[unique_ptr[CColumn]] columns
        vector[uint32_t] starts
        vector[uint32_t] numbers
        vector[CBroken] broken
        size_t records
        size_t empty
        CopyOfText copy
        void shred(boolean) except +


def cut(data, *, bint traces, Py_ssize_t max_records, Py_ssize_t max_bytes, bint final):
    """As many whole traces as there may be; see the stub."""
    cdef const unsigned char[::1] text = flat(data)
    cdef size_t size = text.shape[0]
    cdef const char* start = <const char*>&text[0]
    cdef CCut found
    with nogil:
        found = cut_log(start, size, traces, max_records, max_bytes, final)
    return CutResult(found.size, found.records)


def shred(data, *, bint traces, bint last):
    """The events of whole traces; see the stub."""
    cdef _Shredded shredded = _Shredded(data, traces)
    with nogil:
        shredded.one.get().shred(last)
    return shredded.log()


cdef class _Shredded:
    """A part of a log and all that its views need."""

    cdef unique_ptr[Shredder] one
    cdef const unsigned char[::1] text

    def __init__(self, data, bint traces):
        self.text = flat(data)
        cdef size_t size = self.text.shape[0]
        if size > <size_t>LENGTH:
            raise ValueError(f"data has {size} bytes, the limit is {LENGTH}")
        self.one.reset(new Shredder(<const char*>&self.text[0], size, traces))

    cdef object log(self):
        cdef Shredder* one = self.one.get()
        cdef vector[CBroken]* broken = &one.broken
        cdef size_t size = self.text.shape[0]
        cdef const char* text = one.copy.get()
        if text is NULL:
            text = <const char*>&self.text[0]
        return Log(
            self.all_columns(),
            one.starts.size(),
            view(self, text, size),
            view(self, one.starts.data(), one.starts.size() * sizeof(uint32_t)).cast("I"),
            view(self, one.numbers.data(), one.numbers.size() * sizeof(uint32_t)).cast("I"),
            one.records,
            one.empty,
            [
                Broken(
                    broken[0][i].record, broken[0][i].start, broken[0][i].end,
                    ERRORS[<int>broken[0][i].error], broken[0][i].offset,
                )
                for i in range(broken.size())
            ],
        )

    cdef object all_columns(self):
        cdef Shredder* one = self.one.get()
        found = []
        for i in range(one.columns.size()):
            try:
                found.append(self.column(one.columns[i].get()))
            except UnicodeDecodeError:  # only a broken record has such a key
                pass
        return found

    cdef object column(self, CColumn* column):
        inner = None
        if column.inner.size():
            inner = view(self, column.inner.data(), column.inner.size() * sizeof(Span))
        return ColumnResult(
            column.name.decode(),
            column.kinds,
            view(self, column.values.data(), column.values.size() * sizeof(Span)),
            inner,
        )


cdef class _View:
    """Memory of a shredded log, read only."""

    cdef _Shredded owner
    cdef const void* data
    cdef size_t size

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        PyBuffer_FillInfo(buffer, self, <void*>self.data, self.size, 1, flags)


cdef object view(_Shredded owner, const void* data, size_t size):
    cdef _View made = _View.__new__(_View)
    made.owner = owner
    made.data = data if size else <const void*>b""
    made.size = size
    return memoryview(made)


active()
