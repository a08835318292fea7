// Dates and timestamps as text: their grammar, and the days and instants that they are.
//
// A date is YYYY-MM-DD or YYYY/MM/DD, or two numbers of one or two digits and a year with '/',
// '-' or '.' between them: day and month, except that '.' only stands after a day.  Or it has the
// English name of a month or the first three letters of one: 31-Dec-2012, 31 December 2012 or
// Dec 31, 2012.  A timestamp is a date, 'T' or a space, HH:MM or HH:MM:SS, a fraction of one to
// nine digits after '.' or ',', and possibly, after at most one space, 'Z', +HH:MM, +HHMM or +HH
// (or with '-').  A time is the HH:MM or HH:MM:SS of a timestamp, with its fraction, alone.

#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "numbers.hpp"

namespace logflow::calendar {

using numbers::digit;
using numbers::is_digit;

enum class Order { ymd, dmy, mdy };

constexpr std::int64_t SECONDS_A_DAY = 86400;
constexpr int MOST_OFFSET = 18 * 3600;  // as in ISO 8601 profiles: +-18:00
constexpr int MOST_SUBSECOND = 9;

// By number of digits, how many units there are in a second.
constexpr int UNITS[] = {1,      10,      100,      1000,      10000,
                         100000, 1000000, 10000000, 100000000, 1000000000};

struct Date {
    bool year_first;
    bool day_first;    // surely; otherwise either may be
    bool month_first;  // surely
    int year;
    int first;         // of the other two, as written
    int second;
};

struct Timestamp {
    Date date;
    int second_of_day;
    int nanoseconds;
    int subsecond_digits;  // zeros at the end not counted
    bool has_seconds;      // as written
    bool has_offset;
    int offset;            // seconds east of UTC
};

// Consumes exactly count digits.
inline bool take_digits(std::string_view& text, std::size_t count, int& value) {
    if (text.size() < count) return false;
    value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_digit(text[i])) return false;
        value = value * 10 + digit(text[i]);
    }
    text.remove_prefix(count);
    return true;
}

inline bool take(std::string_view& text, char byte) {
    if (text.empty() || text.front() != byte) return false;
    text.remove_prefix(1);
    return true;
}

inline bool take_one_or_two_digits(std::string_view& text, int& value) {
    return take_digits(text, text.size() > 1 && is_digit(text[1]) ? 2 : 1, value);
}

inline bool is_letter(char byte) { return static_cast<unsigned char>((byte | 32) - 'a') < 26; }

// Consumes the name of a month, in letters of any case.
inline bool take_month(std::string_view& text, int& month) {
    static constexpr std::string_view NAMES[] = {
        "january", "february", "march",     "april",   "may",      "june",
        "july",    "august",   "september", "october", "november", "december"};
    std::size_t size = 0;
    while (size < text.size() && is_letter(text[size])) ++size;
    for (month = 1; month <= 12; ++month) {
        const std::string_view name = NAMES[month - 1];
        if (size != 3 && size != name.size()) continue;
        std::size_t same = 0;
        while (same < size && (text[same] | 32) == name[same]) ++same;
        if (same < size) continue;
        text.remove_prefix(size);
        return true;
    }
    return false;
}

// Consumes a date with the name of a month, behind or before the day; kept apart from dates of
// numbers, which are more frequent.
[[gnu::noinline]] inline bool take_named_date(std::string_view& text, Date& date) {
    date.year_first = false;
    date.day_first = !text.empty() && is_digit(text.front());
    date.month_first = !date.day_first;
    if (date.month_first) {
        if (!take_month(text, date.first) || !take(text, ' ') ||
            !take_one_or_two_digits(text, date.second)) {
            return false;
        }
        take(text, ',');
        return take(text, ' ') && take_digits(text, 4, date.year);
    }
    if (!take_one_or_two_digits(text, date.first) || text.empty()) return false;
    const char separator = text.front();
    if (separator != '-' && separator != ' ' && separator != '/') return false;
    return take(text, separator) && take_month(text, date.second) && take(text, separator) &&
           take_digits(text, 4, date.year);
}

// Consumes a date in any order; whether there is such a day is for days_of to say.
inline bool take_date(std::string_view& text, Date& date) {
    std::size_t at = 0;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at + 1 >= text.size() || at > 4) return false;
    if (at == 0 || is_letter(text[at + 1])) return take_named_date(text, date);
    const char separator = text[at];
    date.day_first = separator == '.';
    date.month_first = false;
    if (separator != '-' && separator != '/' && separator != '.') return false;
    date.year_first = at == 4;
    if (date.year_first) {
        return !date.day_first && take_digits(text, 4, date.year) && take(text, separator) &&
               take_digits(text, 2, date.first) && take(text, separator) &&
               take_digits(text, 2, date.second);
    }
    return take_one_or_two_digits(text, date.first) && take(text, separator) &&
           take_one_or_two_digits(text, date.second) && take(text, separator) &&
           take_digits(text, 4, date.year);
}

inline bool take_fraction(std::string_view& text, Timestamp& moment) {
    moment.nanoseconds = 0;
    moment.subsecond_digits = 0;
    if (!take(text, '.') && !take(text, ',')) return true;
    int digits = 0;
    int value = 0;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
        if (++digits > MOST_SUBSECOND) return false;
        value = value * 10 + digit(text.front());
        if (text.front() != '0') moment.subsecond_digits = digits;
    }
    for (int i = digits; i < MOST_SUBSECOND; ++i) value *= 10;
    moment.nanoseconds = value;
    return digits > 0;
}

