// Two cursors over the special bytes of a delimited text, by the masks of simd.hpp.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "simd.hpp"

namespace logflow {

// Blocks whose masks are made in one go: 4 KiB of text.
constexpr std::size_t WINDOW = 64;

// Gives the offsets of all special bytes in order; can be moved to any offset.
class Specials {
  public:
    Specials(const std::uint8_t* data, std::size_t size, const simd::ByteSet& set)
        : data_(data), size_(size), set_(set) {}

    // The next special byte, or the size of the text if there is none.
    std::size_t next() {
        while (bits_ == 0) {
            if (word_ == words_ && !fill()) return size_;
            block_ = window_ + word_ * simd::BLOCK;
            bits_ = masks_[word_++];
        }
        const std::size_t at = block_ + static_cast<std::size_t>(simd::lowest_bit(bits_));
        bits_ &= bits_ - 1;
        return at;
    }

    // Goes on at the first special byte at or after an offset.
    void seek(std::size_t at) {
        if (at < window_ || at >= window_end_) {
            window_ = window_end_ = at;
            word_ = words_ = 0;
            bits_ = 0;
            return;
        }
        word_ = (at - window_) / simd::BLOCK;
        block_ = window_ + word_ * simd::BLOCK;
        bits_ = masks_[word_++] & (~std::uint64_t{0} << (at - block_));
    }

  private:
    // Makes the masks of the next window; false at the end of the text.
    bool fill() {
        if (window_end_ >= size_) return false;
        window_ = window_end_;
        const std::size_t length = std::min(size_ - window_, WINDOW * simd::BLOCK);
        simd::masks_of(data_ + window_, length, set_, masks_);
        window_end_ = window_ + length;
        words_ = simd::blocks_of(length);
        word_ = 0;
        return true;
    }

    const std::uint8_t* data_;
    std::size_t size_;
    simd::ByteSet set_;
    std::uint64_t bits_ = 0;      // special bytes of the current block that are still to come
    std::size_t block_ = 0;       // where the current block starts
    std::size_t word_ = 0;        // which mask of the window comes next, out of words_
    std::size_t words_ = 0;
    std::size_t window_ = 0;      // the window is the bytes [window_, window_end_)
    std::size_t window_end_ = 0;
    std::uint64_t masks_[WINDOW];
};

// Gives the offsets of the separators outside of quotes, as long as all quotes are where the
// grammar wants them; stops before the first block where that is not plain to see.
//
// Which bytes are inside quotes is the running parity of the quotes (Langdale and Lemire, "Parsing
// Gigabytes of JSON per Second", 2019, section 3.1.1): two quotes that stand for one close and
// open again.  Every opening quote must stand behind a separator, or close behind a closing one;
// every closing quote before a separator or an opening one.
class Separators {
  public:
    static constexpr std::size_t NONE = std::numeric_limits<std::size_t>::max();

    // A quote or escape of -1 is none.  The line ends are always given, delimiters if wanted.
    Separators(const std::uint8_t* data, std::size_t size, std::uint8_t delimiter, int quote,
               int escape, bool delimiters_wanted)
        : data_(data),
          size_(size),
          delimiters_({delimiter}),
          doubled_(escape == quote),
          delimiters_wanted_(delimiters_wanted) {
        if (quote >= 0) quotes_.add(static_cast<std::uint8_t>(quote));
        if (escape >= 0 && !doubled_) escapes_.add(static_cast<std::uint8_t>(escape));
    }

    // Goes on at an offset where a record starts.
    void restart(std::size_t at) {
        window_ = window_end_ = at;
        next_ = offsets_;
        end_ = offsets_;
        plain_ = true;
        inside_ = 0;
        may_open_ = 1;
        has_closed_ = 0;
    }

    // The next separator that is wanted, or NONE.
    std::size_t next() {
        while (next_ == end_) {
            if (!fill()) return NONE;
        }
        return window_ + *next_++;
    }

