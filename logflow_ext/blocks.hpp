// What a column of text cells is converted to: what is asked for, and memory in Arrow's layout.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "calendar.hpp"
#include "memory.hpp"

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
    bool observe = false;       // facts are wanted
};

// Memory a little longer than asked for, so that a copy of SLACK bytes may start at any byte of it.
class Block {
  public:
    static constexpr std::size_t SLACK = 32;

    Block() = default;
    explicit Block(std::size_t size) : memory_(size + SLACK), size_(size) {}

    template <class Value = char>
    Value* data() const { return memory_.data<Value>(); }
    std::size_t size() const { return size_; }
    bool exists() const { return memory_.data() != nullptr; }
    void shrink(std::size_t size) { size_ = size; }
    void drop() { memory_.drop(); }

  private:
    Memory memory_;
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

}  // namespace logflow::columns
