// What it shows of operands that an open-coded primitive was evaluated, or was true.
#include "compiler/facts.h"
#include "runtime/object.h"

namespace perdure::compiler {
namespace {

Fact fact_of_record(const Expr* type) {
  const bool is_known = type->op == Op::kConst && runtime::has_type(type->value, runtime::Type::kRecordType);
  return is_known ? record_of(type->value) : Fact{};
}

Fact inside(const Expr* e) {
  Fact index = fixnum_between(0, kMostLength - 1);
  if (e->parts[0]->op == Op::kLocal) {
    index.sized = e->parts[0]->local;
    index.relation = Fact::kBelow;
  }
  return index;
}

Fact indexed(const Expr* e, std::size_t i, Type type) { return i == 0 ? of_type(type) : i == 1 ? inside(e) : Fact{}; }

}  // namespace

Fact shown_of_operand(const Expr* e, std::size_t i) {
  switch (e->inlined) {
    case Inline::kCar: case Inline::kCdr: case Inline::kSetCar: case Inline::kSetCdr: case Inline::kCxr:
      return i == 0 ? of_type(Type::kPair) : Fact{};
    case Inline::kVectorRef: case Inline::kVectorSet: return indexed(e, i, Type::kVector);
    case Inline::kStringRef: case Inline::kStringSet: return indexed(e, i, Type::kString);
    case Inline::kBytevectorRef: case Inline::kBytevectorSet: return indexed(e, i, Type::kBytevector);
    case Inline::kVectorLength: return of_type(Type::kVector);
    case Inline::kStringLength: return of_type(Type::kString);
    case Inline::kBytevectorLength: return of_type(Type::kBytevector);
    case Inline::kCharToInteger: case Inline::kCharEqual: case Inline::kCharLess: case Inline::kCharGreater:
    case Inline::kCharLessEqual: case Inline::kCharGreaterEqual:
      return of_type(Type::kCharacter);
    case Inline::kIntegerToChar: return fixnum_between(0, 0x10ffff);
    case Inline::kRecordRef: case Inline::kRecordSet: return i == 0 ? fact_of_record(e->parts[1]) : Fact{};
    default: return of_type(e->domain);   // kAny: nothing
  }
}

Fact shown_by_truth(const Expr* test) {
  switch (test->inlined) {
    case Inline::kIsPair: return of_type(Type::kPair);
    case Inline::kIsFixnum: return of_type(Type::kFixnum);
    case Inline::kIsFlonum: return of_type(Type::kFlonum);
    case Inline::kIsString: return of_type(Type::kString);
    case Inline::kIsVector: return of_type(Type::kVector);
    case Inline::kIsBytevector: return of_type(Type::kBytevector);
    case Inline::kIsProcedure: return of_type(Type::kProcedure);
    case Inline::kIsCharacter: return of_type(Type::kCharacter);
    case Inline::kIsBoolean: return of_type(Type::kBoolean);
    case Inline::kIsRecord: return fact_of_record(test->parts[1]);
    default: return {};
  }
}

}  // namespace perdure::compiler
