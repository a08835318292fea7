// HyperLogLog: how many different hashes there are, in a few kilobytes.
//
// Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog: the analysis of a near-optimal cardinality
// estimation algorithm", 2007.  A sketch starts sparse, as in Heule, Nunkesser and Hall,
// "HyperLogLog in Practice", 2013: as one of precision 26 of which only the registers that are
// not 0 are kept.  It becomes dense when there are so many of them that this saves nothing.  So
// the state depends only on the set of hashes, not on their order or on what was merged.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace logflow::hyperloglog {

constexpr int SPARSE_PRECISION = 26;
constexpr int RANK_BITS = 6;

// The number of leading zeros among the lowest `bits` of a word, and one; bits < 64.
inline int rank_of(std::uint64_t word, int bits) {
    const std::uint64_t end = std::uint64_t{1} << (64 - bits - 1);
    return __builtin_clzll(word << (64 - bits) | end) + 1;
}

// A register of a sparse sketch: its index, and below it its rank, which is never 0.
using Token = std::uint32_t;

inline Token token_of(std::uint64_t hash) {
    constexpr int rest = 64 - SPARSE_PRECISION;
    return static_cast<Token>(hash >> rest << RANK_BITS) |
           static_cast<Token>(rank_of(hash, rest));
}

inline Token index_of(Token token) { return token >> RANK_BITS; }
inline int rank_in(Token token) { return token & ((1 << RANK_BITS) - 1); }

// A hash table of tokens with different indices; 0 is an empty slot.
class Tokens {
  public:
    std::size_t size() const { return size_; }

    void add(Token token) {
        Token& slot = slot_of(token);
        if (slot == 0) {
            slot = token;
            if (++size_ * 2 > slots_.size()) grow();
        } else {
            slot = std::max(slot, token);
        }
    }

    template <typename Function>
    void each(Function function) const {
        for (Token token : slots_) {
            if (token != 0) function(token);
        }
    }

  private:
    // Where the token's index is, or the empty slot where it belongs.
    Token& slot_of(Token token) {
        const std::size_t last = slots_.size() - 1;
        // The multiplier of Fibonacci hashing: neighbouring indices go far apart.
        std::size_t at = index_of(token) * std::uint32_t{0x9E3779B1} >> 7 & last;
        while (slots_[at] != 0 && index_of(slots_[at]) != index_of(token)) at = (at + 1) & last;
        return slots_[at];
    }

    void grow() {
        std::vector<Token> old(slots_.size() * 2, 0);
        old.swap(slots_);
        for (Token token : old) {
            if (token != 0) slot_of(token) = token;
        }
    }

    std::vector<Token> slots_ = std::vector<Token>(16, 0);
    std::size_t size_ = 0;
};

constexpr int LEAST_PRECISION = 4;
constexpr int MOST_PRECISION = 18;

// What is written: the magic, the version, the precision, whether it is dense, and two zeros;
// then the tokens of a sparse sketch, ascending, little-endian, or the registers of a dense one.
constexpr std::uint8_t MAGIC[] = {'H', 'L', 'L'};
constexpr std::uint8_t VERSION = 1;
constexpr std::size_t HEAD = 8;

// A sketch may be used by several threads: the public functions lock.
class Sketch {
  public:
    explicit Sketch(int precision) : precision_(precision) {}

    int precision() const { return precision_; }

    void add(std::uint64_t hash) {
        const std::lock_guard<std::mutex> lock(mutex_);
        add_one(hash);
    }

    // All but those that are equal to `skipped`.
    void add(const std::uint8_t* hashes, std::size_t size, std::uint64_t skipped) {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (std::size_t i = 0; i < size; ++i) {
            std::uint64_t hash;
            std::memcpy(&hash, hashes + i * sizeof hash, sizeof hash);
            if (hash != skipped) add_one(hash);
        }
    }

    // Another sketch, which has to have the same precision.
    void merge(const Sketch& other) {
        if (this == &other) return;
        const std::scoped_lock lock(mutex_, other.mutex_);
        if (other.is_sparse()) {
            other.tokens_.each([this](Token token) { add_token(token); });
            return;
        }
        if (is_sparse()) make_dense();
        for (std::size_t i = 0; i < registers_.size(); ++i) {
            registers_[i] = std::max(registers_[i], other.registers_[i]);
        }
    }

    // How many registers have each rank, from 0 on.
    std::vector<std::int64_t> multiplicities() const {
        const std::lock_guard<std::mutex> lock(mutex_);
        const int precision = is_sparse() ? SPARSE_PRECISION : precision_;
        std::vector<std::int64_t> found(64 - precision + 2, 0);
        for (std::uint8_t rank : registers_) ++found[rank];
        if (is_sparse()) {
            tokens_.each([&](Token token) { ++found[rank_in(token)]; });
            found[0] = (std::int64_t{1} << precision) - static_cast<std::int64_t>(tokens_.size());
        }
        return found;
    }

