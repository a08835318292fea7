"""Records of Avro, decoded straight into Arrow's buffers."""

from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport int32_t, int64_t, uint8_t
from libcpp cimport bool as boolean
from libcpp.memory cimport make_shared, shared_ptr, unique_ptr
from libcpp.string cimport string
from libcpp.utility cimport move
from libcpp.vector cimport vector

from logflow_ext.avro_columns import ERRORS, KINDS, Broken, Decoded
from logflow_ext.cells import flat

__all__ = ["decode"]


cdef extern from "avro.hpp" namespace "logflow::simd" nogil:
    cdef enum class Variant:
        pass
    Variant active() except +

cdef extern from "avro.hpp" namespace "logflow::avro" nogil:
    cdef enum class Error:
        none
        out_of_range
        bad_symbol

    cdef enum class Number:
        null
        int32
        int64
        float32
        float64

    cdef enum class Kind:
        pass

    cdef cppclass Type:
        Kind kind
        size_t width
        vector[string] names
        vector[size_t] children

    cdef cppclass CBuffer "logflow::avro::Buffer":
        const void* data
        size_t size

    cdef cppclass CColumn "logflow::avro::Column":
        size_t size
        size_t nulls
        vector[CColumn*] children
        CBuffer validity()
        vector[CBuffer] buffers() except +

    cdef cppclass Nulls(CColumn):
        Nulls() except +
    cdef cppclass Bools(CColumn):
        Bools() except +
    cdef cppclass Integers[T](CColumn):
        Integers(int64_t, int64_t, Error) except +
    cdef cppclass Plain[T](CColumn):
        Plain() except +
    cdef cppclass Texts(CColumn):
        Texts(boolean) except +
    cdef cppclass Fixed(CColumn):
        Fixed(size_t) except +
    cdef cppclass Decimal128 "logflow::avro::Decimals<2>"(CColumn):
        Decimal128(int, Py_ssize_t) except +
    cdef cppclass Decimal256 "logflow::avro::Decimals<4>"(CColumn):
        Decimal256(int, Py_ssize_t) except +
    cdef cppclass Lists(CColumn):
        Lists(unique_ptr[Texts], unique_ptr[CColumn], size_t) except +
    cdef cppclass Structs(CColumn):
        Structs(vector[unique_ptr[CColumn]]) except +
    cdef cppclass Nullable(CColumn):
        Nullable(unique_ptr[CColumn], int64_t, int64_t) except +
    cdef cppclass Numbers[T](CColumn):
        Numbers(vector[Number]) except +
    cdef cppclass Merged(CColumn):
        Merged(unique_ptr[Structs], vector[vector[size_t]]) except +
    cdef cppclass Json(CColumn):
        Json(shared_ptr[vector[Type]], size_t) except +

    cdef cppclass CBroken "logflow::avro::Broken":
        size_t block
        size_t record
        size_t field
        Error error
        size_t offset
        size_t start
        size_t end

    cdef cppclass Reader:
        Reader(vector[unique_ptr[CColumn]]) except +
        size_t rows
        vector[CBroken] broken
        void block(const uint8_t*, size_t, size_t) except +
        CColumn& column(size_t)
        size_t width()

cdef size_t NONE = <size_t>-1

NUMBERS = ("null", "int", "long", "float", "double")


def decode(blocks, fields, types=()):
    """The records of blocks; see the stub."""
    cdef _Decoded owner = _Decoded(fields, types)
    for data, records in blocks:
        owner.block(data, records)
    return owner.result()


