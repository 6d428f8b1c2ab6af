// Conditions: code that jumps instead of making a boolean.
#include "compiler/codegen/body.h"
#include "compiler/codegen/inside.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;

namespace {

constexpr int kObjectTag = static_cast<int>(runtime::kTagObject);

bool is_constant(const Expr* e, Value v) { return e->op == Op::kConst && e->value == v; }

// Of a predicate of types: 1 or 0 if what is known of the operand decides it, otherwise -1.
int known_answer(Inline predicate, Type type) {
  if (type == Type::kAny || type == Type::kNothing) return -1;
  switch (predicate) {
    case Inline::kIsPair: return type == Type::kPair;
    case Inline::kIsProcedure: return type == Type::kProcedure;
    case Inline::kIsFixnum: return type == Type::kFixnum;
    case Inline::kIsFlonum: return type == Type::kFlonum;
    case Inline::kIsString: return type == Type::kString;
    case Inline::kIsVector: return type == Type::kVector;
    case Inline::kIsBytevector: return type == Type::kBytevector;
    case Inline::kIsCharacter: return type == Type::kCharacter;
    case Inline::kIsBoolean: return type == Type::kBoolean;
    default: return 0;   // null?, symbol?, eof-object?: no type says yes
  }
}

}  // namespace

void BodyGenerator::generate_test(Expr* e, bool sense, Join& target, LiveSet live) {
  const Inside inside(*this, e, false);
  if (e->op == Op::kConst) {
    if ((e->value != runtime::kFalse) == sense) {
      jump_aside(target);
    }
    return;
  }
  if (e->op == Op::kIf) return test_if(e, sense, target, live);
  if (e->op == Op::kInline && test_inline(e, sense, target, live)) return;
  const Result result = generate(e, Context::kValue, live);
  if (result.kind == Result::kConstant || result.kind == Result::kInXmm0 || result.kind == Result::kNever) {
    if ((result.kind != Result::kConstant || result.constant != runtime::kFalse) == sense) jump_aside(target);
    return;
  }
  if (result.kind == Result::kInRax) a_.cmp(rax, static_cast<int>(runtime::kFalse.bits));
  else a_.cmp(gpr_of(result), static_cast<int>(runtime::kFalse.bits));
  unpin_all();
  release(result, live);
  branch_on(CondCode::kNE, sense, target);
}

// An unconditional jump in the middle of a test; what follows is dead, but is generated from the same state.
void BodyGenerator::jump_aside(Join& target) {
  const State here = state_.copy(arena_);
  jump(target);
  state_ = here.copy(arena_);
}

void BodyGenerator::test_if(Expr* e, bool sense, Join& target, LiveSet live) {
  Expr *test = e->parts[0], *consequent = e->parts[1], *alternative = e->parts[2];
  const LiveSet live_then = with(live, consequent->free), live_else = with(live, alternative->free);
  const LiveSet live_test = with(live_then, alternative->free);
  if (is_constant(alternative, runtime::kFalse)) {  // and
    if (!sense) {
      generate_test(test, false, target, live_test);
      prune(live_then);
      return generate_test(consequent, false, target, live);
    }
    Join* skip = new_join(live);
    generate_test(test, false, *skip, live_test);
    prune(live_then);
    generate_test(consequent, true, target, live);
    return join_after(*skip);
  }
  if (is_constant(consequent, runtime::kTrue)) {  // or
    if (sense) {
      generate_test(test, true, target, live_test);
      prune(live_else);
      return generate_test(alternative, true, target, live);
    }
    Join* skip = new_join(live);
    generate_test(test, true, *skip, live_test);
    prune(live_else);
    generate_test(alternative, false, target, live);
    return join_after(*skip);
  }
  Join* otherwise = new_join(live_else);
  Join* end = new_join(live);
  generate_test(test, false, *otherwise, live_test);
  prune(live_then);
  generate_test(consequent, sense, target, live);
  if (!otherwise->reached) return;
  jump(*end);
  bind(*otherwise);
  generate_test(alternative, sense, target, live);
  reach(*end);
  bind(*end);
}

// Control falls into a join that may have been jumped to.
void BodyGenerator::join_after(Join& join) {
  if (!join.reached) return;
  reach(join);
  bind(join);
}

