// Continuations: frames move between the process stack and the heap (machine.h, M3 and M4).
//
// Capturing empties the stack into a continuation, which never changes; returning past the base copies the newest frame of
// next_continuation back. So a capture copies only the frames that are new or were returned into since the last one, and an entry
// only those that are returned through; both without regard to how much is behind. (Incremental stack/heap strategy: Clinger,
// Hartheimer, Ost, "Implementation strategies for first-class continuations", 1999; one frame at a time: Hieb, Dybvig, Bruggeman,
// "Representing control in the presence of first-class continuations", 1990.)
#include <algorithm>
#include <cstring>

#include "runtime/condition.h"
#include "runtime/frame.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/object.h"
#include "runtime/process/poll_count.h"
#include "runtime/process/process.h"
#include "runtime/support/panic.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

// Frames that had no room come back by so many bytes, and a process's stack of at most so many as a whole. All others come back
// one by one, since they may be entered again and again.
constexpr std::uint64_t kPiece = 2048;
constexpr std::uint64_t kShallow = 4096;
constexpr std::uint64_t kMaximumStackBytes = std::uint64_t{256} << 20;
// What the handler of a stack overflow may use on top of that.
constexpr std::uint64_t kHandlerBytes = std::uint64_t{2} << 20;
std::uint64_t stack_budget = kMaximumStackBytes;

std::uint64_t usual_limit() { return machine.stack_base - kUsualStackBytes; }
std::uint64_t emergency_limit() { return usual_limit() - kEmergencyBytes; }

std::uint64_t maximum_stack_bytes() { return std::min(kMaximumStackBytes, platform->memory_limit() / 4); }

