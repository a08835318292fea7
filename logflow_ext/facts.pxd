from libc.stdint cimport int64_t, uint32_t, uint64_t
from libcpp cimport bool as boolean

from logflow_ext.cells cimport Column


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


cdef object observed(size_t rows, const Facts& facts)