bool BodyGenerator::test_inline(Expr* e, bool sense, Join& target, LiveSet live) {
  switch (e->inlined) {
    case Inline::kNot: generate_test(e->parts[0], !sense, target, live); return true;
    case Inline::kEqual: case Inline::kLess: case Inline::kLessEqual: case Inline::kGreater: case Inline::kGreaterEqual:
    case Inline::kIsZero:
      test_arithmetic(e, sense, target, live);
      return true;
    case Inline::kIsEq: test_eq(e, sense, target, live); return true;
    case Inline::kIsEqv:
      if (!test_eqv(e, sense, target, live)) test_equal(e, sense, target, live);
      return true;
    case Inline::kIsEqual: test_equal(e, sense, target, live); return true;
    case Inline::kIsPositive: case Inline::kIsNegative:
      test_sign(e, sense, target, live);
      return true;
    case Inline::kIsNumber: test_number(e, sense, target, live); return true;
    case Inline::kCharClass: test_character_class(e, sense, target, live); return true;
    case Inline::kCharEqual: case Inline::kCharLess: case Inline::kCharGreater: case Inline::kCharLessEqual:
    case Inline::kCharGreaterEqual:
      test_characters(e, sense, target, live);
      return true;
    case Inline::kIsRecord: return test_record(e, sense, target, live);
    case Inline::kIsEven: case Inline::kIsOdd: test_parity(e, sense, target, live); return true;
    case Inline::kIsPair: case Inline::kIsNull: case Inline::kIsFixnum: case Inline::kIsFlonum: case Inline::kIsSymbol:
    case Inline::kIsString: case Inline::kIsVector: case Inline::kIsProcedure: case Inline::kIsCharacter:
    case Inline::kIsBytevector: case Inline::kIsBoolean: case Inline::kIsEof: case Inline::kIsDefault:
      test_type(e, sense, target, live);
      return true;
    default: return false;
  }
}

// eq?, and eqv? when one side is a constant that eq? tells apart.
void BodyGenerator::test_eq(Expr* e, bool sense, Join& target, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  compare_words(operands[0], operands[1]);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  branch_on(CondCode::kE, sense, target);
}

