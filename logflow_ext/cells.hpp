// A column of text cells, and what its cells are as written: missing, empty, null, a value.
//
// The layout of a column is that of cells.py.  Nothing here allocates but the undoing of escapes,
// and no span is followed before Column::check has found it inside the data.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace logflow::cells {

constexpr std::uint32_t QUOTED = std::uint32_t{1} << 31;
constexpr std::uint32_t ESCAPED = std::uint32_t{1} << 30;
constexpr std::uint32_t MISSING = std::uint32_t{1} << 29;
constexpr std::uint32_t LENGTH = MISSING - 1;

inline bool is_blank(char byte) { return byte == ' ' || byte == '\t'; }

inline std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

// Spellings of null.  Most cells are told from all of them by one look at their first byte.
class NullTokens {
  public:
    NullTokens() = default;
    explicit NullTokens(const std::vector<std::string>& tokens) : tokens_(tokens) {
        for (const std::string& token : tokens_) {
            if (!token.empty()) lengths_[first(token)] |= length_bit(token.size());
        }
    }
    const std::vector<std::string>& all() const { return tokens_; }

    // Whether a text, which is not empty, may be one.
    bool may_have(std::string_view text) const {
        return (lengths_[first(text)] & length_bit(text.size())) != 0;
    }

    // Never true of an empty text.
    bool has(std::string_view text) const {
        if (text.empty() || !may_have(text)) return false;
        for (const std::string& token : tokens_) {
            if (text == token) return true;
        }
        return false;
    }

  private:
    static std::uint8_t first(std::string_view text) {
        return static_cast<std::uint8_t>(text.front());
    }
    static std::uint64_t length_bit(std::size_t size) { return std::uint64_t{1} << size % 64; }

    std::vector<std::string> tokens_;
    std::uint64_t lengths_[256] = {};  // by first byte, the lengths of tokens, modulo 64
};

// Whether an escape byte outside of quotes makes a byte plain data: punctuation and blanks of ASCII.
// Before others it is data itself, as in C:\data; a line end ends its record.
inline bool is_escapable(unsigned char byte) {
    const bool letter_or_digit = (byte >= '0' && byte <= '9') ||
                                 ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
    return byte < 0x80 && !letter_or_digit && byte != '\n' && byte != '\r';
}

// What undoes an escape.
struct Escapes {
    int quote = -1;   // a byte, or -1
    int escape = -1;  // a byte, or -1; the quote itself if quotes are doubled

    // Appends the text with its escapes undone.  Doubled quotes become one; another escape byte
    // vanishes and the next byte stands for itself, outside of quotes only if it is escapable; a
    // lone one stays.
    void undo(std::string_view text, bool quoted, std::string& out) const {
        const char* at = text.data();
        const char* const end = at + text.size();
        while (escape >= 0 && at != end) {
            const auto* mark = static_cast<const char*>(
                std::memchr(at, escape, static_cast<std::size_t>(end - at)));
            if (mark == nullptr || mark + 1 == end) break;
            const auto next = static_cast<unsigned char>(mark[1]);
            const bool undone =
                escape == quote ? mark[1] == *mark : quoted || is_escapable(next);
            out.append(at, mark + (undone ? 0 : 1));
            at = mark + 1;
            if (undone) out.push_back(*at++);
        }
        out.append(at, end);
    }
};

struct Cell {
    std::string_view written;
    bool quoted = false;
    bool escaped = false;
    bool missing = false;

    // What is compared with null tokens: unquoted cells without the blanks around them.
    std::string_view bare() const { return quoted ? written : trim(written); }
};

// Where a cell is: its word is its length and the flags above.
struct Span {
    std::uint32_t start;
    std::uint32_t word;
};

// The spans of a column's cells, row by row.
struct Spans {
    const unsigned char* first;
    std::size_t step;  // bytes

    Span operator[](std::size_t row) const {
        Span span;
        std::memcpy(&span, first + row * step, sizeof span);
        return span;
    }
};

class Column {
  public:
    Column() = default;
    Column(const unsigned char* data, std::size_t size, const unsigned char* spans,
           std::size_t offset, std::size_t stride, std::size_t rows, int quote, int escape,
           const std::vector<std::string>& null_values)
        : nulls(null_values), data_(reinterpret_cast<const char*>(data)), size_(size),
          spans_(spans), offset_(offset), stride_(stride), rows_(rows), escapes_{quote, escape} {}

    // Throws std::invalid_argument unless the cell of a row is inside the data.
    void check(std::size_t row) const {
        const Span span = span_of(row);
        if (std::uint64_t{span.start} + (span.word & LENGTH) > size_ && !(span.word & MISSING)) {
            throw std::invalid_argument("the cell of row " + std::to_string(row) +
                                        " is not inside the data");
        }
    }
    void check_all() const {
        for (std::size_t row = 0; row < rows_; ++row) check(row);
    }

    Spans spans() const {
        return {spans_ + offset_ * sizeof(Span), stride_ * sizeof(Span)};
    }
    Span span_of(std::size_t row) const { return spans()[row]; }

    // Whether so many bytes from the start of a cell on are inside the data.
    bool has(const Span& span, std::size_t bytes) const {
        return std::uint64_t{span.start} + bytes <= size_;
    }

    const char* at(const Span& span) const { return data_ + span.start; }

    Cell operator[](std::size_t row) const { return cell(span_of(row)); }

    Cell cell(const Span& span) const {
        if (span.word & MISSING) return {{data_, 0}, false, false, true};
        return {{data_ + span.start, span.word & LENGTH},
                (span.word & QUOTED) != 0,
                (span.word & ESCAPED) != 0,
                false};
    }

    // The cell's text with its escapes undone; a null token stands for itself.  The result
    // lives as long as the data and, unchanged, the scratch.
    std::string_view text(const Cell& cell, std::string& scratch) const {
        if (!cell.escaped || nulls.has(cell.bare())) return cell.written;
        scratch.clear();
        escapes_.undo(cell.written, cell.quoted, scratch);
        return scratch;
    }

    // The same as types other than text see it: unquoted cells without the blanks around them.
    std::string_view value(const Cell& cell, std::string& scratch) const {
        const std::string_view whole = text(cell, scratch);
        return cell.quoted ? whole : trim(whole);
    }

    const char* data() const { return data_; }
    std::size_t rows() const { return rows_; }
    std::size_t stride() const { return stride_; }
    std::size_t size() const { return size_; }

    NullTokens nulls;

  private:
    const char* data_ = nullptr;
    std::size_t size_ = 0;
    const unsigned char* spans_ = nullptr;
    std::size_t offset_ = 0;
    std::size_t stride_ = 1;
    std::size_t rows_ = 0;
    Escapes escapes_;
};

}  // namespace logflow::cells
