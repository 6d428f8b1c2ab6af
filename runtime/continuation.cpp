// Continuations: frames move between the process stack and the heap (machine.h, M3 and M4).
//
// Capturing empties the stack into one immutable segment; returning past the base copies the newest frames of
// next_segment back, a few at a time. So a frame is copied out at most once per capture that sees it on the stack, and
// a deep recursion costs two copies of each frame, whatever its depth. (Incremental stack/heap strategy: Clinger,
// Hartheimer, Ost, "Implementation strategies for first-class continuations", 1999.)
#include <cstring>

#include "runtime/condition.h"
#include "runtime/frame.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/object.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

// Segments larger than this come back in pieces, so that returning into a deep captured stack costs no more than the
// frames that are really returned through.
constexpr std::uint64_t kReinstatePiece = 4096;
constexpr std::uint64_t kMaximumStackBytes = std::uint64_t{256} << 20;

std::uint64_t base_slot() { return machine.stack_base - sizeof(std::uint64_t); }

std::uint64_t total_of(Value segment) { return segment == kFalse ? 0 : as<Segment>(segment)->total; }

void set_next_segment(Value segment) {
  machine.next_segment = segment;
  machine.segment_bytes = total_of(segment);
}

// Copies the frames [from, base slot) to a new segment on top of next_segment. False: no memory.
bool push_segment(std::uint64_t from) {
  const std::uint64_t size = base_slot() - from;
  if (size == 0) return true;
  auto* segment = static_cast<Segment*>(allocate(sizeof(Segment) + size, true));
  if (segment == nullptr) return false;
  auto* data = reinterpret_cast<std::uint64_t*>(segment + 1);
  std::memcpy(data, reinterpret_cast<const void*>(from), size);
  *segment = {header(Type::kSegment, (sizeof(Segment) + size) / 8 - 1), machine.next_segment, data, size,
              size + total_of(machine.next_segment)};
  set_next_segment(object_value(segment));
  return true;
}

// How many bytes of the newest frames of `segment` to bring back.
std::uint64_t piece_size(const Segment& segment) {
  if (segment.size <= kReinstatePiece) return segment.size;
  std::uint64_t size = 0;
  while (size < kReinstatePiece / 2) size += frame_extent(segment.data[size / 8]);
  return size;
}

// What is left of `segment` after its newest `taken` bytes: a segment that shares its data. #f: no memory.
Value rest_of(const Segment& segment, std::uint64_t taken) {
  auto* rest = static_cast<Segment*>(allocate(sizeof(Segment), true));
  if (rest == nullptr) return kFalse;
  *rest = {header(Type::kSegment, sizeof(Segment) / 8 - 1), segment.parent, segment.data + taken / 8,
           segment.size - taken, segment.total - taken};
  return object_value(rest);
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

}  // namespace

Value capture_continuation() {
  if (!push_segment(machine.scheme_sp)) return kRaise;
  machine.scheme_sp = base_slot();
  *reinterpret_cast<std::uint64_t*>(base_slot()) = stubs.underflow;
  constexpr std::uint64_t kBytes = sizeof(std::uint64_t) * (2 + kContinuationSlots);
  auto* k = static_cast<Closure*>(allocate(kBytes, true));
  if (k == nullptr) return kRaise;
  k->header = header(Type::kClosure, kContinuationSlots);
  k->entry = stubs.continuation;
  k->captured[kContinuationSegment] = machine.next_segment;
  k->captured[kContinuationWinders] = machine.winders;
  k->captured[kContinuationHandlers] = machine.handlers;
  k->captured[kContinuationParameters] = machine.parameters;
  return tagged(k, kTagClosure);
}

bool reinstate_segment() {
  if (machine.next_segment == kFalse) return false;
  const Segment& segment = *as<Segment>(machine.next_segment);
  std::uint64_t size = piece_size(segment);
  Value rest = segment.parent;
  if (size < segment.size) {
    rest = rest_of(segment, size);
    if (rest == kFalse) {
      size = segment.size;  // a segment always fits the stack it came from
      rest = segment.parent;
    }
  }
  machine.scheme_sp = base_slot() - size;
  std::memcpy(reinterpret_cast<void*>(machine.scheme_sp), segment.data, size);
  *reinterpret_cast<std::uint64_t*>(base_slot()) = stubs.underflow;
  set_next_segment(rest);
  return true;
}

std::uint64_t handle_poll(std::uint64_t saved_bytes) {
  machine.stack_limit = machine.real_stack_limit;
  const std::uint64_t polled = machine.scheme_sp + saved_bytes;  // the return address into the polling procedure
  const std::uint64_t kept = saved_bytes + frame_extent(*reinterpret_cast<std::uint64_t*>(polled));
  if (polled <= machine.real_stack_limit) {
    if (machine.segment_bytes > kMaximumStackBytes)
      return fail("stack-overflow", "", "the recursion is too deep").bits;
    if (!spill_older_frames(kept)) return kRaise.bits;
  }
  if (__atomic_load_n(&machine.events.pending, __ATOMIC_ACQUIRE) != 0 && machine.hooks[kHookEvent] != kFalse)
    return machine.hooks[kHookEvent].bits;
  return 0;
}

}  // namespace perdure::runtime
