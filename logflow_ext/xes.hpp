// Event logs of XES (IEEE 1849-2016), cut at the ends of traces, and their attributes as columns of
// spans, as cells.hpp has them.
//
// Which events there are is told by the tags of events and traces alone, so that damage inside of
// one costs no other; what is inside is read strictly (XML 1.0, without DTD).

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cells.hpp"
#include "markup.hpp"
#include "utf8.hpp"

namespace logflow::xes {

using cells::Span;

constexpr Span NO_CELL{0, cells::MISSING};
constexpr int MOST_DEPTH = 100;

// What can be wrong; in the order of xes_events.ERRORS.
enum class Error {
    none,
    bad_tag,
    bad_attribute,
    bad_entity,
    mismatched_tag,
    no_end_tag,
    too_deep,
    ill_formed_utf8,
    cut_off,
};

using markup::ends_name;
using markup::is_space;
using markup::local;

// --- the tags that divide a log -------------------------------------------------------------------

enum class Mark { trace, trace_end, event, event_end, log_end, none };

inline Mark mark_of(std::string_view name, bool closing) {
    if (name == "event") return closing ? Mark::event_end : Mark::event;
    if (name == "trace") return closing ? Mark::trace_end : Mark::trace;
    if (name == "log" && closing) return Mark::log_end;
    return Mark::none;
}

struct IsMark {
    bool operator()(std::string_view name, bool closing) const {
        return mark_of(name, closing) != Mark::none;
    }
};

// --- events and traces ----------------------------------------------------------------------------

enum class Step { trace_start, event, trace_end, done };

// Walks through traces and events by their marks; a tag that is missing is where the next one is.
class Walker {
  public:
    Walker(const char* data, std::size_t size)
        : tags_({data, size}, IsMark{}, false), size_(size) {}

    std::size_t start = 0;       // of the event, or of the tag of the trace
    std::size_t body = 0;        // of the event, behind its tag
    std::size_t body_end = 0;    // of the event
    std::size_t end = 0;         // of the event or the tag
    bool whole = false;          // the event, or the trace: it has its end tag
    bool in_trace = false;
    bool closed = false;         // the end of the log was seen

    Step next() {
        while (take()) {
            switch (mark_) {
                case Mark::event:
                    event();
                    return Step::event;
                case Mark::trace:
                    if (in_trace) return end_trace(false);
                    used_ = !tags_.empty;
                    in_trace = true;
                    place();
                    if (tags_.empty) mark_ = Mark::trace_end;
                    return Step::trace_start;
                case Mark::trace_end:
                    if (in_trace) {
                        used_ = true;
                        return end_trace(true);
                    }
                    break;
                case Mark::log_end:
                    if (in_trace) return end_trace(false);
                    closed = true;
                    break;
                default:
                    break;
            }
            used_ = true;
        }
        return Step::done;
    }

  private:
    // Has a mark at hand that is not used yet.
    bool take() {
        if (!used_) return true;
        if (!tags_.next()) return false;
        mark_ = mark_of(tags_.name, tags_.closing);
        used_ = false;
        return true;
    }

    void place() {
        start = tags_.start;
        end = tags_.end;
    }

    Step end_trace(bool found) {
        in_trace = false;
        whole = found;
        start = tags_.start;
        end = found ? tags_.end : tags_.start;
        return Step::trace_end;
    }

    void event() {
        place();
        body = body_end = end;
        used_ = whole = true;
        if (tags_.empty) return;
        if (!take()) {
            whole = false;
            body_end = end = size_;
            return;
        }
        whole = mark_ == Mark::event_end;
        used_ = whole;
        body_end = tags_.start;
        end = whole ? tags_.end : tags_.start;
    }

