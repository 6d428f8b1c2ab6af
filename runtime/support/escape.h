// The way out of a long piece of C++ work that cannot go on: nothing here throws, and not every place where memory may be used up
// can answer that to its caller.
//
//     switch (attempt([&] { tree = build(form); })) { ... }
//
// What the work left is never gone on with, and destructors there are not run: what it owns must belong to the caller of attempt,
// or be memory that goes as a whole (compiler/arena.h). What it changes that lasts must be whole whenever it asks for memory.
#pragma once

#include <type_traits>

namespace perdure::runtime {

enum class Outcome : int { kNoMemory, kDone, kInterrupted };

// Ends the newest work that is attempted; of what one attempts within another, only the inner.
[[noreturn]] void escape(Outcome reason);
bool is_attempting();

extern "C" int perdure_attempt(void (*work)(void*), void* argument);

template <class F> [[nodiscard]] Outcome attempt(F&& work) {
  using Work = std::remove_reference_t<F>;
  return static_cast<Outcome>(perdure_attempt([](void* each) { (*static_cast<Work*>(each))(); }, const_cast<void*>(static_cast<const void*>(&work))));
}

}  // namespace perdure::runtime
