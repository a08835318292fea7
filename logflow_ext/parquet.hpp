// The values of one Parquet column chunk, laid out as pages.
//
// What is here: definition levels, plain values, dictionaries with RLE/bit-packed indices, deltas,
// and the statistics of each page.  What is not: compression, page headers, footers.
//
// The format: https://parquet.apache.org/docs/file-format/data-pages/encodings/

#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "bloom.hpp"
#include "hashing.hpp"
#include "memory.hpp"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "Parquet and Arrow are little-endian");

namespace logflow::parquet {

// The kinds of pages.KINDS, by number.
enum class Kind : int {
    boolean, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64, decimal128,
    bytes, large_bytes,
};

// Parquet's numbers of encodings.
enum class Encoding : int {
    plain = 0, delta_binary_packed = 5, delta_length_byte_array = 6, rle_dictionary = 8,
};

enum class Dictionary : int { automatic, always, never };

// An Arrow array, or the dictionary of one.  Buffers are as long as check() found.
struct Array {
    Kind kind = Kind::int64;
    const std::uint8_t* values = nullptr;
    const std::uint8_t* offsets = nullptr;   // of bytes
    const std::uint8_t* validity = nullptr;  // none: no nulls
    std::size_t offset = 0;
    std::size_t rows = 0;
};

struct Options {
    bool nullable = true;
    Dictionary dictionary = Dictionary::automatic;
    std::size_t page_bytes = 1 << 20;
    std::int64_t factor = 1;  // by which integers are multiplied
    int precision = 0;        // digits of decimals
    bool bloom_filter = false;
};

struct Bounds {
    std::string least;
    std::string most;
};

struct Page {
    std::size_t start;
    std::size_t size;
    std::size_t rows;
    std::size_t nulls;
    std::optional<Bounds> bounds;
};

using I32 = std::int32_t;
using I64 = std::int64_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
__extension__ typedef __int128 I128;
__extension__ typedef unsigned __int128 U128;

constexpr std::size_t MAX_PAGE = std::numeric_limits<std::int32_t>::max();

// Bytes that grow.  What is written may be followed by SLACK bytes of rubbish, so that loops can
// store whole words.
class Bytes {
  public:
    static constexpr std::size_t SLACK = 64;

    Bytes() = default;
    Bytes(Bytes&& other) noexcept { swap(other); }
    Bytes& operator=(Bytes&& other) noexcept {
        swap(other);
        return *this;
    }

    // A place for `more` bytes and the slack.
    std::uint8_t* room(std::size_t more) {
        if (size_ + more + SLACK > memory_.size()) grow(size_ + more + SLACK);
        return data() + size_;
    }
    void advance(std::size_t by) { size_ += by; }
    void append(const void* from, std::size_t count) {
        std::uint8_t* to = room(count);
        if (count) std::memcpy(to, from, count);
        size_ += count;
    }
    void byte(std::uint8_t value) { append(&value, 1); }
    void varint(std::uint64_t value) {
        std::uint8_t* to = room(10);
        std::size_t count = 0;
        for (; value > 127; value >>= 7) to[count++] = static_cast<std::uint8_t>(value | 128);
        to[count++] = static_cast<std::uint8_t>(value);
        size_ += count;
    }
    std::uint8_t* data() { return memory_.data<std::uint8_t>(); }
    const std::uint8_t* data() const { return memory_.data<std::uint8_t>(); }
    std::size_t size() const { return size_; }

  private:
    void swap(Bytes& other) {
        std::swap(memory_, other.memory_);
        std::swap(size_, other.size_);
    }
    void grow(std::size_t needed) {
        memory_.grow(std::max(needed, memory_.size() + memory_.size() / 2), size_);
    }

    Memory memory_;
    std::size_t size_ = 0;
};

struct Chunk {
    Encoding encoding = Encoding::plain;
    Bytes dictionary;
    std::size_t entries = 0;
    Bytes body;
    std::vector<Page> pages;
    std::optional<Bounds> bounds;
    bool ascending = false;
    std::vector<U32> bloom_filter;
};

template <class Value>
Value load(const void* from) {
    Value value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

template <class Value>
void store(void* to, Value value) {
    std::memcpy(to, &value, sizeof value);
}

inline int bit_width(std::uint64_t value) { return value ? 64 - __builtin_clzll(value) : 0; }

inline bool bit_at(const std::uint8_t* bits, std::size_t i) { return bits[i >> 3] >> (i & 7) & 1; }

// 64 bits from position `at` on, of which `count` (1 to 64) exist; the others are 0.
inline std::uint64_t bits_at(const std::uint8_t* bits, std::size_t at, std::size_t count) {
    const std::size_t shift = at & 7;
    const std::size_t bytes = (shift + count + 7) / 8;
    const std::uint8_t* from = bits + (at >> 3);
    std::uint64_t word = 0;
    std::memcpy(&word, from, std::min<std::size_t>(bytes, 8));
    word >>= shift;
    if (bytes > 8) word |= static_cast<std::uint64_t>(from[8]) << (64 - shift);
    return count < 64 ? word & ((std::uint64_t{1} << count) - 1) : word;
}

inline std::size_t count_bits(const std::uint8_t* bits, std::size_t at, std::size_t count) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < count; i += 64) {
        const std::size_t some = std::min<std::size_t>(64, count - i);
        found += static_cast<std::size_t>(__builtin_popcountll(bits_at(bits, at + i, some)));
    }
    return found;
}

// `count` bits from position `at` on, padded with 0 to a whole byte.
inline void append_bits(Bytes& out, const std::uint8_t* bits, std::size_t at, std::size_t count) {
    std::uint8_t* to = out.room((count + 7) / 8);
    for (std::size_t i = 0; i < count; i += 64) {
        store(to + i / 8, bits_at(bits, at + i, std::min<std::size_t>(64, count - i)));
    }
    out.advance((count + 7) / 8);
}

// Calls `with(i)` for each bit that is set.
template <class Function>
void each_set(const std::uint8_t* bits, std::size_t at, std::size_t count, Function with) {
    for (std::size_t i = 0; i < count; i += 64) {
        const std::size_t some = std::min<std::size_t>(64, count - i);
        std::uint64_t word = bits_at(bits, at + i, some);
        if (word == ~std::uint64_t{0}) {
            for (std::size_t k = 0; k < 64; ++k) with(i + k);
            continue;
        }
        for (; word; word &= word - 1) with(i + static_cast<std::size_t>(__builtin_ctzll(word)));
    }
}

