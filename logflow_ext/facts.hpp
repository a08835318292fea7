// Facts about all cells of a column: one pass that counts them and finds what every value is.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "calendar.hpp"
#include "cells.hpp"
#include "locale.hpp"
#include "numbers.hpp"

namespace logflow::facts {

// The bits of cells.Bit, by number.
enum Bit : int {
    BOOL_LOWER,
    BOOL_TITLE,
    BOOL_UPPER,
    INT64,
    UINT64,
    FLOAT64,
    DECIMAL,
    SHORTEST,
    DATE_YMD,
    DATE_DMY,
    DATE_MDY,
    TS_YMD,
    TS_DMY,
    TS_MDY,
    NAIVE,
    OFFSET,
    TS_NS_RANGE,
    TIME_MINUTES,
    TIME_SECONDS,
    STYLE,
    BITS = STYLE + locale::COUNT,
};

using Bits = std::uint32_t;

constexpr Bits bit(int number) { return Bits{1} << number; }

constexpr Bits ALL = bit(BITS) - 1;
constexpr Bits STYLES = locale::ALL << STYLE;
constexpr Bits NUMBERS = bit(INT64) | bit(UINT64) | bit(FLOAT64) | bit(DECIMAL) | bit(SHORTEST);

// The least and the largest of what was added; least > most if that is nothing.
template <class Value>
struct Range {
    Value least = std::numeric_limits<Value>::max();
    Value most = std::numeric_limits<Value>::min();

    void add(Value value) {
        least = std::min(least, value);
        most = std::max(most, value);
    }
};

// What was found out about values.  Digits are -1 where there were no numbers.
struct Measures {
    std::int64_t integers = 0;
    std::int64_t negatives = 0;      // of the integers
    Range<std::int64_t> negative;    // two ranges: no type holds both
    Range<std::uint64_t> natural;
    std::int64_t numbers = 0;
    std::int64_t max_int_digits = -1;
    std::int64_t max_frac_digits = -1;
    std::int64_t min_frac_digits = std::numeric_limits<std::int32_t>::max();
    std::int64_t max_significant = -1;
    std::int64_t exponents = 0;
    std::int64_t non_finite = 0;
    std::int64_t dates = 0;
    std::int64_t timestamps = 0;
    std::int64_t max_subsecond_digits = -1;
    Range<std::int64_t> seconds;

    void add_digits(std::int64_t whole, std::int64_t least_fraction, std::int64_t most_fraction,
                    std::int64_t significant) {
        max_int_digits = std::max(max_int_digits, whole);
        min_frac_digits = std::min(min_frac_digits, least_fraction);
        max_frac_digits = std::max(max_frac_digits, most_fraction);
        max_significant = std::max(max_significant, significant);
    }
};

// The digits of numbers, all read with one decimal mark; as in Measures.
struct Digits {
    std::int64_t max_int = -1;
    std::int64_t max_frac = -1;
    std::int64_t min_frac = std::numeric_limits<std::int32_t>::max();
    std::int64_t max_significant = -1;
    bool padded = false;  // some fraction ends in 0 and is not just ".0"

    void add(const numbers::Number& number) {
        max_int = std::max(max_int, static_cast<std::int64_t>(number.int_digits));
        max_frac = std::max(max_frac, static_cast<std::int64_t>(number.frac_digits));
        min_frac = std::min(min_frac, static_cast<std::int64_t>(number.frac_digits));
        max_significant = std::max(max_significant, static_cast<std::int64_t>(number.significant));
        padded |= number.padded;
    }
};

struct Facts {
    std::int64_t missing = 0;
    std::int64_t quoted = 0;
    std::int64_t unquoted = 0;
    std::int64_t empty_quoted = 0;
    std::int64_t empty_unquoted = 0;
    std::int64_t null_quoted = 0;
    std::int64_t null_unquoted = 0;
    std::int64_t trimmed = 0;
    std::int64_t values = 0;
    Bits possible = ALL;
    std::int64_t cleared[BITS];
    Measures measures;
    Digits point;  // only where a style with this decimal mark holds every value
    Digits comma;

