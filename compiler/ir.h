// The intermediate language between the core language and machine code. Closures, boxes, loops and open-coded
// primitives are explicit; every procedure body is a tree over its own numbered locals.
//
//   e ::= (const v) | (local x) | (global g) | (set-global g e) | (define-global g e)
//       | (if e e e) | (sequence e ... e) | (let x e e) | (receive (x ...) call e)
//       | (inline op e ...) | (primitive p e ...)                    ; open-coded; a C++ call
//       | (call e e ...) | (apply e e ... e) | (call-global g e ...) | (call-known f [closure] e ...)
//       | (closure f x ...) | (fix ((x f x ...) ...) e)              ; make closures; mutually recursive ones
//       | (loop ((label x ...) e) ... e) | (goto label e ...)        ; bodies entered by goto alone
//
// Locals are never assigned (assigned variables live in boxes), but for a label's parameters at a goto.
#pragma once

#include <span>

#include "compiler/core.h"
#include "runtime/primitive.h"

namespace perdure::compiler {

// What is known of a value. kAny: nothing.
// kNothing: no value at all gets there (the bottom of the lattice).
enum class Type : std::uint8_t { kNothing, kAny, kFixnum, kFlonum, kPair, kVector, kString, kBytevector, kCharacter, kProcedure, kBoolean, kRecord };

enum class Inline : std::uint8_t {
  kNone,
  kCar, kCdr, kCxr, kList, kSetCar, kSetCdr, kCons, kIsPair, kIsNull, kIsEq, kIsEqv, kNot,
  kAdd, kSubtract, kMultiply, kDivide, kEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIsZero,
  kQuotient, kFloorQuotient, kRemainder, kModulo, kBitAnd, kBitOr, kBitXor, kBitNot, kShift, kShiftLeft, kShiftRight,
  kSquareRoot, kAbs, kFloor, kCeiling, kRound, kTruncate, kMax, kMin, kMagnitude, kIsEven, kIsOdd,
  kIsFixnum, kIsFlonum, kIsSymbol, kIsString, kIsVector, kIsProcedure, kIsCharacter, kIsBytevector, kIsBoolean, kIsEof, kIsDefault,
  kVectorRef, kVectorSet, kVectorLength, kStringRef, kStringSet, kStringLength, kBytevectorRef, kBytevectorSet, kBytevectorLength,
  kCharToInteger, kIntegerToChar, kCharEqual, kCharLess, kCharGreater, kCharLessEqual, kCharGreaterEqual,
  kMakeRecord, kIsRecord, kRecordRef, kRecordSet,
  kReadPort, kWritePort,
  kIsPositive, kIsNegative, kIsNumber, kCharClass, kCharCase, kIsEqual, kSearch, kTableRef, kTableSet,
  kToFlonum, kToExact, kMakeVector, kMakeValues, kValuesRef, kMakeBox, kBoxRef, kBoxRefChecked, kBoxSet,
  kDynamicState, kSetDynamicState,
};

struct Local {
  std::uint32_t index;           // in its body
  Value name;
  std::int32_t captured = -1;    // its place in the closure, or -1
  Type type = Type::kAny;        // what every value of it is
};

enum class Op : std::uint8_t {
  kConst, kLocal, kGlobal, kSetGlobal, kDefineGlobal, kIf, kSequence, kLet, kReceive, kInline, kPrimitive,
  kCall, kApply, kCallGlobal, kCallKnown, kClosure, kFix, kLoop, kGoto,
};

struct Function;
struct LoopLabel;

// One shape for all: which fields an Op uses is said at its factory in lower.cpp.
struct Expr {
  Op op;
  Inline inlined = Inline::kNone;
  bool has_call = false;               // a Scheme call is somewhere inside
  bool inner_call = false;             // one that does not end this expression
  bool proven = false;                 // inline: nothing overflows, the index is inside, the record is one (types.cpp)
  bool has_effect = false;             // a primitive that does or sees more than its arguments say is somewhere inside
  Type type = Type::kAny;              // of its value; of a local: where it is mentioned (types.cpp)
  Type domain = Type::kAny;            // inline arithmetic: all it takes is of this type, or it raises
  Location location;
  Value value{};                       // const
  Local* local = nullptr;              // local, let; call-known: nothing
  Global* global = nullptr;
  const runtime::Primitive* primitive = nullptr;   // primitive; inline: what does the cases that are not opened
  Function* function = nullptr;        // closure, call-known
  std::uint32_t clause = 0;            // call-known: which of its bodies
  LoopLabel* label = nullptr;          // goto
  std::span<Expr*> parts;              // if: 3; sequence; let: value, body; receive: call, body; calls: [callee or closure] arguments ...
  std::span<LoopLabel*> labels;        // loop; parts[0] is the body
  std::span<Expr*> closures;           // fix: closure expressions, for `locals`; parts[0] is the body
  std::span<Local*> locals;            // fix, receive
  std::uint64_t* free = nullptr;       // bit set of the body's locals it mentions (liveness.cpp)
};

inline bool is_call(const Expr* e) {
  return e->op == Op::kCall || e->op == Op::kApply || e->op == Op::kCallGlobal || e->op == Op::kCallKnown;
}

struct LoopLabel {
  std::span<Local*> parameters;
  Expr* body = nullptr;
  Value name{};
  Type type = Type::kNothing;          // of the body's value
  std::uint64_t* live = nullptr;       // bit set of what the body mentions beside its parameters (liveness.cpp)
  void* state = nullptr;               // the code generator's
};

struct Body {
  std::span<Local*> required;
  Local* rest = nullptr;
  Local* self = nullptr;               // the closure itself, when anything is captured
  Expr* code = nullptr;
  std::uint32_t local_count = 0;
};

struct Function;

// What a closure holds: so that code made anew can be told to fit closures that are there already (redo.h).
struct Captured {
  Value name;
  bool boxed;        // it is assigned: its box
  const Function* procedure = nullptr;   // of a known procedure, whose closure it is
};

struct Function {
  Value name{};
  Location location;
  std::span<Body> bodies;              // clauses
  std::uint32_t captured_count = 0;
  std::span<Captured> captured;
  bool known_calls = false;            // some call-known enters one of its bodies directly
  bool only_known_calls = false;       // and nothing else calls it; it has one body
  void* facts = nullptr;               // the type inference's
  int label = -1;                      // the code generator's
  int direct_label = -1;
  Value static_closure{};              // the one closure of a function that captures nothing; 0 until made
  Value otherwise{};                   // what is entered in its place, with the same arguments, by all that it has no code in line
                                       // for (primitive_values.h); 0: nothing
};

// All functions that `toplevel` leads to, itself first.
PassVector<Function*> functions_of(Function* toplevel);

}  // namespace perdure::compiler