    std::string write() const {
        const std::lock_guard<std::mutex> lock(mutex_);
        std::string out(std::begin(MAGIC), std::end(MAGIC));
        for (int byte : {int{VERSION}, precision_, is_sparse() ? 0 : 1, 0, 0}) {
            out.push_back(static_cast<char>(byte));
        }
        out.append(registers_.begin(), registers_.end());
        for (Token token : sorted_tokens()) {
            for (int shift = 0; shift < 32; shift += 8) {
                out.push_back(static_cast<char>(token >> shift & 0xFF));
            }
        }
        return out;
    }

    // Throws std::invalid_argument where the bytes are not what write() could have written.
    static std::unique_ptr<Sketch> read(const std::uint8_t* data, std::size_t size) {
        if (size < HEAD || !std::equal(std::begin(MAGIC), std::end(MAGIC), data)) {
            throw std::invalid_argument("these bytes are not a HyperLogLog sketch");
        }
        if (data[3] != VERSION) {
            throw std::invalid_argument("version " + std::to_string(data[3]) +
                                        " of HyperLogLog sketches is not known, only 1 is");
        }
        const int precision = data[4];
        if (precision < LEAST_PRECISION || precision > MOST_PRECISION || data[5] > 1 ||
            data[6] != 0 || data[7] != 0) {
            throw std::invalid_argument("the head of the HyperLogLog sketch is damaged");
        }
        auto made = std::make_unique<Sketch>(precision);
        if (data[5] == 0) {
            made->read_tokens(data + HEAD, size - HEAD);
        } else {
            made->read_registers(data + HEAD, size - HEAD);
        }
        return made;
    }

  private:
    bool is_sparse() const { return registers_.empty(); }
    std::size_t register_count() const { return std::size_t{1} << precision_; }
    std::size_t most_tokens() const { return register_count() / sizeof(Token); }

    void add_one(std::uint64_t hash) {
        if (is_sparse()) return add_token(token_of(hash));
        const int rest = 64 - precision_;
        raise(hash >> rest, rank_of(hash, rest));
    }

    void add_token(Token token) {
        if (!is_sparse()) return add_dense(token);
        tokens_.add(token);
        if (tokens_.size() > most_tokens()) make_dense();
    }

    // The rank, at this precision, is in the index unless its lower bits are all 0.
    void add_dense(Token token) {
        const int rest = SPARSE_PRECISION - precision_;
        const Token index = index_of(token);
        const Token low = index & ((Token{1} << rest) - 1);
        raise(index >> rest, low ? rank_of(low, rest) : rest + rank_in(token));
    }

    void raise(std::size_t index, int rank) {
        std::uint8_t& held = registers_[index];
        if (rank > held) held = static_cast<std::uint8_t>(rank);
    }

    void make_dense() {
        registers_.assign(register_count(), 0);
        tokens_.each([this](Token token) { add_dense(token); });
        tokens_ = Tokens();
    }

    std::vector<Token> sorted_tokens() const {
        std::vector<Token> found;
        found.reserve(tokens_.size());
        tokens_.each([&](Token token) { found.push_back(token); });
        std::sort(found.begin(), found.end());
        return found;
    }

    void read_tokens(const std::uint8_t* data, std::size_t size) {
        if (size % sizeof(Token) != 0 || size / sizeof(Token) > most_tokens()) {
            throw std::invalid_argument("the sparse HyperLogLog sketch has " +
                                        std::to_string(size) + " bytes of registers, not up to " +
                                        std::to_string(register_count()) + " in fours");
        }
        std::int64_t last = -1;
        for (std::size_t i = 0; i < size; i += sizeof(Token)) {
            const Token token = data[i] | data[i + 1] << 8 | data[i + 2] << 16 |
                                static_cast<Token>(data[i + 3]) << 24;
            const int rank = rank_in(token);
            if (index_of(token) <= last || rank == 0 || rank > 65 - SPARSE_PRECISION) {
                throw damaged(i / sizeof(Token));
            }
            last = index_of(token);
            tokens_.add(token);
        }
    }

    void read_registers(const std::uint8_t* data, std::size_t size) {
        if (size != register_count()) {
            throw std::invalid_argument("the dense HyperLogLog sketch has " + std::to_string(size) +
                                        " bytes of registers, not " +
                                        std::to_string(register_count()));
        }
        for (std::size_t i = 0; i < size; ++i) {
            if (data[i] > 65 - precision_) throw damaged(i);
        }
        registers_.assign(data, data + size);
    }

    static std::invalid_argument damaged(std::size_t i) {
        return std::invalid_argument("register " + std::to_string(i) +
                                     " of the HyperLogLog sketch is damaged");
    }

    mutable std::mutex mutex_;
    int precision_;
    Tokens tokens_;
    std::vector<std::uint8_t> registers_;
};

}  // namespace logflow::hyperloglog
