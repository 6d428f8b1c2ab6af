// How primitives fail. A primitive that cannot answer builds a condition and returns kRaise; the stub that called it
// raises the condition in the world. Nothing unwinds through C++ frames: every C++ function on the way passes kRaise on.
//
//     Value prim_car(Value p) {
//       if (!p.is_pair()) return wrong_type("car", 1, "pair", p);
//       return car(p);
//     }
//
// Condition kinds (symbols): type-error range-error arity-error unbound-variable not-a-procedure divide-by-zero
// read-error syntax-error file-error io-error closed-by-restore encoding-error out-of-memory stack-overflow interrupt
// immutable error.
#pragma once

#include <initializer_list>
#include <string_view>

#include "runtime/value.h"

namespace perdure::runtime {

// A condition is shown as: who, a colon, the message, then each irritant as by `write`; so messages are phrases that
// their irritants complete.
//
// Makes `condition` pending and answers kRaise. Any value may be raised.
Value raise(Value condition);
// What the last kRaise stands for.
Value pending_condition();
// The same, when it is raised now: it is not kept alive any longer.
Value take_pending_condition();

Value make_condition(std::string_view kind, std::string_view who, std::string_view message, Value irritants);

// "car: argument 1 must be a pair, got 5". `position` counts from 1; 0 when it has none.
Value wrong_type(std::string_view who, int position, std::string_view expected, Value got);
// "vector-ref: argument 2 is out of range (valid: 0 to 4): 7"
Value out_of_range(std::string_view who, int position, Value got, std::int64_t low, std::int64_t high);
Value divide_by_zero(std::string_view who, Value dividend);
Value out_of_memory();
// Any other failure.
Value fail(std::string_view kind, std::string_view who, std::string_view message, std::initializer_list<Value> irritants = {});

}  // namespace perdure::runtime
