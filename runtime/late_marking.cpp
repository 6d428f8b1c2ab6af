#include "runtime/late_marking.h"

#include <gc.h>
#include <gc_mark.h>

#include "runtime/code_space.h"

// Built with the collector (runtime/third_party/recipes/gc).
extern "C" void GC_mark_late(void* object);

namespace perdure::runtime {
namespace {

// Each may show something to the other.
void mark_the_rest() {
  begin_ephemerons();
  while (mark_from_reached_code() || mark_data_of_ephemerons()) {}
  settle_ephemerons();
  lose_unreached_code();
}

void on_collection(GC_EventType event) {
  if (event == GC_EVENT_MARK_START) forget_reached_code();
  if (event == GC_EVENT_RECLAIM_START) mark_the_rest();
}

}  // namespace

void start_late_marking() { GC_set_on_collection_event(on_collection); }

void* collected_object(Value v) {
  if (!v.is_pair() && !v.is_object() && !v.is_closure()) return nullptr;
  return GC_base(reinterpret_cast<void*>(v.bits));
}

void mark_late(Value v) {
  void* object = collected_object(v);
  if (object != nullptr && !GC_is_marked(object)) GC_mark_late(object);
}

}  // namespace perdure::runtime
