// Bytevectors: R7RS 6.9. (string->utf8 and utf8->string are in string_conversion.cpp.)
#include <cstring>

#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/data/data.h"
#include "runtime/heap.h"

namespace perdure::runtime {
namespace {

std::uint8_t* bytes_of(Value bytevector) { return as<Bytevector>(bytevector)->bytes; }

}  // namespace

Value prim_bytevector_p(Value v) { return boolean(is_bytevector(v)); }

Value prim_make_bytevector(Value length, Value fill) {
  std::uint64_t count;
  std::uint8_t byte = 0;
  if (!take_count("make-bytevector", 1, length, &count)) return kRaise;
  if (fill != kDefault && !take_byte("make-bytevector", 2, fill, &byte)) return kRaise;
  return make_bytevector(count, byte);
}

Value prim_bytevector(const Value* elements, std::uint64_t count) {
  const Value bytevector = make_bytevector(count, 0);
  if (bytevector == kRaise) return kRaise;
  std::uint8_t* out = bytes_of(bytevector);
  for (std::uint64_t i = 0; i < count; ++i)
    if (!take_byte("bytevector", static_cast<int>(i + 1), elements[i], out + i)) return kRaise;
  return bytevector;
}

Value prim_bytevector_length(Value bytevector) {
  if (!check_bytevector("bytevector-length", 1, bytevector)) return kRaise;
  return fixnum(static_cast<std::int64_t>(length_of(bytevector)));
}

Value prim_bytevector_ref(Value bytevector, Value k) {
  constexpr std::string_view who = "bytevector-u8-ref";
  std::uint64_t index;
  if (!check_bytevector(who, 1, bytevector) || !take_index(who, 2, k, length_of(bytevector), &index)) return kRaise;
  return fixnum(bytes_of(bytevector)[index]);
}

Value prim_bytevector_set(Value bytevector, Value k, Value v) {
  constexpr std::string_view who = "bytevector-u8-set!";
  std::uint64_t index;
  std::uint8_t byte;
  if (!check_mutable_bytevector(who, 1, bytevector) || !take_index(who, 2, k, length_of(bytevector), &index) ||
      !take_byte(who, 3, v, &byte))
    return kRaise;
  bytes_of(bytevector)[index] = byte;
  return kUnspecific;
}

Value prim_bytevector_copy(Value bytevector, Value start, Value end) {
  constexpr std::string_view who = "bytevector-copy";
  Range range;
  if (!check_bytevector(who, 1, bytevector) || !take_range(who, 2, start, end, length_of(bytevector), &range)) return kRaise;
  const Value result = make_bytevector(range.size(), 0);
  if (result != kRaise) std::memcpy(bytes_of(result), bytes_of(bytevector) + range.start, range.size());
  return result;
}

Value prim_bytevector_copy_x(Value to, Value at, Value from, Value start, Value end) {
  constexpr std::string_view who = "bytevector-copy!";
  Range range;
  std::uint64_t place;
  if (!check_mutable_bytevector(who, 1, to) || !check_bytevector(who, 3, from) ||
      !take_range(who, 4, start, end, length_of(from), &range) ||
      !take_room(who, 2, at, length_of(to), range.size(), &place))
    return kRaise;
  std::memmove(bytes_of(to) + place, bytes_of(from) + range.start, range.size());
  return kUnspecific;
}

Value prim_bytevector_append(const Value* bytevectors, std::uint64_t count) {
  std::uint64_t length = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!check_bytevector("bytevector-append", static_cast<int>(i + 1), bytevectors[i])) return kRaise;
    length += length_of(bytevectors[i]);
  }
  const Value result = make_bytevector(length, 0);
  if (result == kRaise) return kRaise;
  std::uint8_t* out = bytes_of(result);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::memcpy(out, bytes_of(bytevectors[i]), length_of(bytevectors[i]));
    out += length_of(bytevectors[i]);
  }
  return result;
}

Value prim_bytevector_fill(Value bytevector, Value v, Value start, Value end) {
  constexpr std::string_view who = "bytevector-fill!";
  Range range;
  std::uint8_t byte;
  if (!check_mutable_bytevector(who, 1, bytevector) || !take_byte(who, 2, v, &byte) ||
      !take_range(who, 3, start, end, length_of(bytevector), &range))
    return kRaise;
  std::memset(bytes_of(bytevector) + range.start, byte, range.size());
  return kUnspecific;
}

std::span<const Primitive> bytevectors_primitives() {
  static const Primitive rows[] = {
      primitive("bytevector?", prim_bytevector_p, 1, kPure | kNoRaise | kPredicate),
      primitive("make-bytevector", prim_make_bytevector, 1),
      primitive("bytevector", prim_bytevector),
      primitive("bytevector-length", prim_bytevector_length, 1, kPure),
      primitive("bytevector-u8-ref", prim_bytevector_ref),
      primitive("bytevector-u8-set!", prim_bytevector_set),
      primitive("bytevector-copy", prim_bytevector_copy, 1),
      primitive("bytevector-copy!", prim_bytevector_copy_x, 3),
      primitive("bytevector-append", prim_bytevector_append),
      primitive("bytevector-fill!", prim_bytevector_fill, 2),
  };
  return rows;
}

}  // namespace perdure::runtime
