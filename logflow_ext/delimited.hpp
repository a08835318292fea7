// What is done with the records of delimited text: cut into chunks, index, look at a few.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "cells.hpp"
#include "memory.hpp"
#include "records.hpp"
#include "structural.hpp"

namespace logflow {

// A growing array of 32-bit words that can be given away.
class Words {
  public:
    // Room for more words behind the ones that are there.
    std::uint32_t* reserve(std::size_t more) {
        if (capacity_ - size_ < more) grow(std::max(size_ + more, 2 * capacity_));
        return memory_.data<std::uint32_t>() + size_;
    }
    // The same, and for all words if there will be as many for each byte of the `size` as for the
    // first `done` of them.
    std::uint32_t* reserve(std::size_t more, std::size_t done, std::size_t size) {
        if (capacity_ - size_ < more) {
            const double all = 1.05 * static_cast<double>(size_) * static_cast<double>(size) /
                               static_cast<double>(std::max<std::size_t>(done, 1));
            const std::size_t likely = static_cast<std::size_t>(
                std::min(all, MOST_GROWTH * static_cast<double>(capacity_)));
            grow(std::max({FIRST_RECORDS * more, size_ + more, likely}));
        }
        return memory_.data<std::uint32_t>() + size_;
    }
    void add(std::size_t more) { size_ += more; }
    void push(std::uint32_t word) {
        *reserve(1) = word;
        ++size_;
    }
    std::size_t size() const { return size_; }
    Memory& memory() { return memory_; }

  private:
    static constexpr double MOST_GROWTH = 16;  // however few records say so
    static constexpr std::size_t FIRST_RECORDS = 64;

    void grow(std::size_t capacity) {
        capacity = std::max(capacity, capacity_ + capacity_ / 8);
        memory_.grow(capacity * sizeof(std::uint32_t), size_ * sizeof(std::uint32_t));
        capacity_ = memory_.size() / sizeof(std::uint32_t);
    }

    Memory memory_;
    std::size_t size_ = 0;  // words, as the capacity
    std::size_t capacity_ = 0;
};

// How many lines end in the data: at LF, CRLF (once) or a lone CR.
inline std::size_t count_lines(const std::uint8_t* data, std::size_t size) {
    std::size_t lines = 0;
    bool after_cr = false;
    for_masks(data, size, {LF, CR}, [&](std::size_t at, std::uint64_t mask) {
        lines += static_cast<std::size_t>(simd::bits_in(mask));
        if (after_cr && data[at] == LF) --lines;
        // Pairs of neighbours are rare except in CRLF text.
        for (std::uint64_t pair = mask & mask >> 1; pair != 0; pair &= pair - 1) {
            const std::size_t first = at + static_cast<std::size_t>(simd::lowest_bit(pair));
            if (data[first] == CR && data[first + 1] == LF) --lines;
        }
        after_cr = (mask >> 63) != 0 && data[at + 63] == CR;
    });
    return lines;
}

// How many lines end before each of the ascending offsets, as count_lines counts the data up to it.
// The lines before the first offset that is out of order or outside of the data, if there is one.
inline void lines_before(const std::uint8_t* data, std::size_t size, const std::uint8_t* offsets,
                         std::size_t count, Words& lines) {
    std::uint32_t* result = lines.reserve(count);
    std::size_t done = 0, total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        std::uint32_t offset;
        std::memcpy(&offset, offsets + i * sizeof offset, sizeof offset);
        if (offset < done || offset > size) return;
        if (offset > done) {
            const bool in_pair = done > 0 && data[done - 1] == CR && data[done] == LF;
            total += count_lines(data + done, offset - done) - (in_pair ? 1 : 0);
            done = offset;
        }
        result[i] = static_cast<std::uint32_t>(total);
        lines.add(1);
    }
}

struct NoFields {
    static constexpr bool WANTED = false;
    void begin() {}
    void add(std::size_t, std::size_t, std::size_t, bool, bool) {}
};

struct Split {
    std::size_t consumed = 0;
    std::size_t records = 0;
    std::size_t lines = 0;
};

// Whole records off the start of the data, until one of the limits is reached.
inline Split split(const std::uint8_t* data, std::size_t size, const Dialect& dialect,
                   std::size_t max_records, std::size_t max_bytes, bool final) {
    NoFields none;
    Scanner<NoFields> scanner(data, size, dialect, final, none);
    Split done;
    const std::size_t enough = std::min(size, max_bytes);
    while (done.consumed < enough && done.records < max_records) {
        const Record record = scanner.read(done.consumed);
        if (!record.complete) break;
        done.consumed = record.next;
        ++done.records;
    }
    done.lines = count_lines(data, done.consumed);
    if (done.consumed > 0 && !is_line_end(data[done.consumed - 1])) ++done.lines;
    return done;
}

// The spans of the fields of one record: its first fields, in two words each.
class RowFields {
  public:
    static constexpr bool WANTED = true;

    explicit RowFields(std::size_t columns) : columns_(columns) {}

    // Where the spans are to be written; there must be room for all columns.
    void write_to(std::uint32_t* out) { out_ = out; }

    void begin() { count_ = 0; }
    void add(std::size_t first, std::size_t start, std::size_t end, bool quoted, bool escaped) {
        if (count_ < columns_) {
            out_[2 * count_] = static_cast<std::uint32_t>(start);
            out_[2 * count_ + 1] = static_cast<std::uint32_t>(end - start) |
                                   (quoted ? cells::QUOTED : 0) |
                                   (escaped ? cells::ESCAPED : 0);
        } else if (count_ == columns_) {
            surplus_ = first;
        }
        ++count_;
    }

