"""Sheets of Office Open XML workbooks: where rows end, and their cells as columns."""

from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport uint8_t, uint32_t
from libcpp cimport bool as boolean
from libcpp.memory cimport unique_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from logflow_ext.cells import LENGTH, flat
from logflow_ext.sheet_cells import ERRORS, Broken, ErrorCell, Grid
from logflow_ext.sheet_cells import Column as ColumnResult
from logflow_ext.sheet_cells import Cut as CutResult
from logflow_ext.sheet_cells import Strings as StringsResult

__all__ = ["cut", "shred", "strings"]


cdef extern from "sheet.hpp" namespace "logflow::simd" nogil:
    cdef enum class Variant:
        pass
    Variant active() except +

cdef extern from "sheet.hpp" namespace "logflow::sheet" nogil:
    cdef enum class Error:
        pass

    cdef cppclass CCut "logflow::sheet::Cut":
        size_t size
        uint32_t row
        boolean closed

    CCut cut_sheet "logflow::sheet::cut"(
        const char*, size_t, uint32_t, size_t, size_t, size_t, boolean
    ) except +

    cdef cppclass CStrings "logflow::sheet::Strings":
        string text
        vector[uint32_t] ends
        Error error
        size_t error_at

    CStrings read_strings(const char*, size_t) except +

    cdef cppclass Span:
        uint32_t start
        uint32_t word

    cdef cppclass CColumn "logflow::sheet::Column":
        uint32_t kinds
        vector[Span] values

    cdef cppclass CErrorCell "logflow::sheet::ErrorCell":
        uint32_t row
        uint32_t column

    cdef cppclass CBroken "logflow::sheet::Broken":
        size_t record
        size_t start
        size_t end
        Error error
        size_t offset

    cdef cppclass Request:
        const char* strings
        const uint32_t* ends
        size_t strings_count
        const uint8_t* formats
        size_t formats_count
        const uint8_t* exact
        size_t exact_count
        boolean from_1904
        boolean keep_blank

    cdef cppclass Shredder:
        Shredder(const char*, size_t, uint32_t, uint32_t, const Request&) except +
        vector[CColumn] columns
        vector[uint32_t] starts
        vector[uint32_t] numbers
        vector[CErrorCell] errors
        vector[CBroken] broken
        size_t records
        size_t blank
        size_t hidden
        string text
        void shred(boolean) except +


def cut(
    data, *, uint32_t row, Py_ssize_t max_rows, Py_ssize_t max_bytes, Py_ssize_t max_cells,
    bint final,
):
    """As many whole rows as there may be; see the stub."""
    cdef const unsigned char[::1] text = flat(data)
    cdef size_t size = text.shape[0]
    cdef const char* start = <const char*>&text[0]
    cdef CCut found
    with nogil:
        found = cut_sheet(start, size, row, max_rows, max_bytes, max_cells, final)
    return CutResult(found.size, found.row, found.closed)


def strings(data):
    """The shared strings of a workbook; see the stub."""
    cdef const unsigned char[::1] text = flat(data)
    cdef size_t size = text.shape[0]
    check_size(size)
    cdef CStrings found
    with nogil:
        found = read_strings(<const char*>&text[0], size)
    return StringsResult(
        found.text,
        (<const char*>found.ends.data())[: found.ends.size() * sizeof(uint32_t)],
        ERRORS[<int>found.error],
        found.error_at if <int>found.error else 0,
    )


def shred(data, *, uint32_t row, uint32_t body, reading, bint last):
    """The cells of whole rows; see the stub."""
    cdef _Shredded shredded = _Shredded(data, row, body, reading)
    with nogil:
        shredded.one.get().shred(last)
    return shredded.grid()


cdef int check_size(size_t size) except -1:
    if size > <size_t>LENGTH:
        raise ValueError(f"data has {size} bytes, the limit is {LENGTH}")
    return 0


cdef class _Shredded:
    """A part of a sheet and all that its views need."""

    cdef unique_ptr[Shredder] one
    cdef const unsigned char[::1] data
    cdef const unsigned char[::1] strings
    cdef const uint32_t[::1] ends
    cdef const unsigned char[::1] formats
    cdef const unsigned char[::1] exact

    def __init__(self, data, uint32_t row, uint32_t body, reading):
        self.data = flat(data)
        self.strings = flat(reading.strings.text)
        self.formats = flat(reading.formats)
        self.exact = flat(reading.exact)
        self.ends = flat(reading.strings.ends).cast("I")
        check_size(self.data.shape[0])
        cdef Request request
        request.strings_count = self.ends.shape[0]
        check_ends(self.ends, self.strings.shape[0])
        request.strings = <const char*>&self.strings[0]
        request.ends = &self.ends[0]
        request.formats = &self.formats[0]
        request.formats_count = self.formats.shape[0]
        request.exact = &self.exact[0]
        request.exact_count = self.exact.shape[0]
        request.from_1904 = reading.from_1904
        request.keep_blank = reading.keep_blank
        self.one.reset(
            new Shredder(<const char*>&self.data[0], self.data.shape[0], row, body, request)
        )

    cdef object grid(self):
        cdef Shredder* one = self.one.get()
        return Grid(
            [
                ColumnResult(
                    one.columns[i].kinds,
                    view(
                        self, one.columns[i].values.data(),
                        one.columns[i].values.size() * sizeof(Span),
                    ),
                )
                for i in range(one.columns.size())
            ],
            view(self, one.text.data(), one.text.size()),
            view(self, one.starts.data(), one.starts.size() * sizeof(uint32_t)).cast("I"),
            view(self, one.numbers.data(), one.numbers.size() * sizeof(uint32_t)).cast("I"),
            [ErrorCell(one.errors[i].row, one.errors[i].column) for i in range(one.errors.size())],
            [
                Broken(
                    one.broken[i].record, one.broken[i].start, one.broken[i].end,
                    ERRORS[<int>one.broken[i].error], one.broken[i].offset,
                )
                for i in range(one.broken.size())
            ],
            one.records,
            one.blank,
            one.hidden,
        )


cdef int check_ends(const uint32_t[::1] ends, size_t size) except -1:
    if ends.shape[0] and ends[ends.shape[0] - 1] > size:
        raise ValueError("the last string ends behind the text")
    return 0


cdef class _View:
    """Memory of a shredded part, read only."""

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