cdef class _Decoded:
    """The columns and all that their views need."""

    cdef unique_ptr[Reader] reader
    cdef shared_ptr[vector[Type]] types

    def __init__(self, fields, types):
        cdef vector[unique_ptr[CColumn]] columns
        self.types = make_shared[vector[Type]]()
        for each in types:
            self.add_type(each, len(types))
        columns = self.all_made(fields)
        self.reader.reset(new Reader(move(columns)))

    cdef void add_type(self, each, Py_ssize_t count) except *:
        cdef Type type
        kind, width, names, children = each
        if not all(0 <= child < count for child in children):
            raise ValueError(f"no types {children} of {count}")
        if kind == "record" and len(names) != len(children):
            raise ValueError(f"{len(names)} names of {len(children)} fields")
        type.kind = <Kind><int>KINDS.index(kind)
        type.width = width
        for name in names:
            type.names.push_back(<string>name.encode())
        for child in children:
            type.children.push_back(child)
        self.types.get().push_back(type)

    cdef vector[unique_ptr[CColumn]] all_made(self, programs) except *:
        cdef vector[unique_ptr[CColumn]] columns
        cdef unique_ptr[CColumn] column
        for program in programs:
            column = self.made(program)
            columns.push_back(move(column))
        return move(columns)

    cdef unique_ptr[CColumn] made(self, program) except *:
        """The column of a program."""
        cdef unique_ptr[CColumn] column
        cdef unique_ptr[CColumn] items
        cdef unique_ptr[Texts] keys
        cdef vector[Number] numbers
        cdef vector[vector[size_t]] branches
        cdef vector[size_t] order
        cdef unique_ptr[Structs] structs
        cdef vector[unique_ptr[CColumn]] fields
        kind, *rest = program
        if kind == "null":
            column.reset(new Nulls())
        elif kind == "boolean":
            column.reset(new Bools())
        elif kind == "int":
            column.reset(new Integers[int32_t](rest[0], rest[1], Error.out_of_range))
        elif kind == "long":
            column.reset(new Integers[int64_t](rest[0], rest[1], Error.out_of_range))
        elif kind == "enum":
            column.reset(new Integers[int32_t](0, len(rest[0]) - 1, Error.bad_symbol))
        elif kind == "float":
            column.reset(new Plain[float]())
        elif kind == "double":
            column.reset(new Plain[double]())
        elif kind == "bytes":
            column.reset(new Texts(False))
        elif kind == "string":
            column.reset(new Texts(True))
        elif kind == "fixed":
            column.reset(new Fixed(rest[0]))
        elif kind == "decimal" and rest[0] == 128:
            column.reset(new Decimal128(rest[1], rest[2]))
        elif kind == "decimal" and rest[0] == 256:
            column.reset(new Decimal256(rest[1], rest[2]))
        elif kind == "array" or kind == "map":
            if kind == "map":
                keys.reset(new Texts(True))
            items = self.made(rest[0])
            column.reset(new Lists(move(keys), move(items), rest[1]))
        elif kind == "record":
            fields = self.all_made(rest[0])
            column.reset(new Structs(move(fields)))
        elif kind == "nullable":
            items = self.made(rest[0])
            column.reset(new Nullable(move(items), rest[1], rest[2]))
        elif kind == "numbers":
            for name in rest[1]:
                numbers.push_back(<Number><int>NUMBERS.index(name))
            if rest[0] == "long":
                column.reset(new Numbers[int64_t](numbers))
            else:
                column.reset(new Numbers[double](numbers))
        elif kind == "records":
            for branch in rest[1]:
                order.clear()
                if branch is None:
                    order.push_back(NONE)
                else:
                    for number in branch:
                        if not 0 <= number < len(rest[0]):
                            raise ValueError(f"no field {number} of {len(rest[0])}")
                        order.push_back(number)
                branches.push_back(order)
            fields = self.all_made(rest[0])
            structs.reset(new Structs(move(fields)))
            column.reset(new Merged(move(structs), branches))
        elif kind == "json":
            if not 0 <= rest[0] < <Py_ssize_t>self.types.get().size():
                raise ValueError(f"no type {rest[0]}")
            column.reset(new Json(self.types, rest[0]))
        else:
            raise ValueError(f"no program {program!r}")
        return move(column)

    cdef void block(self, data, size_t records) except *:
        cdef const unsigned char[::1] text = flat(data)
        cdef size_t size = text.shape[0]
        cdef const uint8_t* start = &text[0]
        with nogil:
            self.reader.get().block(start, size, records)

    cdef object result(self):
        cdef Reader* reader = self.reader.get()
        cdef vector[CBroken]* broken = &reader.broken
        return Decoded(
            [Column.of(self, &reader.column(i)) for i in range(reader.width())],
            reader.rows,
            [
                Broken(
                    broken[0][i].block, broken[0][i].record, broken[0][i].field,
                    ERRORS[<int>broken[0][i].error], broken[0][i].offset,
                    broken[0][i].start, broken[0][i].end,
                )
                for i in range(broken.size())
            ],
        )


cdef class _View:
    """Memory of a column, read only."""

    cdef _Decoded owner
    cdef CBuffer buffer

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        cdef const void* data = self.buffer.data if self.buffer.size else <const void*>b""
        PyBuffer_FillInfo(buffer, self, <void*>data, self.buffer.size, 1, flags)


cdef class Column:
    """A column of decoded records; see avro_columns."""

    cdef _Decoded owner
    cdef CColumn* column

    def __init__(self):
        raise TypeError("only decoding makes columns")

    @staticmethod
    cdef Column of(_Decoded owner, CColumn* column):
        cdef Column made = Column.__new__(Column)
        made.owner = owner
        made.column = column
        return made

    @property
    def size(self):
        return self.column.size

    @property
    def nulls(self):
        return self.column.nulls

    def validity(self):
        cdef CBuffer found = self.column.validity()
        return self.view(found) if found.size else None

    def buffers(self):
        cdef vector[CBuffer] found = self.column.buffers()
        return [self.view(found[i]) for i in range(found.size())]

    def children(self):
        return [Column.of(self.owner, self.column.children[i])
                for i in range(self.column.children.size())]

    cdef object view(self, CBuffer buffer):
        cdef _View made = _View.__new__(_View)
        made.owner = self.owner
        made.buffer = buffer
        return memoryview(made)


active()
