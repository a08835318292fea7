"""Pages of a Parquet column chunk."""

from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport int64_t, uint8_t, uint32_t, uintptr_t
from libcpp cimport bool as boolean
from libcpp.optional cimport optional
from libcpp.string cimport string
from libcpp.utility cimport move
from libcpp.vector cimport vector

from logflow_ext.cells import check_choice, flat
from logflow_ext.pages import DICTIONARIES, KINDS, Chunk, Page, check_bloom_filter, check_precision

__all__ = ["encode", "encode_indexed"]


cdef extern from "parquet.hpp" namespace "logflow::parquet" nogil:
    cdef enum class Kind "logflow::parquet::Kind":
        pass

    cdef enum class Encoding "logflow::parquet::Encoding":
        pass

    cdef enum class Dictionary "logflow::parquet::Dictionary":
        pass

    cdef cppclass Array "logflow::parquet::Array":
        Kind kind
        const uint8_t* values
        const uint8_t* offsets
        const uint8_t* validity
        size_t offset
        size_t rows

    cdef cppclass Options "logflow::parquet::Options":
        boolean nullable
        Dictionary dictionary
        size_t page_bytes
        int64_t factor
        int precision
        boolean bloom_filter

    cdef cppclass Bounds "logflow::parquet::Bounds":
        string least
        string most

    cdef cppclass Laid "logflow::parquet::Page":
        size_t start
        size_t size
        size_t rows
        size_t nulls
        optional[Bounds] bounds

    cdef cppclass Bytes "logflow::parquet::Bytes":
        uint8_t* room(size_t more) except +
        uint8_t* data()
        size_t size()

    cdef cppclass Result "logflow::parquet::Chunk":
        Encoding encoding
        Bytes dictionary
        size_t entries
        Bytes body
        vector[Laid] pages
        optional[Bounds] bounds
        boolean ascending
        vector[uint32_t] bloom_filter

    void check(
        const Array& array, size_t values_size, size_t offsets_size, size_t validity_size
    ) except +ValueError
    Result run "logflow::parquet::encode" (const Array& array, const Options& options) except +ValueError
    Result run_indexed "logflow::parquet::encode_indexed" (
        const Array& indices, const Array& entries, const Options& options
    ) except +ValueError


cdef class _Memory:
    """Memory that a kernel filled: a read-only buffer."""

    cdef Bytes bytes

    def __init__(self):
        raise TypeError("only a kernel makes such memory")

    def __getbuffer__(self, Py_buffer* view, int flags):
        PyBuffer_FillInfo(view, self, self.bytes.data(), self.bytes.size(), 1, flags)

    def __len__(self):
        return self.bytes.size()


cdef _Memory own(Bytes& bytes):
    cdef _Memory memory = _Memory.__new__(_Memory)
    bytes.room(0)  # never null
    memory.bytes = move(bytes)
    return memory


cdef const unsigned char[::1] aligned(buffer):
    """The bytes of a buffer; a copy where numbers in them would not be aligned."""
    cdef const unsigned char[::1] view = flat(buffer)
    if <uintptr_t>&view[0] % 8:
        view = bytearray(view)
    return view


cdef class _Input:
    """An array and the buffers that it lies in."""

    cdef Array array
    cdef const unsigned char[::1] values, offsets, validity

    def __init__(self, str kind, values, offsets, validity, Py_ssize_t offset, Py_ssize_t rows):
        check_choice("kind", kind, KINDS)
        if offset < 0 or rows < 0:
            raise ValueError(f"no array has offset {offset} and {rows} rows")
        self.values = aligned(values)
        self.offsets = aligned(b"" if offsets is None else offsets)
        self.validity = flat(b"" if validity is None else validity)
        self.array.kind = <Kind><int>KINDS.index(kind)
        self.array.values = &self.values[0]
        self.array.offsets = &self.offsets[0]
        if validity is not None:
            self.array.validity = &self.validity[0]
        self.array.offset = offset
        self.array.rows = rows
        with nogil:
            check(
                self.array, self.values.shape[0], self.offsets.shape[0], self.validity.shape[0]
            )


cdef Options options_of(
    bint nullable, str dictionary, Py_ssize_t page_bytes, bint bloom_filter
) except *:
    check_choice("dictionary", dictionary, DICTIONARIES)
    if page_bytes < 1:
        raise ValueError(f"pages have at least 1 byte, not {page_bytes}")
    cdef Options options
    options.nullable = nullable
    options.dictionary = <Dictionary><int>DICTIONARIES.index(dictionary)
    options.page_bytes = page_bytes
    options.bloom_filter = bloom_filter
    return options


cdef tuple bounds_of(const optional[Bounds]& bounds):
    if not bounds.has_value():
        return None, None
    return bounds.value().least, bounds.value().most


cdef object filter_of(const vector[uint32_t]& words):
    if words.empty():
        return None
    return (<const char*>words.data())[:4 * words.size()]


cdef object finished(Result& result):
    cdef list pages = []
    cdef Laid* page
    for i in range(result.pages.size()):
        page = &result.pages[i]
        pages.append(
            Page(page.start, page.size, page.rows, page.nulls, *bounds_of(page.bounds))
        )
    is_indexed = result.encoding == <Encoding>8
    return Chunk(
        <int>result.encoding, own(result.dictionary) if is_indexed else None, result.entries,
        own(result.body), pages, *bounds_of(result.bounds),
        result.ascending, filter_of(result.bloom_filter),
    )


def encode(
    str kind, values, offsets, validity, Py_ssize_t offset, Py_ssize_t rows, *,
    int64_t factor=1, int precision=0, bint nullable=True, str dictionary="auto",
    Py_ssize_t page_bytes=1 << 20, bint bloom_filter=False,
):
    """The pages of an Arrow array; see the stub."""
    check_precision(kind, precision)
    check_bloom_filter(kind, bloom_filter)
    cdef _Input array = _Input(kind, values, offsets, validity, offset, rows)
    cdef Options options = options_of(nullable, dictionary, page_bytes, bloom_filter)
    options.factor = factor
    options.precision = precision
    cdef Result result
    with nogil:
        result = run(array.array, options)
    return finished(result)


def encode_indexed(
    str index_kind, indices, validity, Py_ssize_t offset, Py_ssize_t rows,
    str kind, values, offsets, Py_ssize_t first, Py_ssize_t entries, *,
    bint nullable=True, str dictionary="auto", Py_ssize_t page_bytes=1 << 20,
    bint bloom_filter=False,
):
    """The pages of an Arrow dictionary array; see the stub."""
    if kind not in ("bytes", "large_bytes"):
        raise ValueError(f"dictionaries are of bytes, not {kind}")
    cdef _Input places = _Input(index_kind, indices, None, validity, offset, rows)
    cdef _Input texts = _Input(kind, values, offsets, None, first, entries)
    cdef Options options = options_of(nullable, dictionary, page_bytes, bloom_filter)
    cdef Result result
    with nogil:
        result = run_indexed(places.array, texts.array, options)
    return finished(result)