// Bit packing: `Count` values of `Width` bits each, least significant bit first.  Stores whole
// words, the last one perhaps beyond the end.

template <int Count, int Width, class Value>
void pack(const Value* values, std::uint8_t* out) {
    if constexpr (Width > 0) {
        std::uint64_t word = 0;
        int filled = 0;
#pragma GCC unroll 32
        for (int i = 0; i < Count; ++i) {
            const std::uint64_t value = values[i];
            word |= value << filled;
            if (filled + Width >= 64) {
                store(out, word);
                out += 8;
                word = filled == 0 ? 0 : value >> (64 - filled);
                filled += Width - 64;
                if (filled == 0) word = 0;
            } else {
                filled += Width;
            }
        }
        if (filled) store(out, word);
    }
}

template <int Count, class Value, int... Widths>
constexpr auto packers(std::integer_sequence<int, Widths...>) {
    return std::array<void (*)(const Value*, std::uint8_t*), sizeof...(Widths)>{
        pack<Count, Widths, Value>...};
}

template <int Count, class Value>
void pack(const Value* values, int width, std::uint8_t* out) {
    static constexpr auto all =
        packers<Count, Value>(std::make_integer_sequence<int, 8 * sizeof(Value) + 1>());
    all[static_cast<std::size_t>(width)](values, out);
}

// The hybrid of runs and bit-packed groups of eight.
class Hybrid {
  public:
    static constexpr std::size_t MIN_RUN = 16;

    Hybrid(Bytes& out, int width) : out_(out), width_(width) {}

    void append(const std::uint32_t* values, std::size_t count) {
        std::size_t literal = 0;
        std::size_t i = 0;
        while (i + MIN_RUN <= count) {
            if (values[i] != values[i + 7] || values[i] != values[i + 1]) {
                i += 8;
                continue;
            }
            std::size_t end = i + 1;
            while (end < count && values[end] == values[i]) ++end;
            if (end - i < MIN_RUN) {
                i += 8;
                continue;
            }
            packed(values + literal, i - literal);
            run(values[i], end - i);
            literal = i = end;
        }
        packed(values + literal, count - literal);
    }

    void run(std::uint32_t value, std::size_t count) {
        out_.varint(static_cast<std::uint64_t>(count) << 1);
        out_.append(&value, static_cast<std::size_t>(width_ + 7) / 8);
    }

  private:
    void packed(const std::uint32_t* values, std::size_t count) {
        if (count == 0) return;
        const std::size_t groups = (count + 7) / 8;
        const std::size_t bytes = static_cast<std::size_t>(width_);
        out_.varint(static_cast<std::uint64_t>(groups) << 1 | 1);
        std::uint8_t* to = out_.room(groups * bytes);
        for (std::size_t g = 0; g + 1 < groups; ++g) {
            pack<8>(values + 8 * g, width_, to + g * bytes);
        }
        std::uint32_t last[8] = {};
        std::copy(values + 8 * (groups - 1), values + count, last);
        pack<8>(last, width_, to + (groups - 1) * bytes);
        out_.advance(groups * bytes);
    }

    Bytes& out_;
    int width_;
};

// DELTA_BINARY_PACKED: blocks of 128 deltas in four miniblocks.
template <class Value>
class Deltas {
  public:
    static constexpr std::size_t BLOCK = 128;
    static constexpr std::size_t MINIBLOCKS = 4;
    static constexpr std::size_t MINIBLOCK = BLOCK / MINIBLOCKS;

    static void append(Bytes& out, const Value* values, std::size_t count) {
        out.varint(BLOCK);
        out.varint(MINIBLOCKS);
        out.varint(count);
        out.varint(zigzag(count ? values[0] : 0));
        for (std::size_t at = 1; at < count; at += BLOCK) {
            const Block block(values + at, std::min(BLOCK, count - at));
            out.varint(zigzag(block.least));
            out.append(block.widths, MINIBLOCKS);
            std::uint8_t* to = out.room(BLOCK * sizeof(Value));
            for (std::size_t m = 0; m * MINIBLOCK < block.count; ++m) {
                pack<MINIBLOCK>(block.deltas + m * MINIBLOCK, block.widths[m], to);
                to += block.widths[m] * MINIBLOCK / 8u;
            }
            out.advance(static_cast<std::size_t>(to - (out.data() + out.size())));
        }
    }

    // The bytes of all blocks, with five for each minimum.
    static std::size_t size(const Value* values, std::size_t count) {
        std::size_t bytes = 0;
        for (std::size_t at = 1; at < count; at += BLOCK) {
            const Block block(values + at, std::min(BLOCK, count - at));
            bytes += 5 + MINIBLOCKS;
            for (std::uint8_t width : block.widths) bytes += width * MINIBLOCK / 8u;
        }
        return bytes;
    }

  private:
    using Unsigned = std::make_unsigned_t<Value>;

    // `values` has a value before it.
    struct Block {
        Block(const Value* values, std::size_t count) : count(count) {
            for (std::size_t i = 0; i < count; ++i) {
                deltas[i] = static_cast<Unsigned>(values[i]) - static_cast<Unsigned>(values[i - 1]);
            }
            least = static_cast<Value>(deltas[0]);
            for (std::size_t i = 1; i < count; ++i) {
                least = std::min(least, static_cast<Value>(deltas[i]));
            }
            for (std::size_t i = 0; i < count; ++i) deltas[i] -= static_cast<Unsigned>(least);
            std::fill(deltas + count, deltas + BLOCK, 0);
            for (std::size_t m = 0; m < MINIBLOCKS; ++m) {
                Unsigned all = 0;
                for (std::size_t i = 0; i < MINIBLOCK; ++i) all |= deltas[m * MINIBLOCK + i];
                widths[m] = static_cast<std::uint8_t>(bit_width(all));
            }
        }

        std::size_t count;
        Value least;
        std::uint8_t widths[MINIBLOCKS];
        Unsigned deltas[BLOCK];
    };

    static std::uint64_t zigzag(Value value) {
        const std::int64_t wide = value;
        return static_cast<std::uint64_t>(wide) << 1 ^ static_cast<std::uint64_t>(wide >> 63);
    }
};

// When a dictionary is given up while it is built: every BLOCK values, too many were new.
class Patience {
  public:
    static constexpr std::size_t BLOCK = 8192;

    explicit Patience(Dictionary wish) : endless_(wish == Dictionary::always) {}

