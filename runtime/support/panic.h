// How a bug in the runtime ends: a line on the host's error output and exit status 70.
#pragma once

namespace perdure::runtime {

// Safe at any moment: touches no heap.
[[noreturn]] void panic(const char* message);
[[noreturn]] void assertion_failed(const char* file, int line, const char* condition);

}  // namespace perdure::runtime

// Kept in release builds.
#define PERDURE_ASSERT(condition) \
  (__builtin_expect(!(condition), 0) ? ::perdure::runtime::assertion_failed(__FILE__, __LINE__, #condition) : void(0))
