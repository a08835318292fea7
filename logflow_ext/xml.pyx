"""Documents of XML: where the elements that are records end, and what is in them as columns."""

from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport uint32_t
from libcpp cimport bool as boolean
from libcpp.memory cimport unique_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from logflow_ext.cells import LENGTH, flat
from logflow_ext.xml_records import Column as ColumnResult
from logflow_ext.xml_records import Cut as CutResult
from logflow_ext.xml_records import Left, Records

__all__ = ["cut", "shred"]


cdef extern from "xml.hpp" namespace "logflow::simd" nogil:
    cdef enum class Variant:
        pass
    Variant active() except +

cdef extern from "xml.hpp" namespace "logflow::xml" nogil:
    cdef cppclass View "std::string_view":
        View(const char*, size_t)

    cdef cppclass CCut "logflow::xml::Cut":
        size_t size
        size_t records
        boolean inside
        boolean waiting

    CCut cut_document "logflow::xml::cut"(
        View, View, size_t, size_t, size_t, boolean
    ) except +

    cdef cppclass Span:
        uint32_t start
        uint32_t word

    cdef cppclass CColumn "logflow::xml::Column":
        string name
        vector[Span] values
        size_t first

    cdef cppclass CLeft "logflow::xml::Left":
        size_t row
        boolean whole

    cdef cppclass CopyOfText "std::unique_ptr<char[]>":
        char* get()

    cdef cppclass Shredder:
        Shredder(const char*, size_t, string, size_t, size_t) except +
        vector[unique_ptr[CColumn]] columns
        vector[uint32_t] starts
        vector[uint32_t] ends
        vector[uint32_t] numbers
        vector[CLeft] left
        size_t records
        size_t outside
        boolean wide
        CopyOfText copy
        size_t text_size()
        void shred() except +


def cut(
    data, *, str name, Py_ssize_t max_records, Py_ssize_t max_bytes, Py_ssize_t max_record_bytes,
    bint final,
):
    """As many whole elements as there may be; see the stub."""
    cdef const unsigned char[::1] text = flat(data)
    cdef size_t size = text.shape[0]
    cdef const char* start = <const char*>&text[0]
    cdef string wanted = name.encode()
    cdef CCut found
    with nogil:
        found = cut_document(
            View(start, size), View(wanted.data(), wanted.size()), max_records, max_bytes,
            max_record_bytes, final,
        )
    return CutResult(found.size, found.records, found.inside, found.waiting)


def shred(data, *, str name, Py_ssize_t max_record_bytes, Py_ssize_t max_columns):
    """The values of whole elements; see the stub."""
    cdef _Shredded shredded = _Shredded(data, name.encode(), max_record_bytes, max_columns)
    with nogil:
        shredded.one.get().shred()
    return shredded.found()


cdef class _Shredded:
    """A part of a document and all that its views need."""

    cdef unique_ptr[Shredder] one
    cdef const unsigned char[::1] text

    def __init__(self, data, bytes name, size_t max_record_bytes, size_t max_columns):
        self.text = flat(data)
        cdef size_t size = self.text.shape[0]
        if size > <size_t>LENGTH:
            raise ValueError(f"data has {size} bytes, the limit is {LENGTH}")
        self.one.reset(
            new Shredder(<const char*>&self.text[0], size, name, max_record_bytes, max_columns)
        )

    cdef object found(self):
        cdef Shredder* one = self.one.get()
        cdef const char* text = one.copy.get()
        if text is NULL:
            text = <const char*>&self.text[0]
        return Records(
            [] if one.wide else [
                ColumnResult(
                    one.columns[i].get().name.decode(),
                    view(
                        self, one.columns[i].get().values.data(),
                        one.columns[i].get().values.size() * sizeof(Span),
                    ),
                    one.columns[i].get().first,
                )
                for i in range(one.columns.size())
            ],
            view(self, text, one.text_size()),
            view(self, one.starts.data(), one.starts.size() * sizeof(uint32_t)).cast("I"),
            view(self, one.ends.data(), one.ends.size() * sizeof(uint32_t)).cast("I"),
            view(self, one.numbers.data(), one.numbers.size() * sizeof(uint32_t)).cast("I"),
            [Left(one.left[i].row, one.left[i].whole) for i in range(one.left.size())],
            one.records,
            one.outside,
            one.wide,
        )


cdef class _View:
    """Memory of shredded records, read only."""

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