    // After `seen` values, a whole number of blocks, of which `distinct` are distinct.
    bool is_over(std::size_t seen, std::size_t distinct) {
        const std::size_t fresh = distinct - std::exchange(before_, distinct);
        return !endless_ && fresh * 10 > BLOCK * (seen <= 2 * BLOCK ? 9 : 5);
    }

  private:
    bool endless_;
    std::size_t before_ = 0;
};

// Distinct values in order of appearance, and for each value its place among them.
struct Indexed {
    std::vector<std::uint32_t> indices;
    std::vector<std::uint32_t> firsts;  // where each distinct value appears first; of texts only
    std::size_t distinct = 0;
};

inline int index_width(std::size_t distinct) { return distinct < 2 ? 1 : bit_width(distinct - 1); }

constexpr std::uint32_t NONE = 0xffffffff;

// Where the index of a value is kept: by its distance from the least one ...
template <class Bits>
class Direct {
  public:
    Direct(Bits least, std::uint64_t range) : least_(least), table_(range + 1, NONE) {}
    std::uint32_t& find(Bits value, const Bits*) { return table_[Bits(value - least_)]; }
    void added(const Bits*, std::size_t) {}

  private:
    Bits least_;
    std::vector<std::uint32_t> table_;
};

// ... or by its hash.
template <class Bits>
class Hashed {
  public:
    Hashed() : table_(std::size_t{1} << 10, NONE) {}
    std::uint32_t& find(Bits value, const Bits* entries) {
        std::size_t at = hash(value);
        while (table_[at] != NONE && entries[table_[at]] != value) {
            at = (at + 1) & (table_.size() - 1);
        }
        return table_[at];
    }
    void added(const Bits* entries, std::size_t count) {
        if (count * 2 <= table_.size()) return;
        shift_ -= 2;
        table_.assign(table_.size() * 4, NONE);
        for (std::size_t i = 0; i < count; ++i) {
            find(entries[i], entries) = static_cast<std::uint32_t>(i);
        }
    }

  private:
    std::size_t hash(Bits value) const {
        std::uint64_t word = static_cast<std::uint64_t>(value);
        if constexpr (sizeof(Bits) > 8) word ^= static_cast<std::uint64_t>(value >> 64) * 31;
        return (word * std::uint64_t{0x9E3779B97F4A7C15}) >> shift_;
    }
    int shift_ = 54;
    std::vector<std::uint32_t> table_;
};

// The indices of `count` values `value(i)`; their distinct values go to `entries`.
template <class Bits, class Value, class Table>
std::optional<Indexed> index_values(std::size_t count, Value value, Patience patience,
                                    Table& table, std::vector<Bits>& entries) {
    Indexed result;
    result.indices.resize(count);
    entries.resize(1);  // one more than there are, to store first and count then
    std::size_t distinct = 0;
    for (std::size_t from = 0; from < count; from += Patience::BLOCK) {
        const std::size_t to = std::min(count, from + Patience::BLOCK);
        for (std::size_t i = from; i < to; ++i) {
            const Bits bits = value(i);
            std::uint32_t& place = table.find(bits, entries.data());
            std::uint32_t found = place;
            if (found == NONE) {
                found = place = static_cast<std::uint32_t>(distinct);
                entries[distinct++] = bits;
                entries.push_back(0);
                table.added(entries.data(), distinct);
            }
            result.indices[i] = found;
        }
        if (to - from == Patience::BLOCK && patience.is_over(to, distinct)) return std::nullopt;
    }
    result.distinct = distinct;
    return result;
}

// Numbers of one physical type without nulls; bounds compare as `Logical`.
template <class Physical, class Logical>
class Numbers {
  public:
    using Bits = std::conditional_t<sizeof(Physical) == 4, std::uint32_t, std::uint64_t>;

    Numbers(const Physical* values, std::size_t count) : values_(values), count_(count) {}

    std::size_t count() const { return count_; }
    std::size_t plain_size() const { return count_ * sizeof(Physical); }
    static constexpr bool is_even = true;  // all values take the same room
    static constexpr Encoding delta_encoding = Encoding::delta_binary_packed;
    static constexpr std::size_t delta_gain = 8;  // what part of plain values deltas have to save

    std::optional<Bounds> bounds(std::size_t from, std::size_t to) const {
        if (from == to) return std::nullopt;
        auto [least, most] = extremes(from, to);
        if constexpr (std::is_floating_point_v<Logical>) {
            if (least > most) return std::nullopt;  // nothing but NaN
            if (least == 0) least = -0.0;
            if (most == 0) most = 0.0;
        }
        return Bounds{text(static_cast<Physical>(least)), text(static_cast<Physical>(most))};
    }

    std::optional<Bounds> bounds(const Indexed&, std::size_t from, std::size_t to) const {
        return bounds(from, to);
    }

    std::size_t size(std::size_t) const { return sizeof(Physical); }
    bool is_ascending() const {
        // Not all readers sort NaN and zeros in the same way.
        if constexpr (std::is_floating_point_v<Logical>) return false;
        return std::is_sorted(values_, values_ + count_, [](Physical a, Physical b) {
            return static_cast<Logical>(a) < static_cast<Logical>(b);
        });
    }
    std::string_view bytes(std::size_t i) const {
        return {reinterpret_cast<const char*>(values_ + i), sizeof(Physical)};
    }

    void plain(Bytes& out, std::size_t from, std::size_t to) const {
        out.append(values_ + from, (to - from) * sizeof(Physical));
    }

    std::size_t delta_size() const {
        if constexpr (has_deltas) return Deltas<Physical>::size(values_, count_);
        return plain_size();
    }

    void deltas(Bytes& out, std::size_t from, std::size_t to) const {
        if constexpr (has_deltas) Deltas<Physical>::append(out, values_ + from, to - from);
    }

    // Into `dictionary`, unless that does not pay.
    std::optional<Indexed> index(Patience patience, Bytes& dictionary) const {
        if constexpr (std::is_integral_v<Physical>) {
            const auto [least, most] = extremes(0, count_);
            const std::uint64_t range =
                static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
            if (count_ && range < MAX_RANGE && range <= 4 * count_) {
                return index(patience, dictionary, Direct<Bits>(static_cast<Bits>(least), range));
            }
        }
        return index(patience, dictionary, Hashed<Bits>());
    }

  private:
    static constexpr bool has_deltas = std::is_integral_v<Physical>;
    static constexpr std::uint64_t MAX_RANGE = 1 << 18;

