"""Text logs: lines into records and their cells, and where records begin."""

cimport cython
from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport int64_t, uint32_t
from libcpp cimport bool as boolean
from libcpp.memory cimport make_unique, unique_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from logflow_ext.cells import LENGTH, flat
from logflow_ext.line_programs import ERRORS, UNMATCHED, Broken, Lines, compiled
from logflow_ext.line_programs import Clock as ClockResult

__all__ = ["Reader"]


cdef extern from "<string_view>" namespace "std" nogil:
    cdef cppclass string_view:
        string_view()
        string_view(const char*, size_t)

cdef extern from "lines.hpp" namespace "logflow::simd" nogil:
    cdef enum class Variant:
        pass
    Variant active() except +

cdef extern from "lines.hpp" namespace "logflow::lines" nogil:
    cdef enum class Unmatched:
        pass
    cdef enum class Error:
        pass

    cdef cppclass CForm "logflow::lines::Form":
        vector[size_t] columns
        vector[char] doubled
        void add_time(size_t, string_view) except +

    cdef cppclass Plan:
        vector[CForm] forms
        size_t columns
        size_t message
        vector[size_t] time_columns
        Unmatched unmatched
        boolean directives
        void add(string_view, string_view, string_view, size_t) except +

    cdef struct Span:
        uint32_t start
        uint32_t word

    cdef struct BrokenLine:
        size_t line
        size_t start
        size_t end
        Error error

    cdef struct Clock:
        int latest_year
        int latest_month
        int latest_day
        int year
        int month

    cdef cppclass Spans "logflow::lines::Bounded<logflow::lines::Span>":
        Span* data()
        size_t size()

    cdef cppclass Numbers "logflow::lines::Bounded<std::uint32_t>":
        uint32_t* data()
        size_t size()

    cdef cppclass CReader "logflow::lines::Reader":
        CReader(const Plan&, string_view, const Clock&) except +
        Spans spans
        Spans time_spans
        string time_text
        vector[int64_t] firsts
        Numbers starts
        Numbers numbers
        vector[BrokenLine] broken
        size_t lines
        size_t blank
        size_t joined
        size_t directives
        Clock clock
        void read() except +
        void advance() except +

    cdef struct Cut:
        size_t size
        size_t lines

    Cut cut_lines "logflow::lines::cut"(
        const Plan&, string_view, size_t, size_t, boolean
    ) except +


@cython.final
cdef class Reader:
    """Reads lines in one of several forms; see the stub."""

    cdef Plan plan

    def __init__(self, forms, columns, message, *, unmatched="join", bint directives=False):
        if not 0 <= message < columns:
            raise ValueError(f"column {message} is none of {columns}")
        self.plan.columns = columns
        self.plan.message = message
        self.plan.unmatched = <Unmatched><int>UNMATCHED.index(unmatched)
        self.plan.directives = directives
        times = set()
        for form in forms:
            self.add(form)
            times.update(column for column, _ in form.times)
        for column in sorted(times):
            self.plan.time_columns.push_back(column)

    cdef object add(self, form):
        cdef bytes spec
        code = compiled(form.pattern)
        named = [*form.columns, *form.doubled, *(column for column, _ in form.times)]
        if len(form.columns) != code.groups or any(
            not 0 <= column < self.plan.columns for column in named
        ):
            raise ValueError("a form has columns that there are not")
        self.plan.add(
            view(code.instructions), view(code.literals), view(code.sets), code.groups
        )
        cdef CForm* made = &self.plan.forms.back()
        made.columns = form.columns
        for column in form.doubled:
            made.doubled[column] = 1
        for column, written in form.times:
            spec = written.encode()
            made.add_time(column, view(spec))

    def cut(self, data, *, Py_ssize_t max_records, Py_ssize_t max_bytes, bint final):
        """The bytes and lines of whole records; see the stub."""
        cdef const unsigned char[::1] text = checked(data)
        cdef string_view shown = string_view(<const char*>&text[0], text.shape[0])
        cdef Cut found
        with nogil:
            found = cut_lines(self.plan, shown, max_records, max_bytes, final)
        return found.size, found.lines

    def read(self, data, clock):
        """The records of a text; see the stub."""
        cdef _Read read = _Read(self, data, clock)
        with nogil:
            read.one.get().read()
        return read.lines()

    def advance(self, data, clock):
        """What the clock says behind the records of a text; see the stub."""
        cdef _Read read = _Read(self, data, clock)
        with nogil:
            read.one.get().advance()
        return read.clock()


cdef class _Read:
    """Lines that were read, and all that its views need."""

    cdef unique_ptr[CReader] one
    cdef Reader reader
    cdef const unsigned char[::1] text

    def __init__(self, Reader reader, data, clock):
        cdef Clock now
        self.reader = reader
        self.text = checked(data)
        now.latest_year, now.latest_month, now.latest_day, now.year, now.month = clock
        cdef string_view shown = string_view(<const char*>&self.text[0], self.text.shape[0])
        self.one = make_unique[CReader](reader.plan, shown, now)

    cdef object clock(self):
        cdef Clock* now = &self.one.get().clock
        return ClockResult(
            now.latest_year, now.latest_month, now.latest_day, now.year, now.month
        )

    cdef object lines(self):
        cdef CReader* one = self.one.get()
        cdef vector[BrokenLine]* broken = &one.broken
        return Lines(
            one.starts.size(),
            shown_as_bytes(self, one.spans.data(), one.spans.size() * sizeof(Span)),
            shown_as_bytes(self, one.time_spans.data(), one.time_spans.size() * sizeof(Span)),
            shown_as_bytes(self, one.time_text.data(), one.time_text.size()),
            one.firsts,
            shown_as_bytes(
                self, one.starts.data(), one.starts.size() * sizeof(uint32_t)
            ).cast("I"),
            shown_as_bytes(
                self, one.numbers.data(), one.numbers.size() * sizeof(uint32_t)
            ).cast("I"),
            one.lines,
            one.blank,
            one.joined,
            one.directives,
            [
                Broken(
                    broken[0][i].line, broken[0][i].start, broken[0][i].end,
                    ERRORS[<int>broken[0][i].error],
                )
                for i in range(broken.size())
            ],
            self.clock(),
        )


cdef class _View:
    """Memory of lines that were read, read only."""

    cdef _Read owner
    cdef const void* data
    cdef size_t size

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        PyBuffer_FillInfo(buffer, self, <void*>self.data, self.size, 1, flags)


cdef object shown_as_bytes(_Read owner, const void* data, size_t size):
    cdef _View made = _View.__new__(_View)
    made.owner = owner
    made.data = data if size else <const void*>b""
    made.size = size
    return memoryview(made)


cdef string_view view(bytes text):
    return string_view(<const char*>text, len(text))


cdef object checked(data):
    text = flat(data)
    if text.nbytes > LENGTH:
        raise ValueError(f"data has {text.nbytes} bytes, the limit is {LENGTH}")
    return text


active()