void BodyGenerator::compare_words(Result a, Result b) {
  if (a.kind == Result::kConstant) std::swap(a, b);
  const Gp left = gpr_of(a);
  if (b.kind != Result::kConstant) return void(a_.cmp(left, gpr_of(b)));
  if (b.constant.bits <= 0x7fff'ffff) return void(a_.cmp(left, static_cast<std::int32_t>(b.constant.bits)));
  constant_to(r11, b.constant);
  a_.cmp(left, r11);
}

bool BodyGenerator::test_eqv(Expr* e, bool sense, Join& target, LiveSet live) {
  auto by_word = [](const Expr* part) {
    return part->op == Op::kConst && (!part->value.is_object() || runtime::is_symbol(part->value) || runtime::is_string(part->value));
  };
  if (!by_word(e->parts[0]) && !by_word(e->parts[1])) return false;
  test_eq(e, sense, target, live);
  return true;
}

void BodyGenerator::test_characters(Expr* e, bool sense, Join& target, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  const Gp left = gpr_of(operands[0]), right = gpr_of(operands[1]);
  const Label slow = slow_primitive(e->primitive, operands, false, {});
  for (int i = 0; i < 2; ++i) {
    if (type_of(operands[static_cast<std::size_t>(i)]) == Type::kCharacter) continue;
    a_.cmp((i == 0 ? left : right).r8(), static_cast<int>(runtime::kCharLowByte));
    a_.jne(slow);
  }
  a_.cmp(left, right);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  CondCode condition;
  switch (e->inlined) {
    case Inline::kCharEqual: condition = CondCode::kE; break;
    case Inline::kCharLess: condition = CondCode::kB; break;
    case Inline::kCharGreater: condition = CondCode::kA; break;
    case Inline::kCharLessEqual: condition = CondCode::kBE; break;
    default: condition = CondCode::kAE;
  }
  branch_on(condition, sense, target);
}

bool BodyGenerator::test_record(Expr* e, bool sense, Join& target, LiveSet live) {
  if (e->parts[1]->op != Op::kConst) return false;
  auto operands = evaluate(e->parts, live);
  if (e->proven) {
    for (const Result& each : operands) release(each, live);
    if (sense) jump_aside(target);
    return true;
  }
  const Gp value = gpr_of(operands[0]);
  // A record of a subtype has another header: the primitive looks at its parents.
  Label next = a_.newLabel(), no = a_.newLabel();
  const Label maybe = slow_primitive(e->primitive, operands, true, no);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  const Label way = way_to(target);
  a_.lea(r11d, ptr(value, -kObjectTag));
  a_.test(r11b, static_cast<int>(runtime::kTagMask));
  a_.jnz(sense ? next : way);
  constant_to(r11, e->parts[1]->value);
  a_.cmp(qword_ptr(value, -kObjectTag), r11);
  a_.je(sense ? way : next);
  a_.test(byte_ptr(value, -kObjectTag), 4);   // a built-in type's header has tag 110, a descriptor's 010
  a_.jz(maybe);
  a_.jmp(sense ? next : way);
  a_.bind(no);
  a_.cmp(rax, static_cast<int>(runtime::kFalse.bits));
  if (sense) a_.jne(way); else a_.je(way);
  a_.bind(next);
  return true;
}

// --- types ---------------------------------------------------------------------------------------------------------------
void BodyGenerator::test_type(Expr* e, bool sense, Join& target, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  const Result& operand = operands[0];
  if (const int answer = known_answer(e->inlined, type_of(operand)); answer >= 0) {
    release(operand, live);
    if ((answer != 0) == sense) jump_aside(target);
    return;
  }
  const Gp value = gpr_of(operand);
  unpin_all();
  Type fact = Type::kAny;
  CondCode condition = CondCode::kE;
  auto tag_is = [&](std::uint64_t tag) {
    a_.lea(r11d, ptr(value, -static_cast<int>(tag)));
    a_.test(r11b, static_cast<int>(runtime::kTagMask));
  };
  switch (e->inlined) {
    case Inline::kIsPair: tag_is(runtime::kTagPair); fact = Type::kPair; break;
    case Inline::kIsProcedure: tag_is(runtime::kTagClosure); fact = Type::kProcedure; break;
    case Inline::kIsFixnum: a_.test(value.r8(), static_cast<int>(runtime::kTagMask)); fact = Type::kFixnum; break;
    case Inline::kIsNull: a_.cmp(value, static_cast<int>(runtime::kNil.bits)); break;
    case Inline::kIsEof: a_.cmp(value, static_cast<int>(runtime::kEof.bits)); break;
    case Inline::kIsDefault: a_.cmp(value, static_cast<int>(runtime::kDefault.bits)); break;
    case Inline::kIsCharacter: a_.cmp(value.r8(), static_cast<int>(runtime::kCharLowByte)); fact = Type::kCharacter; break;
    case Inline::kIsBoolean:
      a_.mov(r11, value);
      a_.and_(r11, ~8);
      a_.cmp(r11, static_cast<int>(runtime::kFalse.bits));
      break;
    case Inline::kIsFlonum: return test_flonum(operand, value, sense, target, live);
    case Inline::kIsSymbol: return test_header(operand, value, runtime::Type::kSymbol, sense, target, live);
    case Inline::kIsString: return test_header(operand, value, runtime::Type::kString, sense, target, live);
    case Inline::kIsVector: return test_header(operand, value, runtime::Type::kVector, sense, target, live);
    default: return test_header(operand, value, runtime::Type::kBytevector, sense, target, live);
  }
  release(operand, live);
  branch_on(condition, sense, target);
  if (!sense) learn(operand, fact);
}

void BodyGenerator::test_header(const Result& operand, const Gp& value, runtime::Type type, bool sense, Join& target, LiveSet live) {
  release(operand, live);
  Label next = a_.newLabel();
  const Label way = way_to(target);
  a_.lea(r11d, ptr(value, -kObjectTag));
  a_.test(r11b, static_cast<int>(runtime::kTagMask));
  a_.jnz(sense ? next : way);
  a_.cmp(byte_ptr(value, -kObjectTag), static_cast<int>(runtime::header(type, 0)));
  if (sense) a_.je(way); else a_.jne(way);
  a_.bind(next);
}

void BodyGenerator::test_flonum(const Result& operand, const Gp& value, bool sense, Join& target, LiveSet live) {
  release(operand, live);
  Label next = a_.newLabel();
  const Label way = way_to(target);
  const Label yes = sense ? way : next, no = sense ? next : way;
  a_.mov(r11d, runtime::kFlonumTagSet);
  a_.bt(r11d, value.r32());
  a_.jc(yes);
  a_.lea(r11d, ptr(value, -kObjectTag));
  a_.test(r11b, static_cast<int>(runtime::kTagMask));
  a_.jnz(no);
  a_.cmp(byte_ptr(value, -kObjectTag), static_cast<int>(runtime::header(runtime::Type::kFlonum, 0)));
  if (sense) a_.je(way); else a_.jne(way);
  a_.bind(next);
}

// A condition as a value: #t or #f in rax.
Result BodyGenerator::boolean_result(Expr* e, LiveSet live) {
  Join* no = new_join(live);
  Join* end = new_join(live);
  if (!testable(e)) return generate_primitive(e, live);
  generate_test(e, false, *no, live);
  constant_to(rax, runtime::kTrue);
  jump(*end);
  if (no->reached) {
    bind(*no);
    constant_to(rax, runtime::kFalse);
    reach(*end);
  }
  bind(*end);
  return {Result::kInRax, {}, 0, Type::kBoolean};
}

bool BodyGenerator::testable(const Expr* e) const {
  if (e->inlined == Inline::kIsRecord) return e->parts[1]->op == Op::kConst;
  return true;
}

}  // namespace perdure::compiler
