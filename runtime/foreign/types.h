// C types, and Scheme values as C values.
//
//   T1  A type or signature is an opaque object of the heap that only C++ reads; what libffi keeps of it lies inside.
//   T2  Integers are checked against the type's range; nothing is cut off.
#pragma once

#include <cstdint>
#include <string>

#include <ffi.h>

#include "runtime/object.h"

namespace perdure::runtime {

// The order is that of the names in types.cpp.
enum class CKind : std::uint64_t {
  kVoid, kBool, kChar, kInt8, kUint8, kInt16, kUint16, kInt32, kUint32, kInt64, kUint64, kFloat, kDouble, kLongDouble,
  kPointer, kString, kStruct, kCallback, kCount,
};

struct StructType {
  std::uint64_t header;
  std::uint64_t magic;
  ffi_type type;
  std::uint64_t count;
  Value descriptor;               // what Scheme knows of it (world/foreign)
  ffi_type* elements[1];          // count of them, then null; followed by the elements' own types, which they keep alive
};

struct Signature;

// One argument, or the result.
struct CType {
  CKind kind;
  const StructType* structure;    // of kStruct
  Signature* signature;           // of kCallback
  ffi_type* ffi;
  std::uint64_t size;
  bool is_float() const { return kind == CKind::kFloat || kind == CKind::kDouble; }
};

struct CallbackSlot;

// Registers for arguments (AMD64 supplement, 3.2.3).
inline constexpr std::uint64_t kWordRegisters = 6, kFloatRegisters = 8;

struct Signature {
  std::uint64_t header;
  std::uint64_t magic;
  ffi_cif cif;
  std::uint64_t count, fixed;     // arguments; variadic when fixed < count
  std::uint64_t variadic;
  std::uint64_t plain;            // all of its values have a register of their own (call.cpp)
  std::uint64_t area;             // bytes of a call's values
  CallbackSlot* free_slots;       // ready for another procedure
  ffi_type** ffi_types;
  CType result;
  CType arguments[1];
};

// Whose argument it is, in messages: a procedure, by its name or as it stands.
struct Who {
  Value name;
  std::string_view text;
  std::string string() const;
};

// A value of Scheme as one of C, at `to`, which has room for 16 bytes at least, unless it is a structure: that is copied as long as it
// is. What is allocated is reachable from `to` alone. False: a condition is pending, that `who` got a wrong value at `position` (0: its result).
[[nodiscard]] bool store_c(const CType& type, Value v, void* to, const Who& who, int position);
// The other way round. A structure is copied.
Value load_c(const CType& type, const void* from);
// The address that a pointer stands for: an exact integer, #f, a bytevector, a structure. False: it is none.
bool take_address(Value v, std::uint64_t* out);

// A type of Scheme's description: the name of a kind, a structure's type, or a signature for a pointer to a procedure.
bool parse_type(Value v, CType* out);
const StructType* struct_type_of(Value v);
Signature* signature_of(Value v);
Value make_struct_type(std::string_view who, Value elements, Value descriptor);
Value make_signature(std::string_view who, Value arguments, Value result, Value fixed);

// The record type of structures in Scheme: (type address keep).
void set_struct_record(Value record_type);
bool is_struct(Value v);
struct StructValue { Value record_type, type, address, keep; };

}  // namespace perdure::runtime
