// Boxes.
#include "runtime/condition.h"
#include "runtime/data/data.h"
#include "runtime/heap.h"

namespace perdure::runtime {

Value prim_box_p(Value v) { return boolean(has_type(v, Type::kBox)); }
Value prim_box(Value content) { return make_box(content); }

Value prim_unbox(Value box) {
  return has_type(box, Type::kBox) ? as<Box>(box)->value : wrong_type("unbox", 1, "box", box);
}

Value prim_set_box(Value box, Value v) {
  if (!has_type(box, Type::kBox)) return wrong_type("set-box!", 1, "box", box);
  store_slot(&as<Box>(box)->value, v);
  return kUnspecific;
}

std::span<const Primitive> boxes_primitives() {
  static const Primitive rows[] = {
      primitive("box?", prim_box_p, 1, kPure | kNoRaise | kPredicate),
      primitive("box", prim_box),
      primitive("unbox", prim_unbox),
      primitive("set-box!", prim_set_box),
  };
  return rows;
}

}  // namespace perdure::runtime
