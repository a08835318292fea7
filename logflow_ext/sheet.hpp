// Sheets of Office Open XML workbooks (ECMA-376, part 1, 18.3), cut at the ends of rows, and their
// cells as columns of spans, as cells.hpp has them.
//
// Values are written to a text of their own, as they are meant: numbers as they are stored, texts
// without references, days of the calendar in ISO 8601.

#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cells.hpp"
#include "markup.hpp"
#include "numbers.hpp"
#include "utf8.hpp"

namespace logflow::sheet {

using cells::Span;
using markup::ends_name;
using markup::is_space;
using markup::local;

constexpr Span NO_CELL{0, cells::MISSING};
constexpr std::uint32_t MOST_ROWS = 1u << 20;
constexpr std::uint32_t MOST_COLUMNS = 1u << 14;
constexpr double LAST_DAY = 2958465.9999;  // 31 December 9999, as far as it goes
constexpr double TO_LATER = 1462;  // days from one calendar to the other
constexpr std::size_t MARGIN = 64;  // bytes before and behind a text, so that it is read quickly

// What can be wrong; in the order of sheet_cells.ERRORS.
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
    bad_reference,
    bad_value,
};

// Kinds of cells, as bits; in the order of sheet_cells.KINDS.
enum Kind : std::uint32_t {
    TEXT = 1,
    NUMBER = 2,
    BOOLEAN = 4,
    DATE = 8,
    DATETIME = 16,
    TIME = 32,
    DURATION = 64,
    ERROR = 128,
};

// What a number is shown as; in the order of sheet_cells.FORMATS, and from ZEROS on with as many
// digits at least.
enum Format : std::uint8_t {
    AS_NUMBER,
    AS_DATE,
    AS_DATETIME,
    AS_TIME,
    AS_DURATION,
    ZEROS = 16,
};

// --- rows -----------------------------------------------------------------------------------------

// The number of a column by its letters, from 0; MOST_COLUMNS if it is none.
inline std::uint32_t column_of(std::string_view reference) {
    std::uint32_t column = 0;
    for (const char byte : reference) {
        const char lower = static_cast<char>(byte | 0x20);
        if (lower < 'a' || lower > 'z') break;
        column = column * 26 + static_cast<std::uint32_t>(lower - 'a' + 1);
        if (column > MOST_COLUMNS) return MOST_COLUMNS;
    }
    return column == 0 ? MOST_COLUMNS : column - 1;
}

// A tag, read strictly.
struct Tag {
    std::string_view name;
    std::string_view reference;  // r
    std::string_view type;       // t
    std::string_view style;      // s
    bool hidden = false;
    bool closing = false;
    bool empty = false;
};

// Reads a tag from its < on; at is behind it then.
inline Error read_tag(const char* data, std::size_t end, std::size_t& at, Tag& tag) {
    tag = Tag{};
    std::size_t next = at + 1;
    tag.closing = next < end && data[next] == '/';
    next += tag.closing;
    const std::size_t name = next;
    while (next < end && !ends_name(data[next]) && data[next] != '<') ++next;
    if (next == name || next >= end) return Error::bad_tag;
    tag.name = local({data + name, next - name});
    while (true) {
        const std::size_t before = next;
        while (next < end && is_space(data[next])) ++next;
        if (next >= end) return Error::bad_tag;
        if (data[next] == '>') break;
        if (data[next] == '/') {
            if (next + 1 >= end || data[next + 1] != '>') return Error::bad_tag;
            tag.empty = true;
            ++next;
            break;
        }
        if (next == before || tag.closing) return Error::bad_attribute;
        const std::size_t key = next;
        while (next < end && !is_space(data[next]) && data[next] != '=' && data[next] != '>' &&
               data[next] != '<' && data[next] != '"') {
            ++next;
        }
        const std::string_view found(data + key, next - key);
        while (next < end && is_space(data[next])) ++next;
        if (found.empty() || next >= end || data[next] != '=') return Error::bad_attribute;
        ++next;
        while (next < end && is_space(data[next])) ++next;
        if (next >= end || (data[next] != '"' && data[next] != '\'')) return Error::bad_attribute;
        const char quote = data[next++];
        const std::size_t value = next;
        while (next < end && data[next] != quote && data[next] != '<') ++next;
        if (next >= end || data[next] == '<') return Error::bad_attribute;
        const std::string_view meant(data + value, next++ - value);
        if (found == "r") tag.reference = meant;
        if (found == "t") tag.type = meant;
        if (found == "s") tag.style = meant;
        if (found == "hidden") tag.hidden = meant == "1" || meant == "true";
    }
    at = next + 1;
    return Error::none;
}

