// What GMP needs of us: memory for its temporaries and integers (limbs hold no pointers, so the collector need not look),
// and an end for its fatal errors. Callers check for division by zero and negative roots first.
#include <gc/gc.h>
#include <gmp.h>

#include "runtime/support/panic.h"

using perdure::runtime::panic;

namespace {

void* checked(void* memory) {
  if (memory == nullptr) panic("out of memory in big-number arithmetic");
  return memory;
}

}  // namespace

extern "C" {

void* __gmp_default_allocate(std::size_t bytes) { return checked(GC_malloc_atomic_uncollectable(bytes)); }
void* __gmp_default_reallocate(void* old, std::size_t, std::size_t bytes) { return checked(GC_realloc(old, bytes)); }
void __gmp_default_free(void* memory, std::size_t) { GC_free(memory); }

void* (*__gmp_allocate_func)(std::size_t) = __gmp_default_allocate;
void* (*__gmp_reallocate_func)(void*, std::size_t, std::size_t) = __gmp_default_reallocate;
void (*__gmp_free_func)(void*, std::size_t) = __gmp_default_free;

[[noreturn]] void __gmp_assert_fail(const char* file, int line, const char* expression) {
  perdure::runtime::assertion_failed(file, line, expression);
}
[[noreturn]] void __gmp_exception(int) { panic("big-number arithmetic"); }
[[noreturn]] void __gmp_divide_by_zero() { panic("big-number division by zero"); }
[[noreturn]] void __gmp_sqrt_of_negative() { panic("big-number square root of a negative number"); }
[[noreturn]] void __gmp_invalid_operation() { panic("big-number arithmetic: invalid operation"); }

}  // extern "C"
