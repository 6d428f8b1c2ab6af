// Continuations: frames move between the process stack and the heap (machine.h, M3 and M4).
//
// Capturing empties the stack into one immutable segment; returning past the base copies the newest frames of
// next_segment back, a few at a time. So a frame is copied out at most once per capture that sees it on the stack, and
// a deep recursion costs two copies of each frame, whatever its depth. (Incremental stack/heap strategy: Clinger,
// Hartheimer, Ost, "Implementation strategies for first-class continuations", 1999.)
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

// Segments come back in pieces, so that returning into a deep captured stack costs no more than the frames that are really
// returned through: small pieces, for what is entered again and again, or larger ones of a deep recursion.
constexpr std::uint64_t kReinstatePiece = 4096;
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

std::uint64_t total_of(Value segment) { return segment == kFalse ? 0 : as<Segment>(segment)->total; }

void set_next_segment(Value segment) {
  machine.next_segment = segment;
  machine.segment_bytes = total_of(segment);
}

// Copies the frames [from, base slot) to `segment`, which has room for them, on top of next_segment.
void fill_segment(Segment* segment, std::uint64_t from) {
  const std::uint64_t size = base_slot() - from;
  auto* data = reinterpret_cast<std::uint64_t*>(segment + 1);
  std::memcpy(data, reinterpret_cast<const void*>(from), size);
  *segment = {header(Type::kSegment, (sizeof(Segment) + size) / 8 - 1), machine.next_segment, data, size,
              size + total_of(machine.next_segment)};
  set_next_segment(object_value(segment));
}

// The same with a new segment. False: no memory.
bool push_segment(std::uint64_t from) {
  const std::uint64_t size = base_slot() - from;
  if (size == 0) return true;
  auto* segment = static_cast<Segment*>(allocate(sizeof(Segment) + size, true));
  if (segment == nullptr) return false;
  fill_segment(segment, from);
  return true;
}

// How many bytes of the newest frames of `segment` to bring back.
std::uint64_t piece_size(const Segment& segment) {
  if (segment.size <= kSmallSegment) return segment.size;
  const std::uint64_t enough = segment.size > kReinstatePiece ? kReinstatePiece / 2 : kSmallSegment / 2;
  std::uint64_t size = 0;
  for (bool kept = false; size < enough || kept;) {
    const std::uint64_t address = segment.data[size / 8];
    size += frame_extent(address);
    kept = keeps_registers(address);
  }
  return size;
}

// Leaves the newest `taken` bytes in `segment`; the others become its parent, which shares its data. False: no memory.
bool split(Segment& segment, std::uint64_t taken) {
  auto* rest = static_cast<Segment*>(allocate(sizeof(Segment), true));
  if (rest == nullptr) return false;
  *rest = {header(Type::kSegment, sizeof(Segment) / 8 - 1), segment.parent, segment.data + taken / 8,
           segment.size - taken, segment.total - taken};
  segment.size = taken;
  store_slot(&segment.parent, object_value(rest));
  return true;
}

// All of `segment` comes back, then what next_segment is.
void copy_back(const Segment& segment) {
  machine.scheme_sp = base_slot() - segment.size;
  std::memcpy(reinterpret_cast<void*>(machine.scheme_sp), segment.data, segment.size);
  *reinterpret_cast<std::uint64_t*>(base_slot()) = stubs.underflow;
  set_next_segment(segment.parent);
}

// Room for the frame that polls: all older frames go to the heap, the kept one moves to the base.
bool spill_older_frames(std::uint64_t kept_bytes) {
  const std::uint64_t start = machine.scheme_sp;
  const std::uint64_t older = start + kept_bytes;
  if (!push_segment(older)) return false;
  const std::uint64_t moved = base_slot() - kept_bytes;
  std::memmove(reinterpret_cast<void*>(moved), reinterpret_cast<const void*>(start), kept_bytes);
  *reinterpret_cast<std::uint64_t*>(base_slot()) = stubs.underflow;
  machine.scheme_sp = moved;
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
  if (machine.segment_bytes <= maximum_stack_bytes()) stack_budget = maximum_stack_bytes();
  if (machine.segment_bytes <= stack_budget) return true;
  stack_budget = machine.segment_bytes + kHandlerBytes;
  fail("stack-overflow", "", "stack overflow: the recursion is too deep");
  return false;
}

}  // namespace

