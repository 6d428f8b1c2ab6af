// A Scheme value in one 64-bit word.
//
// The low three bits are the tag:
//
//   000  fixnum: a 61-bit signed integer, shifted left by three
//   001  pair: two words, no header
//   010  object: a header word, then what the header says (object.h)
//   101  procedure: a closure object; its own tag makes "is it a procedure" one comparison
//   110  immediate: #f, #t, (), characters ...: the low byte says which
//   011, 100, 111  flonum, kept in the word (below)
//
// Flonums use *float self-tagging* (Melancon, Serrano, Feeley, 2024). Rotating the IEEE bits left by four brings
// the three top exponent bits to where the tag is. Exclusive-or with 111 then makes the three commonest groups of
// exponents exactly the three flonum tags:
//     exponent bits 011 (2^-255 .. 2)   -> tag 100
//     exponent bits 100 (2 .. 2^257)    -> tag 011
//     exponent bits 000 (zeros, denormals, below 2^-767) -> tag 111
// The rest (huge, tiny, infinities, NaN) live in boxes (object type kFlonum). Every double has exactly one
// representation, so that eqv? of flonums in words is a comparison of words.
#pragma once

#include <bit>
#include <cstdint>

namespace perdure::runtime {

enum Tag : std::uint64_t {
  kTagFixnum = 0,
  kTagPair = 1,
  kTagObject = 2,
  kTagClosure = 5,
  kTagImmediate = 6,
};
inline constexpr std::uint64_t kTagMask = 7;
// Bit t is set when tag t is a flonum's; repeated for each byte so that `bt r32, r32` (offset modulo 32) works.
inline constexpr std::uint32_t kFlonumTagSet = 0x98989898;
inline constexpr int kFixnumShift = 3;
inline constexpr std::int64_t kFixnumMax = (std::int64_t{1} << 60) - 1;
inline constexpr std::int64_t kFixnumMin = -(std::int64_t{1} << 60);

struct Value {
  std::uint64_t bits;

  constexpr bool operator==(const Value&) const = default;  // eq?

  constexpr std::uint64_t tag() const { return bits & kTagMask; }
  constexpr bool is_fixnum() const { return tag() == kTagFixnum; }
  constexpr bool is_pair() const { return tag() == kTagPair; }
  constexpr bool is_object() const { return tag() == kTagObject; }
  constexpr bool is_closure() const { return tag() == kTagClosure; }
  constexpr bool is_immediate() const { return tag() == kTagImmediate; }
  constexpr bool is_self_tagged_flonum() const { return (kFlonumTagSet >> (bits & 31)) & 1; }
};

// --- fixnums -------------------------------------------------------------------------------------------------
constexpr Value fixnum(std::int64_t n) { return {static_cast<std::uint64_t>(n) << kFixnumShift}; }
constexpr std::int64_t fixnum_value(Value v) { return static_cast<std::int64_t>(v.bits) >> kFixnumShift; }
constexpr bool fits_fixnum(std::int64_t n) { return n >= kFixnumMin && n <= kFixnumMax; }

// --- immediates: low byte = kind, rest = payload -----------------------------------------------------------------
constexpr Value immediate(std::uint64_t kind, std::uint64_t payload = 0) {
  return {payload << 8 | kind << 3 | kTagImmediate};
}
inline constexpr Value kFalse = immediate(0);
inline constexpr Value kTrue = immediate(1);
inline constexpr Value kNil = immediate(2);
inline constexpr Value kEof = immediate(3);
inline constexpr Value kUnspecific = immediate(4);   // what has no useful value; the REPL prints nothing for it
inline constexpr Value kUnbound = immediate(5);      // in a global's cell before its definition
inline constexpr Value kUnassigned = immediate(6);   // in a letrec variable before its initialisation
inline constexpr Value kDefault = immediate(7);      // an optional argument that was not given
inline constexpr Value kRaise = immediate(8);        // answer of a primitive that failed (condition.h); never stored
inline constexpr Value kWouldBlock = immediate(9);   // answer of a port primitive that has to wait; never stored
inline constexpr std::uint64_t kCharKind = 10;
inline constexpr std::uint64_t kCharLowByte = kCharKind << 3 | kTagImmediate;

// In rax where several values are in registers (frame.h): how many; never stored.
constexpr Value handed_over(std::uint64_t count) { return immediate(11, count); }

constexpr Value boolean(bool b) { return b ? kTrue : kFalse; }
constexpr Value character(char32_t c) { return immediate(kCharKind, c); }
constexpr bool is_character(Value v) { return (v.bits & 0xff) == kCharLowByte; }
constexpr char32_t character_value(Value v) { return static_cast<char32_t>(v.bits >> 8); }

static_assert(kFalse.bits == 0x06 && kTrue.bits == 0x0e && kNil.bits == 0x16);
static_assert(character('a').bits == (0x61 << 8 | 0x56));

// --- flonums -----------------------------------------------------------------------------------------------------
inline constexpr int kFlonumRotate = 4;
inline constexpr std::uint64_t kFlonumFlip = 7;

constexpr std::uint64_t flonum_to_word(double d) {
  return std::rotl(std::bit_cast<std::uint64_t>(d), kFlonumRotate) ^ kFlonumFlip;
}
constexpr double word_to_flonum(std::uint64_t word) {
  return std::bit_cast<double>(std::rotr(word ^ kFlonumFlip, kFlonumRotate));
}
static_assert(Value{flonum_to_word(0.0)}.bits == 7 && Value{flonum_to_word(0.0)}.is_self_tagged_flonum());
static_assert(Value{flonum_to_word(1.0)}.is_self_tagged_flonum() && Value{flonum_to_word(-3.5e10)}.is_self_tagged_flonum());
static_assert(word_to_flonum(flonum_to_word(-0.1)) == -0.1);
static_assert(!Value{flonum_to_word(1e300)}.is_self_tagged_flonum());
static_assert(!fixnum(5).is_self_tagged_flonum() && !kFalse.is_self_tagged_flonum());

}  // namespace perdure::runtime
