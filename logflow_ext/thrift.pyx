"""Thrift's compact protocol, as far as Parquet's metadata uses it."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libcpp.string cimport string

from logflow_ext.compact import MAX_DEPTH, MAX_FIELD, MAX_VARINT

__all__ = ["encoded", "read_struct"]

cdef enum:
    STOP = 0, TRUE = 1, FALSE = 2, BYTE = 3, I16 = 4, I32 = 5, I64 = 6, DOUBLE = 7, BINARY = 8
    LIST = 9, SET = 10, STRUCT = 12

cdef int DEPTH = MAX_DEPTH
cdef int VARINT = MAX_VARINT
cdef int64_t FIELD = MAX_FIELD


def encoded(dict struct):
    """The bytes of *struct*; see the stub."""
    cdef string out
    write_struct(out, struct, DEPTH)
    return <bytes>out


def read_struct(bytes data, Py_ssize_t position=0):
    """The struct that starts at *position*, and the position after it; see the stub."""
    cdef Reader reader = Reader(data, position)
    struct = reader.struct(DEPTH)
    return struct, reader.at


cdef int write_struct(string& out, dict fields, int depth) except -1:
    cdef int64_t number, last = 0
    cdef int kind, code
    if depth == 0:
        raise ValueError(f"Thrift structs are nested more than {MAX_DEPTH} deep")
    for field, (known, value) in fields.items():
        number, kind = field, known
        code = (TRUE if value else FALSE) if kind == TRUE else kind
        if 0 < number - last < 16:
            out.push_back(<char>((number - last) << 4 | code))
        else:
            out.push_back(<char>code)
            write_integer(out, number)
        last = number
        if kind != TRUE:
            write_value(out, kind, value, depth)
    out.push_back(<char>STOP)
    return 0


cdef int write_value(string& out, int kind, value, int depth) except -1:
    if kind == I32 or kind == I64 or kind == I16:
        write_integer(out, as_int64(value))
    elif kind == BINARY:
        write_varint(out, PyBytes_GET_SIZE(<bytes?>value))
        out.append(PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))
    elif kind == STRUCT and isinstance(value, bytes):
        out.append(PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))
    elif kind == STRUCT:
        write_struct(out, <dict?>value, depth - 1)
    elif kind == LIST or kind == SET:
        write_list(out, value[0], <list?>value[1], depth)
    elif kind == BYTE:
        out.push_back(<char><uint8_t>value)
    elif kind == DOUBLE:
        out.append(PyBytes_AS_STRING(<bytes?>value), PyBytes_GET_SIZE(value))
    else:
        raise ValueError(f"Thrift type {kind} does not occur in Parquet")
    return 0


cdef int write_list(string& out, int kind, list values, int depth) except -1:
    if depth == 0:
        raise ValueError(f"Thrift lists are nested more than {MAX_DEPTH} deep")
    if len(values) < 15:
        out.push_back(<char>(len(values) << 4 | kind))
    else:
        out.push_back(<char>(15 << 4 | kind))
        write_varint(out, len(values))
    for value in values:
        if kind == TRUE or kind == FALSE:
            out.push_back(<char>(TRUE if value else FALSE))
        else:
            write_value(out, kind, value, depth - 1)
    return 0


cdef int64_t as_int64(value) except? -1:
    try:
        return value
    except OverflowError:
        raise ValueError(f"{value} has more than 64 bits") from None


cdef void write_integer(string& out, int64_t value) noexcept:
    write_varint(out, (<uint64_t>value) << 1 ^ <uint64_t>(value >> 63))


cdef void write_varint(string& out, uint64_t number) noexcept:
    while number > 127:
        out.push_back(<char>(number & 127 | 128))
        number >>= 7
    out.push_back(<char>number)


cdef class Reader:
    """Bytes, and how far they are read."""

    cdef bytes owner
    cdef const uint8_t* data
    cdef Py_ssize_t size
    cdef Py_ssize_t at

    def __init__(self, bytes data, Py_ssize_t at):
        if at < 0:
            raise ValueError(f"no bytes have a position {at}")
        self.owner = data
        self.data = <const uint8_t*>PyBytes_AS_STRING(data)
        self.size = PyBytes_GET_SIZE(data)
        self.at = at

    cdef dict struct(self, int depth):
        cdef dict fields = {}
        cdef int64_t last = 0
        cdef int head, kind
        if depth == 0:
            raise ValueError(f"Thrift structs are nested more than {MAX_DEPTH} deep")
        while True:
            head = self.byte()
            if head == STOP:
                return fields
            kind = head & 15
            last = last + (head >> 4) if head >> 4 else self.integer()
            if not -FIELD <= last <= FIELD:
                raise ValueError(f"a Thrift field has the number {last}")
            if kind == TRUE or kind == FALSE:
                fields[last] = TRUE, kind == TRUE
            else:
                fields[last] = kind, self.value(kind, depth)

    cdef object value(self, int kind, int depth):
        if kind == I32 or kind == I64 or kind == I16:
            return self.integer()
        if kind == BINARY:
            return self.take(self.varint())
        if kind == STRUCT:
            return self.struct(depth - 1)
        if kind == LIST or kind == SET:
            return self.list(depth)
        if kind == BYTE:
            return self.byte()
        if kind == DOUBLE:
            return self.take(8)
        raise ValueError(f"Thrift type {kind} at byte {self.at} does not occur in Parquet")

    cdef tuple list(self, int depth):
        cdef int head, kind
        cdef uint64_t length
        cdef list values = []
        if depth == 0:
            raise ValueError(f"Thrift lists are nested more than {MAX_DEPTH} deep")
        head = self.byte()
        kind = head & 15
        length = head >> 4
        if length == 15:
            length = self.varint()
        if length > <uint64_t>(self.size - self.at):
            raise ValueError(f"a Thrift list of {length} elements ends after {self.size} bytes")
        for _ in range(length):
            if kind == TRUE or kind == FALSE:
                values.append(self.byte() == TRUE)
            else:
                values.append(self.value(kind, depth - 1))
        return kind, values

    cdef int64_t integer(self) except? -1:
        cdef uint64_t zigzag = self.varint()
        return <int64_t>(zigzag >> 1 ^ -(zigzag & 1))

    cdef uint64_t varint(self) except? 0:
        cdef uint64_t result = 0
        cdef int byte, place
        for place in range(VARINT):
            byte = self.byte()
            if place == VARINT - 1 and byte > 1:
                break
            result |= <uint64_t>(byte & 127) << (7 * place)
            if byte < 128:
                return result
        raise ValueError(f"a Thrift number at byte {self.at} is longer than 64 bits")

    cdef int byte(self) except -1:
        if self.at >= self.size:
            raise ValueError(f"Thrift ends early, after {self.size} bytes")
        self.at += 1
        return self.data[self.at - 1]

    cdef bytes take(self, uint64_t length):
        if length > <uint64_t>(self.size - self.at):
            raise ValueError(
                f"{length} bytes of Thrift at byte {self.at} end after {self.size} bytes"
            )
        cdef bytes taken = self.owner[self.at : self.at + <Py_ssize_t>length]
        self.at += <Py_ssize_t>length
        return taken
