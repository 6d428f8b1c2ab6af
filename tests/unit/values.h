// Building and reading Scheme values in tests, and calling primitives by their Scheme names.
#pragma once

#include <catch2/catch.hpp>

#include <cstdlib>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/condition.h"
#include "runtime/heap.h"
#include "runtime/primitive.h"
#include "runtime/unicode/utf8.h"

namespace perdure::runtime::testing {

inline Value list(std::initializer_list<Value> elements, Value tail = kNil) {
  Value result = tail;
  for (const Value* p = elements.end(); p != elements.begin();) result = cons(*--p, result);
  return result;
}
inline Value vector(std::initializer_list<Value> elements) {
  const Value v = make_vector(elements.size(), kFalse);
  std::uint64_t i = 0;
  for (Value e : elements) as<Vector>(v)->slots[i++] = e;
  return v;
}
inline Value bytes(std::initializer_list<int> elements) {
  const Value v = make_bytevector(elements.size(), 0);
  std::uint64_t i = 0;
  for (int e : elements) as<Bytevector>(v)->bytes[i++] = static_cast<std::uint8_t>(e);
  return v;
}
inline Value str(std::string_view utf8) { return make_string_utf8(utf8); }
inline Value sym(std::string_view utf8) { return intern(utf8); }
inline Value num(std::int64_t n) { return fixnum(n); }
inline Value chr(char32_t c) { return character(c); }

inline std::string utf8(Value string) {
  std::string out;
  for (std::uint64_t i = 0; i < length_of(string); ++i) {
    unsigned char buffer[4];
    out.append(reinterpret_cast<char*>(buffer), unicode::encode_utf8(as<String>(string)->chars[i], buffer));
  }
  return out;
}

// A small external representation: enough to compare with what the standard's text shows.
inline std::string show(Value v) {
  if (v == kTrue) return "#t";
  if (v == kFalse) return "#f";
  if (v == kNil) return "()";
  if (v == kUnspecific) return "#!unspecific";
  if (v == kEof) return "#!eof";
  if (v == kDefault) return "#!default";
  if (v == kRaise) return "#!raise";
  if (v.is_fixnum()) return std::to_string(fixnum_value(v));
  if (is_flonum(v)) return std::to_string(flonum_value(v));
  if (is_character(v)) {
    unsigned char buffer[4];
    return "#\\" + std::string(reinterpret_cast<char*>(buffer), unicode::encode_utf8(character_value(v), buffer));
  }
  if (is_string(v)) return '"' + utf8(v) + '"';
  if (is_symbol(v)) return utf8(as<Symbol>(v)->name);
  if (v.is_pair()) {
    std::string out = "(" + show(car(v));
    for (v = cdr(v); v.is_pair(); v = cdr(v)) out += " " + show(car(v));
    if (v != kNil) out += " . " + show(v);
    return out + ")";
  }
  if (is_vector(v)) {
    std::string out = "#(";
    for (std::uint64_t i = 0; i < length_of(v); ++i) out += (i ? " " : "") + show(as<Vector>(v)->slots[i]);
    return out + ")";
  }
  if (is_bytevector(v)) {
    std::string out = "#u8(";
    for (std::uint64_t i = 0; i < length_of(v); ++i) out += (i ? " " : "") + std::to_string(as<Bytevector>(v)->bytes[i]);
    return out + ")";
  }
  return "#<object>";
}

// The condition's report, as the REPL would show it: "car: argument 1 must be a pair, got 5".
inline std::string show_condition(Value v) {
  if (!has_type(v, Type::kCondition)) return "#<raised " + show(v) + ">";
  const auto* c = as<Condition>(v);
  std::string out = c->who == kFalse ? "" : show(c->who) + ": ";
  out += utf8(c->message);
  for (Value i = c->irritants; i.is_pair(); i = cdr(i)) out += " " + show(car(i));
  return out;
}

// Calls a primitive as compiled code does: arity checked, kDefault for what is left out.
inline Value apply(const Primitive& p, const std::vector<Value>& given) {
  if (given.size() < p.minimum || (p.maximum != kVariadic && given.size() > p.maximum))
    return fail("arity-error", p.name, "wrong number of arguments");
  if (p.maximum == kVariadic) return reinterpret_cast<FnN>(p.function)(given.data(), given.size());
  Value a[6] = {kDefault, kDefault, kDefault, kDefault, kDefault, kDefault};
  for (std::size_t i = 0; i < given.size(); ++i) a[i] = given[i];
  switch (p.maximum) {
    case 0: return reinterpret_cast<Fn0>(p.function)();
    case 1: return reinterpret_cast<Fn1>(p.function)(a[0]);
    case 2: return reinterpret_cast<Fn2>(p.function)(a[0], a[1]);
    case 3: return reinterpret_cast<Fn3>(p.function)(a[0], a[1], a[2]);
    case 4: return reinterpret_cast<Fn4>(p.function)(a[0], a[1], a[2], a[3]);
    case 5: return reinterpret_cast<Fn5>(p.function)(a[0], a[1], a[2], a[3], a[4]);
    default: return reinterpret_cast<Fn6>(p.function)(a[0], a[1], a[2], a[3], a[4], a[5]);
  }
}

// A family's primitives, called by name: `Family call{lists_primitives()}; call("car", p)`.
struct Family {
  std::span<const Primitive> rows;

  Value operator()(std::string_view name, const std::vector<Value>& arguments) const {
    for (const Primitive& p : rows)
      if (p.name == name) return apply(p, arguments);
    FAIL("no primitive named " << name);
    std::abort();
  }
  template <class... Arguments> Value operator()(std::string_view name, Arguments... arguments) const {
    return (*this)(name, std::vector<Value>{arguments...});
  }
  // What it answers, or the report of the condition it raised, as text.
  template <class... Arguments> std::string text(std::string_view name, Arguments... arguments) const {
    const Value v = (*this)(name, std::vector<Value>{arguments...});
    return v == kRaise ? show_condition(pending_condition()) : show(v);
  }
  template <class... Arguments> std::string kind(std::string_view name, Arguments... arguments) const {
    const Value v = (*this)(name, std::vector<Value>{arguments...});
    if (v != kRaise) return "no condition: " + show(v);
    return show(as<Condition>(pending_condition())->kind);
  }
};

}  // namespace perdure::runtime::testing
