"""Records of JSON: where they end, and their values column by column."""

from cpython.buffer cimport PyBuffer_FillInfo
from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_FromStringAndSize
from libc.stdint cimport int32_t, uint8_t, uint32_t
from libc.string cimport memchr, memcpy, memset
from libcpp cimport bool as boolean
from libcpp.memory cimport unique_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from logflow_ext import cells
from logflow_ext.cells import flat
from logflow_ext.json_tree import ERRORS, FORMS, KINDS, MODES, Broken, Counts, Tree
from logflow_ext.json_tree import Cut as CutResult

__all__ = ["cut", "shred"]


cdef extern from "json.hpp" namespace "logflow::simd" nogil:
    cdef enum class Variant:
        pass
    Variant active() except +

cdef extern from "json.hpp" namespace "logflow::json" nogil:
    cdef enum class Form:
        pass
    cdef enum class Error:
        pass
    cdef enum class Mode:
        pass

    cdef cppclass CCut "logflow::json::Cut":
        size_t size
        size_t records
        boolean ended
        size_t end

    CCut cut_text "logflow::json::cut"(
        const char*, size_t, Form, size_t, size_t, boolean
    ) except +

    cdef cppclass Span:
        uint32_t start
        uint32_t word

    cdef cppclass CCounts "logflow::json::Counts":
        size_t nulls
        size_t bools
        size_t numbers
        size_t strings
        size_t objects
        size_t arrays

    cdef cppclass CNode "logflow::json::Node":
        vector[Span] spans
        CCounts counts
        Mode mode
        boolean wide
        boolean ambiguous
        vector[int32_t] ends
        unique_ptr[CNode] items
        size_t item_count
        vector[string] keys
        vector[unique_ptr[CNode]] children
        vector[size_t] order
        Mode inner
        CNode& named(const string&) except +
        CNode& item() except +
        void kinds_into(boolean*) const
        void keep(const char*, const boolean*, Span*) const
        void bits(const char*, int, uint8_t*) const

    cdef cppclass CBroken "logflow::json::Broken":
        size_t record
        size_t start
        size_t end
        Error error
        size_t offset

    cdef cppclass Shredder:
        Shredder(const char*, size_t, char*, size_t, size_t, size_t) except +
        CNode root
        vector[uint32_t] starts
        vector[uint32_t] numbers
        vector[CBroken] broken
        size_t records
        size_t blank
        size_t duplicates
        void shred(Form, boolean, boolean) except +


cdef uint32_t LENGTH = cells.LENGTH
cdef unsigned long long TOO_LONG = 1ULL << 32


def cut(data, str form, *, Py_ssize_t max_records, Py_ssize_t max_bytes, bint final):
    """As many whole records as there may be; see the stub."""
    cdef const unsigned char[::1] text = flat(data)
    cdef Form wanted = <Form><int>FORMS.index(form)
    cdef size_t size = text.shape[0]
    cdef const char* start = <const char*>&text[0]
    cdef CCut found
    with nogil:
        found = cut_text(start, size, wanted, max_records, max_bytes, final)
    return CutResult(found.size, found.records, found.ended, found.end)


def shred(
    data, str form, *, bint last=True, bint follows=False, Py_ssize_t max_depth=128,
    Py_ssize_t max_keys=1000, Py_ssize_t max_columns=10_000, keep=(), str inner="typed",
):
    """The values of records, column by column; see the stub."""
    cdef _Shredded shredded = _Shredded(data, max_depth, max_keys, max_columns)
    cdef Form wanted = <Form><int>FORMS.index(form)
    shredded.one.get().root.inner = <Mode><int>MODES.index(inner)
    for path, mode in keep:
        shredded.keep(path, <Mode><int>MODES.index(mode))
    with nogil:
        shredded.one.get().shred(wanted, last, follows)
    return shredded.tree()


