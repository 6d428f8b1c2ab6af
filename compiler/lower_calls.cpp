// Of lower: calls: jumps to loops, calls of known procedures, open-coded primitives, and all others.

#include "compiler/definitions.h"
#include "compiler/lowering.h"
#include "compiler/optimisations.h"
#include "runtime/machine.h"
#include "runtime/object.h"

namespace perdure::compiler {

using runtime::Primitive;

Expr* Lowering::lower_known_call(Call& call, Variable* callee) {
  const VariableInfo& info = Analysis::of(callee);
  if (info.loop) {
    Expr* e = make(Op::kGoto, &call, call.arguments.size());
    e->label = info.label;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) e->parts[i] = lower(call.arguments[i]);
    return e;
  }
  if (!is_on(Optimisation::kKnownCalls)) {
    Expr* e = make(Op::kCall, &call, call.arguments.size() + 1);
    e->parts[0] = closure_of(callee, &call);
    for (std::size_t i = 0; i < call.arguments.size(); ++i) e->parts[i + 1] = lower(call.arguments[i]);
    return e;
  }
  // parts[0] is the closure, a constant 0 when there is none to pass.
  Expr* e = make(Op::kCallKnown, &call, call.arguments.size() + 1);
  e->function = function_of(*info.lambda);
  e->function->known_calls = true;
  std::size_t clause = 0;
  fits(info.lambda, call.arguments.size(), &clause);
  e->clause = static_cast<std::uint32_t>(clause);
  e->parts[0] = closureless(callee) ? constant(runtime::fixnum(0), &call) : local(find(callee), &call);
  for (std::size_t i = 0; i < call.arguments.size(); ++i) e->parts[i + 1] = lower(call.arguments[i]);
  return e;
}

// (+ a b c) -> (+ (+ a b) c); (- a) -> (- 0 a) is for fixnums only, so one operand stays with the primitive.
Expr* Lowering::chain(const InlineRow& row, const Primitive* primitive, Call& call) {
  Expr* sum = lower(call.arguments[0]);
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    sum = open(row.op, &call, {sum, lower(call.arguments[i])});
    sum->primitive = primitive;
    sum->domain = row.domain;
  }
  return sum;
}

// (list a b) -> (cons a (cons b '()))
Expr* Lowering::list_of(Call& call) {
  Expr* list = constant(runtime::kNil, &call);
  for (std::size_t i = call.arguments.size(); i-- > 0;) list = open(Inline::kCons, &call, {lower(call.arguments[i]), list});
  return list;
}

// Of (< a b c): the operands from the i-th on, which are locals.
Expr* Lowering::compare_from(std::size_t i, const PassVector<Local*>& operands, const InlineRow& row, const Primitive* primitive, Call& call) {
  Expr* pair = open(row.op, &call, {local(operands[i], &call), local(operands[i + 1], &call)});
  pair->primitive = primitive;
  pair->domain = row.domain;
  if (i + 2 == operands.size()) return pair;
  // Every operand must be a number, also after a pair that failed: the test of the others comes along.
  Expr* both = make(Op::kIf, &call, 3);
  Expr* after = make(Op::kSequence, &call, 2);
  after->parts[0] = compare_from(i + 1, operands, row, primitive, call);
  after->parts[1] = constant(runtime::kFalse, &call);
  both->parts[0] = pair;
  both->parts[1] = compare_from(i + 1, operands, row, primitive, call);
  both->parts[2] = after;
  return both;
}

// Of (char<? a b c): when all are characters they are compared in pairs; otherwise the primitive says which is none.
Expr* Lowering::compare_characters(const PassVector<Local*>& operands, const InlineRow& row, const Primitive* primitive, Call& call) {
  const std::size_t count = operands.size();
  const auto operand = [&](std::size_t i) { return local(operands[i], &call); };
  const auto choose = [&](Expr* test, Expr* then, Expr* otherwise) {
    Expr* e = make(Op::kIf, &call, 3);
    e->parts[0] = test;
    e->parts[1] = then;
    e->parts[2] = otherwise;
    return e;
  };
  Expr* result = nullptr;
  for (std::size_t i = count - 1; i-- > 0;) {
    Expr* pair = open(row.op, &call, {operand(i), operand(i + 1)});
    pair->primitive = primitive;
    result = result == nullptr ? pair : choose(pair, result, constant(runtime::kFalse, &call));
  }
  for (std::size_t i = count; i-- > 0;) {
    const Node* argument = call.arguments[i];
    if (argument->kind == Kind::kConst && runtime::is_character(static_cast<const Const*>(argument)->value)) continue;
    Expr* refused = make(Op::kPrimitive, &call, count);
    refused->primitive = primitive;
    for (std::size_t k = 0; k < count; ++k) refused->parts[k] = operand(k);
    result = choose(open(Inline::kIsCharacter, &call, {operand(i)}), result, refused);
  }
  return result;
}

