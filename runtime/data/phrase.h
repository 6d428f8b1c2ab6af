// A short text put together from parts, without memory: what is too long is cut. For the messages of conditions, which
// must also come out when there is no memory left.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "runtime/unicode/utf8.h"

namespace perdure::runtime {

class Phrase {
 public:
  Phrase() = default;
  explicit Phrase(std::string_view text) { *this << text; }

  Phrase& operator<<(std::string_view text) {
    const std::size_t count = std::min(text.size(), sizeof text_ - size_);
    std::memcpy(text_ + size_, text.data(), count);
    size_ += count;
    return *this;
  }
  Phrase& operator<<(std::u32string_view text) {
    for (char32_t c : text) {
      unsigned char bytes[4];
      const unsigned count = unicode::encode_utf8(c, bytes);
      if (count > sizeof text_ - size_) break;
      *this << std::string_view(reinterpret_cast<const char*>(bytes), count);
    }
    return *this;
  }
  Phrase& operator<<(std::int64_t n) {
    char digits[24];
    return *this << std::string_view(digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, n).ptr - digits));
  }

  std::string_view view() const { return {text_, size_}; }
  operator std::string_view() const { return view(); }  // NOLINT: a phrase is a text

 private:
  char text_[256];
  std::size_t size_ = 0;
};

}  // namespace perdure::runtime