// Consumes AM or PM, with or without a space before it.
inline bool take_half(std::string_view& text, bool& afternoon) {
    const std::size_t at = !text.empty() && text.front() == ' ';
    if (text.size() < at + 2 || (text[at + 1] | 32) != 'm') return false;
    afternoon = (text[at] | 32) == 'p';
    if (!afternoon && (text[at] | 32) != 'a') return false;
    text.remove_prefix(at + 2);
    return true;
}

// Consumes a time.  An hour of one digit tells no time from a duration but where a date and a
// space stand before it or AM or PM behind it.
inline bool take_time(std::string_view& text, Timestamp& moment, bool is_short_fine) {
    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    const bool is_short = text.size() > 1 && !is_digit(text[1]);
    if (!take_one_or_two_digits(text, hours) || !take(text, ':') ||
        !take_digits(text, 2, minutes)) {
        return false;
    }
    moment.nanoseconds = 0;
    moment.subsecond_digits = 0;
    moment.has_seconds = take(text, ':');
    if (moment.has_seconds && !(take_digits(text, 2, seconds) && take_fraction(text, moment))) {
        return false;
    }
    bool afternoon = false;
    if (take_half(text, afternoon)) {
        if (hours < 1 || hours > 12) return false;
        hours = hours % 12 + 12 * afternoon;
    } else if (is_short && !is_short_fine) {
        return false;
    }
    moment.second_of_day = (hours * 60 + minutes) * 60 + seconds;
    return hours < 24 && minutes < 60 && seconds < 60;
}

// Consumes an offset from UTC, or nothing if there is nothing left.
inline bool take_offset(std::string_view& text, Timestamp& moment) {
    moment.has_offset = !text.empty();
    moment.offset = 0;
    if (text.empty()) return true;
    take(text, ' ');
    if (take(text, 'Z')) return true;
    const bool west = take(text, '-');
    if (!west && !take(text, '+')) return false;
    int hours = 0;
    int minutes = 0;
    if (!take_digits(text, 2, hours)) return false;
    const bool colon = take(text, ':');
    if ((colon || !text.empty()) && !take_digits(text, 2, minutes)) return false;
    const int offset = (hours * 60 + minutes) * 60;
    moment.offset = west ? -offset : offset;
    return minutes < 60 && offset <= MOST_OFFSET;
}

// Whether all of the text is a time; kept apart from dates, which are more frequent.
[[gnu::noinline]] inline bool is_time(std::string_view text, Timestamp& moment) {
    return take_time(text, moment, false) && text.empty();
}

enum class Shape { none, date, timestamp, time };

// What all of the text is; a date fills in nothing but the date, a time all but date and offset.
// Every value of a column of dates comes here, and a call would show.
[[gnu::always_inline]] inline Shape parse(std::string_view text, Timestamp& moment) {
    const std::string_view whole = text;
    if (!take_date(text, moment.date)) return is_time(whole, moment) ? Shape::time : Shape::none;
    if (text.empty()) return Shape::date;
    const bool is_spaced = take(text, ' ');
    const bool complete = (is_spaced || take(text, 'T')) && take_time(text, moment, is_spaced) &&
                          take_offset(text, moment) && text.empty();
    return complete ? Shape::timestamp : Shape::none;
}

inline bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

inline int days_in(int year, int month) {
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return DAYS[month - 1] + (month == 2 && is_leap(year));
}

// Days since 1970-01-01 in the proleptic Gregorian calendar, after days_from_civil of
// H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
inline std::int32_t days_since_epoch(int year, int month, int day) {
    if (month <= 2) --year;  // years begin in March; year >= 0 here, so there is one kind of era
    const int era = year / 400;
    const int year_of_era = year - era * 400;
    const int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

// The day that a date is if it is read in an order, or false if it is none.
inline bool days_of(const Date& date, Order order, std::int32_t& days) {
    if (date.year_first != (order == Order::ymd)) return false;
    if (date.day_first && order == Order::mdy) return false;
    if (date.month_first && order == Order::dmy) return false;
    const int month = order == Order::dmy ? date.second : date.first;
    const int day = order == Order::dmy ? date.first : date.second;
    if (date.year < 1 || month < 1 || month > 12) return false;
    if (day < 1 || day > days_in(date.year, month)) return false;
    days = days_since_epoch(date.year, month, day);
    return true;
}

// Whole seconds since 1970 of a timestamp in UTC, its date being that many days since 1970.
inline std::int64_t seconds_of(const Timestamp& moment, std::int32_t days) {
    return days * SECONDS_A_DAY + moment.second_of_day - moment.offset;
}

// Whether 64 bits can count the nanoseconds of an instant.
inline bool in_nanosecond_range(std::int64_t seconds, int nanoseconds) {
    constexpr std::int64_t SECOND = 1000000000;
    constexpr std::int64_t LEAST = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t MOST = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t FIRST = LEAST / SECOND - 1;  // division cuts off towards zero
    if (seconds == FIRST) return nanoseconds >= SECOND + LEAST % SECOND;
    if (seconds == MOST / SECOND) return nanoseconds <= MOST % SECOND;
    return FIRST < seconds && seconds < MOST / SECOND;
}

}  // namespace logflow::calendar
