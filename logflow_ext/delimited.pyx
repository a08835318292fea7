"""Delimited text: where its records and fields are (RFC 4180 and the dialects around it)."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_FillInfo, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t, uint32_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.utility cimport move
from libcpp.vector cimport vector

from logflow_ext.records import ERRORS, Damage, Index, Place, Sample, checked, unescape

__all__ = [
    "ERRORS",
    "Damage",
    "Index",
    "Place",
    "Sample",
    "count_lines",
    "index",
    "lines_before",
    "rows",
    "split",
    "unescape",
]


cdef extern from "delimited.hpp" namespace "logflow::simd" nogil:
    cdef enum class Variant:
        pass
    Variant active() except +

cdef extern from "delimited.hpp" namespace "logflow" nogil:
    cdef enum class CError "logflow::Error":
        none

    cdef struct CDialect "logflow::Dialect":
        string delimiter
        cbool merge
        int quote
        int escape
        string comment
        cbool skip_spaces
        size_t max_record_bytes

    cdef struct CRecord "logflow::Record":
        size_t start
        size_t end
        cbool comment
        CError error

    cdef struct CSplit "logflow::Split":
        size_t consumed
        size_t records
        size_t lines

    cdef struct CDamage "logflow::Damage":
        size_t record
        size_t start
        size_t end
        CError error
        size_t fields
        size_t offset

    cdef struct CPlace "logflow::Place":
        size_t record
        size_t start
        size_t end

    cdef struct CRagged "logflow::Ragged":
        cbool pad
        cbool extend

    cdef cppclass CMemory "logflow::Memory":
        char* data()

    cdef cppclass CWords "logflow::Words":
        size_t size()
        CMemory& memory()

    cdef cppclass CIndex "logflow::Index":
        CWords spans
        CWords row_starts
        CWords row_records
        CWords surplus
        CWords padded
        CWords extended
        size_t records
        size_t blank
        size_t comment
        size_t covered
        vector[CDamage] damaged
        vector[CPlace] comments

    cdef struct CSpan "logflow::Span":
        size_t start
        size_t end
        cbool quoted
        cbool escaped

    cdef struct CSample "logflow::Sample":
        CRecord record
        vector[CSpan] fields

    CSplit c_split "logflow::split"(
        const uint8_t*, size_t, const CDialect&, size_t, size_t, cbool
    ) except +
    void c_index "logflow::index"(
        const uint8_t*, size_t, const CDialect&, size_t, CRagged, CIndex&
    ) except +
    vector[CSample] c_samples "logflow::samples"(
        const uint8_t*, size_t, const CDialect&, size_t, cbool
    ) except +
    size_t c_count_lines "logflow::count_lines"(const uint8_t*, size_t)
    void c_lines_before "logflow::lines_before"(
        const uint8_t*, size_t, const uint8_t*, size_t, CWords&
    ) except +


cdef class _Words:
    """Owns an array of 32-bit words that C++ has made, and shows its bytes."""

    cdef CMemory memory
    cdef Py_ssize_t size

    def __getbuffer__(self, Py_buffer* view, int flags):
        # A pointer is needed even where there is nothing.
        cdef void* data = self.memory.data() if self.memory.data() != NULL else <void*>&self.size
        PyBuffer_FillInfo(view, self, data, self.size * sizeof(uint32_t), False, flags)


cdef object words(CWords& made):
    cdef _Words owner = _Words.__new__(_Words)
    owner.size = made.size()
    owner.memory = move(made.memory())
    return memoryview(owner).cast("I")


cdef CDialect dialect_of(parts) except *:
    cdef CDialect dialect
    (
        dialect.delimiter,
        dialect.merge,
        dialect.quote,
        dialect.escape,
        dialect.comment,
        dialect.skip_spaces,
        dialect.max_record_bytes,
    ) = parts
    return dialect


def split(
    data,
    *,
    delimiter,
    merge,
    quote,
    escape,
    comment,
    skip_spaces,
    max_record_bytes,
    Py_ssize_t max_records,
    Py_ssize_t max_bytes,
    bint final,
):
    """Take whole records off the start of *data*: their bytes, their number, their lines."""
    cdef Py_buffer view
    cdef CSplit done
    cdef CDialect dialect = dialect_of(
        checked(delimiter, merge, quote, escape, comment, skip_spaces, max_record_bytes)
    )
    if max_records < 1 or max_bytes < 1:
        raise ValueError(f"max_records={max_records} and max_bytes={max_bytes} must be positive")
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        with nogil:
            done = c_split(
                <const uint8_t*>view.buf, view.len, dialect, max_records, max_bytes, final
            )
    finally:
        PyBuffer_Release(&view)
    return done.consumed, done.records, done.lines


def index(
    data,
    *,
    delimiter,
    merge,
    quote,
    escape,
    comment,
    skip_spaces,
    max_record_bytes,
    Py_ssize_t columns,
    bint pad=False,
    bint extend=False,
):
    """Find the fields of *data*, which are whole records as :func:`split` gives them."""
    cdef Py_buffer view
    cdef CIndex found
    cdef CDamage one
    cdef CPlace place
    cdef CRagged ragged
    cdef CDialect dialect = dialect_of(
        checked(delimiter, merge, quote, escape, comment, skip_spaces, max_record_bytes)
    )
    if columns < 1:
        raise ValueError(f"columns must be positive, not {columns}")
    ragged.pad = pad
    ragged.extend = extend
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        if <unsigned long long>view.len >= 1ULL << 32:
            raise ValueError(f"data has {view.len} bytes, the limit is {(1 << 32) - 1}")
        with nogil:
            c_index(<const uint8_t*>view.buf, view.len, dialect, columns, ragged, found)
    finally:
        PyBuffer_Release(&view)
    return Index(
        found.row_starts.size(),
        words(found.spans),
        words(found.row_starts),
        words(found.row_records),
        found.records,
        found.blank,
        found.comment,
        found.covered,
        [
            Damage(one.record, one.start, one.end, error_code(one.error), one.fields, one.offset)
            for one in found.damaged
        ],
        words(found.surplus),
        words(found.padded),
        words(found.extended),
        [Place(place.record, place.start, place.end) for place in found.comments],
    )


def rows(
    data,
    *,
    delimiter,
    merge,
    quote,
    escape,
    comment,
    skip_spaces,
    max_record_bytes,
    Py_ssize_t limit,
    bint final,
):
    """The first *limit* records of *data* with their values, to look at."""
    cdef Py_buffer view
    cdef vector[CSample] found
    cdef size_t i
    cdef CDialect dialect = dialect_of(
        checked(delimiter, merge, quote, escape, comment, skip_spaces, max_record_bytes)
    )
    if limit < 0:
        raise ValueError(f"limit must not be negative: {limit}")
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        with nogil:
            found = c_samples(<const uint8_t*>view.buf, view.len, dialect, limit, final)
        return [sample(<const uint8_t*>view.buf, found[i], dialect) for i in range(found.size())]
    finally:
        PyBuffer_Release(&view)


cdef object sample(const uint8_t* data, CSample& one, CDialect& dialect):
    cdef CSpan span
    cdef list fields = []
    if one.record.comment:
        kind = "comment"
    elif one.record.error != CError.none:
        kind = "damaged"
    elif one.record.start == one.record.end:
        kind = "blank"
    else:
        kind = "row"
        for span in one.fields:
            value = data[span.start:span.end]
            if span.escaped:
                value = unescape(
                    value, dialect.quote, dialect.escape, quoted=bool(span.quoted)
                )
            fields.append((value, bool(span.quoted)))
    return Sample(one.record.start, one.record.end, kind, fields, error_code(one.record.error))


cdef object error_code(CError error):
    return None if error == CError.none else ERRORS[<int>error - 1]


def count_lines(data, Py_ssize_t end):
    """How many lines end in ``data[:end]``: at LF, CRLF (once) or a lone CR."""
    cdef Py_buffer view
    cdef size_t lines
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        if not 0 <= end <= view.len:
            raise ValueError(f"end must be in 0..{view.len}, not {end}")
        with nogil:
            lines = c_count_lines(<const uint8_t*>view.buf, end)
        return lines
    finally:
        PyBuffer_Release(&view)


active()


def lines_before(data, offsets):
    """How many lines end before each of the ascending *offsets*."""
    cdef Py_buffer view
    cdef Py_buffer places
    cdef CWords lines
    cdef size_t count
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        PyObject_GetBuffer(offsets, &places, PyBUF_SIMPLE)
        try:
            count = places.len // sizeof(uint32_t)
            with nogil:
                c_lines_before(
                    <const uint8_t*>view.buf,
                    view.len,
                    <const uint8_t*>places.buf,
                    count,
                    lines,
                )
            if lines.size() < count:
                raise ValueError(f"offsets must ascend within 0..{view.len}")
        finally:
            PyBuffer_Release(&places)
    finally:
        PyBuffer_Release(&view)
    return words(lines)