    markup::Tags<IsMark> tags_;
    Mark mark_ = Mark::none;
    std::size_t size_;
    bool used_ = true;
};

// Whole traces, and events outside of them: their bytes, and how many records these are.
struct Cut {
    std::size_t size = 0;
    std::size_t records = 0;
};

// A record is an event, or a trace without any; with traces, a trace.  If nothing follows, what is
// left counts too, and the end of the log if it is missing.
inline Cut cut(const char* data, std::size_t size, bool traces, std::size_t most_records,
               std::size_t most_bytes, bool final) {
    Cut cut;
    Walker walker(data, size);
    std::size_t events = 0;
    while (cut.records < most_records) {
        const Step step = walker.next();
        std::size_t records = 0;
        if (step == Step::done) {
            if (!final) break;
            if (walker.in_trace) cut.records += traces || events == 0 ? 1 : events;
            cut.records += !walker.closed;
            cut.size = size;
            break;
        }
        if (step == Step::trace_start) {
            events = 0;
            continue;
        }
        if (step == Step::event) {
            ++events;
            if (walker.in_trace) continue;
            if (!walker.whole && walker.end == size && !final) break;
            records = !traces;
        } else {
            records = traces || events == 0 ? 1 : events;
        }
        if (walker.end > most_bytes && cut.size > 0) break;
        cut.size = walker.end;
        cut.records += records;
    }
    return cut;
}

// --- attributes as columns ------------------------------------------------------------------------

// Kinds of attributes, as bits; in the order of xes_events.KINDS.
enum Kind : std::uint32_t {
    STRING = 1,
    DATE = 2,
    INT = 4,
    FLOAT = 8,
    BOOLEAN = 16,
    ID = 32,
    LIST = 64,
    CONTAINER = 128,
    OTHER = 256,
};

inline Kind kind_of(std::string_view name) {
    if (name == "string") return STRING;
    if (name == "date") return DATE;
    if (name == "int") return INT;
    if (name == "float") return FLOAT;
    if (name == "boolean") return BOOLEAN;
    if (name == "id") return ID;
    if (name == "list") return LIST;
    if (name == "container") return CONTAINER;
    return OTHER;
}

// The attributes of one key: their values, and the markup inside of them.
struct Column {
    std::string name;
    std::uint32_t kinds = 0;
    std::vector<Span> values;
    std::vector<Span> inner;
};

struct Broken {
    std::size_t record;
    std::size_t start;
    std::size_t end;
    Error error;
    std::size_t offset;
};

// Makes columns of whole traces and events.
class Shredder {
  public:
    Shredder(const char* data, std::size_t size, bool traces)
        : data_(data), size_(size), traces_(traces) {
        first_invalid_ = utf8::first_invalid(bytes(), size, 0);
    }

    std::vector<std::unique_ptr<Column>> columns;
    std::vector<std::uint32_t> starts;   // of rows
    std::vector<std::uint32_t> numbers;  // of the records that are rows
    std::vector<Broken> broken;
    std::size_t records = 0;
    std::size_t empty = 0;  // traces without events
    std::unique_ptr<char[]> copy;  // of the text, with values as they are meant, if any needs it

    // last says that nothing follows.
    void shred(bool last) {
        Walker walker(data_, size_);
        std::size_t gap = 0;
        for (Step step = walker.next(); step != Step::done; step = walker.next()) {
            if (walker.in_trace || step == Step::trace_end) trace_gap(step, gap, walker.start);
            if (step == Step::trace_start) {
                begin_trace(walker.start, walker.end);
            } else if (step == Step::trace_end) {
                if (!walker.whole) trace_error(Error::no_end_tag, walker.start);
                end_trace(walker.end);
            } else {
                ++events_;
                if (!traces_) event(walker);
                if (!walker.in_trace) first_row_ = rows();
            }
            gap = walker.end;
        }
        if (walker.in_trace) {
            trace_gap(Step::event, gap, size_);
            trace_error(Error::cut_off, size_);
            end_trace(size_);
        }
        if (last && !walker.closed) {
            broken.push_back({records++, size_, size_, Error::cut_off, size_});
        }
        for (auto& column : columns) {
            pad(column->values, rows());
            const bool any = std::any_of(column->inner.begin(), column->inner.end(), is_there);
            if (any) pad(column->inner, rows());
            if (!any) column->inner.clear();
        }
    }

    std::size_t rows() const { return starts.size(); }

  private:
    struct Given {
        Column* column;
        Span value;
        Span inner;
    };

    const std::uint8_t* bytes() const { return reinterpret_cast<const std::uint8_t*>(data_); }

