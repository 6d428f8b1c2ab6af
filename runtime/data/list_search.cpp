// memq, memv, member, assq, assv, assoc. The forms with a predicate argument are in Scheme.
#include "runtime/condition.h"
#include "runtime/data/equality.h"
#include "runtime/data/lists.h"
#include "runtime/machine.h"

namespace perdure::runtime {
namespace {

// How many elements are compared by equal? until it is asked whether that is to end.
constexpr std::uint64_t kElementsBetweenPolls = 1024;

template <Value (*kMatches)(Value, Value)> bool is_to_end(std::uint64_t count) {
  return kMatches == equal && count % kElementsBetweenPolls == 0 && interrupt_pending();
}

Value same(Value a, Value b) { return boolean(a == b); }
Value same_value(Value a, Value b) { return boolean(is_eqv(a, b)); }

template <Value (*kMatches)(Value, Value)> Value find_member(std::string_view who, Value wanted, Value list) {
  ListWalk walk(list);
  std::uint64_t count = 0;
  for (Value element; walk.next(&element);) {
    if (is_to_end<kMatches>(++count)) return interrupted_primitive();
    const Value answer = kMatches(wanted, element);
    if (answer != kFalse) return answer == kRaise ? kRaise : walk.pair();
  }
  return walk.proper() ? kFalse : wrong_type(who, 2, "list", list);
}

template <Value (*kMatches)(Value, Value)> Value find_association(std::string_view who, Value wanted, Value list) {
  ListWalk walk(list);
  std::uint64_t count = 0;
  for (Value element; walk.next(&element);) {
    if (is_to_end<kMatches>(++count)) return interrupted_primitive();
    if (!element.is_pair()) return wrong_type(who, 2, "list of pairs", list);
    const Value answer = kMatches(wanted, car(element));
    if (answer != kFalse) return answer == kRaise ? kRaise : element;
  }
  return walk.proper() ? kFalse : wrong_type(who, 2, "list of pairs", list);
}

}  // namespace

Value prim_memq(Value v, Value list) { return find_member<same>("memq", v, list); }
Value prim_memv(Value v, Value list) { return find_member<same_value>("memv", v, list); }
Value prim_member(Value v, Value list) { return find_member<equal>("member", v, list); }
Value prim_assq(Value v, Value list) { return find_association<same>("assq", v, list); }
Value prim_assv(Value v, Value list) { return find_association<same_value>("assv", v, list); }
Value prim_assoc(Value v, Value list) { return find_association<equal>("assoc", v, list); }

std::span<const Primitive> list_search_primitives() {
  static const Primitive rows[] = {
      primitive("memq", prim_memq),
      primitive("memv", prim_memv),
      primitive("%member", prim_member),
      primitive("assq", prim_assq),
      primitive("assv", prim_assv),
      primitive("%assoc", prim_assoc),
  };
  return rows;
}

}  // namespace perdure::runtime
