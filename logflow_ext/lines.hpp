// Text logs: lines into records and their cells, and where records begin.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cells.hpp"
#include "line_matcher.hpp"
#include "line_times.hpp"
#include "memory.hpp"
#include "structural.hpp"
#include "utf8.hpp"

namespace logflow::lines {

constexpr std::size_t MOST_LINE = std::size_t{1} << 20;
constexpr std::size_t MOST_LINES = 10000;

enum class Unmatched { join, message, reject };
enum class Error { unmatched_line, bad_utf8 };

// A form that lines have; see line_programs.py.
struct Form {
    Program program;
    std::vector<std::size_t> columns;                  // of each group
    std::vector<std::pair<std::size_t, Times>> times;  // columns, and how they are read
    std::vector<char> doubled;                         // for each column, whether quotes are

    void add_time(std::size_t column, std::string_view forms) { times.emplace_back(column, forms); }
};

// How lines are read.
struct Plan {
    std::vector<Form> forms;
    std::size_t columns = 1;
    std::size_t message = 0;                // the column of what has no form
    std::vector<std::size_t> time_columns;  // ascending
    Unmatched unmatched = Unmatched::join;
    bool directives = false;

    void add(std::string_view code, std::string_view literals, std::string_view sets,
             std::size_t groups) {
        forms.push_back({Program(code, literals, sets, groups), {}, {}, {}});
        forms.back().doubled.resize(columns);
    }
};

struct Span {
    std::uint32_t start;
    std::uint32_t word;
};
constexpr Span NO_CELL{0, cells::MISSING};

struct BrokenLine {
    std::size_t line;
    std::size_t start;
    std::size_t end;
    Error error;
};

inline std::string_view without_end(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

inline bool is_well_formed(std::string_view text) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(text.data());
    return utf8::search(data, text.size(), 0) == text.size();
}

// The line that starts at a place, without its LF, and the place behind that.
inline std::string_view line_at(std::string_view text, std::size_t at, std::size_t& next) {
    const void* const end = std::memchr(text.data() + at, '\n', text.size() - at);
    const std::size_t stop =
        end == nullptr ? text.size()
                       : static_cast<std::size_t>(static_cast<const char*>(end) - text.data());
    next = end == nullptr ? stop : stop + 1;
    return text.substr(at, stop - at);
}

// Values of which it is known how many there are at most.
template <class Value>
class Bounded {
  public:
    void reserve(std::size_t most) { memory_ = Memory(most * sizeof(Value)); }
    // So many more, not yet written.
    Value* add(std::size_t count) {
        Value* const place = data() + size_;
        size_ += count;
        return place;
    }
    Value* data() const { return memory_.data<Value>(); }
    std::size_t size() const { return size_; }
    Value& operator[](std::size_t i) const { return data()[i]; }

  private:
    Memory memory_;
    std::size_t size_ = 0;
};

// Reads lines of a text in order.
class Reader {
  public:
    Bounded<Span> spans;       // rows side by side
    Bounded<Span> time_spans;  // likewise
    std::string time_text;
    std::vector<std::int64_t> firsts;
    Bounded<std::uint32_t> starts;
    Bounded<std::uint32_t> numbers;
    std::vector<BrokenLine> broken;
    std::size_t lines = 0, blank = 0, joined = 0, directives = 0;
    Clock clock;

    Reader(const Plan& plan, std::string_view text, const Clock& now)
        : clock(now), plan_(plan), text_(text) {
        firsts.assign(plan.columns, -1);
        is_time_.assign(plan.columns, -1);
        for (std::size_t i = 0; i < plan.time_columns.size(); ++i) {
            is_time_[plan.time_columns[i]] = static_cast<std::int64_t>(i);
        }
    }

    void read() {
        const auto* data = reinterpret_cast<const std::uint8_t*>(text_.data());
        const std::size_t most = count(data, text_.size(), {'\n'}) + 1;
        spans.reserve(most * plan_.columns);
        time_spans.reserve(most * plan_.time_columns.size());
        starts.reserve(most);
        numbers.reserve(most);
        is_valid_ = is_well_formed(text_);
        for (std::size_t at = 0, next = 0; at < text_.size(); at = next) {
            take_line(at, without_end(line_at(text_, at, next)));
            ++lines;
        }
    }

