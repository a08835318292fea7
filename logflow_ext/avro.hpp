// Records of Avro (specification 1.12, "Binary Encoding"), decoded straight into Arrow's buffers by
// a tree of columns that was compiled from the schema.

#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "utf8.hpp"

namespace logflow::avro {

// What can be wrong; in the order of avro_columns.ERRORS.  Up to bad_branch it is not known where
// the next record starts.
enum class Error {
    none,
    cut_off,
    bad_varint,
    bad_length,
    bad_branch,
    too_deep,
    left_over,
    ill_formed_utf8,
    bad_symbol,
    bad_bool,
    out_of_range,
    inexact,
};
inline bool is_fatal(Error error) { return error != Error::none && error < Error::ill_formed_utf8; }

// Items of arrays that may take no bytes are limited by this number, a block.
constexpr std::uint64_t MOST_EMPTY = 1 << 20;
constexpr std::size_t MOST_BYTES = std::numeric_limits<std::int32_t>::max();
constexpr int MOST_DEPTH = 1000;  // of recursive values

// Reads a block.  After a fatal error everything reads as zero, at the end of the block.
struct Cursor {
    const std::uint8_t* start;
    const std::uint8_t* at;
    const std::uint8_t* end;
    Error error = Error::none;  // of the record
    std::size_t offset = 0;     // where it shows
    std::uint64_t empty = 0;    // items that took no bytes

    void fail(Error what) { fail(what, at); }

    // Keeps the first error, but lets a fatal one win.
    void fail(Error what, const std::uint8_t* where) {
        if (error == Error::none || (is_fatal(what) && !is_fatal(error))) {
            error = what;
            offset = static_cast<std::size_t>(where - start);
        }
        if (is_fatal(what)) at = end;
    }

    std::size_t left() const { return static_cast<std::size_t>(end - at); }

    std::int64_t varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (at == end) {
                fail(Error::cut_off);
                return 0;
            }
            const std::uint8_t byte = *at++;
            if (shift == 63 && byte > 1) break;
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) {
                return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
            }
        }
        fail(Error::bad_varint);
        return 0;
    }

    const std::uint8_t* bytes(std::size_t size) {
        if (size > left()) {
            fail(Error::cut_off);
            return nullptr;
        }
        const std::uint8_t* const found = at;
        at += size;
        return found;
    }

    // Bytes behind their length.
    std::string_view text() {
        const std::uint8_t* const where = at;
        const std::int64_t size = varint();
        if (size < 0 || static_cast<std::uint64_t>(size) > left()) {
            fail(size < 0 ? Error::bad_length : Error::cut_off, where);
            return {};
        }
        const auto* const found = reinterpret_cast<const char*>(at);
        at += size;
        return {found, static_cast<std::size_t>(size)};
    }

    // The number of items of the next block of an array or map, 0 behind the last one.
    std::uint64_t items(std::size_t least) {
        const std::uint8_t* const where = at;
        std::int64_t count = varint();
        if (count < 0) {
            if (count == std::numeric_limits<std::int64_t>::min() || varint() < 0) {
                fail(Error::bad_length, where);
                return 0;
            }
            count = -count;
        }
        const auto found = static_cast<std::uint64_t>(count);
        if (least == 0) empty += std::min(found, MOST_EMPTY + 1);
        if (least > 0 ? found > left() / least : empty > MOST_EMPTY) {
            fail(Error::bad_length, where);
            return 0;
        }
        return found;
    }

    template <typename T>
    T plain() {
        T value{};
        if (const std::uint8_t* const found = bytes(sizeof(T))) {
            std::memcpy(&value, found, sizeof(T));  // both are little-endian
        }
        return value;
    }
};

inline bool is_text(std::string_view text) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    return utf8::first_invalid(bytes, text.size(), 0) == text.size();
}

// --- columns ------------------------------------------------------------------------------------

struct Bits {
    std::vector<std::uint8_t> bytes;
    std::size_t size = 0;

    void append(bool bit) {
        if (size % 8 == 0) bytes.push_back(0);
        bytes.back() = static_cast<std::uint8_t>(bytes.back() | bit << size % 8);
        ++size;
    }
    void truncate(std::size_t to) {
        if (to >= size) return;
        size = to;
        bytes.resize((to + 7) / 8);
        if (to % 8) bytes.back() = static_cast<std::uint8_t>(bytes.back() & ((1u << to % 8) - 1));
    }
};

