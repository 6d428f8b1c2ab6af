// The layout of everything that lives in the heap, written once.
//
// A pair is two words. Everything else begins with a header word, which is itself a well-formed value:
//   - an immediate-tagged word  {length:48 | flags:8 | type:5 | 110}  for the built-in types below;
//   - or, for a record, the record-type descriptor itself (a tag-010 pointer): "is it a point?" is a comparison of
//     the header with the descriptor.
// `length` counts elements (slots, bytes, characters, limbs). Objects are 16-byte aligned. Nothing depends on an
// object's address staying put but object_hash (heap.h) and AddressTable (io/address_table.h).
//
// Pointers are stored into existing objects only through store_slot (or the compiler's one emitter of it), so that a
// write barrier has one place to go.
#pragma once

#include "runtime/value.h"

namespace perdure::runtime {

enum class Type : std::uint8_t {
  kFlonum,        // one double that no word can hold
  kBignum,        // limbs, least significant first, normalised (top limb not 0, does not fit a fixnum); flag bit 0: negative
  kRatnum,        // numerator, denominator (> 1), in lowest terms
  kCompnum,       // real part, imaginary part
  kString,        // characters of 32 bits; flag bit 0: immutable (a literal)
  kSymbol,        // name (string), hash (fixnum); uninterned when flag bit 0 is set
  kVector,        // values; flag bit 0: immutable
  kBytevector,    // bytes; flag bit 0: immutable
  kClosure,       // machine address of the entry, then the captured values; length counts those
  kBox,           // one value: a captured variable that is assigned
  kValues,        // multiple values on their way to a receiver
  kRecordType,    // name (symbol), parent or #f, field names (vector), field count (fixnum, with the parents'), uid, how many fields are printed (fixnum)
  kCondition,     // kind (symbol), message, irritants (list), who (symbol or #f), payload, continuation (or #f)
  kPort,          // port.h
  kHashTable,     // hash_table.h
  kEphemeron,     // key, datum, next (ephemerons.cpp); flag bit 0: broken
  kSegment,       // not in use: pieces of stack are behind continuations
  kContinuation,  // not in use: continuations are closures (machine.h)
  kCode,          // what is known of a piece of machine code (code.h)
  kEnvironment,   // compiler/environment
  kPromise,       // done?, value or thunk: a box shared between chained promises
  kOpaque,        // words that only C++ reads, scanned
  kOpaqueBytes,   // bytes that only C++ reads, not scanned
};

constexpr std::uint64_t header(Type type, std::uint64_t length, std::uint64_t flags = 0) {
  return length << 16 | flags << 8 | static_cast<std::uint64_t>(type) << 3 | kTagImmediate;
}
constexpr std::uint64_t header_length(std::uint64_t h) { return h >> 16; }
constexpr std::uint64_t header_flags(std::uint64_t h) { return h >> 8 & 0xff; }

inline constexpr std::uint64_t kFlagNegative = 1;   // bignum
inline constexpr std::uint64_t kFlagImmutable = 1;  // string, vector, bytevector
inline constexpr std::uint64_t kFlagUninterned = 1; // symbol
inline constexpr std::uint64_t kFlagBroken = 1;     // ephemeron

struct Pair { Value car, cdr; };
struct Object { std::uint64_t header; };
struct Flonum { std::uint64_t header; double value; };
struct Bignum { std::uint64_t header; std::uint64_t limbs[1]; };
struct Ratnum { std::uint64_t header; Value numerator, denominator; };
struct Compnum { std::uint64_t header; Value real, imaginary; };
struct String { std::uint64_t header; char32_t chars[2]; };
struct Symbol { std::uint64_t header; Value name; Value hash; };
struct Vector { std::uint64_t header; Value slots[1]; };
struct Bytevector { std::uint64_t header; std::uint8_t bytes[8]; };
struct Closure { std::uint64_t header; std::uint64_t entry; Value captured[1]; };
struct Box { std::uint64_t header; Value value; };
struct Values { std::uint64_t header; Value slots[1]; };
struct RecordType { std::uint64_t header; Value name, parent, field_names, field_count, uid, shown_fields; };
struct Record { Value type; Value fields[1]; };
struct Ephemeron { std::uint64_t header; Value key, datum; std::uint64_t next; };
struct Condition { std::uint64_t header; Value kind, message, irritants, who, payload, continuation; };

inline Pair* as_pair(Value v) { return reinterpret_cast<Pair*>(v.bits - kTagPair); }
inline Object* as_object(Value v) { return reinterpret_cast<Object*>(v.bits - kTagObject); }
template <class T> T* as(Value v) { return reinterpret_cast<T*>(v.bits - kTagObject); }
inline Closure* as_closure(Value v) { return reinterpret_cast<Closure*>(v.bits - kTagClosure); }
inline Value tagged(const void* p, Tag tag) { return {reinterpret_cast<std::uint64_t>(p) + tag}; }
inline Value object_value(const void* p) { return tagged(p, kTagObject); }

inline bool has_type(Value v, Type t) {
  return v.is_object() && (as_object(v)->header & 0xff) == (static_cast<std::uint64_t>(t) << 3 | kTagImmediate);
}
inline bool is_record(Value v) { return v.is_object() && (as_object(v)->header & kTagMask) == kTagObject; }
// Of an object that is not a record.
inline Type type_of(Value v) { return static_cast<Type>(as_object(v)->header >> 3 & 31); }
inline std::uint64_t length_of(Value v) { return header_length(as_object(v)->header); }
inline bool is_immutable(Value v) { return header_flags(as_object(v)->header) & kFlagImmutable; }

inline bool is_string(Value v) { return has_type(v, Type::kString); }
inline bool is_symbol(Value v) { return has_type(v, Type::kSymbol); }
inline bool is_vector(Value v) { return has_type(v, Type::kVector); }
inline bool is_bytevector(Value v) { return has_type(v, Type::kBytevector); }
inline bool is_flonum(Value v) { return v.is_self_tagged_flonum() || has_type(v, Type::kFlonum); }
inline double flonum_value(Value v) {
  return v.is_self_tagged_flonum() ? word_to_flonum(v.bits) : as<Flonum>(v)->value;
}

// The one way to store a pointer into an object that already exists.
inline void store_slot(Value* slot, Value v) { *slot = v; }

inline Value car(Value p) { return as_pair(p)->car; }
inline Value cdr(Value p) { return as_pair(p)->cdr; }

}  // namespace perdure::runtime