// Walks through the rows, by their tags alone, outside of comments and CDATA sections.
class Rows {
  public:
    Rows(const char* data, std::size_t size, std::uint32_t row)
        : number(row), data_(data), size_(size) {}

    std::size_t start = 0;     // of the row
    std::size_t body = 0;      // behind its tag
    std::size_t body_end = 0;
    std::size_t end = 0;
    bool whole = false;        // it has its end tag
    bool hidden = false;
    Error error = Error::none; // of its tag
    std::uint32_t number;      // from 1
    std::uint32_t width = 0;   // columns, at least those with values
    bool closed = false;       // the end of the sheet's data was seen, behind end

    bool next() {
        Mark mark = found();
        while (mark != Mark::row && mark != Mark::none && mark != Mark::closed) mark = found();
        if (mark == Mark::closed) {
            closed = true;
            end = at_;
        }
        if (mark != Mark::row) return false;
        open_row();
        if (empty_) return true;
        cells_ = 0;
        last_cell_ = {};
        mark = found();
        while (mark == Mark::cell) mark = found();
        whole = mark == Mark::row_end;
        if (mark == Mark::none) tag_ = at_ = size_;
        if (!whole) at_ = tag_;
        body_end = tag_;
        end = at_;
        const std::uint32_t last = column_of(last_cell_);
        width = last == MOST_COLUMNS ? cells_ : std::max(cells_, last + 1);
        return true;
    }

  private:
    enum class Mark { row, row_end, cell, closed, none };

    void open_row() {
        start = tag_;
        Tag tag;
        std::size_t at = tag_;
        error = read_tag(data_, size_, at, tag);
        if (error == Error::none) {
            at_ = at;
        }
        body = body_end = end = at_;
        hidden = tag.hidden;
        empty_ = whole = error == Error::none && tag.empty;
        width = 0;
        std::uint32_t given = number + 1;
        if (error == Error::none && !tag.reference.empty()) given = number_of(tag.reference);
        const bool right = given > number && given <= MOST_ROWS;
        if (!right) error = error == Error::none ? Error::bad_reference : error;
        number = right ? given : number + 1;
    }

    static std::uint32_t number_of(std::string_view text) {
        std::uint32_t value = 0;
        for (const char byte : text) {
            if (byte < '0' || byte > '9' || value > MOST_ROWS) return 0;
            value = value * 10 + static_cast<std::uint32_t>(byte - '0');
        }
        return value;
    }

    // The next tag of a row, or of a cell in it; tag_ is where it starts, at_ behind its name.
    Mark found() {
        while (at_ < size_) {
            const auto* const less =
                static_cast<const char*>(std::memchr(data_ + at_, '<', size_ - at_));
            if (less == nullptr) break;
            tag_ = static_cast<std::size_t>(less - data_);
            const std::size_t left = size_ - tag_;
            const char next = left > 1 ? data_[tag_ + 1] : '>';
            if (next == 'v' || next == 't' || next == 'f') {  // of what is in a cell
                at_ = tag_ + 2;
                continue;
            }
            if (next == '!' || next == '?') {
                if (!skipped()) break;
                continue;
            }
            const bool closing = next == '/';
            const std::size_t name = tag_ + 1 + closing;
            std::size_t name_end = name;
            while (name_end < size_ && !ends_name(data_[name_end]) && data_[name_end] != '<') {
                ++name_end;
            }
            if (name_end == size_) break;
            at_ = name_end;
            const std::string_view tag = local({data_ + name, name_end - name});
            if (tag == "c" && !closing) {
                ++cells_;
                note_cell();
                return Mark::cell;
            }
            if (tag == "row" && (!closing || to_end())) return closing ? Mark::row_end : Mark::row;
            if (tag == "sheetData" && closing && to_end()) return Mark::closed;
        }
        at_ = size_;
        return Mark::none;
    }

