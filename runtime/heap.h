// Making objects. The collector is Boehm GC (8.2): non-moving, conservative on stacks; all of its state is the world's.
//
// Invariants:
//   H1  Every allocation may collect. Values in C++ locals are found (the runtime stack is scanned conservatively);
//       values in std containers are found (operator new gives scanned memory); values in statics are found (the
//       world's data is a root).
//   H2  An allocator answers null (or kRaise for the make_ functions) when memory is used up; the pending condition is
//       then the out-of-memory condition. Callers pass it on.
//   H3  Fresh scanned memory of `allocate` is zero: a slot that is never filled reads as the fixnum 0. Unscanned memory is not,
//       nor is what compiled code takes.
#pragma once

#include <cstddef>
#include <string_view>

#include "runtime/object.h"

namespace perdure::runtime {

// Raw object memory: `bytes` includes the header. `scanned` = may hold values.
void* allocate(std::size_t bytes, bool scanned);
// Scanned memory that is not cleared: whoever takes it fills every word of an object before asking for memory again.
void* allocate_unfilled(std::size_t bytes);

Value cons(Value car, Value cdr);
Value make_flonum(double d);                          // self-tagged where it fits
Value make_string(std::uint64_t length, char32_t fill);
Value make_string_utf8(std::string_view utf8);         // invalid bytes become U+FFFD
Value make_string_utf32(const char32_t* chars, std::uint64_t length);
Value make_vector(std::uint64_t length, Value fill);
Value make_unfilled_vector(std::uint64_t length);      // its slots are to be filled before anybody asks for memory
Value make_bytevector(std::uint64_t length, std::uint8_t fill);
Value make_unfilled_bytevector(std::uint64_t length);   // its bytes are whatever was there
Value make_values(const Value* values, std::uint64_t count);
Value make_box(Value content);
// Keeps neither key nor datum alive by itself: the datum lives while ephemeron and key do. When the key is kept by nothing
// but the datum, a collection makes both #f and sets kFlagBroken.
Value make_ephemeron(Value key, Value datum);
Value make_record(Value record_type, const Value* fields, std::uint64_t count);
// An object of `type` with `count` value slots after its header (ratnum, condition, promise ...).
Value make_object(Type type, const Value* slots, std::uint64_t count);
Value make_object_of_two(Type type, Value first, Value second);

// The interned symbol of that name. Symbols are never collected while referenced; the table holds them weakly or not.
Value intern(std::string_view utf8);
Value intern_string(Value string);
Value make_uninterned_symbol(Value name);

// The one function that may depend on an object's address: equal for eq? values, stable for the object's life.
std::uint64_t object_hash(Value v);

// Has finalize(object) called by run_finalizers() once nothing refers to the object any more; null: takes that back. Until
// then the object lives, and all that it refers to.
void set_finalizer(void* object, void (*finalize)(void* object));
void run_finalizers();

// Collects now, all that is garbage.
void collect_garbage();
// The same, and what is free holds only zeros afterwards.
void collect_for_saving();
// For what has to know while a collection is under way: whatever was there when the world was resumed counts as live.
bool collects_only_young();
// Large parts of the heap that are free, ascending; their contents are garbage. Asks for no memory.
struct Stretch {
  std::uint64_t start, size;
};
inline constexpr std::uint64_t kMostFreeStretches = 256;
std::uint64_t free_stretches(Stretch (&stretches)[kMostFreeStretches]);
// From now on collects at every `interval`-th request for memory (of free objects, or of a large object);
// 0: only when needed. For tests.
void stress_collector(std::int64_t interval);

}  // namespace perdure::runtime
