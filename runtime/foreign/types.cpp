#include "runtime/foreign/types.h"

#include <algorithm>
#include <cstring>

#include "runtime/condition.h"
#include "runtime/foreign/call.h"
#include "runtime/foreign/callbacks.h"
#include "runtime/heap.h"
#include "runtime/numbers/conversion.h"
#include "runtime/numbers/integer.h"
#include "runtime/utf8_string.h"

namespace perdure::runtime {
namespace {

struct KindRow {
  std::int64_t low;               // of integers
  std::uint64_t high;
  std::string_view expected;
};

constexpr std::uint64_t kMagic = 0x6570'7974'2063'2121;
constexpr std::uint64_t kMostElements = 65536, kMostArguments = 256;

constexpr KindRow kKinds[] = {
    {0, 0, ""},
    {0, 1, ""},
    {0, 255, "a character of one byte (up to #\\xff)"},
    {INT8_MIN, INT8_MAX, "an exact integer of 8 bits (-128 to 127)"},
    {0, UINT8_MAX, "an exact integer of 8 bits (0 to 255)"},
    {INT16_MIN, INT16_MAX, "an exact integer of 16 bits (-32768 to 32767)"},
    {0, UINT16_MAX, "an exact integer of 16 bits (0 to 65535)"},
    {INT32_MIN, INT32_MAX, "an exact integer of 32 bits (-2147483648 to 2147483647)"},
    {0, UINT32_MAX, "an exact integer of 32 bits (0 to 4294967295)"},
    {INT64_MIN, INT64_MAX, "an exact integer of 64 bits (-2^63 to 2^63 - 1)"},
    {0, UINT64_MAX, "an exact integer of 64 bits (0 to 2^64 - 1)"},
    {0, 0, "a real number"},
    {0, 0, "a real number"},
    {0, 0, "a real number"},
    {0, 0, "a pointer: an address, a bytevector, a structure, a callback or #f"},
    {0, 0, "a string without #\\null, or #f"},
};

ffi_type* ffi_of(CKind kind) {
  static ffi_type* const kTypes[] = {
      &ffi_type_void, &ffi_type_uint8, &ffi_type_sint8, &ffi_type_sint8, &ffi_type_uint8, &ffi_type_sint16, &ffi_type_uint16,
      &ffi_type_sint32, &ffi_type_uint32, &ffi_type_sint64, &ffi_type_uint64, &ffi_type_float, &ffi_type_double, &ffi_type_longdouble,
      &ffi_type_pointer, &ffi_type_pointer,
  };
  return kTypes[static_cast<std::uint64_t>(kind)];
}

// An exact integer within [low, high].
bool take_integer(Value v, std::int64_t low, std::uint64_t high, std::uint64_t* out) {
  if (v.is_fixnum()) {
    const std::int64_t n = fixnum_value(v);
    *out = static_cast<std::uint64_t>(n);
    return n >= low && (n < 0 || static_cast<std::uint64_t>(n) <= high);
  }
  if (!has_type(v, Type::kBignum)) return false;
  const IntegerView view(v);
  if (view.size() != 1) return false;
  const std::uint64_t magnitude = view.limbs()[0];
  *out = view.negative() ? 0 - magnitude : magnitude;
  return view.negative() ? low < 0 && magnitude <= 0 - static_cast<std::uint64_t>(low) : magnitude <= high;
}

Value record_of_structs = kFalse;

bool wrong(const CType& type, Value v, const Who& who, int position) {
  const std::string name = who.string();
  if (type.kind == CKind::kStruct) wrong_type(name, position, "a structure of the type that was declared", v);
  else if (type.kind == CKind::kCallback) wrong_type(name, position, "a procedure, a callback, an address or #f", v);
  else wrong_type(name, position, kKinds[static_cast<std::uint64_t>(type.kind)].expected, v);
  return false;
}

// UTF-8 with a zero behind it. Null: a zero within, or no memory.
const std::uint8_t* c_string(Value v) {
  const std::string text = string_utf8(v);
  if (text.find('\0') != std::string::npos) return nullptr;
  const Value copy = make_bytevector(text.size() + 1, 0);
  if (copy == kRaise) return nullptr;
  std::memcpy(as<Bytevector>(copy)->bytes, text.c_str(), text.size() + 1);
  return as<Bytevector>(copy)->bytes;
}

template <class T> void put(void* to, T value) { std::memcpy(to, &value, sizeof value); }
template <class T> T get(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

bool store_real(const CType& type, Value v, void* to) {
  if (!is_real(v)) return false;
  const double d = to_double(v);
  if (type.kind == CKind::kFloat) put(to, static_cast<float>(d));
  else if (type.kind == CKind::kDouble) put(to, d);
  else put(to, static_cast<long double>(d));
  return true;
}

bool store_string(Value v, void* to) {
  if (v == kFalse) return put<std::uint64_t>(to, 0), true;
  const std::uint8_t* text = is_string(v) ? c_string(v) : nullptr;
  put(to, text);
  return text != nullptr;
}

bool store_struct(const CType& type, Value v, void* to) {
  if (!is_struct(v) || as<StructValue>(v)->type != type.structure->descriptor) return false;
  std::uint64_t address;
  if (!take_integer(as<StructValue>(v)->address, 0, UINT64_MAX, &address)) return false;
  std::memcpy(to, reinterpret_cast<const void*>(address), type.size);
  return true;
}

Value load_struct(const CType& type, const void* from) {
  const Value memory = make_bytevector(type.size, 0);
  if (memory == kRaise) return kRaise;
  std::memcpy(as<Bytevector>(memory)->bytes, from, type.size);
  const Value address = make_unsigned_integer(reinterpret_cast<std::uint64_t>(as<Bytevector>(memory)->bytes));
  const Value fields[] = {type.structure->descriptor, address, memory};
  return address == kRaise ? kRaise : make_record(record_of_structs, fields, 3);
}

}  // namespace

std::string Who::string() const { return std::string(text) + (is_symbol(name) ? string_utf8(as<Symbol>(name)->name) : std::string()); }

bool take_address(Value v, std::uint64_t* out) {
  if (v == kFalse) return *out = 0, true;
  if (is_bytevector(v)) return *out = reinterpret_cast<std::uint64_t>(as<Bytevector>(v)->bytes), true;
  if (is_struct(v)) return take_integer(as<StructValue>(v)->address, 0, UINT64_MAX, out);
  if (const CallbackSlot* slot = callback_of(v)) return *out = slot->code, true;
  return take_integer(v, 0, UINT64_MAX, out);
}

bool store_c(const CType& type, Value v, void* to, const Who& who, int position) {
  std::uint64_t n;
  switch (type.kind) {
    case CKind::kVoid: return true;
    case CKind::kBool: return put<std::uint64_t>(to, v != kFalse), true;
    case CKind::kChar:
      if (!is_character(v) || character_value(v) > 255) return wrong(type, v, who, position);
      return put<std::uint64_t>(to, character_value(v)), true;
    case CKind::kFloat:
    case CKind::kDouble:
    case CKind::kLongDouble: return store_real(type, v, to) || wrong(type, v, who, position);
    case CKind::kString: return store_string(v, to) || wrong(type, v, who, position);
    case CKind::kStruct: return store_struct(type, v, to) || wrong(type, v, who, position);
    case CKind::kPointer:
      if (!take_address(v, &n)) return wrong(type, v, who, position);
      return put(to, n), true;
    case CKind::kCallback:
      if (v.is_closure()) return store_procedure(type.signature, v, to);
      if (!take_address(v, &n)) return wrong(type, v, who, position);
      return put(to, n), true;
    default: break;
  }
  const KindRow& kind = kKinds[static_cast<std::uint64_t>(type.kind)];
  if (!take_integer(v, kind.low, kind.high, &n)) return wrong(type, v, who, position);
  put(to, n);
  return true;
}

Value load_c(const CType& type, const void* from) {
  switch (type.kind) {
    case CKind::kVoid: return kUnspecific;
    case CKind::kBool: return boolean(get<std::uint8_t>(from) != 0);
    case CKind::kChar: return character(get<std::uint8_t>(from));
    case CKind::kInt8: return fixnum(get<std::int8_t>(from));
    case CKind::kUint8: return fixnum(get<std::uint8_t>(from));
    case CKind::kInt16: return fixnum(get<std::int16_t>(from));
    case CKind::kUint16: return fixnum(get<std::uint16_t>(from));
    case CKind::kInt32: return fixnum(get<std::int32_t>(from));
    case CKind::kUint32: return fixnum(get<std::uint32_t>(from));
    case CKind::kInt64: return make_integer(get<std::int64_t>(from));
    case CKind::kFloat: return make_flonum(static_cast<double>(get<float>(from)));
    case CKind::kDouble: return make_flonum(get<double>(from));
    case CKind::kLongDouble: return make_flonum(static_cast<double>(get<long double>(from)));
    case CKind::kString: {
      const auto* text = get<const char*>(from);
      std::uint64_t length;
      if (!text) return kFalse;
      return length_guarded("foreign string", text, &length) ? make_string_utf8({text, length}) : kRaise;
    }
    case CKind::kStruct: return load_struct(type, from);
    default: return make_unsigned_integer(get<std::uint64_t>(from));
  }
}

// --- descriptions ----------------------------------------------------------------------------------------------------

const StructType* struct_type_of(Value v) {
  if (!has_type(v, Type::kOpaque)) return nullptr;
  const auto* type = as<StructType>(v);
  return type->magic == kMagic ? type : nullptr;
}

Signature* signature_of(Value v) {
  if (!has_type(v, Type::kOpaque)) return nullptr;
  auto* signature = as<Signature>(v);
  return signature->magic == kMagic + 1 ? signature : nullptr;
}

bool parse_type(Value v, CType* out) {
  if (v.is_fixnum()) {
    const std::int64_t n = fixnum_value(v);
    if (n < 0 || n > static_cast<std::int64_t>(CKind::kString)) return false;
    const auto kind = static_cast<CKind>(n);
    *out = {kind, nullptr, nullptr, ffi_of(kind), ffi_of(kind)->size};
  } else if (const StructType* s = struct_type_of(v)) {
    *out = {CKind::kStruct, s, nullptr, const_cast<ffi_type*>(&s->type), s->type.size};
  } else if (Signature* signature = signature_of(v)) {
    *out = {CKind::kCallback, nullptr, signature, &ffi_type_pointer, sizeof(void*)};
  } else {
    return false;
  }
  return true;
}

Value make_struct_type(std::string_view who, Value elements, Value descriptor) {
  if (!is_vector(elements) || length_of(elements) == 0) return wrong_type(who, 1, "vector of types, not empty", elements);
  const std::uint64_t count = length_of(elements);
  if (count > kMostElements) return fail("range-error", who, "a structure of more than 65536 elements:", {fixnum(static_cast<std::int64_t>(count))});
  const std::uint64_t bytes = sizeof(StructType) + (2 * count + 1) * sizeof(std::uint64_t);
  auto* s = static_cast<StructType*>(allocate(bytes, true));
  if (!s) return kRaise;
  s->header = header(Type::kOpaque, bytes / 8 - 1);
  s->magic = kMagic;
  s->count = count;
  s->descriptor = descriptor;
  for (std::uint64_t i = 0; i < count; ++i) {
    CType type;
    const Value element = as<Vector>(elements)->slots[i];
    if (!parse_type(element, &type) || type.kind == CKind::kVoid) return wrong_type(who, 1, "vector of types", elements);
    s->elements[i] = type.ffi;
    store_slot(reinterpret_cast<Value*>(&s->elements[count + 1 + i]), element);
  }
  s->elements[count] = nullptr;
  s->type = {0, 0, FFI_TYPE_STRUCT, s->elements};
  if (ffi_get_struct_offsets(FFI_DEFAULT_ABI, &s->type, nullptr) != FFI_OK) return fail("error", who, "not a structure that C could have:", {elements});
  return object_value(s);
}

namespace {

// A float or a small integer is not passed as such where there is no parameter: C widens it.
bool is_promoted(CKind kind) {
  switch (kind) {
    case CKind::kBool: case CKind::kChar: case CKind::kInt8: case CKind::kUint8: case CKind::kInt16: case CKind::kUint16: case CKind::kFloat: return true;
    default: return false;
  }
}

constexpr std::uint64_t kLargestArea = std::uint64_t{64} << 10;

// Room for the values of a call, each at a multiple of 16, and for what points to them.
std::uint64_t area_of(const Signature& s) {
  std::uint64_t bytes = 16 + std::max<std::uint64_t>(16, s.result.size);
  for (std::uint64_t i = 0; i < s.count; ++i) bytes += 16 + (std::max<std::uint64_t>(16, s.arguments[i].size + 15) & ~std::uint64_t{15});
  return bytes + s.cif.bytes;
}

bool is_plain(const Signature& s) {
  std::uint64_t words = 0, floats = 0;
  for (std::uint64_t i = 0; i < s.count; ++i) {
    const CKind kind = s.arguments[i].kind;
    if (kind == CKind::kStruct || kind == CKind::kLongDouble) return false;
    ++(s.arguments[i].is_float() ? floats : words);
  }
  return words <= kWordRegisters && floats <= kFloatRegisters && s.result.kind != CKind::kStruct && s.result.kind != CKind::kLongDouble;
}

}  // namespace

Value make_signature(std::string_view who, Value arguments, Value result, Value fixed) {
  if (!is_vector(arguments) || length_of(arguments) > kMostArguments) return wrong_type(who, 1, "vector of at most 256 types", arguments);
  const std::uint64_t count = length_of(arguments);
  const std::uint64_t bytes = sizeof(Signature) + count * (sizeof(CType) + sizeof(ffi_type*));
  auto* s = static_cast<Signature*>(allocate(bytes, true));
  if (!s) return kRaise;
  s->header = header(Type::kOpaque, bytes / 8 - 1);
  s->magic = kMagic + 1;
  s->count = count;
  s->variadic = fixed.is_fixnum();
  s->fixed = s->variadic ? static_cast<std::uint64_t>(fixnum_value(fixed)) : count;
  s->ffi_types = reinterpret_cast<ffi_type**>(&s->arguments[count]);
  if (!parse_type(result, &s->result) || s->fixed > count) return wrong_type(who, 2, "a type", result);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Value v = as<Vector>(arguments)->slots[i];
    if (!parse_type(v, &s->arguments[i]) || s->arguments[i].kind == CKind::kVoid) return wrong_type(who, 1, "a type of an argument", v);
    if (i >= s->fixed && is_promoted(s->arguments[i].kind))
      return fail("type-error", who, "C passes no value of this type where a variable number is taken (int and double are):", {v});
    s->ffi_types[i] = s->arguments[i].ffi;
  }
  const ffi_status status = s->variadic
      ? ffi_prep_cif_var(&s->cif, FFI_DEFAULT_ABI, static_cast<unsigned>(s->fixed), static_cast<unsigned>(count), s->result.ffi, s->ffi_types)
      : ffi_prep_cif(&s->cif, FFI_DEFAULT_ABI, static_cast<unsigned>(count), s->result.ffi, s->ffi_types);
  if (status != FFI_OK) return fail("error", who, "not a procedure that C could have:", {arguments});
  s->plain = is_plain(*s);
  s->area = area_of(*s);
  if (s->area > kLargestArea) return fail("range-error", who, "values that are too large to be passed (more than 64 KiB)");
  return object_value(s);
}

void set_struct_record(Value record_type) { record_of_structs = record_type; }
bool is_struct(Value v) { return is_record(v) && as<Record>(v)->type == record_of_structs; }

}  // namespace perdure::runtime