cdef class _Shredded:
    """The records of a text and all that their views need."""

    cdef unique_ptr[Shredder] one
    cdef const unsigned char[::1] text
    cdef object copy

    def __init__(self, data, size_t max_depth, size_t max_keys, size_t max_columns):
        self.text = flat(data)
        cdef size_t size = self.text.shape[0]
        if size >= TOO_LONG:
            raise ValueError(f"data has {size} bytes, the limit is 4294967295")
        cdef char* copy = <char*>self.data()
        # Nothing is written where there are no escapes.
        self.copy = data
        if size and memchr(copy, ord("\\"), size) is not NULL:
            self.copy = PyByteArray_FromStringAndSize(NULL, size)
            copy = PyByteArray_AS_STRING(self.copy)
            memcpy(copy, &self.text[0], size)
        self.one.reset(new Shredder(self.data(), size, copy, max_depth, max_keys, max_columns))

    cdef const char* data(self) noexcept nogil:
        return <const char*>&self.text[0]

    cdef void keep(self, path, Mode mode) except *:
        cdef CNode* node = &self.one.get().root
        for key in path:
            node = &node.item() if key is None else &node.named(key.encode())
        node.mode = mode

    cdef object tree(self):
        cdef Shredder* one = self.one.get()
        cdef vector[CBroken]* broken = &one.broken
        return Tree(
            Node.of(self, &one.root, one.starts.size()),
            one.starts.size(),
            memoryview(self.copy).cast("B"),
            view(self, one.starts.data(), one.starts.size() * sizeof(uint32_t)).cast("I"),
            view(self, one.numbers.data(), one.numbers.size() * sizeof(uint32_t)).cast("I"),
            one.records,
            one.blank,
            one.duplicates,
            [
                Broken(
                    broken[0][i].record, broken[0][i].start, broken[0][i].end,
                    ERRORS[<int>broken[0][i].error], broken[0][i].offset,
                )
                for i in range(broken.size())
            ],
        )


cdef class _View:
    """Memory of shredded records, read only."""

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


cdef class Node:
    """A column of shredded records; see json_tree."""

    cdef _Shredded owner
    cdef CNode* node
    cdef readonly Py_ssize_t slots

    def __init__(self):
        raise TypeError("only shredding makes nodes")

    @staticmethod
    cdef Node of(_Shredded owner, CNode* node, size_t slots):
        cdef Node made = Node.__new__(Node)
        made.owner = owner
        made.node = node
        made.slots = slots
        return made

    @property
    def identity(self):
        return <size_t>self.node

    def span(self, Py_ssize_t slot):
        if not 0 <= slot < self.slots:
            raise IndexError(slot)
        return self.node.spans[slot].start, self.node.spans[slot].word & LENGTH

    @property
    def counts(self):
        cdef CCounts* counts = &self.node.counts
        return Counts(
            counts.nulls, counts.bools, counts.numbers, counts.strings, counts.objects,
            counts.arrays,
        )

    @property
    def ambiguous(self):
        return self.node.ambiguous

    @property
    def wide(self):
        return self.node.wide

    def children(self):
        return [
            (self.node.keys[i].decode(), Node.of(self.owner, self.node.children[i].get(), self.slots))
            for i in self.node.order
        ]

    def items(self):
        if self.node.items.get() is NULL:
            return None
        return Node.of(self.owner, self.node.items.get(), self.node.item_count)

    def cells(self, kinds):
        cdef boolean[5] wanted
        cdef boolean[5] there
        cdef bytearray out
        cdef Span* spans
        for i, kind in enumerate(KINDS):
            wanted[i] = kind in kinds
        self.node.kinds_into(there)
        for i in range(5):
            if there[i] and not wanted[i]:
                out = PyByteArray_FromStringAndSize(NULL, self.slots * sizeof(Span))
                spans = <Span*>PyByteArray_AS_STRING(out)
                with nogil:
                    self.node.keep(self.owner.data(), wanted, spans)
                return memoryview(out)
        return view(self.owner, self.node.spans.data(), self.slots * sizeof(Span))

    def validity(self, str kind):
        cdef int wanted = KINDS.index(kind)
        cdef bytearray out = PyByteArray_FromStringAndSize(NULL, (self.slots + 7) // 8)
        cdef uint8_t* bits = <uint8_t*>PyByteArray_AS_STRING(out)
        with nogil:
            memset(bits, 0, (self.slots + 7) // 8)
            self.node.bits(self.owner.data(), wanted, bits)
        return memoryview(out)

    def offsets(self):
        cdef bytearray out = PyByteArray_FromStringAndSize(
            NULL, (self.slots + 1) * sizeof(int32_t)
        )
        cdef char* offsets = PyByteArray_AS_STRING(out)
        memset(offsets, 0, (self.slots + 1) * sizeof(int32_t))
        if self.node.ends.size():
            memcpy(offsets + sizeof(int32_t), self.node.ends.data(), self.slots * sizeof(int32_t))
        return memoryview(out)


active()
