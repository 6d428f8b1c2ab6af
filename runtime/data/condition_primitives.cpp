// Conditions as Scheme sees them: making, asking, and R7RS's error objects.
//
// `error`, `raise` and handlers are Scheme, on %make-condition and the machine's handler list.
#include "runtime/condition.h"
#include "runtime/data/data.h"
#include "runtime/data/fixed_string.h"
#include "runtime/heap.h"

namespace perdure::runtime {
namespace {

bool is_condition(Value v) { return has_type(v, Type::kCondition); }

template <FixedString kName, Value Condition::*kField> Value get_field(Value condition) {
  if (!is_condition(condition)) return wrong_type(kName.view(), 1, "condition", condition);
  return as<Condition>(condition)->*kField;
}

template <FixedString kName, Value Condition::*kField> Value set_field(Value condition, Value v) {
  if (!is_condition(condition)) return wrong_type(kName.view(), 1, "condition", condition);
  store_slot(&(as<Condition>(condition)->*kField), v);
  return kUnspecific;
}

template <FixedString kName, Value Condition::*kField> Primitive getter() {
  return primitive(kName.view(), get_field<kName, kField>);
}

Value has_kind(Value v, std::string_view kind) {
  return boolean(is_condition(v) && as<Condition>(v)->kind == intern(kind));
}

}  // namespace

Value prim_condition_p(Value v) { return boolean(is_condition(v)); }

// (%make-condition kind who message irritants [payload]): who is a symbol or #f; message may be any object.
Value prim_make_condition(Value kind, Value who, Value message, Value irritants, Value payload) {
  if (!is_symbol(kind)) return wrong_type("%make-condition", 1, "symbol", kind);
  const Value slots[] = {kind, message, irritants, who, payload == kDefault ? kFalse : payload, kFalse};
  return make_object(Type::kCondition, slots, 6);
}

Value prim_read_error_p(Value v) { return has_kind(v, "read-error"); }
Value prim_file_error_p(Value v) { return has_kind(v, "file-error"); }

std::span<const Primitive> conditions_primitives() {
  static const Primitive rows[] = {
      primitive("%condition?", prim_condition_p, 1, kPure | kNoRaise | kPredicate),
      primitive("error-object?", prim_condition_p, 1, kPure | kNoRaise | kPredicate),
      primitive("%make-condition", prim_make_condition, 4),
      getter<"%condition-kind", &Condition::kind>(),
      getter<"%condition-message", &Condition::message>(),
      getter<"%condition-irritants", &Condition::irritants>(),
      getter<"%condition-who", &Condition::who>(),
      getter<"%condition-payload", &Condition::payload>(),
      getter<"%condition-continuation", &Condition::continuation>(),
      getter<"error-object-message", &Condition::message>(),
      getter<"error-object-irritants", &Condition::irritants>(),
      primitive("%set-condition-payload!", set_field<"%set-condition-payload!", &Condition::payload>),
      primitive("%set-condition-continuation!", set_field<"%set-condition-continuation!", &Condition::continuation>),
      primitive("read-error?", prim_read_error_p),
      primitive("file-error?", prim_file_error_p),
  };
  return rows;
}

}  // namespace perdure::runtime
