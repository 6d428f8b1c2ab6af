// Byte and string functions of libc. Loops over 16-byte registers: measured three times faster than `rep movs` where
// instructions are emulated, and no slower than it on real machines for the sizes a runtime copies.
//
// This file is compiled with -fno-tree-loop-distribute-patterns, or the compiler would turn the loops into calls of the
// functions they define.
#include <emmintrin.h>

#include <cstddef>
#include <cstdint>

namespace {

using Byte = unsigned char;

template <typename Word>
Word load(const void* from) {
  Word w;
  __builtin_memcpy(&w, from, sizeof w);
  return w;
}
template <typename Word>
void store(void* to, Word w) {
  __builtin_memcpy(to, &w, sizeof w);
}

__m128i load16(const Byte* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); }
void store16(Byte* to, __m128i v) { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), v); }

// All loads come before all stores, so overlapping areas are right.
void move_up_to_32(Byte* to, const Byte* from, std::size_t n) {
  if (n >= 16) {
    const __m128i head = load16(from), tail = load16(from + n - 16);
    store16(to, head);
    store16(to + n - 16, tail);
  } else if (n >= 8) {
    const auto head = load<std::uint64_t>(from), tail = load<std::uint64_t>(from + n - 8);
    store(to, head);
    store(to + n - 8, tail);
  } else if (n >= 4) {
    const auto head = load<std::uint32_t>(from), tail = load<std::uint32_t>(from + n - 4);
    store(to, head);
    store(to + n - 4, tail);
  } else if (n > 0) {
    const Byte head = from[0], middle = from[n / 2], tail = from[n - 1];
    to[0] = head;
    to[n / 2] = middle;
    to[n - 1] = tail;
  }
}

// The last 16 bytes are read first: when `to` lies below `from` the loop may have overwritten them by then.
void move_forward(Byte* to, const Byte* from, std::size_t n) {
  Byte* const last = to + n - 16;
  const __m128i tail = load16(from + n - 16);
  while (last - to >= 64) {
    const __m128i a = load16(from), b = load16(from + 16), c = load16(from + 32), d = load16(from + 48);
    store16(to, a);
    store16(to + 16, b);
    store16(to + 32, c);
    store16(to + 48, d);
    to += 64;
    from += 64;
  }
  for (; to < last; to += 16, from += 16) store16(to, load16(from));
  store16(last, tail);
}

void move_backward(Byte* to, const Byte* from, std::size_t n) {
  const __m128i head = load16(from);
  Byte* const first = to;
  for (; n > 16; n -= 16) store16(to + n - 16, load16(from + n - 16));
  store16(first, head);
}

}  // namespace

extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, std::size_t n) {
  if (n <= 32) {
    move_up_to_32(static_cast<Byte*>(to), static_cast<const Byte*>(from), n);
  } else {
    move_forward(static_cast<Byte*>(to), static_cast<const Byte*>(from), n);
  }
  return to;
}

void* memmove(void* to, const void* from, std::size_t n) {
  auto* target = static_cast<Byte*>(to);
  const auto* origin = static_cast<const Byte*>(from);
  if (n <= 32) {
    move_up_to_32(target, origin, n);
  } else if (static_cast<std::size_t>(target - origin) >= n) {  // below, or beyond the end
    move_forward(target, origin, n);
  } else {
    move_backward(target, origin, n);
  }
  return to;
}

void* memset(void* to, int value, std::size_t n) {
  auto* target = static_cast<Byte*>(to);
  const auto byte = static_cast<Byte>(value);
  if (n < 16) {
    for (std::size_t i = 0; i < n; ++i) target[i] = byte;
    return to;
  }
  const __m128i v = _mm_set1_epi8(static_cast<char>(byte));
  Byte* const last = target + n - 16;
  for (; last - target >= 64; target += 64) {
    store16(target, v);
    store16(target + 16, v);
    store16(target + 32, v);
    store16(target + 48, v);
  }
  for (; target < last; target += 16) store16(target, v);
  store16(last, v);
  return to;
}

int memcmp(const void* left, const void* right, std::size_t n) {
  const auto* a = static_cast<const Byte*>(left);
  const auto* b = static_cast<const Byte*>(right);
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const int same = _mm_movemask_epi8(_mm_cmpeq_epi8(load16(a + i), load16(b + i)));
    if (same != 0xffff) {
      i += static_cast<unsigned>(__builtin_ctz(~same));
      return a[i] - b[i];
    }
  }
  for (; i < n; ++i) {
    if (a[i] != b[i]) return a[i] - b[i];
  }
  return 0;
}

int bcmp(const void* left, const void* right, std::size_t n) { return memcmp(left, right, n); }

void* memchr(const void* area, int value, std::size_t n) {
  const auto* bytes = static_cast<const Byte*>(area);
  for (std::size_t i = 0; i < n; ++i) {
    if (bytes[i] == static_cast<Byte>(value)) return const_cast<Byte*>(bytes + i);
  }
  return nullptr;
}

std::size_t strlen(const char* text) {
  const char* end = text;
  while (*end != 0) ++end;
  return static_cast<std::size_t>(end - text);
}

std::size_t strnlen(const char* text, std::size_t limit) {
  std::size_t n = 0;
  while (n < limit && text[n] != 0) ++n;
  return n;
}

int strncmp(const char* left, const char* right, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const auto a = static_cast<Byte>(left[i]), b = static_cast<Byte>(right[i]);
    if (a != b) return a - b;
    if (a == 0) return 0;
  }
  return 0;
}

int strcmp(const char* left, const char* right) { return strncmp(left, right, ~std::size_t{0}); }

char* strchr(const char* text, int value) {
  for (;; ++text) {
    if (*text == static_cast<char>(value)) return const_cast<char*>(text);
    if (*text == 0) return nullptr;
  }
}

char* strrchr(const char* text, int value) {
  const char* found = nullptr;
  for (;; ++text) {
    if (*text == static_cast<char>(value)) found = text;
    if (*text == 0) return const_cast<char*>(found);
  }
}

char* strcpy(char* to, const char* from) {
  memcpy(to, from, strlen(from) + 1);
  return to;
}

}  // extern "C"
