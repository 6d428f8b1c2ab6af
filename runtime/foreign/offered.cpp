// What the world offers to foreign code: the symbols of libc and libm that a file may leave undefined. The list is in
// docs/foreign.md. Not offered: what needs an operating system, and __stack_chk_fail (a canary in %fs would not survive a save).
#include <cstddef>
#include <cstring>
#include <utility>

#include <gc.h>

#include "runtime/foreign/image.h"
#include "runtime/foreign/stack.h"

using perdure::runtime::kForeignAbort;

namespace {

[[noreturn]] void abandon(const char* why) {
  perdure::runtime::running_foreign_call()->failure = why;
  perdure::runtime::suspend_foreign(kForeignAbort);
  __builtin_unreachable();
}

}  // namespace

extern "C" {

// Called through switch.asm, on the runtime stack: memory that is scanned, and never collected.
void* serve_malloc(std::size_t bytes) { return GC_malloc_uncollectable(bytes ? bytes : 1); }
void* serve_calloc(std::size_t count, std::size_t size) {
  std::size_t bytes;
  return __builtin_mul_overflow(count, size, &bytes) ? nullptr : serve_malloc(bytes);
}
bool serve_free(void* memory) {
  if (memory && GC_base(memory) != memory) return false;
  GC_free(memory);
  return true;
}
void* serve_realloc(void* memory, std::size_t bytes) {
  if (!memory) return serve_malloc(bytes);
  return GC_base(memory) == memory ? GC_realloc(memory, bytes ? bytes : 1) : nullptr;
}

void* foreign_malloc(std::size_t);
void* foreign_calloc(std::size_t, std::size_t);
void* foreign_realloc(void*, std::size_t);
bool foreign_free(void*);

void offered_free(void* memory) {
  if (!foreign_free(memory)) abandon("it freed what is no memory of malloc's");
}
void offered_abort() { abandon("it called abort"); }
void offered_exit(int) { abandon("it called exit"); }
void offered_assert_fail(const char*, const char*, unsigned, const char*) { abandon("an assertion of it failed"); }
void offered_missing() { abandon("it called a weak symbol that nothing defines"); }
int offered_atexit() { return 0; }

char* offered_strdup(const char* text) {
  const std::size_t bytes = std::strlen(text) + 1;
  auto* copy = static_cast<char*>(foreign_malloc(bytes));
  return copy ? static_cast<char*>(std::memcpy(copy, text, bytes)) : nullptr;
}
char* offered_strncpy(char* to, const char* from, std::size_t n) {
  std::size_t i = 0;
  for (; i < n && from[i]; ++i) to[i] = from[i];
  for (; i < n; ++i) to[i] = 0;
  return to;
}
char* offered_strcat(char* to, const char* from) { return std::strcpy(to + std::strlen(to), from), to; }
char* offered_strstr(const char* text, const char* wanted) {
  const std::size_t length = std::strlen(wanted);
  for (; *text; ++text)
    if (std::strncmp(text, wanted, length) == 0) return const_cast<char*>(text);
  return length == 0 ? const_cast<char*>(text) : nullptr;
}

using Compare = int (*)(const void*, const void*);

namespace {
void exchange(char* a, char* b, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) std::swap(a[i], b[i]);
}
// Heapsort: the element at `root` goes down to its place among the first `count`.
void sift(char* base, std::size_t root, std::size_t count, std::size_t size, Compare compare) {
  for (std::size_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && compare(base + child * size, base + (child + 1) * size) < 0) ++child;
    if (compare(base + root * size, base + child * size) >= 0) return;
    exchange(base + root * size, base + child * size, size);
  }
}
}  // namespace

void offered_qsort(void* array, std::size_t count, std::size_t size, Compare compare) {
  auto* base = static_cast<char*>(array);
  for (std::size_t i = count / 2; i-- > 0;) sift(base, i, count, size, compare);
  for (std::size_t i = count; i-- > 1;) {
    exchange(base, base + i * size, size);
    sift(base, 0, i, size, compare);
  }
}
void* offered_bsearch(const void* key, const void* array, std::size_t count, std::size_t size, Compare compare) {
  const auto* base = static_cast<const char*>(array);
  while (count > 0) {
    const char* middle = base + count / 2 * size;
    const int order = compare(key, middle);
    if (order == 0) return const_cast<char*>(middle);
    if (order > 0) {
      base = middle + size;
      count -= count / 2 + 1;
    } else {
      count /= 2;
    }
  }
  return nullptr;
}