// The limit that compiled code compares with, unless a host poisoned it meanwhile.
void set_limit(std::uint64_t limit) {
  std::uint64_t before = machine.real_stack_limit;
  machine.real_stack_limit = limit;
  __atomic_compare_exchange_n(&machine.stack_limit, &before, limit, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

std::uint64_t base_slot() { return machine.stack_base - sizeof(std::uint64_t); }

Value* stack_word(std::uint64_t address) { return reinterpret_cast<Value*>(address); }

void go_on_at(Value continuation, std::uint64_t skip) {
  machine.next_continuation = continuation;
  machine.next_skip = skip;
}

void empty_stack() {
  machine.scheme_sp = base_slot();
  stack_word(base_slot())->bits = stubs.underflow;
}

// The stack gets `words` words that stand at `from`, and nothing else.
void put_on_stack(const std::uint64_t* from, std::uint64_t words) {
  empty_stack();
  machine.scheme_sp -= words * 8;
  std::memcpy(stack_word(machine.scheme_sp), from, words * 8);
}

// Fills `k`, which has room for them, with the frames [from, base slot).
void fill(Continuation* k, std::uint64_t from) {
  const std::uint64_t bytes = base_slot() - from;
  *k = {header(Type::kClosure, kContinuationSlots), stubs.continuation, kNil, kNil, kNil, machine.next_continuation, 0,
        static_cast<std::uint16_t>(machine.next_skip), static_cast<std::uint16_t>(bytes / 8)};
  std::memcpy(frames_of(*k), stack_word(from), bytes);
}

Continuation* allocate_continuation(std::uint64_t frame_bytes) {
  return static_cast<Continuation*>(allocate(sizeof(Continuation) + frame_bytes, true));
}

Value continuation_value(const Continuation* k) { return tagged(k, kTagClosure); }

// Words of frames from `k` on. Those that had no room know their total, so a deep recursion does not walk all it has left behind.
std::uint64_t count_words(Value k) {
  std::uint64_t words = 0;
  for (; k != kFalse; k = as_continuation(k)->parent) {
    if (as_continuation(k)->total != 0) return words + as_continuation(k)->total;
    words += as_continuation(k)->size;
    words -= as_continuation(k)->parent_skip;
  }
  return words;
}

// Moves the frames [from, base slot) to a continuation on top of next_continuation. False: no memory.
bool push_frames(std::uint64_t from) {
  if (from == base_slot()) return true;
  Continuation* k = allocate_continuation(base_slot() - from);
  if (k == nullptr) return false;
  fill(k, from);
  k->total = static_cast<std::uint32_t>(std::min<std::uint64_t>(frame_bytes(continuation_value(k)) / 8, ~std::uint32_t{0}));
  go_on_at(continuation_value(k), 0);
  return true;
}

// How many words to bring back.
std::uint64_t piece_size(Continuation& k, std::uint64_t skip) {
  const std::uint64_t enough = k.total == 0 ? 1 : kPiece / 8;
  std::uint64_t words = 0;
  for (bool kept = false; skip + words < k.size && (words < enough || kept);) {
    const std::uint64_t address = frames_of(k)[skip + words];
    words += frame_extent(address) / 8;
    kept = keeps_registers(address);
  }
  return words;
}

// Room for the frame that polls: all older frames go to the heap, the kept one moves to the base.
bool spill_older_frames(std::uint64_t kept_bytes) {
  const std::uint64_t start = machine.scheme_sp;
  const std::uint64_t older = start + kept_bytes;
  if (!push_frames(older)) return false;
  machine.scheme_sp = base_slot() - kept_bytes;
  std::memmove(stack_word(machine.scheme_sp), stack_word(start), kept_bytes);
  stack_word(base_slot())->bits = stubs.underflow;
  return true;
}

// The stack is full. False: with a condition to raise, for which there is room on the stack.
bool make_room(std::uint64_t kept) {
  if (!spill_older_frames(kept)) {
    // Out of memory. The failure gave the reserve back: the second try is for the handler's sake.
    if (!spill_older_frames(kept)) {
      if (machine.real_stack_limit == emergency_limit()) panic("out of memory while out of memory was being handled");
      set_limit(emergency_limit());
    }
    return false;
  }
  const std::uint64_t depth = frame_bytes(machine.next_continuation);
  if (depth <= maximum_stack_bytes()) stack_budget = maximum_stack_bytes();
  if (depth <= stack_budget) return true;
  stack_budget = depth + kHandlerBytes;
  fail("stack-overflow", "", "stack overflow: the recursion is too deep");
  return false;
}

}  // namespace

void start_stack() {
  machine.stack_base = abi::kProcessStackBase + abi::kProcessStackSize;
  machine.stack_limit = machine.real_stack_limit = usual_limit();
  machine.scheme_sp = 0;
  machine.runtime_sp = 0;
  go_on_at(kFalse, 0);
  machine.handlers = machine.winders = machine.parameters = kNil;
}

std::uint64_t frame_bytes(Value continuation) {
  if (continuation == kFalse) return 0;
  const Continuation& k = *as_continuation(continuation);   // its total may be its room
  return (k.size + count_words(k.parent) - k.parent_skip) * 8;
}

void forget_ended_frames() {
  constexpr std::uint64_t kMost = 4096;
  const std::uint64_t end = machine.scheme_sp, start = std::max(end - kMost, machine.real_stack_limit);
  if (start < end) std::memset(stack_word(start), 0, end - start);
}

// As compiler/stubs_continuations.cpp does it.
Value capture_continuation() {
  const std::uint64_t bytes = base_slot() - machine.scheme_sp;
  Continuation* k = allocate_continuation(bytes);
  if (k == nullptr) return kRaise;
  fill(k, machine.scheme_sp);
  k->winders = machine.winders;
  k->handlers = machine.handlers;
  k->parameters = machine.parameters;
  if (bytes != 0) go_on_at(continuation_value(k), 0);
  empty_stack();
  return continuation_value(k);
}

bool reinstate_frames() {
  if (machine.real_stack_limit != usual_limit()) set_limit(usual_limit());
  if (machine.next_continuation == kFalse) return false;
  Continuation& k = *as_continuation(machine.next_continuation);
  const std::uint64_t skip = machine.next_skip, words = piece_size(k, skip);
  put_on_stack(frames_of(k) + skip, words);
  if (skip + words < k.size) machine.next_skip = skip + words;
  else go_on_at(k.parent, k.parent_skip);
  return true;
}

Value suspend_frames(Value* buffer) {
  const std::uint64_t bytes = base_slot() - machine.scheme_sp;
  if (bytes == 0 && machine.next_continuation == kFalse) return kFalse;
  if (bytes > kShallow) {
    if (!push_frames(machine.scheme_sp)) return kRaise;
    return machine.next_continuation;
  }
  auto* k = *buffer == kFalse ? nullptr : as_continuation(*buffer);
  std::uint32_t room = k == nullptr ? 0 : k->total;
  if (k == nullptr || room < bytes / 8) {
    k = allocate_continuation(bytes);
    if (k == nullptr) return kRaise;
    room = static_cast<std::uint32_t>(bytes / 8);
    store_slot(buffer, continuation_value(k));
  }
  fill(k, machine.scheme_sp);
  k->total = room;
  return *buffer;
}

// What suspend_frames left in a buffer comes back whole, so that nothing refers to the buffer.
void resume_frames(Value continuation) {
  if (continuation == kFalse || as_continuation(continuation)->size * 8 > kShallow) {
    go_on_at(continuation, 0);
    if (!reinstate_frames()) empty_stack();
    return;
  }
  Continuation& k = *as_continuation(continuation);
  if (machine.real_stack_limit != usual_limit()) set_limit(usual_limit());
  put_on_stack(frames_of(k), k.size);
  go_on_at(k.parent, k.parent_skip);
}

std::uint64_t handle_poll(std::uint64_t saved_bytes) {
  machine.stack_limit = machine.real_stack_limit;
  const std::uint64_t polled = machine.scheme_sp + saved_bytes;  // the return address into the polling procedure
  const std::uint64_t kept = saved_bytes + frame_extent(*reinterpret_cast<std::uint64_t*>(polled));
  if (polled <= machine.real_stack_limit && !make_room(kept)) return kRaise.bits;
  if (const std::uint64_t due = count_poll(); due != 0) return due;
  if (machine.atomic != 0 || __atomic_load_n(&machine.events.pending, __ATOMIC_ACQUIRE) == 0) return 0;
  switch (take_events()) {
    case AtPoll::kInterrupted: return next_interrupt();
    case AtPoll::kSwitch: return kDefault.bits;
    default: return 0;
  }
}

}  // namespace perdure::runtime
