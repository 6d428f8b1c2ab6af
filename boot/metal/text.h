// A line of text put together in a fixed buffer; what does not fit is cut off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace perdure::metal {

struct Hex { std::uint64_t value; int digits = 1; };   // at least `digits` digits, with 0x

class TextBuilder {
 public:
  TextBuilder(char* buffer, std::size_t capacity) : buffer_(buffer), capacity_(capacity) {}

  TextBuilder& operator<<(std::string_view text) {
    for (char c : text) put(c);
    return *this;
  }
  TextBuilder& operator<<(const char* text) { return *this << std::string_view(text); }
  TextBuilder& operator<<(char c) { put(c); return *this; }
  TextBuilder& operator<<(std::uint64_t value) {
    char digits[20];
    int count = 0;
    do digits[count++] = static_cast<char>('0' + value % 10);
    while (value /= 10);
    while (count) put(digits[--count]);
    return *this;
  }
  TextBuilder& operator<<(unsigned value) { return *this << std::uint64_t{value}; }
  TextBuilder& operator<<(std::int64_t value) {
    if (value < 0) put('-');
    return *this << (value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value));
  }
  TextBuilder& operator<<(int value) { return *this << std::int64_t{value}; }
  TextBuilder& operator<<(Hex hex) {
    *this << "0x";
    for (int digit = 15; digit >= 0; --digit)
      if (digit < hex.digits || hex.value >> (4 * digit)) put("0123456789abcdef"[hex.value >> (4 * digit) & 15]);
    return *this;
  }

  std::string_view view() const { return {buffer_, size_}; }
  void clear() { size_ = 0; }

 private:
  void put(char c) {
    if (size_ < capacity_) buffer_[size_++] = c;
  }

  char* buffer_;
  std::size_t capacity_;
  std::size_t size_ = 0;
};

template <std::size_t kCapacity>
class Text : public TextBuilder {
 public:
  Text() : TextBuilder(storage_, kCapacity) {}
  Text(const Text&) = delete;

 private:
  char storage_[kCapacity];
};
using Line = Text<240>;

}  // namespace perdure::metal