    // The years of the timestamps alone.
    void advance() {
        is_valid_ = is_well_formed(text_);
        for (std::size_t at = 0, next = 0; at < text_.size(); at = next) {
            const std::string_view line = without_end(line_at(text_, at, next));
            if (line.empty() || is_directive(line) || (!is_valid_ && !is_well_formed(line))) continue;
            const Form* const form = form_of(line);
            if (form == nullptr) continue;
            for (const auto& [column, times] : form->times) {
                const Span cell = cell_of(*form, column, line, 0);
                if (cell.word & cells::MISSING) continue;
                times.write(line.substr(cell.start, cell.word & cells::LENGTH), clock, time_text);
                time_text.clear();
            }
        }
    }

    // Whether a line begins a record, whatever stands before it.
    bool begins(std::string_view line) {
        if (line.empty() || is_directive(line)) return false;
        return !is_well_formed(line) || form_of(line) != nullptr;
    }

    bool is_directive(std::string_view line) const {
        return plan_.directives && line.front() == '#';
    }

  private:
    void take_line(std::size_t at, std::string_view line) {
        if (line.empty()) {
            ++blank;
            return;
        }
        if (is_directive(line)) {
            ++directives;
            return;
        }
        const bool is_bad = !is_valid_ && !is_well_formed(line);
        const Form* const form = is_bad ? nullptr : form_of(line);
        if (form != nullptr) {
            add(at, line, *form);
        } else if (is_bad) {
            break_off(at, line, Error::bad_utf8);
        } else if (plan_.unmatched == Unmatched::join && open_ && more_ < MOST_LINES) {
            join(at, line);
        } else if (plan_.unmatched == Unmatched::reject) {
            break_off(at, line, Error::unmatched_line);
        } else {
            add_message(at, line);
        }
    }

    // The form of a line of the text, whose groups are then in slots_; null if it has none.
    const Form* form_of(std::string_view line) {
        if (line.size() > MOST_LINE) return nullptr;
        const char* const end = text_.data() + text_.size();
        const auto beyond = static_cast<std::size_t>(end - line.data()) - line.size();
        for (const Form& form : plan_.forms) {
            if (matcher_.match(form.program, line, beyond, slots_)) return &form;
        }
        return nullptr;
    }

    void break_off(std::size_t at, std::string_view line, Error error) {
        broken.push_back({lines, at, at + line.size(), error});
        open_ = false;
    }

    void add(std::size_t at, std::string_view line, const Form& form) {
        Span* const row = new_row();
        for (std::size_t group = 0; group < form.columns.size(); ++group) {
            const std::uint32_t start = slots_[2 * group], end = slots_[2 * group + 1];
            if (start == NOWHERE || end == NOWHERE) continue;
            const std::size_t column = form.columns[group];
            const std::uint32_t length = end - start;
            const bool absent =
                length == 1 && line[start] == '-' && column != plan_.message;
            std::uint32_t word = absent ? cells::MISSING : length;
            if (form.doubled[column] &&
                line.substr(start, length).find("\"\"") != std::string_view::npos) {
                word |= cells::ESCAPED;
            }
            row[column] = {static_cast<std::uint32_t>(at + start), word};
        }
        const Span& message = row[plan_.message];
        const std::size_t end = message.start + std::size_t{message.word & cells::LENGTH};
        const bool ends = end == at + line.size();
        open_ = (message.word & cells::MISSING) || ends;
        note_row(at, row, &form);
    }

    void add_message(std::size_t at, std::string_view line) {
        Span* const row = new_row();
        row[plan_.message] = {static_cast<std::uint32_t>(at),
                               static_cast<std::uint32_t>(line.size())};
        open_ = true;
        note_row(at, row, nullptr);
    }

    Span* new_row() {
        Span* const row = spans.add(plan_.columns);
        std::fill(row, row + plan_.columns, NO_CELL);
        return row;
    }

    void note_row(std::size_t at, const Span* row, const Form* form) {
        more_ = 0;
        Span* const moments = time_spans.add(plan_.time_columns.size());
        for (std::size_t i = 0; i < plan_.time_columns.size(); ++i) {
            moments[i] = copied(row[plan_.time_columns[i]]);
        }
        if (form != nullptr) {
            for (const auto& [column, times] : form->times) {
                read_time(row[column], times, moments[is_time_[column]]);
            }
        }
        for (std::size_t column = 0; column < plan_.columns; ++column) {
            if (firsts[column] < 0 && !(row[column].word & cells::MISSING)) {
                firsts[column] = static_cast<std::int64_t>(starts.size());
            }
        }
        *starts.add(1) = static_cast<std::uint32_t>(at);
        *numbers.add(1) = static_cast<std::uint32_t>(lines);
    }