void start_stack() {
  machine.stack_base = abi::kProcessStackBase + abi::kProcessStackSize;
  machine.stack_limit = machine.real_stack_limit = usual_limit();
  machine.scheme_sp = 0;
  machine.runtime_sp = 0;
  set_next_segment(kFalse);
  machine.handlers = machine.winders = machine.parameters = kNil;
}

// As compiler/stubs_continuations.cpp does it: the segment stands right behind the continuation.
Value capture_continuation() {
  constexpr std::uint64_t kBytes = sizeof(std::uint64_t) * (2 + kContinuationSlots);
  const std::uint64_t size = base_slot() - machine.scheme_sp;
  auto* k = static_cast<Closure*>(allocate(size == 0 ? kBytes : kBytes + sizeof(Segment) + size, true));
  if (k == nullptr) return kRaise;
  if (size != 0) fill_segment(reinterpret_cast<Segment*>(reinterpret_cast<char*>(k) + kBytes), machine.scheme_sp);
  machine.scheme_sp = base_slot();
  *reinterpret_cast<std::uint64_t*>(base_slot()) = stubs.underflow;
  k->header = header(Type::kClosure, kContinuationSlots);
  k->entry = stubs.continuation;
  k->captured[kContinuationSegment] = machine.next_segment;
  k->captured[kContinuationWinders] = machine.winders;
  k->captured[kContinuationHandlers] = machine.handlers;
  k->captured[kContinuationParameters] = machine.parameters;
  return tagged(k, kTagClosure);
}

bool reinstate_segment() {
  if (machine.real_stack_limit != usual_limit()) set_limit(usual_limit());
  if (machine.next_segment == kFalse) return false;
  Segment& segment = *as<Segment>(machine.next_segment);
  const std::uint64_t size = piece_size(segment);
  // Without memory all of it comes back: a segment always fits the stack it came from.
  if (size < segment.size) static_cast<void>(split(segment, size));
  copy_back(segment);
  return true;
}

Value suspend_frames(Value* buffer) {
  const std::uint64_t size = base_slot() - machine.scheme_sp;
  if (size == 0) return machine.next_segment;
  if (size > kReinstatePiece) {
    if (!push_segment(machine.scheme_sp)) return kRaise;
    return machine.next_segment;
  }
  auto* segment = *buffer == kFalse ? nullptr : as<Segment>(*buffer);
  if (segment == nullptr || (header_length(segment->header) + 1) * 8 < sizeof(Segment) + size) {
    segment = static_cast<Segment*>(allocate(sizeof(Segment) + size, true));
    if (segment == nullptr) return kRaise;
    segment->header = header(Type::kSegment, (sizeof(Segment) + size) / 8 - 1);
    store_slot(buffer, object_value(segment));
  }
  auto* data = reinterpret_cast<std::uint64_t*>(segment + 1);
  std::memcpy(data, reinterpret_cast<const void*>(machine.scheme_sp), size);
  *segment = {segment->header, machine.next_segment, data, size, size + total_of(machine.next_segment)};
  return *buffer;
}

// What suspend_frames left in a buffer comes back whole, so that nothing refers to the buffer.
void resume_frames(Value segment) {
  set_next_segment(segment);
  if (segment != kFalse && as<Segment>(segment)->size <= kReinstatePiece) {
    if (machine.real_stack_limit != usual_limit()) set_limit(usual_limit());
    return copy_back(*as<Segment>(segment));
  }
  if (reinstate_segment()) return;
  machine.scheme_sp = base_slot();
  *reinterpret_cast<std::uint64_t*>(base_slot()) = stubs.underflow;
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
