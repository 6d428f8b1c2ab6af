// Which primitives the code generator opens, and with how many arguments.
#pragma once

#include "compiler/ir.h"

namespace perdure::compiler {

struct InlineRow {
  Inline op = Inline::kNone;
  std::uint8_t arguments = 0;      // exactly; variadic ones are folded to two by lowering where `chain` says how
  // kSeveral: two to eight; kList: one to eight; kUpTo: one to `arguments`
  enum Chain : std::uint8_t { kNoChain, kFold, kCompare, kSeveral, kList, kUpTo } chain = kNoChain;
  Type domain = Type::kAny;        // the operation is one of fixnums or of flonums alone
};

// The row of a primitive, by its name; op kNone when it is not opened.
InlineRow inline_row(const runtime::Primitive* primitive);

}  // namespace perdure::compiler
