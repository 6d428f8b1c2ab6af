// Primitives: procedures whose body is C++.
//
// To add one: write `Value prim_name(Value a, ...)` in the file of its family, add a row to that family's table, and
// if it is a new family name the table in primitive_tables.cpp. The row's name is what Scheme code calls; names
// beginning with % are for the world's own libraries.
//
// Fixed-arity primitives take up to six Values in registers. An optional argument that was not given arrives as
// kDefault. Variadic ones take (const Value* arguments, std::uint64_t count).
// All run on the runtime stack, must not call Scheme, and may return kRaise (condition.h).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/value.h"

namespace perdure::runtime {

enum PrimitiveFlag : std::uint8_t {
  kPure = 1,        // same arguments, same answer, no effect: the compiler may fold it when it does not fail
  kNoRaise = 2,     // never answers kRaise
  kPredicate = 4,   // answers #t or #f only
  kFixnum = 8,      // answers a fixnum, if it answers
  kFlonum = 16,     // answers a flonum, if it answers
  kCalled = 32,     // compiled code calls it as a procedure, which no register survives: nothing dead is left in one
};

struct Primitive {
  std::string_view name;
  const void* function;
  std::uint8_t minimum;
  std::uint8_t maximum;      // kVariadic: takes (arguments, count)
  std::uint8_t flags = 0;
};
inline constexpr std::uint8_t kVariadic = 255;

using Fn0 = Value (*)();
using Fn1 = Value (*)(Value);
using Fn2 = Value (*)(Value, Value);
using Fn3 = Value (*)(Value, Value, Value);
using Fn4 = Value (*)(Value, Value, Value, Value);
using Fn5 = Value (*)(Value, Value, Value, Value, Value);
using Fn6 = Value (*)(Value, Value, Value, Value, Value, Value);
using FnN = Value (*)(const Value*, std::uint64_t);

// Row makers: one for each shape, so that the table and the function's type cannot disagree.
#define PERDURE_PRIMITIVE_ROW(Fn, arity)                                                            \
  inline Primitive primitive(std::string_view name, Fn f, int minimum = arity, std::uint8_t flags = 0) { \
    return {name, reinterpret_cast<const void*>(f), static_cast<std::uint8_t>(minimum), arity, flags};   \
  }
PERDURE_PRIMITIVE_ROW(Fn0, 0)
PERDURE_PRIMITIVE_ROW(Fn1, 1)
PERDURE_PRIMITIVE_ROW(Fn2, 2)
PERDURE_PRIMITIVE_ROW(Fn3, 3)
PERDURE_PRIMITIVE_ROW(Fn4, 4)
PERDURE_PRIMITIVE_ROW(Fn5, 5)
PERDURE_PRIMITIVE_ROW(Fn6, 6)
#undef PERDURE_PRIMITIVE_ROW
inline Primitive primitive(std::string_view name, FnN f, int minimum = 0, std::uint8_t flags = 0) {
  return {name, reinterpret_cast<const void*>(f), static_cast<std::uint8_t>(minimum), kVariadic, flags};
}

// Every family's table, in the order of primitive_tables.cpp.
std::span<const std::span<const Primitive>> primitive_tables();

}  // namespace perdure::runtime