    // Whether there may be a quote between an offset that has been given and the last one given.
    bool may_be_quoted(std::size_t at) const { return at < quotes_end_; }

    // No two quotes stand for one between this offset and the separator given last.
    std::size_t escapes_end() const { return escapes_end_; }

    // The bytes before this offset have been looked at.
    std::size_t seen() const { return window_end_; }

  private:
    bool fill() {
        if (!plain_ || window_end_ >= size_) return false;
        window_ = window_end_;
        const std::size_t length = std::min(size_ - window_, WINDOW * simd::BLOCK);
        window_end_ = window_ + length;
        words_ = simd::blocks_of(length);
        const std::uint8_t* text = data_ + window_;
        simd::masks_of(text, length, line_ends_, masks_);
        simd::masks_of(text, length, delimiters_, delimiter_masks_);
        simd::masks_of(text, length, quotes_, quote_masks_);
        simd::masks_of(text, length, escapes_, escape_masks_);
        for (std::size_t i = 0; plain_ && i < words_; ++i) plain_ = check(i);
        next_ = offsets_;
        end_ = offsets_ + simd::offsets(masks_, words_, offsets_);
        return words_ > 0;
    }

    // Makes mask i the one of the separators to give; if its quotes are not as they should be,
    // the window ends there.
    bool check(std::size_t i) {
        const std::uint64_t quotes = quote_masks_[i];
        const std::uint64_t inside = parity(quotes) ^ inside_;
        const std::uint64_t opening = quotes & inside;
        const std::uint64_t closing = quotes & ~inside;
        const std::uint64_t fences = (masks_[i] | delimiter_masks_[i]) & ~inside;
        const std::uint64_t closed = closing << 1 | has_closed_;
        const std::uint64_t pairs = closed & opening;
        const std::uint64_t wrong = (opening & ~((fences | closing) << 1 | may_open_)) |
                                    (closed & ~(fences | opening)) | (doubled_ ? 0 : pairs) |
                                    escape_masks_[i];
        if (wrong != 0) {
            words_ = i;
            return false;
        }
        if (quotes != 0) quotes_end_ = window_ + (i + 1) * simd::BLOCK;
        if (pairs != 0) escapes_end_ = window_ + (i + 1) * simd::BLOCK;
        masks_[i] = delimiters_wanted_ ? fences : masks_[i] & ~inside;
        inside_ = 0 - (inside >> 63);
        may_open_ = (fences | closing) >> 63;
        has_closed_ = closing >> 63;
        return true;
    }

    // Bit i is whether an odd number of the bits 0..i is set.
    static std::uint64_t parity(std::uint64_t bits) {
        for (int step = 1; step < 64; step *= 2) bits ^= bits << step;
        return bits;
    }

    const std::uint8_t* data_;
    std::size_t size_;
    simd::ByteSet line_ends_{'\n', '\r'};
    simd::ByteSet delimiters_;
    simd::ByteSet quotes_;
    simd::ByteSet escapes_;
    bool doubled_;
    bool delimiters_wanted_;
    bool plain_ = false;           // whether the text has been as it should be so far
    std::uint64_t inside_ = 0;     // all ones if the last block looked at ended inside quotes,
    std::uint64_t may_open_ = 0;   // 1 if with a separator or a closing quote,
    std::uint64_t has_closed_ = 0; // 1 if with a closing quote
    std::size_t quotes_end_ = 0;
    std::size_t escapes_end_ = 0;
    std::size_t words_ = 0;
    const std::uint32_t* next_ = offsets_;  // the separators to come, from the window's start on
    const std::uint32_t* end_ = offsets_;
    std::size_t window_ = 0;
    std::size_t window_end_ = 0;
    std::uint64_t masks_[WINDOW];
    std::uint64_t delimiter_masks_[WINDOW];
    std::uint64_t quote_masks_[WINDOW];
    std::uint64_t escape_masks_[WINDOW];
    std::uint32_t offsets_[WINDOW * simd::BLOCK + simd::OFFSETS_SLACK];
};

}  // namespace logflow