    void note_cell() {
        const std::string_view rest(data_ + at_, std::min<std::size_t>(size_ - at_, 24));
        if (rest.substr(0, 4) == " r=\"") last_cell_ = rest.substr(4);
    }

    bool to_end() {
        const auto* const found =
            static_cast<const char*>(std::memchr(data_ + at_, '>', size_ - at_));
        if (found != nullptr) at_ = static_cast<std::size_t>(found - data_) + 1;
        return found != nullptr;
    }

    bool skipped() {
        const std::string_view rest(data_ + tag_, size_ - tag_);
        const bool comment = rest.substr(0, 4) == "<!--";
        const bool section = rest.substr(0, 9) == "<![CDATA[";
        const std::string_view tail = comment ? "-->" : section ? "]]>" : ">";
        const std::size_t found = rest.find(tail, comment ? 4 : 1);
        if (found == std::string_view::npos) return false;
        at_ = tag_ + found + tail.size();
        return true;
    }

    const char* data_;
    std::size_t size_;
    std::size_t at_ = 0;
    std::size_t tag_ = 0;
    bool empty_ = false;
    std::uint32_t cells_ = 0;
    std::string_view last_cell_;
};

// Whole rows: their bytes, the number of the last one, and whether the sheet's data end there.
struct Cut {
    std::size_t size = 0;
    std::uint32_t row = 0;
    bool closed = false;
};

inline Cut cut(const char* data, std::size_t size, std::uint32_t row, std::size_t most_rows,
               std::size_t most_bytes, std::size_t most_cells, bool final) {
    Cut cut;
    cut.row = row;
    Rows rows(data, size, row);
    std::size_t width = 1;
    while (rows.next()) {
        if (!rows.whole && rows.end == size && !final) return cut;
        width = std::max<std::size_t>(width, rows.width);
        const std::size_t count = rows.number - row;
        const bool full = count > most_rows || rows.end > most_bytes || count * width > most_cells;
        if (full && cut.size > 0) return cut;
        cut.size = rows.end;
        cut.row = rows.number;
    }
    if (rows.closed) cut.size = rows.end;
    if (!rows.closed && final) {
        cut.size = size;
        ++cut.row;
    }
    cut.closed = rows.closed || final;
    return cut;
}

// --- cells ----------------------------------------------------------------------------------------

// Reads what is in elements.
class Content {
  public:
    Content(const char* data, std::size_t at, std::size_t end) : at(at), data_(data), end_(end) {}

    std::size_t at;
    Error error = Error::none;

    bool fail(Error found) {
        error = found;
        return false;
    }

    // The value of a cell that has nothing else, if it is plain; then goes behind the cell.
    std::string_view plain_value() {
        constexpr std::string_view HEAD = "<v>";
        constexpr std::string_view TAIL = "</v></c>";
        if (end_ - at < HEAD.size() || std::memcmp(data_ + at, HEAD.data(), HEAD.size()) != 0) {
            return {};
        }
        const std::size_t start = at + HEAD.size();
        std::size_t next = start;
        while (next < end_ && data_[next] != '<' && data_[next] != '&' && data_[next] != '\r') {
            ++next;
        }
        if (next == start || end_ - next < TAIL.size() ||
            std::memcmp(data_ + next, TAIL.data(), TAIL.size()) != 0) {
            return {};
        }
        at = next + TAIL.size();
        return {data_ + start, next - start};
    }

    // The next tag; none, and no error, at the end.
    bool next_tag(Tag& tag) {
        while (at < end_) {
            const auto* const less =
                static_cast<const char*>(std::memchr(data_ + at, '<', end_ - at));
            if (less == nullptr) break;
            at = static_cast<std::size_t>(less - data_);
            if (at + 1 < end_ && (data_[at + 1] == '!' || data_[at + 1] == '?')) {
                if (!skip(nullptr)) return false;
                continue;
            }
            const Error found = read_tag(data_, end_, at, tag);
            return found == Error::none || fail(found);
        }
        at = end_;
        return false;
    }

