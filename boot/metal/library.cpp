// The functions that the compiler and the header-only part of the C++ library call.
// Compiled with -fno-tree-loop-distribute-patterns, or the loops would become calls of themselves.
#include <cstddef>
#include <cstdint>

#include "boot/metal/fault.h"

extern "C" {

void* memcpy(void* to, const void* from, std::size_t count) {
  auto* d = static_cast<std::uint8_t*>(to);
  auto* s = static_cast<const std::uint8_t*>(from);
  // Unaligned eight-byte moves: under TCG a loop of moves beats `rep movs`.
  for (; count >= 32; count -= 32, d += 32, s += 32) {
    std::uint64_t word[4];
    for (int i = 0; i < 4; ++i) __builtin_memcpy(&word[i], s + 8 * i, 8);
    for (int i = 0; i < 4; ++i) __builtin_memcpy(d + 8 * i, &word[i], 8);
  }
  for (; count; --count) *d++ = *s++;
  return to;
}

void* memmove(void* to, const void* from, std::size_t count) {
  auto* d = static_cast<std::uint8_t*>(to);
  auto* s = static_cast<const std::uint8_t*>(from);
  if (d <= s || d >= s + count) {
    // Forwards is right when the regions are apart or the target lies lower, but eight bytes at a time may overrun.
    if (d + 32 <= s || d >= s + count) return memcpy(to, from, count);
    for (; count; --count) *d++ = *s++;
  } else {
    while (count--) d[count] = s[count];
  }
  return to;
}

void* memset(void* to, int value, std::size_t count) {
  auto* d = static_cast<std::uint8_t*>(to);
  const std::uint64_t word = 0x0101010101010101ull * static_cast<std::uint8_t>(value);
  for (; count >= 32; count -= 32, d += 32)
    for (int i = 0; i < 4; ++i) __builtin_memcpy(d + 8 * i, &word, 8);
  for (; count; --count) *d++ = static_cast<std::uint8_t>(value);
  return to;
}

int memcmp(const void* left, const void* right, std::size_t count) {
  auto* a = static_cast<const std::uint8_t*>(left);
  auto* b = static_cast<const std::uint8_t*>(right);
  for (std::size_t i = 0; i < count; ++i)
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

void* memchr(const void* in, int value, std::size_t count) {
  auto* bytes = static_cast<const std::uint8_t*>(in);
  for (std::size_t i = 0; i < count; ++i)
    if (bytes[i] == static_cast<std::uint8_t>(value)) return const_cast<std::uint8_t*>(bytes + i);
  return nullptr;
}

std::size_t strlen(const char* text) {
  std::size_t length = 0;
  while (text[length]) ++length;
  return length;
}

void __cxa_pure_virtual() { perdure::metal::panic("a pure virtual function was called"); }

}  // extern "C"

namespace std {
void __throw_out_of_range_fmt(const char* what, ...) { perdure::metal::panic(what); }
}  // namespace std