    template <class Table>
    std::optional<Indexed> index(Patience patience, Bytes& dictionary, Table table) const {
        std::vector<Bits> entries;
        std::optional<Indexed> result = index_values(
            count_, [&](std::size_t i) { return load<Bits>(values_ + i); }, patience, table, entries);
        if (result) dictionary.append(entries.data(), result->distinct * sizeof(Bits));
        return result;
    }

    std::pair<Logical, Logical> extremes(std::size_t from, std::size_t to) const {
        constexpr std::size_t LANES = 4;
        using Limits = std::numeric_limits<Logical>;
        std::array<Logical, LANES> least;
        std::array<Logical, LANES> most;
        least.fill(Limits::has_infinity ? Limits::infinity() : Limits::max());
        most.fill(Limits::has_infinity ? -Limits::infinity() : Limits::lowest());
        const auto add = [&](std::size_t lane, std::size_t i) {
            const Logical value = static_cast<Logical>(values_[i]);
            least[lane] = value < least[lane] ? value : least[lane];
            most[lane] = value > most[lane] ? value : most[lane];
        };
        std::size_t i = from;
        for (; i + LANES <= to; i += LANES) {
            for (std::size_t lane = 0; lane < LANES; ++lane) add(lane, i + lane);
        }
        for (; i < to; ++i) add(0, i);
        return {*std::min_element(least.begin(), least.end()),
                *std::max_element(most.begin(), most.end())};
    }

    static std::string text(Physical value) {
        return std::string(reinterpret_cast<const char*>(&value), sizeof value);
    }

    const Physical* values_;
    std::size_t count_;
};

// Decimals without nulls, as big-endian numbers of a fixed number of bytes.
class Decimals {
  public:
    Decimals(const I128* values, std::size_t count, std::size_t width)
        : values_(values), count_(count), width_(width) {}

    std::size_t count() const { return count_; }
    std::size_t plain_size() const { return count_ * width_; }
    static constexpr bool is_even = true;
    static constexpr Encoding delta_encoding = Encoding::plain;
    static constexpr std::size_t delta_gain = 1;  // which nothing has

    std::optional<Bounds> bounds(std::size_t from, std::size_t to) const {
        if (from == to) return std::nullopt;
        const auto [least, most] = std::minmax_element(values_ + from, values_ + to);
        return Bounds{text(*least), text(*most)};
    }
    std::optional<Bounds> bounds(const Indexed&, std::size_t from, std::size_t to) const {
        return bounds(from, to);
    }

    std::size_t size(std::size_t) const { return width_; }
    bool is_ascending() const { return std::is_sorted(values_, values_ + count_); }
    std::string bytes(std::size_t i) const { return text(values_[i]); }
    std::size_t delta_size() const { return plain_size(); }
    void deltas(Bytes&, std::size_t, std::size_t) const {}
    void plain(Bytes& out, std::size_t from, std::size_t to) const {
        for (std::size_t i = from; i < to; ++i) append(out, static_cast<U128>(values_[i]));
    }

    std::optional<Indexed> index(Patience patience, Bytes& dictionary) const {
        std::vector<U128> entries;
        Hashed<U128> table;
        std::optional<Indexed> result = index_values(
            count_, [&](std::size_t i) { return static_cast<U128>(values_[i]); }, patience, table,
            entries);
        if (!result) return result;
        for (std::size_t i = 0; i < result->distinct; ++i) append(dictionary, entries[i]);
        return result;
    }

  private:
    std::array<std::uint8_t, 16> big_endian(U128 value) const {
        std::array<std::uint8_t, 16> bytes;
        store(bytes.data(), __builtin_bswap64(static_cast<std::uint64_t>(value >> 64)));
        store(bytes.data() + 8, __builtin_bswap64(static_cast<std::uint64_t>(value)));
        return bytes;
    }
    void append(Bytes& out, U128 value) const {
        out.append(big_endian(value).data() + 16 - width_, width_);
    }
    std::string text(I128 value) const {
        const auto bytes = big_endian(static_cast<U128>(value));
        return std::string(bytes.end() - static_cast<std::ptrdiff_t>(width_), bytes.end());
    }

    const I128* values_;
    std::size_t count_;
    std::size_t width_;
};

// The first eight bytes as a number that sorts like them.
inline std::uint64_t prefix(std::string_view text) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), std::min<std::size_t>(text.size(), 8));
    return __builtin_bswap64(word);
}

// The least and the largest of texts, compared as unsigned bytes.
class TextBounds {
  public:
    void add(std::string_view text) {
        const std::uint64_t start = prefix(text);
        if (!any_ || (start <= least_start_ && text < least_)) {
            least_ = text;
            least_start_ = start;
        }
        if (!any_ || (start >= most_start_ && text > most_)) {
            most_ = text;
            most_start_ = start;
        }
        any_ = true;
    }
    std::optional<Bounds> found() const {
        if (!any_) return std::nullopt;
        return Bounds{std::string(least_), std::string(most_)};
    }

  private:
    bool any_ = false;
    std::string_view least_, most_;
    std::uint64_t least_start_ = 0, most_start_ = 0;
};

// Texts or binary values without nulls: slots of an Arrow array.
template <class Offset>
class Texts {
  public:
    // Without `slots`, all of the array.
    Texts(const Array& array, const std::uint32_t* slots, std::size_t count)
        : data_(reinterpret_cast<const char*>(array.values)),
          offsets_(reinterpret_cast<const Offset*>(array.offsets) + array.offset),
          slots_(slots),
          count_(count) {}

    std::string_view operator[](std::size_t i) const {
        const std::size_t slot = slots_ ? slots_[i] : i;
        const Offset start = offsets_[slot];
        return {data_ + start, static_cast<std::size_t>(offsets_[slot + 1] - start)};
    }

    std::size_t count() const { return count_; }
    std::size_t text_size() const {
        if (!slots_) return static_cast<std::size_t>(offsets_[count_] - offsets_[0]);
        std::size_t size = 0;
        for (std::size_t i = 0; i < count_; ++i) size += (*this)[i].size();
        return size;
    }
    std::size_t plain_size() const { return 4 * count_ + text_size(); }
    static constexpr bool is_even = false;
    static constexpr Encoding delta_encoding = Encoding::delta_length_byte_array;
    static constexpr std::size_t delta_gain = 20;

    std::optional<Bounds> bounds(std::size_t from, std::size_t to) const {
        TextBounds bounds;
        for (std::size_t i = from; i < to; ++i) bounds.add((*this)[i]);
        return bounds.found();
    }