    // What is up to behind an end tag is of no interest.
    bool pass(std::string_view name, int depth = 0) {
        constexpr int MOST_DEPTH = 100;
        if (depth == MOST_DEPTH) return fail(Error::too_deep);
        Tag tag;
        while (next_tag(tag)) {
            if (tag.closing) return tag.name == name || fail(Error::mismatched_tag);
            if (!tag.empty && !pass(tag.name, depth + 1)) return false;
        }
        return error == Error::none ? fail(Error::no_end_tag) : false;
    }

    // Appends the text up to an end tag, and goes behind that.
    bool text(std::string_view name, std::string& out) {
        while (true) {
            const std::size_t start = at;
            while (at < end_ && data_[at] != '<' && data_[at] != '&' && data_[at] != '\r') ++at;
            out.append(data_ + start, at - start);
            if (at >= end_) return fail(Error::no_end_tag);
            if (data_[at] == '\r') {  // a line end is one LF (XML 1.0, 2.11)
                at += 1 + (at + 1 < end_ && data_[at + 1] == '\n');
                out.push_back('\n');
            } else if (data_[at] == '&') {
                char bytes[4];
                std::size_t length = 0;
                const std::size_t put =
                    markup::put_reference({data_ + at, end_ - at}, bytes, length);
                if (put == 0) return fail(Error::bad_entity);
                out.append(bytes, put);
                at += length;
            } else if (at + 1 < end_ && (data_[at + 1] == '!' || data_[at + 1] == '?')) {
                if (!skip(&out)) return false;
            } else {
                Tag tag;
                const std::size_t before = at;
                const Error found = read_tag(data_, end_, at, tag);
                if (found != Error::none) return fail(found);
                if (tag.closing && tag.name == name) return true;
                at = before;
                return fail(Error::mismatched_tag);
            }
        }
    }

    // Appends the text of a string item: that of its runs, but not how they are pronounced.
    bool item(std::string_view name, std::string& out) {
        Tag tag;
        while (next_tag(tag)) {
            if (tag.closing) {
                if (tag.name == name) return true;
                if (tag.name != "r") return fail(Error::mismatched_tag);
                continue;
            }
            if (tag.empty || tag.name == "r") continue;
            if (!(tag.name == "t" ? text("t", out) : pass(tag.name))) return false;
        }
        return error == Error::none ? fail(Error::no_end_tag) : false;
    }

  private:
    // Goes behind a comment, an instruction or a CDATA section, whose text is text.
    bool skip(std::string* out) {
        const std::string_view rest(data_ + at, end_ - at);
        const bool comment = rest.substr(0, 4) == "<!--";
        const bool section = rest.substr(0, 9) == "<![CDATA[";
        if (!comment && !section && rest[1] != '?') return fail(Error::bad_tag);
        const std::string_view tail = comment ? "-->" : section ? "]]>" : "?>";
        const std::size_t from = comment ? 4 : section ? 9 : 2;
        const std::size_t found = rest.find(tail, from);
        if (found == std::string_view::npos) return fail(Error::bad_tag);
        if (section && out != nullptr) out->append(rest.substr(from, found - from));
        at += found + tail.size();
        return true;
    }

    const char* data_;
    std::size_t end_;
};

inline std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

// Undoes escapes such as _x000D_ from an offset on (ECMA-376, part 1, 22.9.2.19).
inline void undo_escapes(std::string& text, std::size_t from) {
    std::size_t at = text.find("_x", from);
    if (at == std::string::npos) return;
    std::string out(text, 0, at);
    while (at < text.size()) {
        unsigned code = 0;
        bool right = text.size() - at >= 7 && text[at] == '_' && text[at + 1] == 'x' &&
                     text[at + 6] == '_';
        for (std::size_t i = at + 2; right && i < at + 6; ++i) {
            const char lower = static_cast<char>(text[i] | 0x20);
            const bool digit = text[i] >= '0' && text[i] <= '9';
            right = digit || (lower >= 'a' && lower <= 'f');
            code = code * 16 + static_cast<unsigned>(digit ? text[i] - '0' : lower - 'a' + 10);
        }
        if (right && !(code >= 0xD800 && code < 0xE000)) {
            char bytes[4];
            out.append(bytes, markup::put_utf8(code, bytes));
            at += 7;
        } else {
            out.push_back(text[at++]);
        }
    }
    text = std::move(out);
}

