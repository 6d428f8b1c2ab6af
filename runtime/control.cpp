// Primitives of control: what the world's libraries build continuations, exceptions and parameters from.
#include "runtime/control.h"

#include "runtime/code_space.h"
#include "runtime/condition.h"
#include "runtime/frame.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/object.h"
#include "runtime/opened_code.h"
#include "runtime/utf8_string.h"

namespace perdure::runtime {
namespace {

Value prim_is_procedure(Value v) { return boolean(v.is_closure()); }

Value prim_values(const Value* arguments, std::uint64_t count) {
  return count == 1 ? arguments[0] : make_values(arguments, count);
}

// The dynamic state: lists, innermost first.
Value set_list(std::string_view who, Value* state, Value list) {
  if (list != kNil && !list.is_pair()) return wrong_type(who, 1, "list", list);
  *state = list;
  return kUnspecific;
}
Value prim_handlers() { return machine.handlers; }
Value prim_set_handlers(Value list) { return set_list("%set-handlers!", &machine.handlers, list); }
Value prim_winders() { return machine.winders; }
Value prim_set_winders(Value list) { return set_list("%set-winders!", &machine.winders, list); }
Value prim_parameters() { return machine.parameters; }
Value prim_set_parameters(Value list) { return set_list("%set-parameters!", &machine.parameters, list); }

bool is_continuation(Value v) { return v.is_closure() && as_closure(v)->entry == stubs.continuation; }
Value prim_is_continuation(Value v) { return boolean(is_continuation(v)); }

Value prim_continuation_winders(Value k) {
  if (!is_continuation(k)) return wrong_type("%continuation-winders", 1, "continuation", k);
  return as_continuation(k)->winders;
}

Value prim_set_hook(Value name, Value procedure) {
  static constexpr std::string_view kNames[kHookCount] = {"raise", "rewind", "event", "main", "wait", "foreign"};
  if (!is_symbol(name)) return wrong_type("%set-hook!", 1, "symbol", name);
  if (!procedure.is_closure()) return wrong_type("%set-hook!", 2, "procedure", procedure);
  const std::string wanted = string_utf8(as<Symbol>(name)->name);
  for (int i = 0; i < kHookCount; ++i) {
    if (kNames[i] != wanted) continue;
    machine.hooks[i] = procedure;
    return kUnspecific;
  }
  return wrong_type("%set-hook!", 1, "name of a hook", name);
}

Value prim_procedure_name(Value p) {
  if (!p.is_closure()) return wrong_type("%procedure-name", 1, "procedure", p);
  return procedure_name(p);
}

Value prim_procedure_arity(Value p) {
  if (!p.is_closure()) return wrong_type("%procedure-arity", 1, "procedure", p);
  int minimum, maximum;
  procedure_arity(p, &minimum, &maximum);
  return cons(fixnum(minimum), maximum < 0 ? kFalse : fixnum(maximum));
}

// --- backtraces ------------------------------------------------------------------------------------------------------
// Frames ((name . "file:line") or (name . #f)), newest last, at most so many.
struct Frames {
  Value list = kNil;
  std::int64_t left;

  // False: no more, or no memory; then the list is kRaise.
  bool add(Value name, Value source, std::uint64_t line) {
    if (left-- <= 0) return false;
    Value where = kFalse;
    if (is_string(source) && line != 0) where = make_string_utf8(string_utf8(source) + ":" + std::to_string(line));
    const Value frame = where == kRaise ? kRaise : cons(name, where);
    list = frame == kRaise ? kRaise : cons(frame, list);
    return list != kRaise;
  }

  // Of a return address: those that were opened there, then whose frame it is.
  bool add_at(std::uint64_t address) {
    const CodeRecord* code = find_code(address);
    if (code == nullptr || code->minimum < 0) return true;   // a stub
    Value opened = opened_at(address);
    for (; opened.is_pair(); opened = cdr(opened)) {
      const Value procedure = car(opened), place = cdr(procedure);
      if (!add(car(procedure), car(place), static_cast<std::uint64_t>(fixnum_value(cdr(place))))) return false;
    }
    return opened == kFalse || add(code->name, code->source, code->line);
  }
};

Value prim_backtrace(Value k, Value limit) {
  if (!is_continuation(k)) return wrong_type("%backtrace", 1, "continuation", k);
  Frames frames{.left = limit.is_fixnum() ? fixnum_value(limit) : 1000};
  for (std::uint64_t skip = 0; k != kFalse; skip = as_continuation(k)->parent_skip, k = as_continuation(k)->parent) {
    for (std::uint64_t at = skip; at < as_continuation(k)->size;) {
      const std::uint64_t address = frames_of(*as_continuation(k))[at];
      at += frame_extent(address) / 8;
      if (!frames.add_at(address)) goto done;
    }
  }
done:
  if (frames.list == kRaise) return kRaise;
  Value newest_first = kNil;
  for (Value rest = frames.list; rest.is_pair() && newest_first != kRaise; rest = cdr(rest)) newest_first = cons(car(rest), newest_first);
  return newest_first;
}

}  // namespace

std::span<const Primitive> control_primitives() {
  static const Primitive kTable[] = {
      primitive("procedure?", prim_is_procedure, 1, kPure | kNoRaise | kPredicate),
      primitive("values", prim_values),
      primitive("%handlers", prim_handlers),
      primitive("%set-handlers!", prim_set_handlers),
      primitive("%winders", prim_winders),
      primitive("%set-winders!", prim_set_winders),
      primitive("%parameters", prim_parameters),
      primitive("%set-parameters!", prim_set_parameters),
      primitive("%continuation?", prim_is_continuation),
      primitive("%continuation-winders", prim_continuation_winders),
      primitive("%set-hook!", prim_set_hook),
      primitive("%procedure-name", prim_procedure_name),
      primitive("%procedure-arity", prim_procedure_arity),
      primitive("%backtrace", prim_backtrace, 1),
  };
  return kTable;
}

}  // namespace perdure::runtime