    std::optional<Bounds> bounds(const Indexed& indexed, std::size_t from, std::size_t to) const {
        std::vector<std::uint8_t> used(indexed.distinct, to - from == count_);
        if (to - from < count_) {
            for (std::size_t i = from; i < to; ++i) used[indexed.indices[i]] = 1;
        }
        TextBounds bounds;
        for (std::size_t e = 0; e < indexed.distinct; ++e) {
            if (used[e]) bounds.add((*this)[indexed.firsts[e]]);
        }
        return bounds.found();
    }

    std::size_t size(std::size_t i) const { return 4 + (*this)[i].size(); }
    bool is_ascending() const {
        for (std::size_t i = 1; i < count_; ++i) {
            if ((*this)[i] < (*this)[i - 1]) return false;
        }
        return true;
    }
    std::string_view bytes(std::size_t i) const { return (*this)[i]; }

    void plain(Bytes& out, std::size_t from, std::size_t to) const {
        for (std::size_t i = from; i < to; ++i) append(out, (*this)[i]);
    }

    std::size_t delta_size() const {
        const std::vector<std::int32_t> all = lengths(0, count_);
        return Deltas<std::int32_t>::size(all.data(), count_) + text_size();
    }

    // The lengths as deltas, then the bytes of all values.
    void deltas(Bytes& out, std::size_t from, std::size_t to) const {
        Deltas<std::int32_t>::append(out, lengths(from, to).data(), to - from);
        if (!slots_) {
            out.append(data_ + offsets_[from],
                       static_cast<std::size_t>(offsets_[to] - offsets_[from]));
            return;
        }
        for (std::size_t i = from; i < to; ++i) append_text(out, (*this)[i]);
    }

    std::optional<Indexed> index(Patience patience, Bytes& dictionary) const {
        Indexed result;
        result.indices.resize(count_);
        std::vector<std::uint32_t>& firsts = result.firsts;
        Table table(*this, firsts);
        for (std::size_t from = 0; from < count_; from += Patience::BLOCK) {
            const std::size_t to = std::min(count_, from + Patience::BLOCK);
            for (std::size_t i = from; i < to; ++i) {
                result.indices[i] = table.place_of(static_cast<std::uint32_t>(i));
            }
            if (to - from == Patience::BLOCK && patience.is_over(to, firsts.size())) {
                return std::nullopt;
            }
        }
        fill(result, dictionary);
        return result;
    }

    // The same for slots of a dictionary, which has `rows` entries.
    Indexed index_slots(std::size_t rows, Bytes& dictionary) const {
        Indexed result;
        result.indices.resize(count_);
        std::vector<std::uint32_t> places(rows, NONE);
        for (std::size_t i = 0; i < count_; ++i) {
            std::uint32_t& place = places[slots_[i]];
            if (place == NONE) {
                place = static_cast<std::uint32_t>(result.firsts.size());
                result.firsts.push_back(static_cast<std::uint32_t>(i));
            }
            result.indices[i] = place;
        }
        fill(result, dictionary);
        return result;
    }

    static void append(Bytes& out, std::string_view text) {
        std::uint8_t* to = out.room(4 + text.size());
        store(to, static_cast<std::uint32_t>(text.size()));
        copy(to + 4, text);
        out.advance(4 + text.size());
    }

  private:
    void fill(Indexed& indexed, Bytes& dictionary) const {
        indexed.distinct = indexed.firsts.size();
        for (std::uint32_t first : indexed.firsts) append(dictionary, (*this)[first]);
    }

    // The places of distinct texts by their hash.
    class Table {
      public:
        Table(const Texts& texts, std::vector<std::uint32_t>& firsts)
            : texts_(texts), firsts_(firsts), entries_(std::size_t{1} << 10) {}

        std::uint32_t place_of(std::uint32_t i) {
            const std::string_view text = texts_[i];
            const std::uint64_t code = hash(text);
            const auto low = static_cast<std::uint32_t>(code);
            std::size_t at = code >> shift_;
            for (; entries_[at].place != NONE; at = (at + 1) & (entries_.size() - 1)) {
                const Entry& entry = entries_[at];
                if (entry.code == low && texts_[firsts_[entry.place]] == text) return entry.place;
            }
            const auto place = static_cast<std::uint32_t>(firsts_.size());
            entries_[at] = {low, place};
            firsts_.push_back(i);
            if (firsts_.size() * 2 > entries_.size()) grow();
            return place;
        }

      private:
        struct Entry {
            std::uint32_t code = 0;
            std::uint32_t place = NONE;
        };

        void grow() {
            shift_ -= 2;
            entries_.assign(entries_.size() * 4, Entry());
            for (std::uint32_t place = 0; place < firsts_.size(); ++place) {
                const std::uint64_t code = hash(texts_[firsts_[place]]);
                std::size_t at = code >> shift_;
                while (entries_[at].place != NONE) at = (at + 1) & (entries_.size() - 1);
                entries_[at] = {static_cast<std::uint32_t>(code), place};
            }
        }

        const Texts& texts_;
        std::vector<std::uint32_t>& firsts_;
        std::vector<Entry> entries_;
        int shift_ = 54;
    };

    static void append_text(Bytes& out, std::string_view text) {
        copy(out.room(text.size()), text);
        out.advance(text.size());
    }

    // Without a call for short texts, the usual ones.
    static void copy(std::uint8_t* to, std::string_view text) {
        const std::size_t size = text.size();
        const char* from = text.data();
        if (size > 16) {
            std::memcpy(to, from, size);
        } else if (size >= 8) {
            const auto last = load<std::uint64_t>(from + size - 8);
            store(to, load<std::uint64_t>(from));
            store(to + size - 8, last);
        } else if (size >= 4) {
            const auto last = load<std::uint32_t>(from + size - 4);
            store(to, load<std::uint32_t>(from));
            store(to + size - 4, last);
        } else {
            for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(from[i]);
        }
    }

    static std::uint64_t mixed(std::uint64_t state, std::uint64_t word) {
        const auto product = static_cast<unsigned __int128>(state ^ word) * 0x9E3779B97F4A7C15u;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }

    static std::uint64_t hash(std::string_view text) {
        const char* at = text.data();
        std::size_t left = text.size();
        std::uint64_t state = 0x2545F4914F6CDD1D + left;
        for (; left > 8; left -= 8, at += 8) state = mixed(state, load<std::uint64_t>(at));
        std::uint64_t word = 0;
        if (left >= 4) {
            word = load<std::uint32_t>(at) |
                   static_cast<std::uint64_t>(load<std::uint32_t>(at + left - 4)) << 32;
        } else {
            for (std::size_t i = 0; i < left; ++i) {
                word = word << 8 | static_cast<std::uint8_t>(at[i]);
            }
        }
        return mixed(mixed(state, word), 0x94D049BB133111EB);
    }