    static bool is_there(const Span& span) { return !(span.word & cells::MISSING); }

    static void pad(std::vector<Span>& spans, std::size_t rows) {
        if (spans.size() < rows) spans.resize(rows, NO_CELL);
    }

    // --- traces

    void begin_trace(std::size_t start, std::size_t end) {
        trace_start_ = start;
        first_row_ = rows();
        first_broken_ = broken.size();
        events_ = 0;
        given_.clear();
        error_ = Error::none;
        (void)end;
    }

    void trace_error(Error error, std::size_t at) {
        if (error_ == Error::none) {
            error_ = error;
            error_at_ = at;
        }
        trace_failed_ = true;
    }

    // What stands in a trace outside of its events.
    void trace_gap(Step step, std::size_t start, std::size_t end) {
        if (step == Step::trace_start || trace_failed_) return;
        at_ = start;
        end_ = end;
        failed_ = Error::none;
        if (!attributes(nullptr) || !is_utf8(start, end)) trace_error(failed_, failed_at_);
    }

    void end_trace(std::size_t end) {
        if (trace_failed_) {
            // What its events have of it is not known: none of them is a row.
            truncate(first_row_);
            broken.resize(first_broken_);
            const std::size_t count = traces_ || events_ == 0 ? 1 : events_;
            records -= traces_ ? 0 : events_;
            for (std::size_t i = 0; i < count; ++i) {
                broken.push_back({records++, trace_start_, end, error_, error_at_});
            }
        } else if (traces_) {
            add_row(trace_start_);
            fill(rows() - 1, rows());
            ++records;
        } else if (events_ == 0) {
            ++empty;
            ++records;
        } else {
            fill(first_row_, rows());
        }
        trace_failed_ = false;
        error_ = Error::none;
    }

    // Gives the attributes of a trace to its rows, where they have none of that name.
    void fill(std::size_t from, std::size_t to) {
        for (const Given& given : given_) {
            pad(given.column->values, to);
            for (std::size_t row = from; row < to; ++row) {
                Span& value = given.column->values[row];
                if (value.word & cells::MISSING) value = given.value;
            }
            if (given.inner.word & cells::MISSING) continue;
            pad(given.column->inner, to);
            for (std::size_t row = from; row < to; ++row) given.column->inner[row] = given.inner;
        }
    }

    // --- events

    void add_row(std::size_t start) {
        starts.push_back(static_cast<std::uint32_t>(start));
        numbers.push_back(static_cast<std::uint32_t>(records));
    }

    void event(const Walker& walker) {
        at_ = walker.body;
        end_ = walker.body_end;
        failed_ = Error::none;
        expected_ = 0;
        bool ok = attributes(&walker) && is_utf8(walker.start, walker.end);
        if (ok && !walker.whole) {
            ok = fail(walker.end == size_ ? Error::cut_off : Error::no_end_tag);
        }
        if (ok) {
            add_row(walker.start);
        } else {
            truncate(rows());
            broken.push_back({records, walker.start, walker.end, failed_, failed_at_});
        }
        ++records;
    }

    void truncate(std::size_t rows) {
        for (auto& column : columns) {
            if (column->values.size() > rows) column->values.resize(rows);
            if (column->inner.size() > rows) column->inner.resize(rows);
        }
        starts.resize(rows);
        numbers.resize(rows);
    }

    bool is_utf8(std::size_t start, std::size_t end) {
        if (first_invalid_ < start) first_invalid_ = utf8::first_invalid(bytes(), size_, start);
        if (first_invalid_ >= end) return true;
        at_ = first_invalid_;
        return fail(Error::ill_formed_utf8);
    }

    bool fail(Error error) {
        failed_ = error;
        failed_at_ = at_;
        return false;
    }

    // --- markup

    struct Value {
        std::size_t start = 0;
        std::size_t size = 0;
        bool plain = true;   // nothing in it stands for something else
        bool there = false;
    };

    struct Tag {
        std::string_view name;
        Value key;
        Value value;
        bool closing = false;
        bool empty = false;
    };

