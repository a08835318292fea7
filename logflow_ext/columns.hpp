// Columns of text cells into columns of values in Arrow's layout, and facts about the cells.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "blocks.hpp"
#include "cells.hpp"
#include "facts.hpp"
#include "values.hpp"

namespace logflow::columns {

// Reads a column, some rows at a time, in order.  Throws std::invalid_argument if a cell is not
// inside the data, std::overflow_error if there is too much text.
class Reader {
  public:
    Reader(const cells::Column& column, const Request& request)
        : column_(column), request_(request), validity_(result_.validity, column.rows(), true) {
        if (!request.observe) facts_.possible = 0;
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    virtual ~Reader() = default;

    virtual void read(std::size_t from, std::size_t to) = 0;
    virtual void finish() = 0;

    const cells::Column& column() const { return column_; }
    Result& result() { return result_; }
    // Of use only if they were requested.
    const facts::Facts& facts() const { return facts_; }

  protected:
    const cells::Column column_;
    const Request request_;
    Result result_;
    BitMap validity_;
    facts::Facts facts_;
};

// Whether Values has cells that can be read quickly.
template <class Values, class = void>
constexpr bool HAS_QUICK = false;
template <class Values>
constexpr bool HAS_QUICK<Values, std::void_t<typename Values::Quick>> = true;

template <class Values>
class ReaderOf final : public Reader {
  public:
    ReaderOf(const cells::Column& column, const Request& request)
        : Reader(column, request), values_(request_, column_, result_) {
        values_.allow(facts_.possible);
    }

    void read(std::size_t from, std::size_t to) override {
        if constexpr (IS_TEXT) values_.reserve(from, to);
        for (std::size_t row = from; row < to; ++row) {
            row = read_quickly(row, to);
            if (row < to && !read_empty(row) && !read_plain(row)) read_with_care(row);
        }
    }

    void finish() override {
        facts_.values += plain_;
        facts_.quoted += plain_quoted_;
        facts_.unquoted += plain_ - plain_quoted_ + empty_;
        facts_.empty_unquoted += empty_;
        values_.add_plain(facts_.measures);
        facts::finish(column_, facts_);
        if constexpr (IS_TEXT) values_.finish();
        if (result_.null_count == 0) result_.validity.drop();
    }

  private:
    static constexpr bool IS_TEXT = std::is_same_v<Values, Texts>;

    // Reads plain cells, up to the first one that is something else; gives its row.  All state is
    // in local variables, for nobody else could change it there.
    std::size_t read_quickly(std::size_t row, std::size_t to) {
        if constexpr (HAS_QUICK<Values>) {
            auto quick = values_.quick();
            if (!quick.usable) return row;
            const cells::NullTokens& nulls = column_.nulls;
            const cells::Spans spans = column_.spans();
            const char* const data = column_.data();
            const std::size_t size = column_.size();
            const std::size_t first = row;
            std::int64_t quoted = 0;
            for (; row < to; ++row) {
                const cells::Span span = spans[row];
                const std::size_t length = span.word & cells::LENGTH;
                const std::size_t end = std::size_t{span.start} + length;
                const char* const at = data + span.start;
                if (length == 0 || (span.word & (cells::ESCAPED | cells::MISSING)) ||
                    end < PLAIN_BEFORE || end + PLAIN > size || nulls.may_have({at, length}) ||
                    !quick.put(row, at, length)) {
                    break;
                }
                quoted += (span.word & cells::QUOTED) != 0;
            }
            values_.take(quick);
            plain_ += static_cast<std::int64_t>(row - first);
            plain_quoted_ += quoted;
        }
        return row;
    }

    // An empty cell without quotes is null, whatever the type.
    bool read_empty(std::size_t row) {
        const cells::Span span = column_.span_of(row);
        if (span.word != 0 || span.start > column_.size()) return false;
        ++empty_;
        make_null(row);
        return true;
    }

    bool read_plain(std::size_t row) {
        const cells::Span span = column_.span_of(row);
        const std::size_t length = span.word & cells::LENGTH;
        if (length == 0 || (span.word & (cells::ESCAPED | cells::MISSING)) ||
            span.start + length < PLAIN_BEFORE || !column_.has(span, std::max(length, PLAIN))) {
            return false;
        }
        const char* const at = column_.at(span);
        if (column_.nulls.may_have({at, length}) || !values_.put_plain(row, at, length)) {
            return false;
        }
        ++plain_;
        plain_quoted_ += (span.word & cells::QUOTED) != 0;
        return true;
    }

