#include "compiler/inline_table.h"

#include <unordered_map>

namespace perdure::compiler {
namespace {

struct Named {
  std::string_view name;
  InlineRow row;
};

using enum Inline;
constexpr auto kNo = InlineRow::kNoChain, kChain = InlineRow::kCompare;
constexpr auto kFx = Type::kFixnum, kFl = Type::kFlonum;
constexpr Named kTable[] = {
    {"car", {kCar, 1}}, {"cdr", {kCdr, 1}}, {"set-car!", {kSetCar, 2}}, {"set-cdr!", {kSetCdr, 2}}, {"cons", {kCons, 2}},
    {"caar", {kCxr, 1}}, {"cadr", {kCxr, 1}}, {"cdar", {kCxr, 1}}, {"cddr", {kCxr, 1}}, {"caddr", {kCxr, 1}},
    {"cdddr", {kCxr, 1}}, {"cadddr", {kCxr, 1}}, {"list", {kList, 0, InlineRow::kList}},
    {"pair?", {kIsPair, 1}}, {"null?", {kIsNull, 1}}, {"eq?", {kIsEq, 2}}, {"eqv?", {kIsEqv, 2}}, {"not", {kNot, 1}},
    {"+", {kAdd, 2, InlineRow::kFold}}, {"-", {kSubtract, 2, InlineRow::kFold}}, {"*", {kMultiply, 2, InlineRow::kFold}},
    {"/", {kDivide, 2, InlineRow::kFold}},
    {"=", {kEqual, 2, InlineRow::kCompare}}, {"<", {kLess, 2, InlineRow::kCompare}},
    {"<=", {kLessEqual, 2, InlineRow::kCompare}}, {">", {kGreater, 2, InlineRow::kCompare}},
    {">=", {kGreaterEqual, 2, InlineRow::kCompare}}, {"zero?", {kIsZero, 1}},
    {"inexact", {kToFlonum, 1}}, {"exact->inexact", {kToFlonum, 1}},
    {"exact", {kToExact, 1}}, {"inexact->exact", {kToExact, 1}},
    {"quotient", {kQuotient, 2}}, {"remainder", {kRemainder, 2}}, {"modulo", {kModulo, 2}},
    {"truncate-quotient", {kQuotient, 2}}, {"floor-quotient", {kFloorQuotient, 2}}, {"truncate-remainder", {kRemainder, 2}}, {"floor-remainder", {kModulo, 2}},
    {"bitwise-and", {kBitAnd, 2, InlineRow::kFold}}, {"bitwise-or", {kBitOr, 2, InlineRow::kFold}},
    {"bitwise-xor", {kBitXor, 2, InlineRow::kFold}}, {"bitwise-not", {kBitNot, 1}}, {"arithmetic-shift", {kShift, 2}},
    {"max", {kMax, 2, InlineRow::kFold}}, {"min", {kMin, 2, InlineRow::kFold}}, {"abs", {kMagnitude, 1}},
    {"even?", {kIsEven, 1}}, {"odd?", {kIsOdd, 1}},
    {"fixnum?", {kIsFixnum, 1}}, {"flonum?", {kIsFlonum, 1}}, {"symbol?", {kIsSymbol, 1}}, {"string?", {kIsString, 1}},
    {"vector?", {kIsVector, 1}}, {"procedure?", {kIsProcedure, 1}}, {"char?", {kIsCharacter, 1}},
    {"bytevector?", {kIsBytevector, 1}}, {"boolean?", {kIsBoolean, 1}}, {"eof-object?", {kIsEof, 1}},
    {"vector", {kMakeVector, 12, InlineRow::kUpTo}},
    {"vector-ref", {kVectorRef, 2}}, {"vector-set!", {kVectorSet, 3}}, {"vector-length", {kVectorLength, 1}},
    {"string-ref", {kStringRef, 2}}, {"string-set!", {kStringSet, 3}}, {"string-length", {kStringLength, 1}},
    {"bytevector-u8-ref", {kBytevectorRef, 2}}, {"bytevector-u8-set!", {kBytevectorSet, 3}},
    {"bytevector-length", {kBytevectorLength, 1}},
    {"char->integer", {kCharToInteger, 1}}, {"integer->char", {kIntegerToChar, 1}},
    {"char=?", {kCharEqual, 2, kChain}}, {"char<?", {kCharLess, 2, kChain}}, {"char>?", {kCharGreater, 2, kChain}},
    {"char<=?", {kCharLessEqual, 2, kChain}}, {"char>=?", {kCharGreaterEqual, 2, kChain}},
    {"read-char", {kReadPort, 1}}, {"peek-char", {kReadPort, 1}}, {"read-u8", {kReadPort, 1}}, {"peek-u8", {kReadPort, 1}},
    {"write-char", {kWritePort, 2}}, {"write-u8", {kWritePort, 2}}, {"newline", {kWritePort, 1}},
    {"positive?", {kIsPositive, 1}}, {"negative?", {kIsNegative, 1}},
    {"number?", {kIsNumber, 1}}, {"real?", {kIsNumber, 1}}, {"integer?", {kIsNumber, 1}}, {"exact-integer?", {kIsNumber, 1}},
    {"char-alphabetic?", {kCharClass, 1}}, {"char-numeric?", {kCharClass, 1}}, {"char-whitespace?", {kCharClass, 1}},
    {"char-upper-case?", {kCharClass, 1}}, {"char-lower-case?", {kCharClass, 1}},
    {"char-upcase", {kCharCase, 1}}, {"char-downcase", {kCharCase, 1}}, {"char-foldcase", {kCharCase, 1}},
    {"equal?", {kIsEqual, 2}},
    {"memq", {kSearch, 2}}, {"memv", {kSearch, 2}}, {"%member", {kSearch, 2}},
    {"assq", {kSearch, 2}}, {"assv", {kSearch, 2}}, {"%assoc", {kSearch, 2}},
    {"hash-table-ref/default", {kTableRef, 3}}, {"hash-table-set!", {kTableSet, 3}},
    {"values", {kMakeValues, 0, InlineRow::kSeveral}}, {"%values-ref", {kValuesRef, 3}},
    {"%handlers", {kDynamicState, 0}}, {"%winders", {kDynamicState, 0}}, {"%parameters", {kDynamicState, 0}},
    {"%set-handlers!", {kSetDynamicState, 1}}, {"%set-winders!", {kSetDynamicState, 1}}, {"%set-parameters!", {kSetDynamicState, 1}},
    {"fx+", {kAdd, 2, kNo, kFx}}, {"fx-", {kSubtract, 2, kNo, kFx}}, {"fx*", {kMultiply, 2, kNo, kFx}},
    {"fxneg", {kSubtract, 1, kNo, kFx}}, {"fxsquare", {kMultiply, 1, kNo, kFx}},
    {"fxquotient", {kQuotient, 2, kNo, kFx}}, {"fxremainder", {kRemainder, 2, kNo, kFx}},
    {"fx=?", {kEqual, 2, kChain, kFx}}, {"fx<?", {kLess, 2, kChain, kFx}}, {"fx<=?", {kLessEqual, 2, kChain, kFx}},
    {"fx>?", {kGreater, 2, kChain, kFx}}, {"fx>=?", {kGreaterEqual, 2, kChain, kFx}},
    {"fxzero?", {kIsZero, 1, kNo, kFx}}, {"fxpositive?", {kGreater, 1, kNo, kFx}}, {"fxnegative?", {kLess, 1, kNo, kFx}},
    {"fxand", {kBitAnd, 2, InlineRow::kFold, kFx}}, {"fxior", {kBitOr, 2, InlineRow::kFold, kFx}},
    {"fxxor", {kBitXor, 2, InlineRow::kFold, kFx}},
    {"fxarithmetic-shift-left", {kShiftLeft, 2, kNo, kFx}}, {"fxarithmetic-shift-right", {kShiftRight, 2, kNo, kFx}},
    {"fl+", {kAdd, 2, InlineRow::kFold, kFl}}, {"fl-", {kSubtract, 2, InlineRow::kFold, kFl}},
    {"fl*", {kMultiply, 2, InlineRow::kFold, kFl}}, {"fl/", {kDivide, 2, InlineRow::kFold, kFl}},
    {"fl=?", {kEqual, 2, kChain, kFl}}, {"fl<?", {kLess, 2, kChain, kFl}}, {"fl<=?", {kLessEqual, 2, kChain, kFl}},
    {"fl>?", {kGreater, 2, kChain, kFl}}, {"fl>=?", {kGreaterEqual, 2, kChain, kFl}},
    {"flzero?", {kIsZero, 1, kNo, kFl}}, {"flpositive?", {kGreater, 1, kNo, kFl}}, {"flnegative?", {kLess, 1, kNo, kFl}},
    {"flabs", {kAbs, 1, kNo, kFl}}, {"flsqrt", {kSquareRoot, 1, kNo, kFl}}, {"flsquare", {kMultiply, 1, kNo, kFl}},
    {"flfloor", {kFloor, 1, kNo, kFl}}, {"flceiling", {kCeiling, 1, kNo, kFl}}, {"flround", {kRound, 1, kNo, kFl}},
    {"fltruncate", {kTruncate, 1, kNo, kFl}},
    {"%record", {kMakeRecord, 12, InlineRow::kUpTo}}, {"%record?", {kIsRecord, 2}}, {"%record-ref", {kRecordRef, 3}}, {"%record-set!", {kRecordSet, 4}},
};

}  // namespace

InlineRow inline_row(const runtime::Primitive* primitive) {
  static std::unordered_map<const runtime::Primitive*, InlineRow> rows;
  const auto known = rows.find(primitive);
  if (known != rows.end()) return known->second;
  InlineRow row;
  for (const Named& each : kTable)
    if (each.name == primitive->name) row = each.row;
  rows.emplace(primitive, row);
  return row;
}

}  // namespace perdure::compiler