    std::vector<std::int32_t> lengths(std::size_t from, std::size_t to) const {
        std::vector<std::int32_t> found(to - from);
        for (std::size_t i = from; i < to; ++i) {
            found[i - from] = static_cast<std::int32_t>((*this)[i].size());
        }
        return found;
    }

    const char* data_;
    const Offset* offsets_;
    const std::uint32_t* slots_;
    std::size_t count_;
};

// Booleans without nulls, as bits.
class Booleans {
  public:
    Booleans(const std::uint8_t* bits, std::size_t at, std::size_t count)
        : bits_(bits), at_(at), count_(count) {}

    std::size_t plain_size() const { return (count_ + 7) / 8; }

    std::optional<Bounds> bounds(std::size_t from, std::size_t to) const {
        if (from == to) return std::nullopt;
        const std::size_t set = count_bits(bits_, at_ + from, to - from);
        return Bounds{std::string(1, set == to - from), std::string(1, set > 0)};
    }

    void plain(Bytes& out, std::size_t from, std::size_t to) const {
        append_bits(out, bits_, at_ + from, to - from);
    }

  private:
    const std::uint8_t* bits_;
    std::size_t at_;
    std::size_t count_;
};

// The rows of a chunk and which of them are null; writes what all pages have in common.
class Pages {
  public:
    Pages(const Array& array, const Options& options, Chunk& chunk)
        : array_(array), options_(options), chunk_(chunk) {}

    // Makes room for values of `size` bytes together, and for the levels.
    void reserve(std::size_t size) {
        const std::size_t parts = size / options_.page_bytes + 2;
        chunk_.body.room(size + array_.rows / 8 + 16 * parts);
    }

    // Pages of equal numbers of rows, for values of `size` bytes together; `values(from, to)`
    // appends those of a page and gives their bounds.
    template <class Values>
    void write(std::size_t size, Values values) {
        const std::size_t parts = std::max<std::size_t>(1, size / options_.page_bytes);
        const std::size_t rows = std::max<std::size_t>(1, (array_.rows + parts - 1) / parts);
        std::size_t row = 0;
        std::size_t value = 0;
        while (row < array_.rows) {
            const std::size_t some = std::min(rows, array_.rows - row);
            value = page(row, some, value, values);
            row += some;
        }
    }

    // Pages of about as many bytes as wanted, where values have different sizes; `size(i)` is
    // that of a value.
    template <class Size, class Values>
    void write_by_size(Size size, Values values) {
        std::size_t row = 0;
        std::size_t value = 0;
        while (row < array_.rows) {
            std::size_t bytes = 0;
            std::size_t end = row;
            std::size_t next = value;
            while (end < array_.rows) {
                if (is_valid(end)) {
                    const std::size_t more = size(next);
                    if (bytes > 0 && bytes + more > options_.page_bytes) break;
                    bytes += more;
                    ++next;
                }
                ++end;
            }
            value = page(row, end - row, value, values);
            row = end;
        }
    }

  private:
    bool is_valid(std::size_t row) const {
        return array_.validity == nullptr || bit_at(array_.validity, array_.offset + row);
    }

    template <class Values>
    std::size_t page(std::size_t row, std::size_t rows, std::size_t value, Values values) {
        const std::size_t present =
            array_.validity ? count_bits(array_.validity, array_.offset + row, rows) : rows;
        const std::size_t start = chunk_.body.size();
        if (options_.nullable) levels(row, rows, present);
        std::optional<Bounds> bounds = values(value, value + present);
        const std::size_t size = chunk_.body.size() - start;
        if (size > MAX_PAGE) {
            throw std::length_error("a page of " + std::to_string(size) +
                                    " bytes is more than Parquet can have");
        }
        chunk_.pages.push_back({start, size, rows, rows - present, std::move(bounds)});
        return value + present;
    }

    // Definition levels are 1 for values and 0 for nulls: the bits that Arrow has.
    void levels(std::size_t row, std::size_t rows, std::size_t present) {
        Bytes& out = chunk_.body;
        const std::size_t start = out.size();
        out.append("\0\0\0\0", 4);
        if (present == rows || present == 0) {
            Hybrid(out, 1).run(present > 0, rows);
        } else {
            out.varint((rows + 7) / 8 << 1 | 1);
            append_bits(out, array_.validity, array_.offset + row, rows);
        }
        store(out.data() + start, static_cast<std::uint32_t>(out.size() - start - 4));
    }

    const Array& array_;
    const Options& options_;
    Chunk& chunk_;
};

// The hashes of values by which a Bloom filter finds them: of the distinct ones where they are known.
template <class Values>
std::vector<U64> hashes(const Values& values) {
    std::vector<U64> found(values.count());
    for (std::size_t i = 0; i < values.count(); ++i) {
        const auto bytes = values.bytes(i);
        found[i] = XXH64(bytes.data(), bytes.size(), 0);
    }
    return found;
}

template <class Values>
std::vector<U64> hashes(const Values& values, const Indexed& indexed) {
    std::vector<U64> found;
    found.reserve(indexed.distinct);
    for (std::size_t i = 0; found.size() < indexed.distinct; ++i) {
        if (indexed.indices[i] < found.size()) continue;  // not the first of its kind
        const auto bytes = values.bytes(i);
        found.push_back(XXH64(bytes.data(), bytes.size(), 0));
    }
    return found;
}

// What is said of all pages together.
template <class Values, class... Index>
void summarize(Chunk& chunk, const Options& options, const Values& values, const Index&... index) {
    chunk.bounds = chunk.pages.size() == 1 ? chunk.pages[0].bounds
                                           : values.bounds(index..., 0, values.count());
    chunk.ascending = values.is_ascending();
    if (options.bloom_filter) chunk.bloom_filter = bloom::filter_of(hashes(values, index...));
}

template <class Values>
bool pays(const Values& values, std::size_t plain, std::size_t size, const Options& options) {
    if (options.dictionary == Dictionary::always) return true;
    if (size > plain) return false;
    return size <= plain / 8 || size <= values.delta_size();
}

