// Ephemerons (SRFI 124), as Scheme sees them; what makes them weak is in runtime/ephemerons.cpp.
#include "runtime/condition.h"
#include "runtime/data/data.h"
#include "runtime/heap.h"

namespace perdure::runtime {
namespace {

bool is_ephemeron(Value v) { return has_type(v, Type::kEphemeron); }

Value prim_is_ephemeron(Value v) { return boolean(is_ephemeron(v)); }
Value prim_make_ephemeron(Value key, Value datum) { return make_ephemeron(key, datum); }
Value prim_ephemeron_key(Value e) {
  return is_ephemeron(e) ? as<Ephemeron>(e)->key : wrong_type("ephemeron-key", 1, "ephemeron", e);
}
Value prim_ephemeron_datum(Value e) {
  return is_ephemeron(e) ? as<Ephemeron>(e)->datum : wrong_type("ephemeron-datum", 1, "ephemeron", e);
}
Value prim_ephemeron_is_broken(Value e) {
  if (!is_ephemeron(e)) return wrong_type("ephemeron-broken?", 1, "ephemeron", e);
  return boolean(header_flags(as_object(e)->header) & kFlagBroken);
}
// The key is alive until here because it is an argument.
Value prim_reference_barrier(Value) { return kUnspecific; }

}  // namespace

std::span<const Primitive> ephemerons_primitives() {
  static const Primitive rows[] = {
      primitive("ephemeron?", prim_is_ephemeron, 1, kPure | kNoRaise | kPredicate),
      primitive("make-ephemeron", prim_make_ephemeron),
      primitive("ephemeron-key", prim_ephemeron_key),
      primitive("ephemeron-datum", prim_ephemeron_datum),
      primitive("ephemeron-broken?", prim_ephemeron_is_broken),
      primitive("reference-barrier", prim_reference_barrier),
  };
  return rows;
}

}  // namespace perdure::runtime
