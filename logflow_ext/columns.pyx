"""A column of text cells into a column of values in Arrow's layout."""

from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport int64_t
from libcpp cimport bool as boolean
from libcpp.memory cimport unique_ptr
from libcpp.utility cimport move
from libcpp.vector cimport vector

from logflow_ext.cells cimport Column
from logflow_ext.facts cimport Facts, observed

from logflow_ext.cells import (
    KINDS,
    ORDERS,
    STYLES,
    UNITS,
    Converted,
    Request,
    check_column,
    check_request,
    flat,
)

__all__ = ["convert", "read"]


cdef extern from "columns.hpp" namespace "logflow::columns" nogil:
    cdef cppclass Block:
        char* data()
        size_t size()
        boolean exists()

    cdef enum class Kind:
        pass

    cdef enum class Order "logflow::calendar::Order":
        pass

    cdef cppclass CRequest "logflow::columns::Request":
        Kind kind
        Order order
        int unit_digits
        int style
        boolean zone
        size_t precision
        size_t scale
        boolean nulls
        boolean quoted_nulls
        boolean exact
        boolean observe

    cdef cppclass Result:
        Block values
        Block offsets
        Block validity
        int64_t null_count
        vector[int64_t] bad

    cdef cppclass Reader:
        Result& result()
        const Facts& facts()

    ctypedef vector[unique_ptr[Reader]] Readers

    void add_reader(
        Readers& readers, const Column& column, const CRequest& request
    ) except +
    void read_all(const Readers& readers) except +


cdef class _Memory:
    """Memory that a conversion filled: a read-only buffer, aligned to 64 bytes."""

    cdef Block block

    def __init__(self):
        raise TypeError("only a conversion makes such memory")

    def __getbuffer__(self, Py_buffer* view, int flags):
        PyBuffer_FillInfo(view, self, self.block.data(), self.block.size(), 1, flags)

    def __len__(self):
        return self.block.size()


cdef _Memory own(Block& block):
    """The block as a Python object; None if there is none."""
    if not block.exists():
        return None
    cdef _Memory memory = _Memory.__new__(_Memory)
    memory.block = move(block)
    return memory


cdef CRequest requested(object wanted) except *:
    check_request(
        wanted.kind, wanted.order, wanted.unit, wanted.decimal, wanted.thousands,
        wanted.precision, wanted.scale,
    )
    cdef CRequest request
    request.kind = <Kind><int>KINDS.index(wanted.kind)
    request.order = <Order><int>ORDERS.index(wanted.order)
    request.unit_digits = UNITS[wanted.unit]
    if wanted.decimal:
        request.style = STYLES.index((wanted.decimal, wanted.thousands))
    request.zone = wanted.zone
    request.precision = wanted.precision
    request.scale = wanted.scale
    request.nulls = wanted.nulls
    request.quoted_nulls = wanted.quoted_nulls
    request.exact = wanted.exact
    request.observe = wanted.observe
    return request


cdef object converted(Result& result):
    return Converted(
        own(result.values), own(result.offsets), own(result.validity), result.null_count,
        result.bad,
    )


def read(columns, tuple null_values):
    """The values of columns, and facts about them where they are wanted; see the stub."""
    cdef Readers readers
    cdef list buffers = []
    cdef const unsigned char[::1] text
    cdef const unsigned char[::1] pairs
    cdef object data = None
    cdef object spans = None
    for column in columns:
        # The columns of a table share them.
        if column.data is not data or column.spans is not spans:
            data = column.data
            spans = column.spans
            text = flat(data)
            pairs = flat(spans)
            buffers.append((memoryview(text), memoryview(pairs)))
        check_column(pairs.shape[0], column.offset, column.stride, column.rows)
        add_reader(
            readers,
            Column(
                &text[0], text.shape[0], &pairs[0], column.offset, column.stride, column.rows,
                column.quote, column.escape, null_values,
            ),
            requested(column),
        )
    with nogil:
        read_all(readers)
    return [
        (
            observed(column.rows, readers[i].get().facts()) if column.observe else None,
            converted(readers[i].get().result()),
        )
        for i, column in enumerate(columns)
    ]


def convert(data, spans, offset, stride, rows, quote, escape, null_values, kind, **options):
    """The values of one column; see the stub."""
    column = Request(data, spans, offset, stride, rows, quote, escape, kind, **options)
    [(_, values)] = read([column], null_values)
    return values
