// A growing run of bytes in the heap: what printers write to and ports buffer in.
//
// Trivial to copy and to leave behind: the bytes are a bytevector that the collector owns. When memory is used up the
// buffer turns `failed`, drops what is appended from then on, and the out-of-memory condition is pending.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/heap.h"

namespace perdure::runtime {

struct ByteBuffer {
  Value storage = kFalse;      // a bytevector, or #f while empty
  std::uint64_t used = 0;
  bool failed = false;

  std::uint64_t capacity() const { return storage == kFalse ? 0 : length_of(storage); }
  std::uint8_t* bytes() const { return storage == kFalse ? nullptr : as<Bytevector>(storage)->bytes; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes()), used}; }

  // Room for `count` more bytes at bytes() + used. False: failed.
  bool reserve(std::uint64_t count) { return used + count <= capacity() || grow(count); }
  void append(std::string_view more);
  void append_byte(std::uint8_t b) {
    if (reserve(1)) bytes()[used++] = b;
  }
  void append_char(char32_t c);  // as UTF-8; what is not a Unicode scalar value as U+FFFD
  void append_chars(std::u32string_view chars);
  // Forgets the first `count` bytes.
  void drop(std::uint64_t count);

 private:
  bool grow(std::uint64_t count);
};

}  // namespace perdure::runtime