// The names of symbols, whatever C++ declares of them.
#define PERDURE_AS_THEY_ARE(X)                                                                                             \
  X(memcpy) X(memmove) X(memset) X(memcmp) X(memchr) X(bcmp) X(strlen) X(strnlen) X(strcmp) X(strncmp) X(strcpy) X(strchr) \
  X(strrchr) X(tolower) X(toupper) X(__ctype_b_loc) X(__errno_location)                                                    \
  X(acos) X(acosh) X(asin) X(asinh) X(atan) X(atan2) X(atanh) X(cbrt) X(ceil) X(copysign) X(cos) X(cosh) X(erf) X(exp)     \
  X(exp10) X(exp2) X(expm1) X(fabs) X(fdim) X(floor) X(fma) X(fmax) X(fmin) X(fmod) X(frexp) X(hypot) X(ldexp) X(lgamma)   \
  X(log) X(log10) X(log1p) X(log2) X(lrint) X(lround) X(modf) X(nextafter) X(pow) X(remainder) X(rint) X(round) X(sin)     \
  X(sincos) X(sinh) X(sqrt) X(tan) X(tanh) X(tgamma) X(trunc)
#define PERDURE_DECLARE(name) void symbol_##name() asm(#name);
PERDURE_AS_THEY_ARE(PERDURE_DECLARE)

#define PERDURE_FLOATS(X) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(exp) X(log) X(log2) X(log10) X(sqrt) X(fabs) X(floor) X(ceil) X(round) X(trunc)
#define PERDURE_FLOAT(name)                   \
  double double_##name(double) asm(#name);    \
  float offered_##name##f(float x) { return static_cast<float>(double_##name(x)); }
PERDURE_FLOATS(PERDURE_FLOAT)
#define PERDURE_FLOATS_OF_TWO(X) X(pow) X(atan2) X(fmod) X(hypot) X(fmin) X(fmax)
#define PERDURE_FLOAT_OF_TWO(name)                   \
  double double_##name(double, double) asm(#name);   \
  float offered_##name##f(float x, float y) { return static_cast<float>(double_##name(x, y)); }
PERDURE_FLOATS_OF_TWO(PERDURE_FLOAT_OF_TWO)
}

namespace perdure::runtime {
namespace {

struct Offer { std::string_view name; std::uint64_t address; };

std::span<const Offer> offers() {
  static const auto at = [](auto* function) { return reinterpret_cast<std::uint64_t>(function); };
  static const Offer kOffers[] = {
#define PERDURE_ROW(name) {#name, at(symbol_##name)},
      PERDURE_AS_THEY_ARE(PERDURE_ROW)
#define PERDURE_FLOAT_ROW(name) {#name "f", at(offered_##name##f)},
      PERDURE_FLOATS(PERDURE_FLOAT_ROW) PERDURE_FLOATS_OF_TWO(PERDURE_FLOAT_ROW)
      {"malloc", at(foreign_malloc)}, {"calloc", at(foreign_calloc)}, {"realloc", at(foreign_realloc)}, {"free", at(offered_free)},
      {"strdup", at(offered_strdup)}, {"strncpy", at(offered_strncpy)}, {"strcat", at(offered_strcat)}, {"strstr", at(offered_strstr)},
      {"qsort", at(offered_qsort)}, {"bsearch", at(offered_bsearch)},
      {"abort", at(offered_abort)}, {"exit", at(offered_exit)}, {"__assert_fail", at(offered_assert_fail)},
      {"atexit", at(offered_atexit)}, {"__cxa_atexit", at(offered_atexit)}, {"__cxa_pure_virtual", at(offered_missing)},
      {"_Znwm", at(foreign_malloc)}, {"_Znam", at(foreign_malloc)}, {"_ZdlPv", at(offered_free)}, {"_ZdaPv", at(offered_free)},
      {"_ZdlPvm", at(offered_free)}, {"_ZdaPvm", at(offered_free)},
  };
  return kOffers;
}

}  // namespace

std::uint64_t offered_address(std::string_view name) {
  for (const Offer& each : offers())
    if (each.name == name) return each.address;
  return 0;
}

std::uint64_t missing_function() { return reinterpret_cast<std::uint64_t>(&offered_missing); }

std::vector<std::string_view> offered_names() {
  std::vector<std::string_view> names;
  for (const Offer& each : offers()) names.push_back(each.name);
  return names;
}

}  // namespace perdure::runtime