// A buffer as Arrow wants it.
struct Buffer {
    const void* data;
    std::size_t size;
};

// The values at one place of the schema.
class Column {
  public:
    virtual ~Column() = default;

    std::size_t size = 0;
    std::size_t nulls = 0;

    // Reads one more value.
    void read(Cursor& in) {
        if (nullable_) valid_.append(true);
        ++size;
        take(in);
    }
    // Adds a null.
    void null() {
        if (!nullable_) allow_nulls();
        valid_.append(false);
        ++size;
        ++nulls;
        skip();
    }
    // Forgets all values from a number on.
    void truncate(std::size_t to) {
        if (to >= size) return;
        if (nullable_) {
            for (std::size_t i = to; i < size; ++i) nulls -= !(valid_.bytes[i / 8] >> i % 8 & 1);
            valid_.truncate(to);
        }
        size = to;
        cut(to);
    }

    Buffer validity() const { return {valid_.bytes.data(), nulls ? valid_.bytes.size() : 0}; }
    virtual std::vector<Buffer> buffers() const { return {}; }

    std::vector<Column*> children;

  protected:
    virtual void take(Cursor& in) = 0;
    virtual void skip() = 0;
    virtual void cut(std::size_t to) = 0;

    // Of the value that is being read.
    void become_null() {
        if (!nullable_) allow_nulls();
        valid_.truncate(size - 1);
        valid_.append(false);
        ++nulls;
        skip();
    }

  private:
    void allow_nulls() {
        nullable_ = true;
        for (std::size_t i = 0; i < size; ++i) valid_.append(true);
    }

    bool nullable_ = false;
    Bits valid_;
};

class Nulls : public Column {
  protected:
    void take(Cursor&) override {}
    void skip() override {}
    void cut(std::size_t) override {}
};

class Bools : public Column {
  public:
    std::vector<Buffer> buffers() const override {
        return {{values_.bytes.data(), values_.bytes.size()}};
    }

  protected:
    void take(Cursor& in) override {
        const auto byte = in.plain<std::uint8_t>();
        if (byte > 1) in.fail(Error::bad_bool, in.at - 1);
        values_.append(byte == 1);
    }
    void skip() override { values_.append(false); }
    void cut(std::size_t to) override { values_.truncate(to); }

  private:
    Bits values_;
};

template <typename T>
class Values : public Column {
  public:
    std::vector<Buffer> buffers() const override {
        return {{values_.data(), values_.size() * sizeof(T)}};
    }

  protected:
    void skip() override { values_.push_back(T{}); }
    void cut(std::size_t to) override { values_.resize(to); }

    std::vector<T> values_;
};

// Variable-length integers from a least to a most one.
template <typename T>
class Integers : public Values<T> {
  public:
    Integers(std::int64_t least, std::int64_t most, Error otherwise)
        : least_(least), most_(most), otherwise_(otherwise) {}

  protected:
    void take(Cursor& in) override {
        const std::uint8_t* const where = in.at;
        const std::int64_t value = in.varint();
        if (value < least_ || value > most_) in.fail(otherwise_, where);
        this->values_.push_back(static_cast<T>(value));
    }

  private:
    std::int64_t least_;
    std::int64_t most_;
    Error otherwise_;
};

template <typename T>
class Plain : public Values<T> {
  protected:
    void take(Cursor& in) override { this->values_.push_back(in.plain<T>()); }
};

// Bytes and texts.
class Texts : public Column {
  public:
    explicit Texts(bool utf8) : utf8_(utf8) {}

    std::vector<Buffer> buffers() const override {
        return {{ends_.data(), ends_.size() * sizeof(std::int32_t)}, {data_.data(), data_.size()}};
    }

    void append(std::string_view text) {
        if (data_.size() + text.size() > MOST_BYTES) throw std::overflow_error("too many bytes");
        data_.insert(data_.end(), text.begin(), text.end());
        ends_.push_back(static_cast<std::int32_t>(data_.size()));
    }

  protected:
    void take(Cursor& in) override {
        const std::string_view text = in.text();
        if (utf8_ && !is_text(text)) {
            in.fail(Error::ill_formed_utf8, reinterpret_cast<const std::uint8_t*>(text.data()));
        }
        append(text);
    }
    void skip() override { append({}); }
    void cut(std::size_t to) override {
        ends_.resize(to + 1);
        data_.resize(static_cast<std::size_t>(ends_.back()));
    }

