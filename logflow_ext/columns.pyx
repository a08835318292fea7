"""A column of text cells into a column of values in Arrow's layout."""

from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport int64_t
from libcpp cimport bool as boolean
from libcpp.utility cimport move
from libcpp.vector cimport vector

from logflow_ext.cells cimport Column

from logflow_ext.cells import (
    KINDS,
    ORDERS,
    STYLES,
    UNITS,
    Converted,
    check_choice,
    check_column,
    check_decimal,
    check_style,
    check_unit,
    flat,
)

__all__ = ["convert"]


cdef extern from "columns.hpp" namespace "logflow::columns" nogil:
    cdef cppclass Block:
        char* data()
        size_t size()
        boolean exists()

    cdef enum class Kind:
        pass

    cdef enum class Order "logflow::calendar::Order":
        pass

    cdef cppclass Request:
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

    cdef cppclass Result:
        Block values
        Block offsets
        Block validity
        int64_t null_count
        vector[int64_t] bad

    Result run "logflow::columns::convert" (const Column& column, const Request& request) except +


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


def convert(
    data, spans, Py_ssize_t offset, Py_ssize_t stride, Py_ssize_t rows,
    int quote, int escape, tuple null_values, str kind, *,
    str order="ymd", str unit="us", str decimal="", str thousands="", bint zone=False,
    Py_ssize_t precision=38, Py_ssize_t scale=0, bint nulls=True, bint quoted_nulls=False, bint exact=True,
):
    """The cells of a column as values of one type; see the stub."""
    check_choice("kind", kind, KINDS)
    check_choice("order", order, ORDERS)
    check_choice("unit", unit, UNITS)
    check_unit(kind, unit)
    check_decimal(kind, precision, scale)
    check_style(decimal, thousands)
    cdef const unsigned char[::1] text = flat(data)
    cdef const unsigned char[::1] pairs = flat(spans)
    check_column(memoryview(pairs), offset, stride, rows)
    cdef Column column = Column(
        &text[0], text.shape[0], &pairs[0], offset, stride, rows, quote, escape, null_values
    )
    cdef Request request
    request.kind = <Kind><int>KINDS.index(kind)
    request.order = <Order><int>ORDERS.index(order)
    request.unit_digits = UNITS[unit]
    request.style = STYLES.index((decimal, thousands)) if decimal else -1
    request.zone = zone
    request.precision = precision
    request.scale = scale
    request.nulls = nulls
    request.quoted_nulls = quoted_nulls
    request.exact = exact
    cdef Result result
    cdef int64_t outside
    with nogil:
        outside = column.first_outside()
        if outside < 0:
            result = run(column, request)
    if outside >= 0:
        raise ValueError(f"the cell of row {outside} is not inside the data")
    return Converted(
        own(result.values), own(result.offsets), own(result.validity), result.null_count,
        result.bad,
    )
