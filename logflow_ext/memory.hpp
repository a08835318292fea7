// Memory for arrays, of which the large pieces are used again.
//
// The system gives out pages that it has to clear first, and the C library hands large pieces back
// to it as soon as they are free: with the same few megabytes wanted for every chunk, that would
// take as long as to fill them.

#pragma once

#include <cstddef>
#include <cstring>
#include <iterator>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace logflow {

namespace memory {

constexpr std::size_t ALIGNMENT = 64;
constexpr std::size_t LARGE = std::size_t{1} << 18;  // bytes that a piece must have to be kept
constexpr std::size_t KEPT = std::size_t{1} << 25;   // bytes kept, at most

inline void* allocate(std::size_t size) { return ::operator new(size, std::align_val_t{ALIGNMENT}); }

inline void release(void* data) { ::operator delete(data, std::align_val_t{ALIGNMENT}); }

// Large pieces that are free, those that were used last at the end.
class Pieces {
  public:
    // One of exactly that size; null if there is none.
    void* take(std::size_t size) {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (auto piece = free_.rbegin(); piece != free_.rend(); ++piece) {
            if (piece->size != size) continue;
            void* const data = piece->data;
            free_.erase(std::next(piece).base());
            kept_ -= size;
            return data;
        }
        return nullptr;
    }

    void give(void* data, std::size_t size) {
        const std::lock_guard<std::mutex> lock(mutex_);
        free_.push_back({data, size});
        kept_ += size;
        while (kept_ > KEPT) {
            release(free_.front().data);
            kept_ -= free_.front().size;
            free_.erase(free_.begin());
        }
    }

  private:
    struct Piece {
        void* data;
        std::size_t size;
    };
    std::mutex mutex_;
    std::vector<Piece> free_;
    std::size_t kept_ = 0;
};

// Never destroyed: threads may still run when the process ends.
inline Pieces& pieces() {
    static Pieces* const all = new Pieces;
    return *all;
}

// The size that a piece really has: few different ones, so that they fit again.
inline std::size_t rounded(std::size_t size) {
    if (size < LARGE) return size;
    std::size_t step = LARGE / 4;
    while (step * 8 < size) step *= 2;
    return (size + step - 1) / step * step;
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool REUSED = false;  // the sanitizer has to see where the use of a piece ends
#else
constexpr bool REUSED = true;
#endif

}  // namespace memory

// A piece of memory, aligned as Arrow likes it; none at first.
class Memory {
  public:
    Memory() = default;
    // At least so many bytes.
    explicit Memory(std::size_t size) : size_(memory::rounded(size)) {
        if (memory::REUSED && size_ >= memory::LARGE) data_ = memory::pieces().take(size_);
        if (data_ == nullptr) data_ = memory::allocate(size_);
    }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    Memory(Memory&& other) noexcept { swap(other); }
    Memory& operator=(Memory&& other) noexcept {
        swap(other);
        return *this;
    }
    ~Memory() { drop(); }

    template <class Value = char>
    Value* data() const { return static_cast<Value*>(data_); }
    std::size_t size() const { return size_; }

    void drop() {
        if (memory::REUSED && size_ >= memory::LARGE) {
            memory::pieces().give(data_, size_);
        } else {
            memory::release(data_);
        }
        data_ = nullptr;
        size_ = 0;
    }

    // Becomes larger; the first `used` bytes stay.
    void grow(std::size_t size, std::size_t used) {
        Memory larger(size);
        if (used) std::memcpy(larger.data(), data_, used);
        swap(larger);
    }

  private:
    void swap(Memory& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }

    void* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace logflow