// Values in the encoding that takes the least room, with some preference for dictionaries;
// `index(dictionary)` fills one unless it does not pay.
template <class Values, class Index>
void write_values(const Values& values, Index index, const Array& array, const Options& options,
                  Chunk& chunk) {
    Pages pages(array, options, chunk);
    const std::size_t plain = values.plain_size();
    if (options.dictionary != Dictionary::never && values.count() > 0) {
        if (const std::optional<Indexed> indexed = index(chunk.dictionary)) {
            const int width = index_width(indexed->distinct);
            const std::size_t bits = values.count() * static_cast<std::size_t>(width);
            if (pays(values, plain, chunk.dictionary.size() + bits / 8, options) &&
                chunk.dictionary.size() <= MAX_PAGE) {
                chunk.encoding = Encoding::rle_dictionary;
                chunk.entries = indexed->distinct;
                pages.write(bits / 8, [&](std::size_t from, std::size_t to) {
                    chunk.body.byte(static_cast<std::uint8_t>(width));
                    Hybrid(chunk.body, width).append(indexed->indices.data() + from, to - from);
                    return values.bounds(*indexed, from, to);
                });
                return summarize(chunk, options, values, *indexed);
            }
        }
        chunk.dictionary = Bytes();
    }
    const std::size_t deltas = values.count() > 0 ? values.delta_size() : plain;
    const bool is_delta = deltas < plain - plain / Values::delta_gain;
    if (is_delta) chunk.encoding = values.delta_encoding;
    pages.reserve(is_delta ? deltas : plain);
    const auto write = [&](std::size_t from, std::size_t to) {
        if (is_delta) {
            values.deltas(chunk.body, from, to);
        } else {
            values.plain(chunk.body, from, to);
        }
        return values.bounds(from, to);
    };
    if constexpr (Values::is_even) {
        pages.write(is_delta ? deltas : plain, write);
    } else {
        pages.write_by_size([&](std::size_t i) { return values.size(i); }, write);
    }
    summarize(chunk, options, values);
}

template <class Physical, class Logical, class Stored>
void write_numbers(const Array& array, const Options& options, Chunk& chunk) {
    const Stored* stored = reinterpret_cast<const Stored*>(array.values) + array.offset;
    const Physical* values = nullptr;
    std::vector<Physical> present;
    std::size_t count = array.rows;
    if (array.validity) {
        present.resize(array.rows);
        count = 0;
        each_set(array.validity, array.offset, array.rows, [&](std::size_t i) {
            present[count++] = static_cast<Physical>(stored[i]);
        });
        values = present.data();
    } else if constexpr (sizeof(Stored) == sizeof(Physical)) {
        values = reinterpret_cast<const Physical*>(stored);
    } else {
        present.assign(stored, stored + array.rows);
        values = present.data();
    }
    if constexpr (std::is_integral_v<Physical>) {
        if (options.factor != 1) {
            present.assign(values, values + count);
            for (Physical& value : present) {
                if (__builtin_mul_overflow(value, options.factor, &value)) {
                    throw std::out_of_range("a value times " + std::to_string(options.factor) +
                                            " is out of range");
                }
            }
            values = present.data();
        }
    }
    const Numbers<Physical, Logical> numbers(values, count);
    const auto index = [&](Bytes& out) { return numbers.index(Patience(options.dictionary), out); };
    write_values(numbers, index, array, options, chunk);
}

// The fewest bytes that hold all signed numbers of so many digits, 1 to 38.
inline std::size_t decimal_width(int precision) {
    U128 most = 1;
    for (int i = 0; i < precision; ++i) most *= 10;
    std::size_t width = 1;
    while (width < 16 && (most - 1) >> (8 * width - 1)) ++width;
    return width;
}

// Decimals of up to 9 digits are 32-bit integers, of up to 18 digits 64-bit ones.
inline void write_decimals(const Array& array, const Options& options, Chunk& chunk) {
    const std::uint8_t* stored = array.values + array.offset * sizeof(I128);
    const std::size_t width = options.precision <= 9    ? 4
                              : options.precision <= 18 ? 8
                                                        : decimal_width(options.precision);
    std::vector<I128> values;
    values.reserve(array.rows);
    bool fits = true;
    const auto add = [&](std::size_t i) {
        const I128 value = load<I128>(stored + i * sizeof(I128));
        const I128 sign = value >> (8 * width - 1);
        fits &= sign == 0 || sign == -1;
        values.push_back(value);
    };
    if (array.validity) {
        each_set(array.validity, array.offset, array.rows, add);
    } else {
        for (std::size_t i = 0; i < array.rows; ++i) add(i);
    }
    if (!fits) {
        throw std::out_of_range("a decimal has more than " + std::to_string(options.precision) +
                                " digits");
    }
    const auto write = [&](const auto& decimals) {
        const auto index = [&](Bytes& out) {
            return decimals.index(Patience(options.dictionary), out);
        };
        write_values(decimals, index, array, options, chunk);
    };
    if (width == 4) {
        const std::vector<I32> narrow(values.begin(), values.end());
        write(Numbers<I32, I32>(narrow.data(), narrow.size()));
    } else if (width == 8) {
        const std::vector<I64> narrow(values.begin(), values.end());
        write(Numbers<I64, I64>(narrow.data(), narrow.size()));
    } else {
        write(Decimals(values.data(), values.size(), width));
    }
}

// The rows that are not null, counted from the offset.
inline std::vector<std::uint32_t> slots_of(const Array& array) {
    std::vector<std::uint32_t> slots;
    slots.reserve(array.rows);
    each_set(array.validity, array.offset, array.rows,
             [&](std::size_t i) { slots.push_back(static_cast<std::uint32_t>(i)); });
    return slots;
}

template <class Offset>
void write_texts(const Array& array, const Options& options, Chunk& chunk) {
    const std::vector<std::uint32_t> slots =
        array.validity ? slots_of(array) : std::vector<std::uint32_t>();
    const Texts<Offset> texts(array, array.validity ? slots.data() : nullptr,
                              array.validity ? slots.size() : array.rows);
    const auto index = [&](Bytes& out) { return texts.index(Patience(options.dictionary), out); };
    write_values(texts, index, array, options, chunk);
}

inline void write_booleans(const Array& array, const Options& options, Chunk& chunk) {
    Bytes compacted;
    std::size_t count = array.rows;
    if (array.validity) {
        std::uint8_t* bits = compacted.room(array.rows / 8 + 1);
        std::memset(bits, 0, array.rows / 8 + 1);
        count = 0;
        each_set(array.validity, array.offset, array.rows, [&](std::size_t i) {
            bits[count >> 3] |= bit_at(array.values, array.offset + i) << (count & 7);
            ++count;
        });
    }
    const Booleans booleans(array.validity ? compacted.data() : array.values,
                            array.validity ? 0 : array.offset, count);
    Pages(array, options, chunk).write(booleans.plain_size(), [&](std::size_t from, std::size_t to) {
        booleans.plain(chunk.body, from, to);
        return booleans.bounds(from, to);
    });
    chunk.bounds = booleans.bounds(0, count);
}

