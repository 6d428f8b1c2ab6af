// The make_ functions of heap.h: a header, then contents, over allocate(). Each answers kRaise when memory is used up.
// (cons is the collector's, in heap.cpp: pairs have no header and come from blocks of their own.)
#include <cstring>

#include "runtime/condition.h"
#include "runtime/data/text.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/unicode/ascii.h"
#include "runtime/unicode/utf8.h"

namespace perdure::runtime {
namespace {

// The header has 48 bits for a length; nothing near that fits in the heap, so more is the same as no memory.
constexpr std::uint64_t kMaximumLength = std::uint64_t{1} << 40;

Object* with_header(void* memory, Type type, std::uint64_t length) {
  auto* object = static_cast<Object*>(memory);
  if (object) object->header = header(type, length);
  return object;
}

bool is_too_long(std::uint64_t length) {
  if (length <= kMaximumLength) return false;
  out_of_memory();
  return true;
}

Object* make_headed(Type type, std::uint64_t length, std::uint64_t element_size, bool scanned) {
  if (is_too_long(length)) return nullptr;
  return with_header(allocate(sizeof(Object) + length * element_size, scanned), type, length);
}

Value make_filled(Type type, const Value* slots, std::uint64_t count) {
  Object* object = make_headed(type, count, sizeof(Value), true);
  if (!object) return kRaise;
  if (count) std::memcpy(object + 1, slots, count * sizeof(Value));
  return object_value(object);
}

// Four at a time.
void fill_chars(char32_t* chars, std::uint64_t length, char32_t fill) {
  struct Four { char32_t chars[4]; };
  const Four four{{fill, fill, fill, fill}};
  std::uint64_t i = 0;
  for (; i + 4 <= length; i += 4) std::memcpy(chars + i, &four, sizeof four);
  for (; i < length; ++i) chars[i] = fill;
}

std::uint64_t count_utf8(const unsigned char* at, const unsigned char* end) {
  std::uint64_t count = 0;
  for (; at != end; ++count)
    if (unicode::decode_utf8(at, end) == unicode::kIncomplete) at = end;
  return count;
}

}  // namespace

Value make_flonum(double d) {
  const Value word{flonum_to_word(d)};
  if (word.is_self_tagged_flonum()) return word;
  auto* flonum = reinterpret_cast<Flonum*>(make_headed(Type::kFlonum, 1, sizeof(double), false));
  if (!flonum) return kRaise;
  flonum->value = d;
  return object_value(flonum);
}

Value make_unfilled_string_slowly(std::uint64_t length) {
  Object* string = make_headed(Type::kString, length, sizeof(char32_t), false);
  return string ? object_value(string) : kRaise;
}

Value make_string(std::uint64_t length, char32_t fill) {
  const Value string = make_unfilled_string(length);
  if (string != kRaise) fill_chars(as<String>(string)->chars, length, fill);
  return string;
}

Value make_string_utf32(const char32_t* source, std::uint64_t length) {
  return make_string_from({source, length});
}

Value make_string_utf8(std::string_view utf8) {
  auto* at = reinterpret_cast<const unsigned char*>(utf8.data());
  const auto* end = at + utf8.size();
  const std::size_t ascii = unicode::count_ascii(at, utf8.size());
  const Value string = make_unfilled_string(ascii + (ascii == utf8.size() ? 0 : count_utf8(at + ascii, end)));
  if (string == kRaise) return kRaise;
  char32_t* out = as<String>(string)->chars;
  unicode::widen_all(at, ascii, out);
  out += ascii;
  for (at += ascii; at != end; ++out) {
    const char32_t c = unicode::decode_utf8(at, end);
    *out = c <= unicode::kLastChar ? c : unicode::kReplacement;
    if (c == unicode::kIncomplete) at = end;
  }
  return string;
}

Value make_unfilled_vector(std::uint64_t length) {
  if (is_too_long(length)) return kRaise;
  Object* vector = with_header(allocate_unfilled(sizeof(Object) + length * sizeof(Value)), Type::kVector, length);
  return vector ? object_value(vector) : kRaise;
}

Value make_vector(std::uint64_t length, Value fill) {
  if (fill.bits == 0) {   // as fresh memory is
    Object* vector = make_headed(Type::kVector, length, sizeof(Value), true);
    return vector ? object_value(vector) : kRaise;
  }
  const Value vector = make_unfilled_vector(length);
  if (vector == kRaise) return kRaise;
  Value* slots = as<Vector>(vector)->slots;
  for (std::uint64_t i = 0; i < length; ++i) slots[i] = fill;
  return vector;
}

Value make_unfilled_bytevector(std::uint64_t length) {
  Object* bytevector = make_headed(Type::kBytevector, length, 1, false);
  return bytevector ? object_value(bytevector) : kRaise;
}

Value make_bytevector(std::uint64_t length, std::uint8_t fill) {
  const Value bytevector = make_unfilled_bytevector(length);
  if (bytevector != kRaise && length) std::memset(as<Bytevector>(bytevector)->bytes, fill, length);
  return bytevector;
}

Value make_values(const Value* values, std::uint64_t count) { return make_filled(Type::kValues, values, count); }

Value make_box(Value content) { return make_filled(Type::kBox, &content, 1); }

Value make_object(Type type, const Value* slots, std::uint64_t count) { return make_filled(type, slots, count); }

Value make_object_of_two(Type type, Value first, Value second) {
  constexpr std::size_t kSize = 2 * kGranule;   // header, two values, and a word that stays zero
  FreeSpace& free = machine.free_objects[1];
  Values* object;
  if (free.end - free.next >= static_cast<std::ptrdiff_t>(kSize)) {
    object = reinterpret_cast<Values*>(free.next);
    free.next += kSize;
    object->header = header(type, 2);
    object->slots[2] = fixnum(0);
  } else {
    object = reinterpret_cast<Values*>(make_headed(type, 2, sizeof(Value), true));
    if (!object) return kRaise;
  }
  object->slots[0] = first;
  object->slots[1] = second;
  return object_value(object);
}

Value make_record(Value record_type, const Value* fields, std::uint64_t count) {
  auto* record = static_cast<Record*>(allocate(sizeof(Value) * (1 + count), true));
  if (!record) return kRaise;
  record->type = record_type;
  if (count) std::memcpy(record->fields, fields, count * sizeof(Value));
  return object_value(record);
}

}  // namespace perdure::runtime