  private:
    bool utf8_;
    std::vector<std::int32_t> ends_{0};
    std::vector<char> data_;
};

class Fixed : public Column {
  public:
    explicit Fixed(std::size_t width) : width_(width) {}

    std::vector<Buffer> buffers() const override { return {{data_.data(), data_.size()}}; }

  protected:
    void take(Cursor& in) override {
        const std::uint8_t* const found = in.bytes(width_);
        if (found == nullptr) return skip();
        data_.insert(data_.end(), found, found + width_);
    }
    void skip() override { data_.resize(data_.size() + width_); }
    void cut(std::size_t to) override { data_.resize(to * width_); }

  private:
    std::size_t width_;
    std::vector<std::uint8_t> data_;
};

// Big-endian two's complement of any length into WORDS little-endian words of 64 bits.
template <std::size_t WORDS>
class Decimals : public Column {
    using Number = std::array<std::uint64_t, WORDS>;

  public:
    // fixed is the number of bytes, or negative where it stands before them.
    Decimals(int precision, std::ptrdiff_t fixed) : fixed_(fixed) {
        limit_.fill(0);
        limit_[0] = 1;
        for (int i = 0; i < precision; ++i) times_ten(limit_);
    }

    std::vector<Buffer> buffers() const override {
        return {{values_.data(), values_.size() * sizeof(Number)}};
    }

  protected:
    void take(Cursor& in) override {
        const std::uint8_t* const where = in.at;
        std::string_view text;
        if (fixed_ < 0) {
            text = in.text();
        } else if (const std::uint8_t* const found = in.bytes(static_cast<std::size_t>(fixed_))) {
            text = {reinterpret_cast<const char*>(found), static_cast<std::size_t>(fixed_)};
        }
        Number number{};
        if (!number_of(text, number)) in.fail(Error::out_of_range, where);
        values_.push_back(number);
    }
    void skip() override { values_.push_back(Number{}); }
    void cut(std::size_t to) override { values_.resize(to); }

  private:
    static void times_ten(Number& number) {
        std::uint64_t carry = 0;
        for (std::uint64_t& word : number) {
            const std::uint64_t low = (word & 0xFFFFFFFF) * 10 + carry;
            const std::uint64_t high = (word >> 32) * 10 + (low >> 32);
            word = high << 32 | (low & 0xFFFFFFFF);
            carry = high >> 32;
        }
    }

    bool number_of(std::string_view text, Number& number) const {
        const bool negative = !text.empty() && static_cast<std::uint8_t>(text[0]) >= 0x80;
        number.fill(negative ? ~std::uint64_t{0} : 0);
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto byte = static_cast<std::uint8_t>(text[text.size() - 1 - i]);
            if (i >= WORDS * 8) {
                if (byte != (negative ? 0xFF : 0)) return false;
                continue;
            }
            std::uint64_t& word = number[i / 8];
            word &= ~(std::uint64_t{0xFF} << i % 8 * 8);
            word |= std::uint64_t{byte} << i % 8 * 8;
        }
        if ((number[WORDS - 1] >> 63 != 0) != negative) return false;
        return below_limit(negative ? negated(number) : number);
    }

    static Number negated(Number number) {
        std::uint64_t carry = 1;
        for (std::uint64_t& word : number) {
            word = ~word + carry;
            carry = carry && word == 0;
        }
        return number;
    }

    bool below_limit(const Number& number) const {
        for (std::size_t i = WORDS; i-- > 0;) {
            if (number[i] != limit_[i]) return number[i] < limit_[i];
        }
        return false;
    }

    std::ptrdiff_t fixed_;
    Number limit_;
    std::vector<Number> values_;
};

// Arrays; as maps, with a key before each item.
class Lists : public Column {
  public:
    // keys is empty for arrays.  least is the number of bytes that an item takes at least.
    Lists(std::unique_ptr<Texts> keys, std::unique_ptr<Column> items, std::size_t least)
        : keys_(std::move(keys)), items_(std::move(items)), least_(least + (keys_ != nullptr)) {
        if (keys_) children.push_back(keys_.get());
        children.push_back(items_.get());
    }

    std::vector<Buffer> buffers() const override {
        return {{ends_.data(), ends_.size() * sizeof(std::int32_t)}};
    }