inline Chunk encode(const Array& array, const Options& options) {
    Chunk chunk;
    switch (array.kind) {
        case Kind::boolean: write_booleans(array, options, chunk); break;
        case Kind::int8: write_numbers<I32, I32, std::int8_t>(array, options, chunk); break;
        case Kind::int16: write_numbers<I32, I32, std::int16_t>(array, options, chunk); break;
        case Kind::int32: write_numbers<I32, I32, I32>(array, options, chunk); break;
        case Kind::int64: write_numbers<I64, I64, I64>(array, options, chunk); break;
        case Kind::uint8: write_numbers<I32, U32, std::uint8_t>(array, options, chunk); break;
        case Kind::uint16: write_numbers<I32, U32, std::uint16_t>(array, options, chunk); break;
        case Kind::uint32: write_numbers<I32, U32, U32>(array, options, chunk); break;
        case Kind::uint64: write_numbers<I64, U64, U64>(array, options, chunk); break;
        case Kind::float32: write_numbers<float, float, float>(array, options, chunk); break;
        case Kind::float64: write_numbers<double, double, double>(array, options, chunk); break;
        case Kind::decimal128: write_decimals(array, options, chunk); break;
        case Kind::bytes: write_texts<I32>(array, options, chunk); break;
        case Kind::large_bytes: write_texts<I64>(array, options, chunk); break;
    }
    return chunk;
}

template <class Offset, class Index>
Chunk encode_indexed(const Array& indices, const Array& entries, const Options& options) {
    const Index* places = reinterpret_cast<const Index*>(indices.values) + indices.offset;
    std::vector<std::uint32_t> slots;
    slots.reserve(indices.rows);
    const auto add = [&](std::size_t i) {
        if (static_cast<std::uint64_t>(places[i]) >= entries.rows) {
            throw std::out_of_range("index " + std::to_string(places[i]) + " of a dictionary of " +
                                    std::to_string(entries.rows) + " entries");
        }
        slots.push_back(static_cast<std::uint32_t>(places[i]));
    };
    if (indices.validity) {
        each_set(indices.validity, indices.offset, indices.rows, add);
    } else {
        for (std::size_t i = 0; i < indices.rows; ++i) add(i);
    }
    Chunk chunk;
    const Texts<Offset> texts(entries, slots.data(), slots.size());
    const auto index = [&](Bytes& out) {
        return std::optional<Indexed>(texts.index_slots(entries.rows, out));
    };
    write_values(texts, index, indices, options, chunk);
    return chunk;
}

template <class Offset>
Chunk encode_indexed(const Array& indices, const Array& entries, const Options& options) {
    switch (indices.kind) {
        case Kind::int8: return encode_indexed<Offset, std::int8_t>(indices, entries, options);
        case Kind::int16: return encode_indexed<Offset, std::int16_t>(indices, entries, options);
        case Kind::int32: return encode_indexed<Offset, I32>(indices, entries, options);
        case Kind::int64: return encode_indexed<Offset, I64>(indices, entries, options);
        case Kind::uint8: return encode_indexed<Offset, std::uint8_t>(indices, entries, options);
        case Kind::uint16: return encode_indexed<Offset, std::uint16_t>(indices, entries, options);
        case Kind::uint32: return encode_indexed<Offset, U32>(indices, entries, options);
        case Kind::uint64: return encode_indexed<Offset, U64>(indices, entries, options);
        default: throw std::invalid_argument("indices are integers");
    }
}

// Indices into texts, the entries of a dictionary.
inline Chunk encode_indexed(const Array& indices, const Array& entries, const Options& options) {
    return entries.kind == Kind::bytes ? encode_indexed<I32>(indices, entries, options)
                                       : encode_indexed<I64>(indices, entries, options);
}

// The least `bytes` that buffers must have.
inline void need(const char* what, std::size_t size, std::size_t bytes) {
    if (size < bytes) {
        throw std::out_of_range("the " + std::string(what) + " have " + std::to_string(size) +
                                " bytes, but the array needs " + std::to_string(bytes));
    }
}

template <class Offset>
void check_offsets(const Array& array, std::size_t values_size, std::size_t offsets_size) {
    need("offsets", offsets_size, (array.offset + array.rows + 1) * sizeof(Offset));
    const Offset* offsets = reinterpret_cast<const Offset*>(array.offsets) + array.offset;
    bool ascend = offsets[0] >= 0;
    bool short_enough = true;
    for (std::size_t i = 0; i < array.rows; ++i) {
        ascend &= offsets[i] <= offsets[i + 1];
        if constexpr (sizeof(Offset) == 8) {
            short_enough &= static_cast<std::uint64_t>(offsets[i + 1] - offsets[i]) <= MAX_PAGE / 2;
        }
    }
    if (!ascend) throw std::out_of_range("the offsets do not ascend");
    if (!short_enough) throw std::out_of_range("a value is too long for Parquet");
    need("values", values_size, static_cast<std::size_t>(offsets[array.rows]));
}

// Throws std::out_of_range unless all that `array` has lies within its buffers.
inline void check(const Array& array, std::size_t values_size, std::size_t offsets_size,
                  std::size_t validity_size) {
    if (array.rows > MAX_PAGE || array.offset > std::size_t{1} << 48) {
        throw std::out_of_range("more rows than a Parquet page can have");
    }
    const std::size_t end = array.offset + array.rows;
    if (array.validity) need("validity", validity_size, (end + 7) / 8);
    switch (array.kind) {
        case Kind::boolean: need("values", values_size, (end + 7) / 8); break;
        case Kind::int8: case Kind::uint8: need("values", values_size, end); break;
        case Kind::int16: case Kind::uint16: need("values", values_size, end * 2); break;
        case Kind::int32: case Kind::uint32: case Kind::float32:
            need("values", values_size, end * 4);
            break;
        case Kind::int64: case Kind::uint64: case Kind::float64:
            need("values", values_size, end * 8);
            break;
        case Kind::decimal128: need("values", values_size, end * sizeof(I128)); break;
        case Kind::bytes: check_offsets<I32>(array, values_size, offsets_size); break;
        case Kind::large_bytes: check_offsets<I64>(array, values_size, offsets_size); break;
    }
}

}  // namespace logflow::parquet
