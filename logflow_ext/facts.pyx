"""Facts about all cells of a column of text."""

from logflow_ext.cells cimport Column

from logflow_ext import cells
from logflow_ext.cells import Observed, check_column, flat

__all__ = ["observe"]

NO_DIGITS = cells.Digits()


def observe(
    data, spans, Py_ssize_t offset, Py_ssize_t stride, Py_ssize_t rows,
    int quote, int escape, tuple null_values,
):
    """What all values of a column have in common; see the stub."""
    cdef const unsigned char[::1] text = flat(data)
    cdef const unsigned char[::1] pairs = flat(spans)
    check_column(pairs.shape[0], offset, stride, rows)
    cdef Column column = Column(
        &text[0], text.shape[0], &pairs[0], offset, stride, rows, quote, escape, null_values
    )
    cdef Facts facts
    with nogil:
        facts = find(column)
    return observed(rows, facts)


cdef object observed(size_t rows, const Facts& facts):
    """The facts as Python sees them."""
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
    if digits.max_int < 0:
        return NO_DIGITS
    return cells.Digits(
        digits.max_int, digits.max_frac, digits.min_frac, digits.max_significant, digits.padded
    )
