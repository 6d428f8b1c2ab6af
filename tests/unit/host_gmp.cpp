// What the world's build of GMP needs of its surroundings: malloc, and an end for its fatal errors.
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace {

[[noreturn]] void fatal(const char* what) {
  std::fprintf(stderr, "gmp: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" {

void* __gmp_default_allocate(std::size_t bytes) { return std::malloc(bytes); }
void* __gmp_default_reallocate(void* old, std::size_t, std::size_t bytes) { return std::realloc(old, bytes); }
void __gmp_default_free(void* memory, std::size_t) { std::free(memory); }

void* (*__gmp_allocate_func)(std::size_t) = __gmp_default_allocate;
void* (*__gmp_reallocate_func)(void*, std::size_t, std::size_t) = __gmp_default_reallocate;
void (*__gmp_free_func)(void*, std::size_t) = __gmp_default_free;

void __gmp_assert_fail(const char*, int, const char* expression) { fatal(expression); }
void __gmp_exception(int) { fatal("exception"); }
void __gmp_divide_by_zero() { fatal("division by zero"); }
void __gmp_sqrt_of_negative() { fatal("root of a negative number"); }
void __gmp_invalid_operation() { fatal("invalid operation"); }

}  // extern "C"
