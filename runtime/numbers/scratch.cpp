#include "runtime/numbers/scratch.h"

#include <cstring>

#include "runtime/machine.h"

namespace perdure::runtime {
namespace {

// What takes a twentieth of a second at most is let finish: an interrupt then waits for a poll, and can be continued.
constexpr std::uint64_t kManyLimbs = 50'000;

// The block in use and how much of it is taken. mpn frees in the reverse of the order in which it allocates.
struct Arena {
  char* start;
  char* next;
  char* end;
  bool may_take_long;    // and so may be interrupted
};
Arena arena;

// What was there before: the world's own functions, for what the block does not serve.
void* (*outer_allocate)(std::size_t);
void* (*outer_reallocate)(void*, std::size_t, std::size_t);
void (*outer_free)(void*, std::size_t);

void give_up_arena() {
  mp_set_memory_functions(outer_allocate, outer_reallocate, outer_free);
  arena = {};
}

constexpr std::size_t rounded(std::size_t bytes) { return (bytes + 15) & ~std::size_t{15}; }
bool in_arena(const void* p) { return p >= arena.start && p < arena.end; }

// mpn asks for memory again and again in an operation on large numbers: the places where it can be interrupted.
void* arena_allocate(std::size_t bytes) {
  if (arena.may_take_long && interrupt_pending()) {
    give_up_arena();
    abandon_primitive();
  }
  if (rounded(bytes) > static_cast<std::size_t>(arena.end - arena.next)) return outer_allocate(bytes);
  void* memory = arena.next;
  arena.next += rounded(bytes);
  return memory;
}

void arena_free(void* memory, std::size_t bytes) {
  if (!in_arena(memory)) return outer_free(memory, bytes);
  char* start = static_cast<char*>(memory);
  if (start + rounded(bytes) == arena.next) arena.next = start;
}

void* arena_reallocate(void* old, std::size_t old_bytes, std::size_t bytes) {
  if (!in_arena(old)) return outer_reallocate(old, old_bytes, bytes);
  void* memory = arena_allocate(bytes);
  std::memcpy(memory, old, old_bytes < bytes ? old_bytes : bytes);
  return memory;
}

}  // namespace

void MpnScratch::take_block(std::uint64_t limbs) {
  if (arena.start) return;  // within another operation, whose block is the larger
  const bool may_take_long = limbs >= kManyLimbs;
  if (may_take_long && interrupt_pending()) abandon_primitive();
  // Measured with GMP 6.2.1 up to a million limbs: at most 3.75 times the operands, and some fixed tables.
  std::uint64_t bytes = limbs * 4 * sizeof(Limb) + 8192;
  block_ = static_cast<char*>(allocate(bytes, false));
  if (!block_) {
    failed_ = true;
    return;
  }
  arena = {block_, block_, block_ + bytes, may_take_long};
  mp_get_memory_functions(&outer_allocate, &outer_reallocate, &outer_free);
  mp_set_memory_functions(arena_allocate, arena_reallocate, arena_free);
}

void MpnScratch::give_back() { give_up_arena(); }

}  // namespace perdure::runtime