// The shared strings of a workbook: their texts, one after the other, and where each one ends.
struct Strings {
    std::string text;
    std::vector<std::uint32_t> ends;
    Error error = Error::none;
    std::size_t error_at = 0;
};

inline Strings read_strings(const char* data, std::size_t size) {
    Strings strings;
    Content content(data, 0, size);
    std::string item;
    Tag tag;
    while (content.next_tag(tag)) {
        if (tag.closing || tag.name != "si") continue;
        item.clear();
        if (!tag.empty && !content.item("si", item)) break;
        undo_escapes(item, 0);
        strings.text += item;
        if (strings.text.size() > cells::LENGTH) throw std::overflow_error("too much text");
        strings.ends.push_back(static_cast<std::uint32_t>(strings.text.size()));
    }
    strings.error = content.error;
    strings.error_at = content.at;
    if (strings.error == Error::none) {
        const std::size_t bad =
            utf8::first_invalid(reinterpret_cast<const std::uint8_t*>(data), size, 0);
        if (bad < size) {
            strings.error = Error::ill_formed_utf8;
            strings.error_at = bad;
        }
    }
    return strings;
}

struct Column {
    std::uint32_t kinds = 0;
    std::vector<Span> values;
};

struct ErrorCell {
    std::uint32_t row;  // of the rows found, from 0
    std::uint32_t column;
};

struct Broken {
    std::size_t record;
    std::size_t start;
    std::size_t end;
    Error error;
    std::size_t offset;
};

// How to read a workbook's cells.
struct Request {
    const char* strings = nullptr;
    const std::uint32_t* ends = nullptr;
    std::size_t strings_count = 0;
    const std::uint8_t* formats = nullptr;  // by style
    std::size_t formats_count = 0;
    const std::uint8_t* exact = nullptr;  // by column: timestamps in full, durations as milliseconds
    std::size_t exact_count = 0;
    bool from_1904 = false;
    bool keep_blank = false;
};

// Makes columns of whole rows.
class Shredder {
  public:
    Shredder(const char* data, std::size_t size, std::uint32_t row, std::uint32_t body,
             const Request& request)
        : data_(data), size_(size), first_(row), body_(body), request_(request) {
        text.assign(MARGIN, ' ');
        first_invalid_ = utf8::first_invalid(bytes(), size, 0);
    }

    std::vector<Column> columns;  // by their number
    std::vector<std::uint32_t> starts;   // of rows
    std::vector<std::uint32_t> numbers;  // of the records that are rows
    std::vector<ErrorCell> errors;
    std::vector<Broken> broken;
    std::size_t records = 0;
    std::size_t blank = 0;
    std::size_t hidden = 0;
    std::string text;

    // last says that nothing follows, so that the data should end.
    void shred(bool last) {
        Rows rows(data_, size_, first_);
        std::uint32_t before = first_;
        while (rows.next()) {
            for (std::uint32_t number = before + 1; number < rows.number; ++number) {
                if (number >= body_) blank_row(rows.start);
                ++records;
            }
            before = rows.number;
            if (rows.number >= body_) row(rows);
            ++records;
        }
        if (last && !rows.closed) {
            broken.push_back({records++, size_, size_, Error::cut_off, size_});
        }
        for (Column& column : columns) column.values.resize(starts.size(), NO_CELL);
        text.append(MARGIN, ' ');
    }

  private:
    struct Found {
        std::uint32_t column;
        std::uint32_t kind;
        Span value;
    };

    const std::uint8_t* bytes() const { return reinterpret_cast<const std::uint8_t*>(data_); }

    void add_row(std::size_t start) {
        starts.push_back(static_cast<std::uint32_t>(start));
        numbers.push_back(static_cast<std::uint32_t>(records));
    }

    void blank_row(std::size_t start) {
        if (request_.keep_blank) {
            add_row(start);
        } else {
            ++blank;
        }
    }

