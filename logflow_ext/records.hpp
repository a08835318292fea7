// The one scanner of records of delimited text.  The grammar is described, and written down a
// second time, in reference/delimited.py.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "cells.hpp"
#include "specials.hpp"

namespace logflow {

struct Dialect {
    std::string delimiter;  // one byte or more
    bool merge;             // a run of delimiters counts as one, and for nothing beside a line end
    int quote;   // -1: none
    int escape;  // -1: none; the quote: two quotes stand for one; it may be outside of quotes, too
    std::string comment;
    bool skip_spaces;
    std::size_t max_record_bytes;
};

enum class Error {
    none,
    stray_quote,
    unterminated_quote,
    record_too_long,
    too_few_fields,
    too_many_fields,
};

// The bytes [start, end), and the line end up to next.
struct Record {
    std::size_t start = 0;
    std::size_t end = 0;
    std::size_t next = 0;
    bool complete = false;
    bool comment = false;
    Error error = Error::none;
    std::size_t offset = 0;  // where the error shows
};

constexpr std::uint8_t LF = '\n';
constexpr std::uint8_t CR = '\r';
constexpr std::uint8_t SPACE = ' ';

inline bool is_line_end(std::uint8_t byte) { return byte == LF || byte == CR; }

// Reads record after record, in one of two ways with the same result: fast, by Separators, where
// all quotes are as they should be and delimiters are single bytes; else with care, by Specials.
//
// Fields is told of the fields of each record:
//
//   static constexpr bool WANTED     whether it wants to know
//   void begin()                     a record starts
//   void add(first, start, end, quoted, escaped)
//                                    its next field starts at first; its value is [start, end)
//
// What it was told of a damaged or incomplete record is void.
template <class Fields>
class Scanner {
  public:
    Scanner(const std::uint8_t* data, std::size_t size, const Dialect& dialect, bool final,
            Fields& fields)
        : data_(data),
          size_(size),
          dialect_(dialect),
          delimiter_(static_cast<std::uint8_t>(dialect.delimiter[0])),
          simple_(dialect.delimiter.size() == 1 && !dialect.merge),
          final_(final),
          fields_(fields),
          careful_until_(simple_ ? 0 : NONE),
          separators_(data, size, static_cast<std::uint8_t>(delimiter_), dialect.quote,
                      dialect.escape, Fields::WANTED),
          specials_(data, size, specials()) {}

    // The record at start, which must be 0 or the next of the record before.
    Record read(std::size_t start) {
        if (start >= careful_until_) {
            if (careful_) separators_.restart(start);
            careful_ = false;
            Record record;
            if (!is_comment(start) && read_fast(start, record)) return record;
            careful_ = true;
            careful_until_ = std::max(start + 1, separators_.seen());
            specials_.seek(start);
        }
        return read_with_care(start);
    }

  private:
    static constexpr std::size_t NONE = Separators::NONE;

    struct Quoted {
        std::size_t at = 0;  // of the closing quote, or of the error
        bool escaped = false;
        bool incomplete = false;
        Error error = Error::none;
    };

    simd::ByteSet specials() const {
        simd::ByteSet set{LF, CR};
        if (Fields::WANTED || !simple_) set.add(static_cast<std::uint8_t>(delimiter_));
        if (dialect_.quote >= 0) set.add(static_cast<std::uint8_t>(dialect_.quote));
        if (dialect_.escape >= 0) set.add(static_cast<std::uint8_t>(dialect_.escape));
        return set;
    }

    // Reads a record that is undamaged and not the last one; false for any other.
    bool read_fast(std::size_t start, Record& record) {
        const std::size_t limit = start + dialect_.max_record_bytes;
        const int delimiter = delimiter_, quote = dialect_.quote;
        fields_.begin();
        std::size_t first = start;
        std::size_t at;
        while ((at = separators_.next()) < limit) {
            if (Fields::WANTED) add_fast(first, at, quote);
            const std::uint8_t byte = data_[at];
            if (byte == delimiter) {
                first = at + 1;
                continue;
            }
            if (at + 1 == size_) return false;
            record.start = start;
            record.end = at;
            record.next = at + 1;
            record.complete = true;
            if (byte == CR && data_[at + 1] == LF) {
                ++record.next;
                separators_.next();
            }
            return true;
        }
        return false;
    }

    // The field [first, at) of a record without violations: a quote at its start means that there
    // is one at its end, and that any between them are escaped.
    void add_fast(std::size_t first, std::size_t at, int quote) {
        const bool quoted = separators_.may_be_quoted(first) && data_[first] == quote;
        const std::size_t start = first + quoted;
        const std::size_t end = at - quoted;
        const bool escaped = quoted && first < separators_.escapes_end() &&
                             std::memchr(data_ + start, quote, end - start) != nullptr;
        fields_.add(first, start, end, quoted, escaped);
    }