    // All attributes up to the end; of an event, or else of the trace.
    bool attributes(const Walker* event) {
        Tag tag;
        while (true) {
            if (!next_tag(tag)) return failed_ == Error::none;
            if (tag.closing) return fail(Error::mismatched_tag);
            const std::size_t inside = at_;
            std::size_t inside_end = at_;
            if (!tag.empty && !content(tag.name, inside_end, 0)) return false;
            if (tag.key.there && !put(tag, inside, inside_end, event)) return false;
        }
    }

    // What is in an element, up to behind its end tag; inside_end is where that starts.
    bool content(std::string_view name, std::size_t& inside_end, int depth) {
        if (depth == MOST_DEPTH) return fail(Error::too_deep);
        Tag tag;
        while (true) {
            std::size_t start = 0;
            if (!next_tag(tag, &start)) return failed_ == Error::none ? fail(Error::no_end_tag) : false;
            if (tag.closing) {
                inside_end = start;
                return tag.name == name || fail(Error::mismatched_tag);
            }
            std::size_t unused = 0;
            if (!tag.empty && !content(tag.name, unused, depth + 1)) return false;
        }
    }

    // The next tag; none, and no failure, at the end.
    bool next_tag(Tag& tag, std::size_t* start = nullptr) {
        while (true) {
            const auto* const found =
                at_ < end_ ? static_cast<const char*>(std::memchr(data_ + at_, '<', end_ - at_))
                           : nullptr;
            if (found == nullptr) {
                at_ = end_;
                return false;
            }
            at_ = static_cast<std::size_t>(found - data_);
            if (at_ + 1 < end_ && (data_[at_ + 1] == '!' || data_[at_ + 1] == '?')) {
                if (!skip()) return false;
                continue;
            }
            if (start != nullptr) *start = at_;
            return read_tag(tag);
        }
    }

    bool skip() {
        const std::string_view rest(data_ + at_, end_ - at_);
        const bool comment = rest.substr(0, 4) == "<!--";
        const bool section = rest.substr(0, 9) == "<![CDATA[";
        if (!comment && !section && rest[1] != '?') return fail(Error::bad_tag);
        const std::string_view tail = comment ? "-->" : section ? "]]>" : "?>";
        const std::size_t found = rest.find(tail, comment ? 4 : 2);
        if (found == std::string_view::npos) return fail(Error::bad_tag);
        at_ += found + tail.size();
        return true;
    }

    bool read_tag(Tag& tag) {
        tag = Tag{};
        std::size_t at = at_ + 1;
        tag.closing = at < end_ && data_[at] == '/';
        at += tag.closing;
        const std::size_t name = at;
        while (at < end_ && !ends_name(data_[at]) && data_[at] != '<') ++at;
        if (at == name || at >= end_) return fail(Error::bad_tag);
        tag.name = {data_ + name, at - name};
        while (true) {
            const std::size_t before = at;
            while (at < end_ && is_space(data_[at])) ++at;
            if (at >= end_) return fail(Error::bad_tag);
            if (data_[at] == '>') break;
            if (data_[at] == '/') {
                if (at + 1 >= end_ || data_[at + 1] != '>') return fail(Error::bad_tag);
                tag.empty = true;
                ++at;
                break;
            }
            if (at == before || tag.closing || !attribute(tag, at)) {
                return failed_ == Error::none ? fail(Error::bad_attribute) : false;
            }
        }
        at_ = at + 1;
        return true;
    }

    bool attribute(Tag& tag, std::size_t& at) {
        const std::size_t name = at;
        while (at < end_ && !is_space(data_[at]) && data_[at] != '=' && data_[at] != '>' &&
               data_[at] != '<' && data_[at] != '"') {
            ++at;
        }
        const std::string_view found = local({data_ + name, at - name});
        while (at < end_ && is_space(data_[at])) ++at;
        if (found.empty() || at >= end_ || data_[at] != '=') return false;
        ++at;
        while (at < end_ && is_space(data_[at])) ++at;
        if (at >= end_ || (data_[at] != '"' && data_[at] != '\'')) return false;
        const char quote = data_[at++];
        Value value;
        value.start = at;
        value.there = true;
        for (; at < end_ && data_[at] != quote; ++at) {
            const char byte = data_[at];
            if (byte == '<') return false;
            if (byte == '&' || (static_cast<unsigned char>(byte) < 0x20)) value.plain = false;
        }
        if (at >= end_) return false;
        value.size = at++ - value.start;
        if (found == "key") tag.key = value;
        if (found == "value") tag.value = value;
        return true;
    }

