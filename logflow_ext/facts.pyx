"""Facts about all cells of a column of text."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libcpp cimport bool as boolean

from logflow_ext.cells cimport Column

from logflow_ext import cells
from logflow_ext.cells import Observed, check_column, flat

__all__ = ["observe"]


cdef extern from "facts.hpp" namespace "logflow::facts" nogil:
    const int BITS

    cdef cppclass IntegerRange "logflow::facts::Range<std::int64_t>":
        int64_t least
        int64_t most

    cdef cppclass NaturalRange "logflow::facts::Range<std::uint64_t>":
        uint64_t least
        uint64_t most

    cdef cppclass Measures:
        int64_t integers
        int64_t negatives
        IntegerRange negative
        NaturalRange natural
        int64_t numbers
        int64_t max_int_digits
        int64_t max_frac_digits
        int64_t min_frac_digits
        int64_t max_significant
        int64_t exponents
        int64_t non_finite
        int64_t dates
        int64_t timestamps
        int64_t max_subsecond_digits
        IntegerRange seconds

    cdef cppclass Digits:
        int64_t max_int
        int64_t max_frac
        int64_t min_frac
        int64_t max_significant
        boolean padded

    cdef cppclass Facts:
        int64_t missing
        int64_t quoted
        int64_t unquoted
        int64_t empty_quoted
        int64_t empty_unquoted
        int64_t null_quoted
        int64_t null_unquoted
        int64_t trimmed
        int64_t values
        uint32_t possible
        int64_t* cleared
        Measures measures
        Digits point
        Digits comma

    Facts find "logflow::facts::observe" (const Column& column) except +


def observe(
    data, spans, Py_ssize_t offset, Py_ssize_t stride, Py_ssize_t rows,
    int quote, int escape, tuple null_values,
):
    """What all values of a column have in common; see the stub."""
    cdef const unsigned char[::1] text = flat(data)
    cdef const unsigned char[::1] pairs = flat(spans)
    check_column(memoryview(pairs), offset, stride, rows)
    cdef Column column = Column(
        &text[0], text.shape[0], &pairs[0], offset, stride, rows, quote, escape, null_values
    )
    cdef Facts facts
    cdef int64_t outside
    with nogil:
        outside = column.first_outside()
        if outside < 0:
            facts = find(column)
    if outside >= 0:
        raise ValueError(f"the cell of row {outside} is not inside the data")
    return Observed(
        rows, facts.missing, facts.quoted, facts.unquoted, facts.empty_quoted,
        facts.empty_unquoted, facts.null_quoted, facts.null_unquoted, facts.trimmed, facts.values,
        facts.possible, tuple([facts.cleared[i] for i in range(BITS)]),
        *measured(facts.measures), digits(facts.point), digits(facts.comma),
    )


cdef tuple measured(const Measures& measures):
    # As Python integers: in C, the two ranges have no type in common.
    integers = []
    if measures.negatives:
        integers += [measures.negative.least, measures.negative.most]
    if measures.integers > measures.negatives:
        integers += [measures.natural.least, measures.natural.most]
    return (
        measures.integers,
        min(integers, default=0),
        max(integers, default=0),
        measures.numbers,
        measures.max_int_digits,
        measures.max_frac_digits,
        measures.min_frac_digits,
        measures.max_significant,
        measures.exponents,
        measures.non_finite,
        measures.dates,
        measures.timestamps,
        measures.max_subsecond_digits,
        measures.seconds.least if measures.timestamps else 0,
        measures.seconds.most if measures.timestamps else 0,
    )


cdef object digits(const Digits& digits):
    return cells.Digits(
        digits.max_int, digits.max_frac, digits.min_frac, digits.max_significant, digits.padded
    )