// (< a b c): all operands are evaluated, then compared in pairs.
Expr* Lowering::compare_chain(const InlineRow& row, const Primitive* primitive, Call& call) {
  PassVector<Local*> operands;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) operands.push_back(new_local(runtime::kFalse));
  const bool of_characters = row.op >= Inline::kCharEqual && row.op <= Inline::kCharGreaterEqual;
  Expr* result = of_characters ? compare_characters(operands, row, primitive, call) : compare_from(0, operands, row, primitive, call);
  for (std::size_t i = operands.size(); i-- > 0;) {
    Expr* let = make(Op::kLet, &call, 2);
    let->local = operands[i];
    let->parts[0] = lower(call.arguments[i]);
    let->parts[1] = result;
    result = let;
  }
  return result;
}

namespace {

// Is it (%record type field ...) with a type that is known, and as many fields as that has?
bool makes_record(const Call& call) {
  if (call.arguments[0]->kind != Kind::kConst) return false;
  const Value type = static_cast<const Const*>(call.arguments[0])->value;
  return runtime::has_type(type, runtime::Type::kRecordType) &&
         runtime::as<runtime::RecordType>(type)->field_count == runtime::fixnum(static_cast<std::int64_t>(call.arguments.size() - 1));
}

}  // namespace

Expr* Lowering::lower_primitive_call(Call& call, Global* global) {
  const Primitive* primitive = global->integrable;
  const std::size_t count = call.arguments.size();
  const InlineRow row = is_on(Optimisation::kOpenCoding) ? inline_row(primitive) : InlineRow{};
  if (row.op != Inline::kNone) {
    if (row.chain == InlineRow::kFold && count >= 2) return chain(row, primitive, call);
    if (row.chain == InlineRow::kCompare && count > 2 && count <= 4) return compare_chain(row, primitive, call);
    if (row.chain == InlineRow::kList && count >= 1 && count <= 8) return list_of(call);
    const bool several = row.chain == InlineRow::kSeveral && count >= 2 && count <= 8;
    const bool up_to = row.chain == InlineRow::kUpTo && count >= 1 && count <= row.arguments &&
                       (row.op != Inline::kMakeRecord || makes_record(call));
    if (several || up_to || (count == row.arguments && row.chain < InlineRow::kSeveral)) {
      Expr* e = make(Op::kInline, &call, count);
      e->inlined = row.op;
      e->primitive = primitive;
      e->domain = row.domain;
      for (std::size_t i = 0; i < count; ++i) e->parts[i] = lower(call.arguments[i]);
      return e;
    }
  }
  const bool variadic = primitive->maximum == runtime::kVariadic;
  const std::size_t most = variadic ? runtime::kRegisterArguments : primitive->maximum;
  if (!is_on(Optimisation::kDirectCalls) || count < primitive->minimum || count > most) return nullptr;
  Expr* e = make(Op::kPrimitive, &call, variadic ? count : most);
  e->primitive = primitive;
  for (std::size_t i = 0; i < e->parts.size(); ++i)
    e->parts[i] = i < count ? lower(call.arguments[i]) : constant(runtime::kDefault, &call);
  return e;
}

// More arguments than the argument buffer is certain to hold (machine.h, M6): they travel as a list.
Expr* Lowering::lower_long_call(Call& call) {
  Expr* e = make(Op::kCallGlobal, &call, 2);
  e->global = runtime::system_global("%apply");
  e->parts[0] = lower(call.callee);
  e->parts[1] = list_of(call);
  return e;
}

// (apply f a ... list): the list is spread on the way to f.
Expr* Lowering::lower_apply(Call& call, Global* global) {
  static const Global* const apply = runtime::system_global("apply");
  static const Global* const apply_list = runtime::system_global("%apply");
  const std::size_t count = call.arguments.size();
  if (!is_on(Optimisation::kSpreading) || (global != apply && global != apply_list)) return nullptr;
  if (count < 2 || count > runtime::kRegisterArguments + 1 || (global == apply_list && count != 2)) return nullptr;
  note_opened(global);
  Expr* e = make(Op::kApply, &call, count);
  for (std::size_t i = 0; i < count; ++i) e->parts[i] = lower(call.arguments[i]);
  return e;
}

Expr* Lowering::lower_call(Call& call) {
  if (call.arguments.size() > kMostArguments) return lower_long_call(call);
  if (call.callee->kind == Kind::kRef) {
    Variable* callee = as<Ref>(call.callee)->variable;
    if (known(callee) && fits(Analysis::of(callee).lambda, call.arguments.size())) return lower_known_call(call, callee);
  }
  if (call.callee->kind == Kind::kGlobalRef) {
    Global* global = as<GlobalRef>(call.callee)->global;
    if (global->integrable != nullptr && (global->integrable->flags & runtime::kCalled) == 0)
      if (Expr* e = lower_primitive_call(call, global)) return e;
    if (Expr* e = lower_apply(call, global)) return e;
    Expr* e = make(Op::kCallGlobal, &call, call.arguments.size());
    e->global = global;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) e->parts[i] = lower(call.arguments[i]);
    return e;
  }
  Expr* e = make(Op::kCall, &call, call.arguments.size() + 1);
  e->parts[0] = lower(call.callee);
  for (std::size_t i = 0; i < call.arguments.size(); ++i) e->parts[i + 1] = lower(call.arguments[i]);
  return e;
}

}  // namespace perdure::compiler
