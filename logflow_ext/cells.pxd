from libcpp.string cimport string
from libcpp.vector cimport vector


cdef extern from "cells.hpp" namespace "logflow::cells" nogil:
    cdef cppclass Column:
        Column() except +
        Column(
            const unsigned char* data, size_t size, const unsigned char* spans,
            size_t offset, size_t stride, size_t rows, int quote, int escape,
            const vector[string]& null_values,
        ) except +
        size_t rows()