  protected:
    void take(Cursor& in) override {
        while (const std::uint64_t count = in.items(least_)) {
            for (std::uint64_t i = 0; i < count && !is_fatal(in.error); ++i) {
                if (keys_) keys_->read(in);
                items_->read(in);
            }
            if (items_->size > MOST_BYTES) throw std::overflow_error("too many items");
        }
        skip();
    }
    void skip() override { ends_.push_back(static_cast<std::int32_t>(items_->size)); }
    void cut(std::size_t to) override {
        ends_.resize(to + 1);
        const auto count = static_cast<std::size_t>(ends_.back());
        if (keys_) keys_->truncate(count);
        items_->truncate(count);
    }

  private:
    std::unique_ptr<Texts> keys_;
    std::unique_ptr<Column> items_;
    std::size_t least_;
    std::vector<std::int32_t> ends_{0};
};

// Records; the fields of several ones where a union has them as its branches.
class Structs : public Column {
  public:
    explicit Structs(std::vector<std::unique_ptr<Column>> fields) : fields_(std::move(fields)) {
        for (const auto& field : fields_) children.push_back(field.get());
        order_.resize(fields_.size());
        for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = i;
    }

    void read_in(const std::vector<std::size_t>& order, Cursor& in) {
        for (const std::size_t number : order) fields_[number]->read(in);
        if (order.size() == fields_.size()) return;
        for (const auto& field : fields_) {
            if (field->size < size) field->null();
        }
    }

    // A value of a branch, which has the fields of some numbers.
    void read_branch(const std::vector<std::size_t>& order, Cursor& in) {
        branch_ = &order;
        read(in);
        branch_ = nullptr;
    }

  protected:
    void take(Cursor& in) override { read_in(branch_ ? *branch_ : order_, in); }
    void skip() override {
        for (const auto& field : fields_) field->null();
    }
    void cut(std::size_t to) override {
        for (const auto& field : fields_) field->truncate(to);
    }

  private:
    std::vector<std::unique_ptr<Column>> fields_;
    std::vector<std::size_t> order_;
    const std::vector<std::size_t>* branch_ = nullptr;
};

// A union of one type and perhaps null, in any order; it is the column of that type.
class Nullable : public Column {
  public:
    Nullable(std::unique_ptr<Column> other, std::int64_t null, std::int64_t branches)
        : other_(std::move(other)), null_(null), branches_(branches) {
        children.push_back(other_.get());
    }

  protected:
    void take(Cursor& in) override {
        const std::uint8_t* const where = in.at;
        const std::int64_t branch = in.varint();
        if (branch < 0 || branch >= branches_) in.fail(Error::bad_branch, where);
        if (branch == null_ || is_fatal(in.error)) {
            other_->null();
        } else {
            other_->read(in);
        }
    }
    void skip() override { other_->null(); }
    void cut(std::size_t to) override { other_->truncate(to); }

  private:
    std::unique_ptr<Column> other_;
    std::int64_t null_;
    std::int64_t branches_;
};

enum class Number { null, int32, int64, float32, float64 };

// A union of numbers, as the type that holds all of them.
template <typename T>
class Numbers : public Values<T> {
  public:
    explicit Numbers(std::vector<Number> branches) : branches_(std::move(branches)) {}

  protected:
    void take(Cursor& in) override {
        const std::uint8_t* const where = in.at;
        const auto branch = static_cast<std::uint64_t>(in.varint());
        if (branch >= branches_.size()) {
            in.fail(Error::bad_branch, where);
            return this->skip();
        }
        switch (branches_[branch]) {
            case Number::null: return this->become_null();
            case Number::float32: return this->values_.push_back(static_cast<T>(in.plain<float>()));
            case Number::float64: return this->values_.push_back(static_cast<T>(in.plain<double>()));
            default: break;
        }
        const std::int64_t value = in.varint();
        constexpr std::int64_t MOST = std::int64_t{1} << 53;
        if (std::is_floating_point_v<T> && (value > MOST || value < -MOST)) {
            in.fail(Error::inexact, where);
        }
        this->values_.push_back(static_cast<T>(value));
    }

  private:
    std::vector<Number> branches_;
};

// A union of records, and perhaps null, as the fields of all of them.
class Merged : public Column {
  public:
    // For each branch the numbers of its fields, or nothing but NONE for null.
    static constexpr std::size_t NONE = std::numeric_limits<std::size_t>::max();
    Merged(std::unique_ptr<Structs> fields, std::vector<std::vector<std::size_t>> branches)
        : fields_(std::move(fields)), branches_(std::move(branches)) {
        children.push_back(fields_.get());
    }

