// Pairs: cons, car ... cddddr, set-car!, set-cdr!.
#include "runtime/condition.h"
#include "runtime/data/fixed_string.h"
#include "runtime/data/lists.h"
#include "runtime/data/phrase.h"

namespace perdure::runtime {

Value prim_pair_p(Value v) { return boolean(v.is_pair()); }
Value prim_null_p(Value v) { return boolean(v == kNil); }
Value prim_cons(Value a, Value d) { return cons(a, d); }

Value prim_car(Value p) { return p.is_pair() ? car(p) : wrong_type("car", 1, "pair", p); }
Value prim_cdr(Value p) { return p.is_pair() ? cdr(p) : wrong_type("cdr", 1, "pair", p); }

Value prim_set_car(Value p, Value v) {
  if (!p.is_pair()) return wrong_type("set-car!", 1, "pair", p);
  store_slot(&as_pair(p)->car, v);
  return kUnspecific;
}

Value prim_set_cdr(Value p, Value v) {
  if (!p.is_pair()) return wrong_type("set-cdr!", 1, "pair", p);
  store_slot(&as_pair(p)->cdr, v);
  return kUnspecific;
}

// c[ad]+r: the name says the way, last letter first.
template <FixedString kName> Value prim_cxr(Value v) {
  constexpr std::string_view name = kName.view();
  Value at = v;
  for (std::size_t i = name.size() - 2; i > 0; --i) {
    if (!at.is_pair()) return wrong_type(name, 1, Phrase("value that has a ") << name, v);
    at = name[i] == 'a' ? car(at) : cdr(at);
  }
  return at;
}

template <FixedString kName> Primitive cxr() { return primitive(kName.view(), prim_cxr<kName>); }

std::span<const Primitive> pairs_primitives() {
  static const Primitive rows[] = {
      primitive("pair?", prim_pair_p, 1, kPure | kNoRaise | kPredicate),
      primitive("null?", prim_null_p, 1, kPure | kNoRaise | kPredicate),
      primitive("cons", prim_cons),
      primitive("car", prim_car),
      primitive("cdr", prim_cdr),
      primitive("set-car!", prim_set_car),
      primitive("set-cdr!", prim_set_cdr),
      cxr<"caar">(), cxr<"cadr">(), cxr<"cdar">(), cxr<"cddr">(),
      cxr<"caaar">(), cxr<"caadr">(), cxr<"cadar">(), cxr<"caddr">(),
      cxr<"cdaar">(), cxr<"cdadr">(), cxr<"cddar">(), cxr<"cdddr">(),
      cxr<"caaaar">(), cxr<"caaadr">(), cxr<"caadar">(), cxr<"caaddr">(),
      cxr<"cadaar">(), cxr<"cadadr">(), cxr<"caddar">(), cxr<"cadddr">(),
      cxr<"cdaaar">(), cxr<"cdaadr">(), cxr<"cdadar">(), cxr<"cdaddr">(),
      cxr<"cddaar">(), cxr<"cddadr">(), cxr<"cdddar">(), cxr<"cddddr">(),
  };
  return rows;
}

}  // namespace perdure::runtime
