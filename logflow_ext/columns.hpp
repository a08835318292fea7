// A column of text cells into a column of values in Arrow's layout.

#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calendar.hpp"
#include "cells.hpp"
#include "locale.hpp"
#include "numbers.hpp"

namespace logflow::columns {

// In the order of cells.KINDS.
enum class Kind {
    boolean,
    int64,
    uint64,
    float64,
    decimal128,
    decimal256,
    date32,
    timestamp,
    time32,
    time64,
    text,
};

struct Request {
    Kind kind = Kind::text;
    calendar::Order order = calendar::Order::ymd;
    int unit_digits = 0;        // of a second's fraction
    int style = -1;             // of numbers, in locale::STYLES, or -1
    bool zone = false;          // offsets are required, rather than forbidden
    std::size_t precision = 0;  // of decimals
    std::size_t scale = 0;
    bool nulls = true;          // unquoted null tokens are null
    bool quoted_nulls = false;  // quoted ones and quoted empty cells are null
    bool exact = true;          // doubles must stand for what is written
};

// Memory as Arrow likes it: aligned, and a little longer than asked for, so that a copy of BLOCK
// bytes may start at any byte of it.
class Block {
  public:
    static constexpr std::size_t ALIGNMENT = 64;
    static constexpr std::size_t SLACK = 16;

    Block() = default;
    explicit Block(std::size_t size)
        : memory_(static_cast<char*>(::operator new(size + SLACK, std::align_val_t{ALIGNMENT}))),
          size_(size) {}

    template <class Value = char>
    Value* data() const { return reinterpret_cast<Value*>(memory_.get()); }
    std::size_t size() const { return size_; }
    bool exists() const { return memory_ != nullptr; }
    void shrink(std::size_t size) { size_ = size; }
    void drop() { memory_.reset(); }

  private:
    struct Free {
        void operator()(char* memory) const {
            ::operator delete(memory, std::align_val_t{ALIGNMENT});
        }
    };
    std::unique_ptr<char, Free> memory_;
    std::size_t size_ = 0;
};

struct Result {
    Block values;
    Block offsets;   // only of text
    Block validity;  // only if some row is null
    std::int64_t null_count = 0;
    std::vector<std::int64_t> bad;
};

// One bit for each row, the least significant first, as Arrow has them.
class BitMap {
  public:
    BitMap(Block& block, std::size_t rows, bool value) : rows_(rows) {
        block = Block((rows + 7) / 8);
        bytes_ = block.data<std::uint8_t>();
        std::memset(bytes_, value ? 0xFF : 0, block.size());
        if (value && rows % 8) bytes_[rows / 8] = static_cast<std::uint8_t>((1u << rows % 8) - 1);
    }
    void set(std::size_t row) { bytes_[row / 8] |= static_cast<std::uint8_t>(1u << row % 8); }
    void clear(std::size_t row) { bytes_[row / 8] &= static_cast<std::uint8_t>(~(1u << row % 8)); }