  protected:
    void take(Cursor& in) override {
        const std::uint8_t* const where = in.at;
        const auto branch = static_cast<std::uint64_t>(in.varint());
        if (branch >= branches_.size()) in.fail(Error::bad_branch, where);
        if (is_fatal(in.error) || (branches_[branch].size() == 1 && branches_[branch][0] == NONE)) {
            fields_->null();
        } else {
            fields_->read_branch(branches_[branch], in);
        }
    }
    void skip() override { fields_->null(); }
    void cut(std::size_t to) override { fields_->truncate(to); }

  private:
    std::unique_ptr<Structs> fields_;
    std::vector<std::vector<std::size_t>> branches_;
};

// --- text of JSON -------------------------------------------------------------------------------

enum class Kind {
    null,
    boolean,
    integer,
    float32,
    float64,
    bytes,
    string,
    fixed,
    symbols,
    array,
    map,
    record,
    choice,
};

// A type, which may be a part of itself: names are texts of JSON, children numbers of types.
struct Type {
    Kind kind;
    std::size_t width = 0;
    std::vector<std::string> names;
    std::vector<std::size_t> children;
};

// Values of any shape, as text of JSON.
class Json : public Column {
  public:
    Json(std::shared_ptr<const std::vector<Type>> types, std::size_t root)
        : types_(std::move(types)), root_(root), texts_(true) {}

    std::vector<Buffer> buffers() const override { return texts_.buffers(); }

  protected:
    void take(Cursor& in) override {
        out_.clear();
        if (!write(root_, in, 0)) return become_null();
        texts_.append(out_);
        ++texts_.size;
    }
    void skip() override {
        texts_.append({});
        ++texts_.size;
    }
    void cut(std::size_t to) override { texts_.truncate(to); }

  private:
    // Whether it is more than null.
    bool write(std::size_t number, Cursor& in, int depth) {
        const Type& type = (*types_)[number];
        if (depth > MOST_DEPTH) in.fail(Error::too_deep);
        if (is_fatal(in.error)) return true;
        switch (type.kind) {
            case Kind::null: out_ += "null"; return false;
            case Kind::boolean: boolean(in); break;
            case Kind::integer: out_ += std::to_string(in.varint()); break;
            case Kind::float32: real(in.plain<float>()); break;
            case Kind::float64: real(in.plain<double>()); break;
            case Kind::bytes: binary(in.text()); break;
            case Kind::string: string(in); break;
            case Kind::fixed: {
                const auto* const found = reinterpret_cast<const char*>(in.bytes(type.width));
                binary(found ? std::string_view{found, type.width} : std::string_view{});
                break;
            }
            case Kind::symbols: {
                const std::uint8_t* const where = in.at;
                const auto index = static_cast<std::uint64_t>(in.varint());
                if (index < type.names.size()) {
                    out_ += type.names[index];
                } else {
                    in.fail(Error::bad_symbol, where);
                }
                break;
            }
            case Kind::array: items(type, in, depth, '[', ']'); break;
            case Kind::map: items(type, in, depth, '{', '}'); break;
            case Kind::record: {
                out_ += '{';
                for (std::size_t i = 0; i < type.children.size(); ++i) {
                    if (i) out_ += ", ";
                    out_ += type.names[i];
                    out_ += ": ";
                    write(type.children[i], in, depth + 1);
                }
                out_ += '}';
                break;
            }
            case Kind::choice: {
                const std::uint8_t* const where = in.at;
                const auto branch = static_cast<std::uint64_t>(in.varint());
                if (branch < type.children.size()) return write(type.children[branch], in, depth + 1);
                in.fail(Error::bad_branch, where);
                break;
            }
        }
        return true;
    }

    void boolean(Cursor& in) {
        const auto byte = in.plain<std::uint8_t>();
        if (byte > 1) in.fail(Error::bad_bool, in.at - 1);
        out_ += byte ? "true" : "false";
    }

    template <typename T>
    void real(T value) {
        if (!std::isfinite(value)) {
            out_ += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
            return;
        }
        char text[32];
        const auto end = std::to_chars(text, text + sizeof text, value).ptr;
        const std::string_view digits(text, static_cast<std::size_t>(end - text));
        out_ += digits;
        if (digits.find_first_of(".e") == std::string_view::npos) out_ += ".0";
    }