    Facts() { std::fill(cleared, cleared + BITS, -1); }
};

inline Bits bool_bits(std::string_view text) {
    if (text == "true" || text == "false") return bit(BOOL_LOWER);
    if (text == "True" || text == "False") return bit(BOOL_TITLE);
    if (text == "TRUE" || text == "FALSE") return bit(BOOL_UPPER);
    return 0;
}

inline Bits integer_bits(const numbers::Number& number, Measures& measures) {
    std::uint64_t natural = 0;
    std::int64_t integer = 0;
    const bool fits_unsigned = numbers::to_uint64(number, natural);
    const bool fits_signed = numbers::to_int64(number, integer);
    if (fits_unsigned) {
        measures.natural.add(natural);
    } else if (fits_signed) {
        ++measures.negatives;
        measures.negative.add(integer);
    }
    measures.integers += fits_unsigned || fits_signed;
    return fits_signed * bit(INT64) | fits_unsigned * bit(UINT64);
}

// The double test is the only dear one, so it is left out where its answer is not wanted.
inline Bits number_bits(std::string_view text, const numbers::Number& number, Bits wanted,
                        Measures& measures) {
    ++measures.numbers;
    measures.exponents += number.has_exponent;
    const auto fraction = static_cast<std::int64_t>(number.frac_digits);
    measures.add_digits(static_cast<std::int64_t>(number.int_digits), fraction, fraction,
                        static_cast<std::int64_t>(number.significant));

    Bits bits = number.padded ? 0 : bit(SHORTEST);
    if (number.is_integer()) bits |= integer_bits(number, measures);
    if (number.is_decimal()) bits |= bit(DECIMAL) | locale::styles_of(number.int_digits, number.frac_digits) << STYLE;
    if ((wanted & bit(FLOAT64)) &&
        (numbers::surely_fits(number) || numbers::fits(number, numbers::nearest(text, number)))) {
        bits |= bit(FLOAT64);
    }
    return bits;
}

constexpr calendar::Order ORDERS[] = {calendar::Order::ymd, calendar::Order::dmy,
                                      calendar::Order::mdy};

inline Bits date_bits(const calendar::Date& date, Measures& measures) {
    Bits bits = 0;
    for (int order = 0; order < 3; ++order) {
        std::int32_t days = 0;
        if (calendar::days_of(date, ORDERS[order], days)) bits |= bit(DATE_YMD + order);
    }
    measures.dates += bits != 0;
    return bits;
}

inline Bits timestamp_bits(const calendar::Timestamp& moment, Measures& measures) {
    Bits bits = 0;
    bool in_range = true;
    for (int order = 0; order < 3; ++order) {
        std::int32_t days = 0;
        if (!calendar::days_of(moment.date, ORDERS[order], days)) continue;
        const std::int64_t seconds = calendar::seconds_of(moment, days);
        bits |= bit(TS_YMD + order);
        in_range &= calendar::in_nanosecond_range(seconds, moment.nanoseconds);
        measures.seconds.add(seconds);
    }
    if (bits == 0) return 0;
    ++measures.timestamps;
    measures.max_subsecond_digits =
        std::max<std::int64_t>(measures.max_subsecond_digits, moment.subsecond_digits);
    return bits | bit(moment.has_offset ? OFFSET : NAIVE) | in_range * bit(TS_NS_RANGE);
}

inline Bits time_bits(const calendar::Timestamp& moment, Measures& measures) {
    measures.max_subsecond_digits =
        std::max<std::int64_t>(measures.max_subsecond_digits, moment.subsecond_digits);
    return bit(moment.has_seconds ? TIME_SECONDS : TIME_MINUTES);
}

// What a value is.  Bits that are not wanted may be left out; a value of which none is wanted
// need not be measured either.  A call would cost as much as the rest.
[[gnu::always_inline]] inline Bits examine(std::string_view text, Bits wanted, Measures& measures) {
    numbers::Number number;
    if ((wanted & NUMBERS) && numbers::parse(text, number)) {
        return number_bits(text, number, wanted, measures);
    }
    if (wanted & STYLES) {
        if (const locale::Styles styles = locale::styles_of(text)) return styles << STYLE;
    }
    if (text.empty() || !numbers::is_digit(text.front())) {
        if (const Bits bits = bool_bits(text)) return bits;
        double value = 0;
        if (numbers::parse_non_finite(text, value)) {
            ++measures.non_finite;
            return bit(FLOAT64) | bit(SHORTEST);
        }
    }
    calendar::Timestamp moment;
    switch (calendar::parse(text, moment)) {
        case calendar::Shape::timestamp: return timestamp_bits(moment, measures);
        case calendar::Shape::date: return date_bits(moment.date, measures);
        case calendar::Shape::time: return time_bits(moment, measures);
        default: return 0;
    }
}

// Adds the cell of a row.
inline void add(const cells::Column& column, const cells::Cell& cell, std::size_t row,
                std::string& scratch, Facts& facts) {
    if (cell.missing) {
        ++facts.missing;
        return;
    }
    ++(cell.quoted ? facts.quoted : facts.unquoted);
    const std::string_view bare = cell.bare();
    if (bare.empty()) {
        ++(cell.quoted ? facts.empty_quoted : facts.empty_unquoted);
        return;
    }
    if (column.nulls.has(bare)) {
        ++(cell.quoted ? facts.null_quoted : facts.null_unquoted);
        return;
    }
    ++facts.values;
    facts.trimmed += bare.size() != cell.written.size();
    if (facts.possible == 0) return;
    const std::string_view text = cell.escaped ? column.value(cell, scratch) : bare;
    const Bits kept = facts.possible & examine(text, facts.possible, facts.measures);
    if (kept == facts.possible) return;
    for (int i = 0; i < BITS; ++i) {
        if (bit(i) & facts.possible & ~kept) facts.cleared[i] = static_cast<std::int64_t>(row);
    }
    facts.possible = kept;
}

// The digits of plain numbers, which have been measured.  Where all have a fraction and a style
// with a decimal comma holds them, their point stands before a group.
inline Digits digits_of_plain(const Facts& facts, bool grouped) {
    const Measures& measures = facts.measures;
    Digits digits;
    digits.max_int = measures.max_int_digits + (grouped ? measures.max_frac_digits : 0);
    digits.max_frac = grouped ? 0 : measures.max_frac_digits;
    digits.min_frac = grouped ? 0 : measures.min_frac_digits;
    digits.max_significant = measures.max_significant;
    digits.padded = !grouped && !(facts.possible & bit(SHORTEST));
    return digits;
}

// The digits of all values, which a style of some of the marked ones holds.
inline Digits digits_of(const cells::Column& column, const Facts& facts, locale::Styles marked) {
    const locale::Styles held = (facts.possible & STYLES) >> STYLE & marked;
    Digits digits;
    if (held == 0) return digits;
    if (facts.possible & bit(DECIMAL)) {
        const bool whole = facts.measures.max_frac_digits <= 0;
        if (marked == locale::POINT || whole) return digits_of_plain(facts, false);
        if (facts.measures.min_frac_digits > 0) return digits_of_plain(facts, true);
    }
    int style = 0;
    while (!(held & locale::style(style))) ++style;
    std::string scratch;
    std::string plain;
    for (std::size_t row = 0; row < column.rows(); ++row) {
        const cells::Cell cell = column[row];
        const std::string_view bare = cell.bare();
        if (cell.missing || bare.empty() || column.nulls.has(bare)) continue;
        numbers::Number number;
        locale::plain(cell.escaped ? column.value(cell, scratch) : bare, style, plain);
        if (numbers::parse(plain, number)) digits.add(number);
    }
    return digits;
}

// What is left to do when all cells of a column have been looked at; kept out of their loop.
[[gnu::noinline]] inline void finish(const cells::Column& column, Facts& facts) {
    facts.point = digits_of(column, facts, locale::POINT);
    facts.comma = digits_of(column, facts, locale::COMMA);
    // What was measured before the last bit went depends on where that was.
    if (!(facts.possible & ~STYLES)) facts.measures = Measures();
}

// Throws std::invalid_argument if a cell is not inside the data.
inline Facts observe(const cells::Column& column) {
    Facts facts;
    std::string scratch;
    for (std::size_t row = 0; row < column.rows(); ++row) {
        column.check(row);
        add(column, column[row], row, scratch, facts);
    }
    finish(column, facts);
    return facts;
}

}  // namespace logflow::facts
