// Ephemerons: the collector's part.
//
// Invariants:
//   E1  An ephemeron's memory is not scanned. All that are not broken are in one list through `next`, which the collector
//       does not see: addresses are stored complemented.
//   E2  Once marking from the roots is over, and before anything is reclaimed, the list is settled: the datum of a marked
//       ephemeron with a marked key is marked, with all that it reaches, until that shows no new one. Of those left then,
//       marked ones are broken, others are garbage; both leave the list.
//
// Each pass over those that are left goes through them in the opposite order of the last. So a chain, where one's datum leads
// to the next one's key, takes one or two passes if it was made in order, from either end.
#include <gc.h>
#include <gc_mark.h>

#include "runtime/heap.h"
#include "runtime/late_marking.h"

namespace perdure::runtime {
namespace {

std::uint64_t hidden(const Ephemeron* e) { return ~reinterpret_cast<std::uint64_t>(e); }
Ephemeron* revealed(std::uint64_t link) { return reinterpret_cast<Ephemeron*>(~link); }

class List {
 public:
  bool empty() const { return first_ == hidden(nullptr); }
  void push(Ephemeron* e) {
    e->next = first_;
    first_ = hidden(e);
  }
  Ephemeron* pop() {
    Ephemeron* e = revealed(first_);
    first_ = e->next;
    return e;
  }

 private:
  std::uint64_t first_ = hidden(nullptr);
};

List unbroken;
// While they are settled: those not known to be kept, and the others.
List left, kept;

bool is_kept(Value v) {
  const void* object = collected_object(v);
  return object == nullptr || GC_is_marked(object);
}

// Takes those whose data must live out of `left`. True: more became marked, so another look is worth while.
bool keep_data() {
  bool more = false;
  List rest;
  while (!left.empty()) {
    Ephemeron* e = left.pop();
    if (!GC_is_marked(e) || !is_kept(e->key)) {
      rest.push(e);
      continue;
    }
    kept.push(e);
    if (is_kept(e->datum)) continue;
    mark_late(e->datum);
    more = true;
  }
  left = rest;
  return more;
}

}  // namespace

void begin_ephemerons() {
  left = unbroken;
  kept = {};
}

bool mark_data_of_ephemerons() {
  bool any = false;
  while (keep_data()) any = true;
  return any;
}

void settle_ephemerons() {
  while (!left.empty()) {
    Ephemeron* e = left.pop();
    if (!GC_is_marked(e)) continue;
    e->header = header(Type::kEphemeron, 3, kFlagBroken);
    e->key = e->datum = kFalse;
  }
  unbroken = kept;
}

Value make_ephemeron(Value key, Value datum) {
  auto* e = static_cast<Ephemeron*>(allocate(sizeof(Ephemeron), false));
  if (e == nullptr) return kRaise;
  e->header = header(Type::kEphemeron, 3);
  e->key = key;
  e->datum = datum;
  unbroken.push(e);
  return object_value(e);
}

}  // namespace perdure::runtime