    void string(Cursor& in) {
        const std::string_view text = in.text();
        if (!is_text(text)) {
            in.fail(Error::ill_formed_utf8, reinterpret_cast<const std::uint8_t*>(text.data()));
        }
        out_ += '"';
        for (const char byte : text) escaped(byte);
        out_ += '"';
    }

    // A character for each byte, as Avro's own encoding of JSON has it.
    void binary(std::string_view bytes) {
        out_ += '"';
        for (const char byte : bytes) {
            if (static_cast<std::uint8_t>(byte) < 0x80) {
                escaped(byte);
            } else {
                code(static_cast<std::uint8_t>(byte));
            }
        }
        out_ += '"';
    }

    void escaped(char byte) {
        if (byte == '"' || byte == '\\') {
            out_ += '\\';
            out_ += byte;
        } else if (static_cast<std::uint8_t>(byte) < 0x20) {
            code(static_cast<std::uint8_t>(byte));
        } else {
            out_ += byte;
        }
    }

    void code(std::uint8_t byte) {
        constexpr const char* DIGITS = "0123456789abcdef";
        out_ += "\\u00";
        out_ += DIGITS[byte >> 4];
        out_ += DIGITS[byte & 15];
    }

    void items(const Type& type, Cursor& in, int depth, char open, char close) {
        const bool keys = type.kind == Kind::map;
        out_ += open;
        bool first = true;
        // An item may take no bytes, whatever its type.
        while (const std::uint64_t count = in.items(keys ? 1 : 0)) {
            for (std::uint64_t i = 0; i < count && !is_fatal(in.error); ++i) {
                if (!first) out_ += ", ";
                first = false;
                if (keys) {
                    string(in);
                    out_ += ": ";
                }
                write(type.children[0], in, depth + 1);
            }
        }
        out_ += close;
    }

    std::shared_ptr<const std::vector<Type>> types_;
    std::size_t root_;
    Texts texts_;
    std::string out_;
};

// --- blocks -------------------------------------------------------------------------------------

// A record that is no row, or, if it is fatal, all of its block.
struct Broken {
    std::size_t block;
    std::size_t record;
    std::size_t field;
    Error error;
    std::size_t offset;
    std::size_t start;
    std::size_t end;
};

// Reads blocks of records into the columns of their fields.
class Reader {
  public:
    explicit Reader(std::vector<std::unique_ptr<Column>> columns) : columns_(std::move(columns)) {}

    std::size_t rows = 0;
    std::size_t blocks = 0;
    std::vector<Broken> broken;

    // A block either adds its records, less those that are broken, or nothing.
    void block(const std::uint8_t* data, std::size_t size, std::size_t records) {
        Cursor in{data, data, data + size};
        const std::size_t rows_before = rows;
        const std::size_t broken_before = broken.size();
        for (std::size_t record = 0; record < records; ++record) {
            in.error = Error::none;
            const std::size_t start = size - in.left();
            std::size_t field = 0;
            for (; field < columns_.size(); ++field) {
                columns_[field]->read(in);
                if (in.error != Error::none) break;
            }
            Error error = in.error;
            const std::size_t offset = in.offset;
            for (std::size_t rest = field + 1; rest < columns_.size() && !is_fatal(in.error); ++rest) {
                columns_[rest]->read(in);
            }
            if (is_fatal(in.error)) {
                if (!is_fatal(error)) error = in.error;
                return give_up(rows_before, broken_before, {blocks, record, field, error, in.offset, start, size});
            }
            if (error == Error::none) {
                ++rows;
                continue;
            }
            truncate(rows);
            broken.push_back({blocks, record, field, error, offset, start, size - in.left()});
        }
        if (in.at != in.end) {
            const std::size_t end = size - in.left();
            const Broken left{blocks, records, 0, Error::left_over, end, end, size};
            return give_up(rows_before, broken_before, left);
        }
        ++blocks;
    }

    Column& column(std::size_t number) { return *columns_[number]; }
    std::size_t width() const { return columns_.size(); }

  private:
    void truncate(std::size_t to) {
        for (const auto& column : columns_) column->truncate(to);
    }

    void give_up(std::size_t rows_before, std::size_t broken_before, Broken what) {
        rows = rows_before;
        truncate(rows);
        broken.resize(broken_before);
        broken.push_back(what);
        ++blocks;
    }

    std::vector<std::unique_ptr<Column>> columns_;
};

}  // namespace logflow::avro