    // The cell as it is written, as one of the text of times.
    Span copied(Span cell) {
        if (cell.word & cells::MISSING) return NO_CELL;
        const auto start = static_cast<std::uint32_t>(time_text.size());
        time_text += text_.substr(cell.start, cell.word & cells::LENGTH);
        return {start, cell.word & cells::LENGTH};
    }

    void read_time(Span cell, const Times& times, Span& place) {
        if (cell.word & cells::MISSING) return;
        const auto start = static_cast<std::uint32_t>(time_text.size());
        if (!times.write(text_.substr(cell.start, cell.word & cells::LENGTH), clock, time_text)) {
            return;
        }
        place = {start, static_cast<std::uint32_t>(time_text.size() - start)};
    }

    // The cell of a column of the line that matched last.
    Span cell_of(const Form& form, std::size_t column, std::string_view line, std::size_t at) const {
        Span found = NO_CELL;
        for (std::size_t group = 0; group < form.columns.size(); ++group) {
            const std::uint32_t start = slots_[2 * group], end = slots_[2 * group + 1];
            if (form.columns[group] != column || start == NOWHERE || end == NOWHERE) continue;
            const bool absent = end - start == 1 && line[start] == '-';
            found = {static_cast<std::uint32_t>(at + start), absent ? cells::MISSING : end - start};
        }
        return found;
    }

    // A line belongs to the record before it, as a part of its message.
    void join(std::size_t at, std::string_view line) {
        Span& message = spans[spans.size() - plan_.columns + plan_.message];
        if (message.word & cells::MISSING) {
            message = {static_cast<std::uint32_t>(at), 0};
            std::int64_t& first = firsts[plan_.message];
            if (first < 0) first = static_cast<std::int64_t>(starts.size()) - 1;
        }
        message.word = static_cast<std::uint32_t>(at + line.size()) - message.start;
        ++more_;
        ++joined;
    }

    const Plan& plan_;
    const std::string_view text_;
    Matcher matcher_;
    std::vector<std::uint32_t> slots_;
    std::vector<std::int64_t> is_time_;
    bool is_valid_ = false;
    bool open_ = false;
    std::size_t more_ = 0;
};

struct Cut {
    std::size_t size;
    std::size_t lines;
};

// So many whole records, of at most so many lines and bytes, as are certain; of size 0 if that
// takes more text.  The text begins with a record.
inline Cut cut(const Plan& plan, std::string_view text, std::size_t most_lines,
               std::size_t most_bytes, bool final) {
    std::vector<std::size_t> ends;  // behind each line
    std::size_t next = 0;
    while (next < text.size() && ends.size() < most_lines) {
        const std::size_t at = next;
        line_at(text, at, next);
        if ((!final && text[next - 1] != '\n') || (next > most_bytes && !ends.empty())) {
            next = at;
            break;
        }
        ends.push_back(next);
    }
    const std::size_t end = next;
    if (plan.unmatched != Unmatched::join || (final && end == text.size())) {
        return {end, ends.size()};
    }
    Reader reader(plan, text, Clock{});
    const auto begins_at = [&](std::size_t at) {
        const std::string_view line = line_at(text, at, next);
        return (final || text[next - 1] == '\n') && reader.begins(without_end(line));
    };
    if (end < text.size() && begins_at(end)) return {end, ends.size()};
    for (std::size_t count = ends.size(); count-- > 1;) {
        if (begins_at(ends[count - 1])) return {ends[count - 1], count};
    }
    // No line but the first shows that it begins a record; some may do so where one is too long.
    const std::size_t whole = final ? text.size() : text.rfind('\n') + 1;
    Reader all(plan, text.substr(0, whole), Clock{});
    all.read();
    std::vector<Cut> begun;
    for (std::size_t i = 0; i < all.starts.size(); ++i) {
        begun.push_back({all.starts[i], all.numbers[i]});
    }
    for (const BrokenLine& each : all.broken) begun.push_back({each.start, each.line});
    std::sort(begun.begin(), begun.end(),
              [](const Cut& a, const Cut& b) { return a.size < b.size; });
    Cut found{0, 0};
    for (const Cut& each : begun) {
        if (each.size > 0 && (each.size <= end || found.size == 0)) found = each;
    }
    return found.size == 0 && final ? Cut{text.size(), all.lines} : found;
}

}  // namespace logflow::lines