    void read_with_care(std::size_t row) {
        column_.check(row);
        const cells::Cell cell = column_[row];
        const facts::Bits possible = facts_.possible;
        facts::add(column_, cell, row, scratch_, facts_);
        if (facts_.possible != possible) values_.allow(facts_.possible);
        if (!is_null(cell)) {
            if (values_.put(row, text_of(cell))) return;
            result_.bad.push_back(static_cast<std::int64_t>(row));
        }
        make_null(row);
    }

    void make_null(std::size_t row) {
        validity_.clear(row);
        ++result_.null_count;
        values_.skip(row);
    }

    // Of text, only unquoted empty cells and missing ones are null.
    bool is_null(const cells::Cell& cell) const {
        if (cell.missing) return true;
        if constexpr (IS_TEXT) return cell.written.empty() && !cell.quoted;
        const std::string_view bare = cell.bare();
        if (bare.empty()) return !cell.quoted || request_.quoted_nulls;
        return (cell.quoted ? request_.quoted_nulls : request_.nulls) && column_.nulls.has(bare);
    }

    std::string_view text_of(const cells::Cell& cell) {
        if constexpr (IS_TEXT) return cell.escaped ? column_.text(cell, scratch_) : cell.written;
        return cell.escaped ? column_.value(cell, scratch_) : cell.bare();
    }

    Values values_;
    std::string scratch_;
    std::int64_t empty_ = 0;  // cells
    std::int64_t plain_ = 0;
    std::int64_t plain_quoted_ = 0;
};

inline std::unique_ptr<Reader> reader_of(const cells::Column& column, const Request& request) {
    switch (request.kind) {
        case Kind::boolean: return std::make_unique<ReaderOf<Bools>>(column, request);
        case Kind::int64: return std::make_unique<ReaderOf<Integers<std::int64_t>>>(column, request);
        case Kind::uint64: return std::make_unique<ReaderOf<Integers<std::uint64_t>>>(column, request);
        case Kind::float64: return std::make_unique<ReaderOf<Doubles>>(column, request);
        case Kind::decimal128: return std::make_unique<ReaderOf<Decimals<2>>>(column, request);
        case Kind::decimal256: return std::make_unique<ReaderOf<Decimals<4>>>(column, request);
        case Kind::date32: return std::make_unique<ReaderOf<Dates>>(column, request);
        case Kind::timestamp: return std::make_unique<ReaderOf<Timestamps>>(column, request);
        case Kind::time32: return std::make_unique<ReaderOf<Times<std::int32_t>>>(column, request);
        case Kind::time64: return std::make_unique<ReaderOf<Times<std::int64_t>>>(column, request);
        case Kind::text: break;
    }
    return std::make_unique<ReaderOf<Texts>>(column, request);
}

using Readers = std::vector<std::unique_ptr<Reader>>;

inline void add_reader(Readers& readers, const cells::Column& column, const Request& request) {
    readers.push_back(reader_of(column, request));
}

// Reads all rows of columns that probably lie side by side in one text: some rows of all of them
// after the other, so that the text comes from memory once.
inline void read_all(const Readers& readers) {
    constexpr std::size_t CACHE = std::size_t{1} << 18;  // bytes; a part of what a core has
    constexpr std::size_t LEAST_ROWS = 16;
    std::size_t rows = 0;
    std::size_t bytes = 0;
    for (const auto& reader : readers) {
        rows = std::max(rows, reader->column().rows());
        bytes = std::max(bytes, reader->column().size());
    }
    const std::size_t row_bytes =
        bytes / std::max<std::size_t>(rows, 1) + (readers.size() + 1) * sizeof(cells::Span);
    const std::size_t step = std::max(CACHE / row_bytes, LEAST_ROWS);
    for (std::size_t from = 0; from < rows; from += step) {
        for (const auto& reader : readers) {
            const std::size_t all = reader->column().rows();
            if (from < all) reader->read(from, std::min(from + step, all));
        }
    }
    for (const auto& reader : readers) reader->finish();
}

}  // namespace logflow::columns
