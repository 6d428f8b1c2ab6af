#include "runtime/process/timers.h"

namespace perdure::runtime {
namespace {

// timer_child: the first of the children; timer_next: the next sibling; timer_previous: the previous sibling, or for a
// first child the parent.
Value root = kFalse;

std::int64_t key(Value p) { return fixnum_value(process_of(p).deadline); }

// The later one becomes the first child of the earlier.
Value meld(Value a, Value b) {
  if (a == kFalse) return b;
  if (b == kFalse) return a;
  if (key(b) < key(a)) {
    const Value earlier = b;
    b = a;
    a = earlier;
  }
  Process& parent = process_of(a);
  Process& child = process_of(b);
  store_slot(&child.timer_next, parent.timer_child);
  if (parent.timer_child != kFalse) store_slot(&process_of(parent.timer_child).timer_previous, b);
  store_slot(&parent.timer_child, b);
  store_slot(&child.timer_previous, a);
  return a;
}

// One heap of a list of siblings: pairs from the left, then all of them from the right.
Value meld_siblings(Value first) {
  Value pairs = kFalse;  // newest first, linked by timer_next
  while (first != kFalse) {
    const Value a = first, b = process_of(a).timer_next;
    first = b == kFalse ? kFalse : process_of(b).timer_next;
    process_of(a).timer_next = process_of(a).timer_previous = kFalse;
    if (b != kFalse) process_of(b).timer_next = process_of(b).timer_previous = kFalse;
    const Value pair = meld(a, b);
    store_slot(&process_of(pair).timer_next, pairs);
    pairs = pair;
  }
  Value heap = kFalse;
  while (pairs != kFalse) {
    const Value next = process_of(pairs).timer_next;
    process_of(pairs).timer_next = kFalse;
    heap = meld(heap, pairs);
    pairs = next;
  }
  return heap;
}

}  // namespace

void insert_timer(Value process, std::uint64_t deadline_ns) {
  constexpr std::int64_t kLatest = std::int64_t{1} << 59;
  const std::int64_t at = deadline_ns > static_cast<std::uint64_t>(kLatest) ? kLatest : static_cast<std::int64_t>(deadline_ns);
  process_of(process).deadline = fixnum(at);
  root = meld(root, process);
}

void remove_timer(Value process) {
  Process& p = process_of(process);
  if (p.deadline == kFalse) return;
  const Value children = meld_siblings(p.timer_child);
  p.timer_child = kFalse;
  if (process == root) {
    root = children;
  } else {
    Process& before = process_of(p.timer_previous);
    if (before.timer_child == process) store_slot(&before.timer_child, p.timer_next);
    else store_slot(&before.timer_next, p.timer_next);
    if (p.timer_next != kFalse) store_slot(&process_of(p.timer_next).timer_previous, p.timer_previous);
    p.timer_next = p.timer_previous = kFalse;
    root = meld(root, children);
  }
  p.deadline = kFalse;
}

std::uint64_t first_deadline() {
  return root == kFalse ? kNever : static_cast<std::uint64_t>(key(root));
}

Value first_timer() { return root; }

}  // namespace perdure::runtime