    Record read_with_care(std::size_t start) {
        if (is_comment(start)) {
            Record record = ended(start, line_end());
            record.comment = true;
            return record;
        }
        const std::size_t limit = start + dialect_.max_record_bytes;
        const std::size_t bound = std::min(limit, size_);
        fields_.begin();
        std::size_t first = dialect_.merge ? after_delimiters(start) : start;
        std::size_t opening = NONE;  // where the current field was opened, if it is quoted
        std::size_t literal = NONE;  // the last byte that is data because of an escape before it
        Quoted field;
        const auto add = [&](std::size_t at) {
            if (opening == NONE) {
                fields_.add(first, first, at, false, literal != NONE && literal >= first);
            } else {
                fields_.add(first, opening + 1, field.at, true, field.escaped);
            }
            first = after_delimiters(at);
            opening = NONE;
        };
        if (first != start) specials_.seek(first);
        std::size_t at;
        while ((at = specials_.next()) < bound) {
            const std::uint8_t byte = data_[at];
            if (byte == delimiter_ && (simple_ || is_delimiter(at))) {
                const std::size_t after = after_delimiters(at);
                if (!simple_) specials_.seek(after);
                const bool last = dialect_.merge && ends_line(after);
                if (last && after > limit) break;
                add(at);
                if (last) return ended(start, specials_.next());
            } else if (is_line_end(byte)) {
                add(at);
                return ended(start, at);
            } else if (byte == dialect_.quote) {
                if (!opens(first, at, literal)) {
                    return damaged(start, Error::stray_quote, at, at);
                }
                opening = at;
                field = quoted(opening, limit);
                if (field.incomplete) return {};
                if (field.error != Error::none) {
                    return damaged(start, field.error, field.at, opening);
                }
            } else if (byte == dialect_.escape) {
                if (at + 1 == size_ && !final_) return {};
                if (at + 1 < size_ && cells::is_escapable(data_[at + 1])) {
                    literal = at + 1;
                    specials_.seek(at + 2);
                }
            }
        }
        if (at >= bound && (at < limit || (at == limit && ends_line(at)))) {
            add(at);
            return ended(start, at);
        }
        return damaged(start, Error::record_too_long, limit, limit);
    }

    // The quoted field that is opened at a quote.
    Quoted quoted(std::size_t opening, std::size_t limit) {
        const std::size_t bound = std::min(limit, size_);
        Quoted field;
        std::size_t at;
        while ((at = specials_.next()) < bound) {
            const int byte = data_[at];
            if (byte != dialect_.quote && byte != dialect_.escape) continue;
            field.incomplete = at + 1 == size_ && !final_;
            if (field.incomplete) return field;
            const bool doubled = at + 1 < size_ && data_[at + 1] == byte;
            if (byte == dialect_.escape && (byte != dialect_.quote || doubled)) {
                field.escaped = true;
                specials_.seek(at + 2);
                continue;
            }
            const std::size_t after = skip_spaces(at + 1);
            field.at = at;
            if (!ends_line(after) && !is_delimiter(after)) {
                field.incomplete = !final_ && may_be_delimiter(after);
                field.error = Error::stray_quote;
            }
            return field;
        }
        field.at = opening;
        field.error = Error::unterminated_quote;
        field.incomplete = size_ < limit && !final_;
        return field;
    }

    // Whether a quote at an offset outside of quotes is at the start of a field.  The current one
    // is known to start at first, or later: single bytes that are not wanted are not looked for.
    // The literal byte is none of them.
    bool opens(std::size_t first, std::size_t at, std::size_t literal) const {
        if (dialect_.skip_spaces) {
            while (at > first && data_[at - 1] == SPACE) --at;
        }
        return at == first || (simple_ && data_[at - 1] == delimiter_ && at - 1 != literal);
    }

    bool is_delimiter(std::size_t at) const {
        const std::string& delimiter = dialect_.delimiter;
        if (simple_) return at < size_ && data_[at] == delimiter_;
        return delimiter.size() <= size_ - at &&
               std::memcmp(data_ + at, delimiter.data(), delimiter.size()) == 0;
    }

    // Whether the data end within what could become a delimiter.
    bool may_be_delimiter(std::size_t at) const {
        return size_ - at < dialect_.delimiter.size() &&
               std::memcmp(data_ + at, dialect_.delimiter.data(), size_ - at) == 0;
    }

    // Where a delimiter at an offset ends, or a run of them, which may be empty.
    std::size_t after_delimiters(std::size_t at) const {
        const std::size_t width = dialect_.delimiter.size();
        if (!dialect_.merge) return at + width;
        while (is_delimiter(at)) at += width;
        return at;
    }

    // A damaged record; its end is searched for from resume on.
    Record damaged(std::size_t start, Error error, std::size_t offset, std::size_t resume) {
        specials_.seek(resume);
        const std::size_t end = line_end();
        Record record = ended(start, end);
        record.error = offset < end ? error : Error::unterminated_quote;
        record.offset = offset < end ? offset : resume;
        return record;
    }

    // The record that ends at an offset, where there is a line end or the end of the text.
    Record ended(std::size_t start, std::size_t end) {
        Record record;
        record.start = start;
        record.end = end;
        record.next = end;
        record.complete = final_;
        if (end == size_) return record;
        record.next = end + 1;
        if (data_[end] == LF) {
            record.complete = true;
        } else if (end + 1 < size_) {
            record.complete = true;
            if (data_[end + 1] == LF) record.next = specials_.next() + 1;
        }
        return record;
    }

    // The next line end, or the end of the text.
    std::size_t line_end() {
        std::size_t at = specials_.next();
        while (!ends_line(at)) at = specials_.next();
        return at;
    }

    bool ends_line(std::size_t at) const { return at == size_ || is_line_end(data_[at]); }

    bool is_comment(std::size_t start) const {
        const std::string& comment = dialect_.comment;
        return !comment.empty() && comment.size() <= size_ - start &&
               std::memcmp(data_ + start, comment.data(), comment.size()) == 0;
    }

    std::size_t skip_spaces(std::size_t at) const {
        if (dialect_.skip_spaces) {
            while (at < size_ && data_[at] == SPACE) ++at;
        }
        return at;
    }

    const std::uint8_t* data_;
    std::size_t size_;
    const Dialect& dialect_;
    const int delimiter_;  // its first byte
    const bool simple_;    // whether that is all of it
    bool final_;
    Fields& fields_;
    bool careful_ = true;            // whether specials_ is at the next record, or separators_
    std::size_t careful_until_;      // records that start before this offset are read with care
    Separators separators_;
    Specials specials_;
};

}  // namespace logflow