  private:
    std::uint8_t* bytes_;
    std::size_t rows_;
};

// Calls put(row, text) for every cell of a typed column that is not null; it says whether the
// text fits.  Calls skip(row) for every other row, and if it does not fit.
template <class Put, class Skip>
void for_each_value(const cells::Column& column, const Request& request, Result& result, Put put,
                    Skip skip) {
    BitMap validity(result.validity, column.rows(), true);
    std::string scratch;
    for (std::size_t row = 0; row < column.rows(); ++row) {
        const cells::Cell cell = column[row];
        const std::string_view bare = cell.bare();
        bool is_null = cell.missing;
        if (bare.empty()) {
            is_null |= !cell.quoted || request.quoted_nulls;
        } else if (cell.quoted ? request.quoted_nulls : request.nulls) {
            is_null = column.nulls.has(bare);
        }
        if (!is_null) {
            if (put(row, cell.escaped ? column.value(cell, scratch) : bare)) continue;
            result.bad.push_back(static_cast<std::int64_t>(row));
        }
        validity.clear(row);
        ++result.null_count;
        skip(row);
    }
    if (result.null_count == 0) result.validity.drop();
}

// Values of one size; read(text, value) says whether the text fits.
template <class Value, class Read>
void fill(const cells::Column& column, const Request& request, Result& result, Read read) {
    result.values = Block(column.rows() * sizeof(Value));
    Value* const values = result.values.data<Value>();
    for_each_value(
        column, request, result,
        [&](std::size_t row, std::string_view text) { return read(text, values[row]); },
        [&](std::size_t row) { values[row] = Value{}; });
}

// The same for numbers, in the request's style.
template <class Value, class Read>
void fill_numbers(const cells::Column& column, const Request& request, Result& result, Read read) {
    if (request.style < 0) return fill<Value>(column, request, result, read);
    std::string plain;
    fill<Value>(column, request, result, [&](std::string_view text, Value& value) {
        return locale::plain(text, request.style, plain) && read(plain, value);
    });
}

inline bool read_bool(std::string_view text, bool& value) {
    value = text == "true" || text == "True" || text == "TRUE";
    return value || text == "false" || text == "False" || text == "FALSE";
}

inline void fill_bools(const cells::Column& column, const Request& request, Result& result) {
    BitMap values(result.values, column.rows(), false);
    for_each_value(
        column, request, result,
        [&](std::size_t row, std::string_view text) {
            bool value = false;
            if (!read_bool(text, value)) return false;
            if (value) values.set(row);
            return true;
        },
        [](std::size_t) {});
}

inline bool read_int64(std::string_view text, std::int64_t& value) {
    numbers::Number number;
    return numbers::parse(text, number) && numbers::to_int64(number, value);
}

inline bool read_uint64(std::string_view text, std::uint64_t& value) {
    numbers::Number number;
    return numbers::parse(text, number) && numbers::to_uint64(number, value);
}

inline bool read_float64(std::string_view text, bool exact, double& value) {
    numbers::Number number;
    if (!numbers::parse(text, number)) return numbers::parse_non_finite(text, value);
    value = numbers::nearest(text, number);
    return exact ? numbers::fits(number, value) : !std::isinf(value);
}

template <int WORDS>
bool read_decimal(std::string_view text, const Request& request, numbers::Integer<WORDS>& value) {
    numbers::Number number;
    if (!numbers::parse(text, number) || !number.is_decimal()) return false;
    if (number.frac_digits > request.scale ||
        number.int_digits > request.precision - request.scale) {
        return false;
    }
    numbers::scaled(number, request.scale, value);
    return true;
}

template <int WORDS>
void fill_decimals(const cells::Column& column, const Request& request, Result& result) {
    using Value = numbers::Integer<WORDS>;
    fill_numbers<Value>(column, request, result, [&](std::string_view text, Value& value) {
        return read_decimal(text, request, value);
    });
}

inline bool read_date(std::string_view text, calendar::Order order, std::int32_t& value) {
    calendar::Timestamp moment;
    return calendar::parse(text, moment) == calendar::Shape::date &&
           calendar::days_of(moment.date, order, value);
}

constexpr std::int64_t TENS[] = {1,      10,      100,      1000,      10000,
                                 100000, 1000000, 10000000, 100000000, 1000000000};

// The fraction of a second in units of which a second has 10**digits.
inline std::int64_t units_of(int nanoseconds, int digits) {
    return nanoseconds / TENS[calendar::MOST_SUBSECOND - digits];
}

template <class Value>
bool read_time(std::string_view text, int unit_digits, Value& value) {
    calendar::Timestamp moment;
    if (calendar::parse(text, moment) != calendar::Shape::time ||
        moment.subsecond_digits > unit_digits) {
        return false;
    }
    value = static_cast<Value>(moment.second_of_day * TENS[unit_digits] +
                               units_of(moment.nanoseconds, unit_digits));
    return true;
}

inline bool read_timestamp(std::string_view text, const Request& request, std::int64_t& value) {
    calendar::Timestamp moment;
    std::int32_t days = 0;
    if (calendar::parse(text, moment) != calendar::Shape::timestamp ||
        !calendar::days_of(moment.date, request.order, days) ||
        moment.has_offset != request.zone || moment.subsecond_digits > request.unit_digits) {
        return false;
    }
    const std::int64_t seconds = calendar::seconds_of(moment, days);
    if (request.unit_digits == calendar::MOST_SUBSECOND &&
        !calendar::in_nanosecond_range(seconds, moment.nanoseconds)) {
        return false;
    }
    // Without a sign, because the earliest instants overflow before the fraction is added.
    const auto units = static_cast<std::uint64_t>(TENS[request.unit_digits]);
    const auto fraction =
        static_cast<std::uint64_t>(units_of(moment.nanoseconds, request.unit_digits));
    value = static_cast<std::int64_t>(static_cast<std::uint64_t>(seconds) * units + fraction);
    return true;
}

// Text: its bytes end to end.  Only unquoted empty cells and missing ones are null.
inline void fill_text(const cells::Column& column, Result& result) {
    std::uint64_t written = 0;
    for (std::size_t row = 0; row < column.rows(); ++row) written += column[row].written.size();
    if (written > std::numeric_limits<std::int32_t>::max()) {
        throw std::overflow_error("the texts have " + std::to_string(written) +
                                  " bytes; 32-bit offsets reach 2147483647");
    }
    result.values = Block(static_cast<std::size_t>(written));
    result.offsets = Block((column.rows() + 1) * sizeof(std::int32_t));
    BitMap validity(result.validity, column.rows(), true);
    char* const values = result.values.data();
    auto* const offsets = result.offsets.data<std::int32_t>();
    std::size_t at = 0;
    std::string scratch;
    offsets[0] = 0;
    for (std::size_t row = 0; row < column.rows(); ++row) {
        const cells::Cell cell = column[row];
        const std::string_view text = cell.escaped ? column.text(cell, scratch) : cell.written;
        if (text.size() <= Block::SLACK && !cell.escaped &&
            static_cast<std::size_t>(column.data_end() - text.data()) >= Block::SLACK) {
            std::memcpy(values + at, text.data(), Block::SLACK);  // one move, of a known size
        } else if (!text.empty()) {
            std::memcpy(values + at, text.data(), text.size());
        }
        at += text.size();
        offsets[row + 1] = static_cast<std::int32_t>(at);
        if (text.empty() && !cell.quoted) {
            validity.clear(row);
            ++result.null_count;
        }
    }
    result.values.shrink(at);
    if (result.null_count == 0) result.validity.drop();
}

// The column's spans must have been checked.
inline Result convert(const cells::Column& column, const Request& request) {
    Result result;
    switch (request.kind) {
        case Kind::boolean:
            fill_bools(column, request, result);
            break;
        case Kind::int64:
            fill_numbers<std::int64_t>(column, request, result, read_int64);
            break;
        case Kind::uint64:
            fill_numbers<std::uint64_t>(column, request, result, read_uint64);
            break;
        case Kind::float64:
            fill_numbers<double>(column, request, result,
                                 [&](std::string_view text, double& value) {
                                     return read_float64(text, request.exact, value);
                                 });
            break;
        case Kind::decimal128:
            fill_decimals<2>(column, request, result);
            break;
        case Kind::decimal256:
            fill_decimals<4>(column, request, result);
            break;
        case Kind::date32:
            fill<std::int32_t>(column, request, result,
                               [&](std::string_view text, std::int32_t& value) {
                                   return read_date(text, request.order, value);
                               });
            break;
        case Kind::timestamp:
            fill<std::int64_t>(column, request, result,
                               [&](std::string_view text, std::int64_t& value) {
                                   return read_timestamp(text, request, value);
                               });
            break;
        case Kind::time32:
            fill<std::int32_t>(column, request, result,
                               [&](std::string_view text, std::int32_t& value) {
                                   return read_time(text, request.unit_digits, value);
                               });
            break;
        case Kind::time64:
            fill<std::int64_t>(column, request, result,
                               [&](std::string_view text, std::int64_t& value) {
                                   return read_time(text, request.unit_digits, value);
                               });
            break;
        case Kind::text:
            fill_text(column, result);
            break;
    }
    return result;
}

}  // namespace logflow::columns