    void row(const Rows& rows) {
        found_.clear();
        const std::size_t before = text.size();
        Content content(data_, rows.body, rows.body_end);
        bool right = rows.error == Error::none || content.fail(rows.error);
        right = right && read_cells(content) && is_utf8(content, rows.start, rows.end);
        if (right && !rows.whole) {
            content.at = rows.end;
            right = content.fail(rows.end == size_ ? Error::cut_off : Error::no_end_tag);
        }
        if (!right) {
            text.resize(before);
            broken.push_back({records, rows.start, rows.end, content.error, content.at});
            return;
        }
        if (found_.empty()) return blank_row(rows.start);
        hidden += rows.hidden;
        const std::size_t number = starts.size();
        add_row(rows.start);
        for (const Found& found : found_) {
            if (found.column >= columns.size()) columns.resize(found.column + 1);
            Column& column = columns[found.column];
            column.kinds |= found.kind;
            if (column.values.size() < number) column.values.resize(number, NO_CELL);
            column.values.push_back(found.value);
            if (found.kind == ERROR) {
                errors.push_back({static_cast<std::uint32_t>(number), found.column});
            }
        }
    }

    bool is_utf8(Content& content, std::size_t start, std::size_t end) {
        if (first_invalid_ < start) first_invalid_ = utf8::first_invalid(bytes(), size_, start);
        if (first_invalid_ >= end) return true;
        content.at = first_invalid_;
        return content.fail(Error::ill_formed_utf8);
    }

    bool read_cells(Content& content) {
        Tag tag;
        std::uint32_t next = 0;
        while (true) {
            const std::size_t start = content.at;
            if (!content.next_tag(tag)) return content.error == Error::none;
            if (tag.closing) return content.fail(Error::mismatched_tag);
            if (tag.name != "c") {
                if (!tag.empty && !content.pass(tag.name)) return false;
                continue;
            }
            const std::uint32_t column = tag.reference.empty() ? next : column_of(tag.reference);
            if (column < next || column >= MOST_COLUMNS) {
                content.at = start;
                return content.fail(Error::bad_reference);
            }
            next = column + 1;
            if (!tag.empty && !cell(content, tag, column)) return false;
        }
    }

    bool cell(Content& content, const Tag& cell, std::uint32_t column) {
        const std::size_t start = content.at;
        const std::string_view quick = content.plain_value();
        if (!quick.empty()) {
            if (put(cell, column, quick, false)) return true;
            content.at = start;
            return content.fail(Error::bad_value);
        }
        value_.clear();
        bool inline_text = false;
        Tag tag;
        while (true) {
            if (!content.next_tag(tag)) {
                return content.error == Error::none ? content.fail(Error::no_end_tag) : false;
            }
            if (tag.closing) {
                if (tag.name != "c") return content.fail(Error::mismatched_tag);
                break;
            }
            if (tag.empty) continue;
            if (tag.name == "v") {
                if (inline_text) value_.clear();
                inline_text = false;
                if (!content.text("v", value_)) return false;
            } else if (tag.name == "is") {
                value_.clear();
                inline_text = true;
                if (!content.item("is", value_)) return false;
            } else if (!content.pass(tag.name)) {
                return false;
            }
        }
        if (value_.empty() || put(cell, column, value_, inline_text)) return true;
        content.at = start;
        return content.fail(Error::bad_value);
    }

    // --- values

    bool put(const Tag& cell, std::uint32_t column, std::string_view written, bool inline_text) {
        if (inline_text || cell.type == "str" || cell.type == "inlineStr") {
            shown_ = written;
            undo_escapes(shown_, 0);
            add(column, TEXT, shown_);
            return true;
        }
        const std::string_view value = trimmed(written);
        if (cell.type == "s") return put_shared(column, value);
        if (cell.type == "b") {
            if (value != "0" && value != "1" && value != "true" && value != "false") return false;
            add(column, BOOLEAN, value == "1" || value == "true" ? "true" : "false");
            return true;
        }
        if (cell.type == "e") {
            add(column, ERROR, value);
            return true;
        }
        if (cell.type == "d") return put_iso(column, value);
        if (!cell.type.empty() && cell.type != "n") return false;
        return put_number(column, value, format_of(cell.style));
    }

    void add(std::uint32_t column, std::uint32_t kind, std::string_view value) {
        const auto start = static_cast<std::uint32_t>(text.size());
        text.append(value);
        if (text.size() > cells::LENGTH) throw std::overflow_error("too much text");
        found_.push_back(
            {column, kind, {start, static_cast<std::uint32_t>(value.size()) | cells::QUOTED}});
    }

