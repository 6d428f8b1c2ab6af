// Conditions: how a failing primitive says what went wrong.
//
// A message is a phrase that its irritants complete: "argument 1 must be a pair, got" (5). So one rule shows every
// condition, a program's own included: who, a colon, the message, then each irritant as by `write`.
#include "runtime/condition.h"

#include <utility>

#include "runtime/data/conditions.h"
#include "runtime/data/phrase.h"
#include "runtime/heap.h"

namespace perdure::runtime {
namespace {

Value pending = kFalse;

// Made ahead of time, because there is no memory for it when it is needed. It lives in the world's data, not in the
// heap; what its slots refer to is found there by the collector.
alignas(16) Condition no_memory{header(Type::kCondition, 6), kFalse, kFalse, kNil, kFalse, kFalse, kFalse};

bool begins_with_article(std::string_view s) {
  return s.starts_with("a ") || s.starts_with("an ") || s.starts_with("the ") || s.starts_with("one of ");
}

std::string_view article(std::string_view noun) {
  if (noun.empty() || begins_with_article(noun)) return "";
  return std::string_view("aeiou").find(noun[0]) != std::string_view::npos ? "an " : "a ";
}

Phrase subject(int position) {
  return position == 0 ? Phrase("the value") : Phrase("argument ") << std::int64_t{position};
}

}  // namespace

Value raise(Value condition) {
  pending = condition;
  return kRaise;
}

Value pending_condition() { return pending; }
Value take_pending_condition() { return std::exchange(pending, kFalse); }

bool prepare_conditions() {
  const Value kind = intern("out-of-memory");
  const Value message = make_string_utf8("out of memory");
  if (kind == kRaise || message == kRaise) return false;
  no_memory.kind = kind;
  no_memory.message = message;
  return true;
}

Value make_condition(std::string_view kind, std::string_view who, std::string_view message, Value irritants) {
  const Value slots[] = {intern(kind), make_string_utf8(message), irritants, who.empty() ? kFalse : intern(who), kFalse, kFalse};
  for (Value slot : slots)
    if (slot == kRaise) return kRaise;
  return make_object(Type::kCondition, slots, 6);
}

Value fail(std::string_view kind, std::string_view who, std::string_view message, std::initializer_list<Value> irritants) {
  Value list = kNil;
  for (const Value* p = irritants.end(); p != irritants.begin();) {
    list = cons(*--p, list);
    if (list == kRaise) return kRaise;
  }
  const Value condition = make_condition(kind, who, message, list);
  return condition == kRaise ? kRaise : raise(condition);
}

Value wrong_type(std::string_view who, int position, std::string_view expected, Value got) {
  return fail("type-error", who, subject(position) << " must be " << article(expected) << expected << ", got", {got});
}

Value out_of_range(std::string_view who, int position, Value got, std::int64_t low, std::int64_t high) {
  Phrase message = subject(position);
  if (low > high) message << " is out of range (no value is valid):";
  else message << " is out of range (valid: " << low << " to " << high << "):";
  return fail("range-error", who, message, {got});
}

Value divide_by_zero(std::string_view who, Value dividend) {
  return fail("divide-by-zero", who, "division by zero, dividing", {dividend});
}

Value out_of_memory() { return raise(object_value(&no_memory)); }

Value immutable_argument(std::string_view who, int position, Value got) {
  return fail("immutable", who, subject(position) << " is a literal constant and cannot be changed:", {got});
}

}  // namespace perdure::runtime
