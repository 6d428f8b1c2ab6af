#include "compiler/redo.h"

#include "compiler/compile.h"
#include "compiler/expander/environment.h"
#include "compiler/optimisations.h"
#include "runtime/code_space.h"
#include "runtime/condition.h"
#include "runtime/global_call.h"
#include "runtime/heap.h"
#include "runtime/object.h"

namespace perdure::compiler {
namespace {

using namespace runtime;

// A form that can be compiled again: a vector.
enum UnitSlot { kForm, kSource, kDisabled, kMentioned, kFunctions, kUnitSlots };   // functions: of all times it was compiled
// What is known of a function (Unit::functions_made).
enum FunctionSlot { kName, kLine, kColumn, kCaptured, kEntry, kPiece };

Value& slot(Value vector, int index) { return as<Vector>(vector)->slots[index]; }

bool memq(Value item, Value list) {
  for (; list.is_pair(); list = cdr(list))
    if (car(list) == item) return true;
  return false;
}

bool share(Value a, Value b) {
  for (; a.is_pair(); a = cdr(a))
    if (memq(car(a), b)) return true;
  return false;
}

bool same_place(Value f, Value g) {
  return slot(f, kName) == slot(g, kName) && slot(f, kLine) == slot(g, kLine) && slot(f, kColumn) == slot(g, kColumn);
}

// What a closure captures: name, whether it is boxed, and which function's closure it is (unit.cpp), again and again.
Value captured_function(Value captured) { return car(cdr(cdr(captured))); }
Value next_captured(Value captured) { return cdr(cdr(cdr(captured))); }

bool same_captured(Value f, Value g) {
  Value a = slot(f, kCaptured), b = slot(g, kCaptured);
  for (; a.is_pair() && b.is_pair(); a = next_captured(a), b = next_captured(b)) {
    const bool both = captured_function(a).is_fixnum() == captured_function(b).is_fixnum();
    if (car(a) != car(b) || car(cdr(a)) != car(cdr(b)) || !both) return false;
  }
  return a == b;   // both at their ends
}

// The only one of `functions` that stands where `f` does; or #f.
Value counterpart(Value f, Value functions) {
  Value found = kFalse;
  for (; functions.is_pair(); functions = cdr(functions)) {
    if (!same_place(f, car(functions))) continue;
    if (found != kFalse) return kFalse;
    found = car(functions);
  }
  return found;
}

// The functions of one time that a form was compiled, and what those of another time are for them.
struct Match {
  Value function, successor;
  bool fits;
};

PassVector<Match> direct_matches(Value old, Value functions) {
  PassVector<Match> all;
  for (; old.is_pair(); old = cdr(old)) all.push_back({car(old), counterpart(car(old), functions), false});
  for (Match& each : all) {
    std::size_t successors = 0;
    for (const Match& other : all) successors += other.successor == each.successor;
    each.fits = each.successor != kFalse && successors == 1 && same_captured(each.function, each.successor);
  }
  return all;
}

// Known procedures that are captured are entered without a look at what their closures hold.
bool captures_fit(const Match& match, const PassVector<Match>& all, const PassVector<Value>& functions) {
  Value a = slot(match.function, kCaptured), b = slot(match.successor, kCaptured);
  for (; a.is_pair(); a = next_captured(a), b = next_captured(b)) {
    if (!captured_function(a).is_fixnum()) continue;
    const auto from = static_cast<std::size_t>(fixnum_value(captured_function(a))), to = static_cast<std::size_t>(fixnum_value(captured_function(b)));
    if (from >= all.size() || to >= functions.size() || !all[from].fits || all[from].successor != functions[to]) return false;
  }
  return true;
}

bool is_live(Value f) {
  const CodeRecord* record = find_code(static_cast<std::uint64_t>(fixnum_value(slot(f, kEntry))));
  return record != nullptr && record->piece == static_cast<std::uint64_t>(fixnum_value(slot(f, kPiece)));
}

bool is_any_live(Value functions) {
  for (; functions.is_pair(); functions = cdr(functions))
    if (is_live(car(functions))) return true;
  return false;
}

// Takes items out of a list; answers how many are left.
template <class F> std::uint64_t remove_from(Value* list, F is_unwanted) {
  std::uint64_t left = 0;
  while (list->is_pair()) {
    if (is_unwanted(car(*list))) {
      store_slot(list, cdr(*list));
    } else {
      list = &as_pair(*list)->cdr;
      ++left;
    }
  }
  return left;
}

// R3.
void forget_lost_code(Environment* environment) {
  if (environment->losses == code_losses()) return;
  environment->losses = code_losses();
  environment->unit_count = environment->living = remove_from(&environment->units, [](Value unit) {
    return remove_from(&slot(unit, kFunctions), [](Value functions) { return !is_any_live(functions); }) == 0;
  });
}

// What was replaced by the same definition, read again, should not be compiled again for ever.
void forget_replaced(Environment* environment) {
  constexpr std::uint64_t kFew = 64;
  if (environment->unit_count > 2 * environment->living + kFew) collect_garbage();
  forget_lost_code(environment);
}

// `old`: the functions of one time that the form was compiled.
PassVector<Match> all_matches(Value old, Value functions) {
  PassVector<Match> all = direct_matches(old, functions);
  PassVector<Value> successors;
  for (; functions.is_pair(); functions = cdr(functions)) successors.push_back(car(functions));
  for (bool changed = true; changed;) {
    changed = false;
    for (Match& each : all) {
      if (!each.fits || captures_fit(each, all, successors)) continue;
      each.fits = false;
      changed = true;
    }
  }
  return all;
}

// R2. False: no memory.
bool redirect(Value old, Value functions) {
  Arena arena;
  PassVector<Match> all;
  if (!attempt([&] { all = all_matches(old, functions); })) return false;
  for (const Match& each : all) {
    if (!each.fits || !is_live(each.function)) continue;
    (void)redirect_code(static_cast<std::uint64_t>(fixnum_value(slot(each.function, kEntry))),
                        static_cast<std::uint64_t>(fixnum_value(slot(each.successor, kEntry))));
  }
  return true;
}

// What is pending says nothing of the form: memory is used up, or the user interrupted.
bool may_be_tried_again() {
  const Value pending = pending_condition();
  if (!has_type(pending, Type::kCondition)) return false;
  const Value kind = as<Condition>(pending)->kind;
  return kind == intern("out-of-memory") || kind == intern("interrupt");
}

// A form that cannot be compiled any more, since a macro wants something else now, stays as it is.
// *opened: more names whose forms are to be compiled again. False: no memory.
bool compile_again(Value unit, Value environment, Value* opened) {
  Disabled off(slot(unit, kDisabled));
  off.also(Optimisation::kProcedureTypes);   // closures that are there hold what the old code put into them
  NameUse names{.keep_nothing = true};
  Value functions = kNil;
  if (compile(slot(unit, kForm), environment, slot(unit, kSource), nullptr, &names, &functions) == kRaise) {
    if (may_be_tried_again()) return false;
    take_pending_condition();
    return true;
  }
  for (Value times = slot(unit, kFunctions); times.is_pair(); times = cdr(times))
    if (!redirect(car(times), functions)) return false;
  const Value all = cons(functions, slot(unit, kFunctions));
  if (all == kRaise) return false;
  for (Value more = names.opened; more.is_pair(); more = cdr(more))
    if ((*opened = cons(car(more), *opened)) == kRaise) return false;
  store_slot(&slot(unit, kFunctions), all);
  store_slot(&slot(unit, kMentioned), names.mentioned);
  return true;
}

// False: not all of them.
bool compile_dependents(Value units, Value changed, Value environment) {
  bool any = false, all = true;
  while (changed != kNil && all) {
    Value opened = kNil;
    for (Value rest = units; rest.is_pair() && all; rest = cdr(rest)) {
      if (!share(changed, slot(car(rest), kMentioned))) continue;
      all = compile_again(car(rest), environment, &opened);
      any = true;
    }
    changed = opened;
  }
  if (any) renew_all_calls();
  return all;
}

bool keep(Value form, Environment* environment, Value source, Value disabled, Value mentioned, Value functions) {
  const Value unit = make_vector(kUnitSlots, form), times = cons(functions, kNil);
  if (unit == kRaise || times == kRaise) return false;
  slot(unit, kSource) = source;
  slot(unit, kDisabled) = disabled;
  slot(unit, kMentioned) = mentioned;
  slot(unit, kFunctions) = times;
  const Value units = cons(unit, environment->units);
  if (units == kRaise) return false;
  store_slot(&environment->units, units);
  ++environment->unit_count;
  return true;
}

}  // namespace

Value keep_current(Value procedure, Value form, Value environment, Value source, Value disabled, const NameUse& names, Value functions) {
  Environment* here = as_environment(environment);
  forget_lost_code(here);
  if (names.changed != kNil) {
    forget_replaced(here);
    if (!compile_dependents(here->units, names.changed, environment)) return kRaise;
  }
  const bool may_change = !here->is_system && !here->is_fixed && functions != kNil && names.mentioned != kNil;
  return !may_change || keep(form, here, source, disabled, names.mentioned, functions) ? procedure : kRaise;
}

}  // namespace perdure::compiler