    bool put_shared(std::uint32_t column, std::string_view value) {
        std::uint64_t index = 0;
        if (value.empty() || value.size() > 10) return false;
        for (const char byte : value) {
            if (byte < '0' || byte > '9') return false;
            index = index * 10 + static_cast<std::uint64_t>(byte - '0');
        }
        if (index >= request_.strings_count) return false;
        const std::uint32_t start = index == 0 ? 0 : request_.ends[index - 1];
        const std::uint32_t length = request_.ends[index] - start;
        if (length > 0) add(column, TEXT, {request_.strings + start, length});
        return true;
    }

    std::uint8_t format_of(std::string_view style) const {
        std::size_t index = 0;
        for (const char byte : style) {
            if (byte < '0' || byte > '9' || index > request_.formats_count) return AS_NUMBER;
            index = index * 10 + static_cast<std::size_t>(byte - '0');
        }
        return index < request_.formats_count ? request_.formats[index] : std::uint8_t{AS_NUMBER};
    }

    bool is_exact(std::uint32_t column) const {
        return column < request_.exact_count && request_.exact[column];
    }

    // A day, an instant or a time that is stored as ISO 8601 has it, to the microsecond; what is
    // written in another way is text.
    bool put_iso(std::uint32_t column, std::string_view value) {
        constexpr std::size_t DATE_SIZE = 10;
        const bool dated = is_date(value.substr(0, DATE_SIZE));
        if (dated && value.size() == DATE_SIZE) {
            shown_ = value;
            if (is_exact(column)) shown_ += "T00:00:00";
            add(column, DATE, shown_);
        } else if (dated && (value[DATE_SIZE] == 'T' || value[DATE_SIZE] == ' ') &&
                   is_clock(value.substr(DATE_SIZE + 1))) {
            add(column, DATETIME, value);
        } else {
            add(column, is_clock(value) ? TIME : TEXT, value);
        }
        return true;
    }