    // --- values

    // A value as it is meant, in the copy of the text, where it starts in the text.
    bool meant(Value& value) {
        if (value.plain) return true;
        if (!copy) {
            copy.reset(new char[size_]);
            std::memcpy(copy.get(), data_, size_);
        }
        char* const out = copy.get() + value.start;
        std::size_t size = 0;
        const std::size_t end = value.start + value.size;
        for (std::size_t at = value.start; at < end;) {
            const char byte = data_[at];
            if (byte == '&') {
                std::size_t length = 0;
                const std::size_t put =
                    markup::put_reference({data_ + at, end - at}, out + size, length);
                if (put == 0) {
                    at_ = at;
                    return fail(Error::bad_entity);
                }
                size += put;
                at += length;
            } else {
                // White space is a space (XML 1.0, 3.3.3), and CRLF a line end.
                const bool pair = byte == '\r' && at + 1 < end && data_[at + 1] == '\n';
                at += 1 + pair;
                out[size++] = is_space(byte) ? ' ' : byte;
            }
        }
        value.size = size;
        return true;
    }

    bool put(Tag& tag, std::size_t inside, std::size_t inside_end, const Walker* event) {
        if (!meant(tag.key) || !meant(tag.value)) return false;
        const char* const text = tag.key.plain ? data_ : copy.get();
        const std::string_view key(text + tag.key.start, tag.key.size);
        Column& column = column_of(key, event == nullptr && !traces_);
        column.kinds |= kind_of(local(tag.name));
        const Span value = tag.value.there ? span(tag.value.start, tag.value.size) : NO_CELL;
        const bool nested = has_markup(inside, inside_end);
        const Span inner = nested ? span(inside, inside_end - inside) : NO_CELL;
        if (event == nullptr) {
            given_.push_back({&column, value, inner});
            return true;
        }
        set(column.values, value);
        if (nested) set(column.inner, inner);
        return true;
    }

    bool has_markup(std::size_t start, std::size_t end) const {
        return end > start && std::memchr(data_ + start, '<', end - start) != nullptr;
    }

    static Span span(std::size_t start, std::size_t size) {
        return {static_cast<std::uint32_t>(start),
                static_cast<std::uint32_t>(size) | cells::QUOTED};
    }

    // Of the row that comes next; of several values the last one counts.
    void set(std::vector<Span>& spans, const Span& value) {
        pad(spans, rows());
        if (spans.size() > rows()) {
            spans.back() = value;
        } else {
            spans.push_back(value);
        }
    }

    Column& column_of(std::string_view key, bool of_trace) {
        if (!of_trace && expected_ < columns.size() && columns[expected_]->name == key) {
            return *columns[expected_++];
        }
        std::string name(of_trace ? "case:" : "");
        name += key;
        const auto known = numbers_of_.find(name);
        if (known != numbers_of_.end()) {
            expected_ = known->second + 1;
            return *columns[known->second];
        }
        expected_ = columns.size() + 1;
        numbers_of_.emplace(name, columns.size());
        columns.push_back(std::make_unique<Column>());
        columns.back()->name = name;
        return *columns.back();
    }

    const char* data_;
    std::size_t size_;
    bool traces_;
    std::size_t first_invalid_ = 0;

    std::size_t trace_start_ = 0;
    std::size_t first_row_ = 0;
    std::size_t first_broken_ = 0;
    std::size_t events_ = 0;
    std::vector<Given> given_;
    bool trace_failed_ = false;
    Error error_ = Error::none;
    std::size_t error_at_ = 0;

    std::size_t at_ = 0;
    std::size_t end_ = 0;
    Error failed_ = Error::none;
    std::size_t failed_at_ = 0;
    std::size_t expected_ = 0;
    std::unordered_map<std::string, std::size_t> numbers_of_;
};

}  // namespace logflow::xes