    // Makes the columns for which there was no field missing, at the record's end.
    void fill(std::size_t end) {
        for (std::size_t i = count_; i < columns_; ++i) {
            out_[2 * i] = static_cast<std::uint32_t>(end);
            out_[2 * i + 1] = cells::MISSING;
        }
    }

    std::size_t count() const { return count_; }
    // Where the first field beyond the columns starts, if there is one.
    std::size_t surplus() const { return surplus_; }

  private:
    std::size_t columns_;
    std::uint32_t* out_ = nullptr;
    std::size_t count_ = 0;
    std::size_t surplus_ = 0;
};

struct Damage {
    std::size_t record;
    std::size_t start;
    std::size_t end;
    Error error;
    std::size_t fields;
    std::size_t offset;
};

// What becomes of records with too few or too many fields: rows, or damage.
struct Ragged {
    bool pad = false;
    bool extend = false;
};

struct Place {
    std::size_t record;
    std::size_t start;
    std::size_t end;
};

constexpr std::size_t MOST_COMMENTS = 100;  // as in records.py

struct Index {
    Words spans;
    Words row_starts;
    Words row_records;
    Words surplus;   // if rows may be extended, the span of every row's surplus fields
    Words padded;    // records
    Words extended;  // records
    std::size_t records = 0;
    std::size_t blank = 0;
    std::size_t comment = 0;
    std::size_t covered = 0;
    std::vector<Damage> damaged;
    std::vector<Place> comments;  // the first ones
};

// Whether there are only delimiters: fields that are empty.  Inlined, it would slow index() down.
[[gnu::noinline]] inline bool is_empty(const std::uint8_t* data, std::size_t start, std::size_t end,
                     const std::string& delimiter) {
    const std::size_t width = delimiter.size();
    while (end - start >= width && std::memcmp(data + start, delimiter.data(), width) == 0) {
        start += width;
    }
    return start == end;
}

// Finds the fields of the data, which are whole records and less than 4 GiB.
inline void index(const std::uint8_t* data, std::size_t size, const Dialect& dialect,
                  std::size_t columns, Ragged ragged, Index& out) {
    RowFields fields(columns);
    Scanner<RowFields> scanner(data, size, dialect, true, fields);
    for (; out.covered < size; ++out.records) {
        fields.write_to(out.spans.reserve(2 * columns, out.covered, size));
        const Record record = scanner.read(out.covered);
        out.covered += record.next - record.start;
        const std::size_t count = fields.count();
        if (record.comment) {
            ++out.comment;
            if (out.comments.size() < MOST_COMMENTS) {
                out.comments.push_back({out.records, record.start, record.end});
            }
        } else if (record.start == record.end && columns != 1) {
            ++out.blank;
        } else if (record.error != Error::none) {
            out.damaged.push_back({out.records, record.start, record.end, record.error, count + 1,
                                   record.offset});
        } else if (count < columns && !ragged.pad) {
            out.damaged.push_back({out.records, record.start, record.end, Error::too_few_fields,
                                   count, record.end});
        } else if (count > columns && !ragged.extend &&
                   !(ragged.pad &&
                     is_empty(data, fields.surplus(), record.end, dialect.delimiter))) {
            out.damaged.push_back({out.records, record.start, record.end, Error::too_many_fields,
                                   count, fields.surplus()});
        } else {
            fields.fill(record.end);
            if (count < columns) out.padded.push(static_cast<std::uint32_t>(out.records));
            if (count > columns) out.extended.push(static_cast<std::uint32_t>(out.records));
            if (ragged.extend) {
                const std::size_t start = count > columns ? fields.surplus() : record.end;
                out.surplus.push(static_cast<std::uint32_t>(start));
                // Quoted, because no surplus field and an empty one are not the same.
                out.surplus.push(count > columns
                                     ? static_cast<std::uint32_t>(record.end - start) | cells::QUOTED
                                     : cells::MISSING);
            }
            out.spans.add(2 * columns);
            out.row_starts.push(static_cast<std::uint32_t>(record.start));
            out.row_records.push(static_cast<std::uint32_t>(out.records));
        }
    }
}

struct Span {
    std::size_t start;
    std::size_t end;
    bool quoted;
    bool escaped;
};

// All fields of one record.
class AllFields {
  public:
    static constexpr bool WANTED = true;

    void begin() { spans.clear(); }
    void add(std::size_t, std::size_t start, std::size_t end, bool quoted, bool escaped) {
        spans.push_back({start, end, quoted, escaped});
    }

    std::vector<Span> spans;
};

struct Sample {
    Record record;
    std::vector<Span> fields;
};

// The first records of the data with all their fields.
inline std::vector<Sample> samples(const std::uint8_t* data, std::size_t size,
                                   const Dialect& dialect, std::size_t limit, bool final) {
    std::vector<Sample> found;
    AllFields fields;
    Scanner<AllFields> scanner(data, size, dialect, final, fields);
    for (std::size_t at = 0; at < size && found.size() < limit;) {
        const Record record = scanner.read(at);
        if (!record.complete) break;
        found.push_back({record, fields.spans});
        at = record.next;
    }
    return found;
}

}  // namespace logflow