    // Whether a text looks like another one, whose digits stand for any.
    static bool looks_like(std::string_view text, std::string_view shape) {
        if (text.size() != shape.size()) return false;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (shape[i] == '0' ? !numbers::is_digit(text[i]) : text[i] != shape[i]) return false;
        }
        return true;
    }

    static int two_digits(std::string_view text, std::size_t at) {
        return (text[at] - '0') * 10 + text[at + 1] - '0';
    }

    static bool is_date(std::string_view text) {
        if (!looks_like(text, "0000-00-00")) return false;
        const int year = two_digits(text, 0) * 100 + two_digits(text, 2);
        const int month = two_digits(text, 5);
        const int day = two_digits(text, 8);
        const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        const int days = month == 2 ? 28 + leap : 30 + (month + month / 8) % 2;
        return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= days;
    }

    static bool is_clock(std::string_view text) {
        const bool fraction = text.size() > 8 && text.size() <= 15 && text[8] == '.';
        if (!looks_like(text.substr(0, 8), "00:00:00") || (text.size() > 8 && !fraction)) {
            return false;
        }
        for (const char byte : text.substr(std::min<std::size_t>(9, text.size()))) {
            if (!numbers::is_digit(byte)) return false;
        }
        return text.size() != 9 && two_digits(text, 0) < 24 && two_digits(text, 3) < 60 &&
               two_digits(text, 6) < 60;
    }

    bool put_number(std::uint32_t column, std::string_view value, std::uint8_t format) {
        numbers::Number number;
        if (!numbers::parse(value, number)) return false;
        if (format >= ZEROS && std::all_of(value.begin(), value.end(), numbers::is_digit)) {
            put_code(column, value, format - ZEROS);
            return true;
        }
        if (format == AS_NUMBER || format >= ZEROS) {
            put_shortest(column, value, number);
            return true;
        }
        const double days = numbers::nearest(value, number);
        if (format == AS_DURATION ? std::fabs(days) < 1e8 : days >= 0 && days < last_day()) {
            put_days(column, days, format);
        } else {
            put_shortest(column, value, number);
        }
        return true;
    }

    double last_day() const { return request_.from_1904 ? LAST_DAY - TO_LATER : LAST_DAY; }

    // A code, such as 00123.
    void put_code(std::uint32_t column, std::string_view value, std::size_t digits) {
        shown_.assign(digits > value.size() ? digits - value.size() : 0, '0');
        shown_ += value;
        add(column, TEXT, shown_);
    }

    // Numbers are doubles: what is stored with up to 17 digits has fewer that tell it apart.
    void put_shortest(std::uint32_t column, std::string_view value, const numbers::Number& number) {
        constexpr std::size_t SURE_DIGITS = 15;
        if (number.significant <= SURE_DIGITS) return add(column, NUMBER, value);
        const double nearest = numbers::nearest(value, number);
        if (std::isinf(nearest)) return add(column, NUMBER, value);
        const double size = std::fabs(nearest);
        const bool fixed = size >= 1e-4 && size < 1e16;
        char out[32];
        const auto result = std::to_chars(
            out, out + sizeof out, nearest,
            fixed ? std::chars_format::fixed : std::chars_format::scientific);
        add(column, NUMBER, {out, static_cast<std::size_t>(result.ptr - out)});
    }

    void put_days(std::uint32_t column, double days, std::uint8_t format) {
        constexpr std::int64_t DAY = 86400000;
        const std::int64_t all = std::llround(days * static_cast<double>(DAY));
        shown_.clear();
        if (format == AS_DURATION) {
            if (all < 0) shown_.push_back('-');
            const std::int64_t size = all < 0 ? -all : all;
            if (is_exact(column)) {
                put_digits(size * 1000, 1);
            } else {
                put_digits(size / 3600000, 1);
                put_clock(size % 3600000);
            }
            return add(column, DURATION, shown_);
        }
        const std::int64_t time = all % DAY;
        if (all < DAY && format != AS_DATE) {
            put_digits(time / 3600000, 2);
            put_clock(time % 3600000);
            return add(column, TIME, shown_);
        }
        const bool exists = put_date(all / DAY);
        const bool whole = time == 0 && format == AS_DATE;
        if (!whole || is_exact(column)) {
            shown_.push_back('T');
            put_digits(time / 3600000, 2);
            put_clock(time % 3600000);
        }
        add(column, !exists ? TEXT : whole ? DATE : DATETIME, shown_);
    }

    // A number of at least so many digits.
    void put_digits(std::int64_t value, std::size_t width) {
        char digits[20];
        std::size_t at = sizeof digits;
        for (; value > 0 || sizeof digits - at < width; value /= 10) {
            digits[--at] = static_cast<char>('0' + value % 10);
        }
        shown_.append(digits + at, sizeof digits - at);
    }

    // The minutes, seconds and milliseconds of an hour.
    void put_clock(std::int64_t rest) {
        shown_.push_back(':');
        put_digits(rest / 60000, 2);
        shown_.push_back(':');
        put_digits(rest / 1000 % 60, 2);
        if (rest % 1000 == 0) return;
        shown_.push_back('.');
        put_digits(rest % 1000, 3);
    }

    // The date of a day; false for 29 February 1900, which there never was: day 60.
    bool put_date(std::int64_t day) {
        constexpr std::int64_t TO_1900 = 25569;  // from the day 0 to 1970
        constexpr std::int64_t TO_1904 = 24107;
        if (!request_.from_1904 && day == 60) {
            shown_ += "1900-02-29";
            return false;
        }
        std::int64_t days = day - (request_.from_1904 ? TO_1904 : TO_1900);
        if (!request_.from_1904 && day < 60) ++days;
        // Days to a date, by H. Hinnant's "chrono-compatible low-level date algorithms".
        days += 719468;
        const std::int64_t era = days / 146097;
        const std::int64_t of_era = days - era * 146097;
        const std::int64_t year_of_era =
            (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
        const std::int64_t of_year =
            of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        const std::int64_t shifted = (5 * of_year + 2) / 153;
        const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
        put_digits(year_of_era + era * 400 + (month <= 2), 4);
        shown_.push_back('-');
        put_digits(month, 2);
        shown_.push_back('-');
        put_digits(of_year - (153 * shifted + 2) / 5 + 1, 2);
        return true;
    }

    const char* data_;
    std::size_t size_;
    std::uint32_t first_;
    std::uint32_t body_;
    Request request_;
    std::size_t first_invalid_ = 0;
    std::vector<Found> found_;
    std::string value_;
    std::string shown_;
};

}  // namespace logflow::sheet
