// Conditions that only the primitive can tell in all cases, opened for the usual ones: small integers, ASCII characters, values
// that are the same word or of different kinds. Like tests.cpp: code that jumps instead of making a boolean.
#include "compiler/codegen/body.h"
#include "runtime/object.h"
#include "runtime/unicode/ascii.h"

namespace perdure::compiler {

using namespace x86;

namespace {

constexpr int kObjectTag = static_cast<int>(runtime::kTagObject);
constexpr int kTags = static_cast<int>(runtime::kTagMask);

constexpr std::uint32_t tag_set(std::initializer_list<std::uint64_t> tags) {
  std::uint32_t set = 0;
  for (const std::uint64_t tag : tags) set |= 0x01010101u << tag;   // for `bt r32, r32`, as kFlonumTagSet is
  return set;
}

std::uint8_t class_of(std::string_view predicate) {
  if (predicate == "char-alphabetic?") return unicode::kAsciiUpper | unicode::kAsciiLower;
  if (predicate == "char-numeric?") return unicode::kAsciiDigit;
  if (predicate == "char-whitespace?") return unicode::kAsciiSpace;
  return predicate == "char-upper-case?" ? unicode::kAsciiUpper : unicode::kAsciiLower;
}

}  // namespace

// `yes` and `no` are where to go on with an answer, `ask` is where the primitive gives it. To be called before anything of
// the test is emitted; `next` is to be bound behind it.
BodyGenerator::Branches BodyGenerator::branches(Expr* e, std::span<const Result> operands, bool sense, Join& target, LiveSet live) {
  const Label answered = a_.newLabel(), next = a_.newLabel();
  const Label ask = slow_primitive(e->primitive, operands, true, answered);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  const Label way = way_to(target);
  defer(answered, [this, sense, way, next] {
    a_.cmp(rax, static_cast<int>(runtime::kFalse.bits));
    leave_aside();
    if (sense) a_.jne(way); else a_.je(way);
    a_.jmp(next);
  });
  return {sense ? way : next, sense ? next : way, ask, next};
}

// positive? and negative? of a fixnum.
void BodyGenerator::test_sign(Expr* e, bool sense, Join& target, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  const Gp value = gpr_of(operands[0]);
  const bool is_fixnum = type_of(operands[0]) == Type::kFixnum;
  const auto to = branches(e, operands, sense, target, live);
  if (!is_fixnum) {
    a_.test(value.r8(), kTags);
    a_.jnz(to.ask);
  }
  a_.cmp(value, 0);
  const CondCode condition = e->inlined == Inline::kIsPositive ? CondCode::kG : CondCode::kL;
  if (sense) a_.j(condition, to.yes); else a_.j(negateCond(condition), to.no);
  a_.bind(to.next);
}

// number?, real?, integer?, exact-integer?: by the tag, but for numbers in the heap and whether a flonum is an integer.
void BodyGenerator::test_number(Expr* e, bool sense, Join& target, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  const Gp value = gpr_of(operands[0]);
  const auto to = branches(e, operands, sense, target, live);
  const bool any_flonum = e->primitive->name == "number?" || e->primitive->name == "real?";
  std::uint32_t asked = tag_set({runtime::kTagObject});
  if (e->primitive->name == "integer?") asked |= runtime::kFlonumTagSet;
  a_.test(value.r8(), kTags);
  a_.jz(to.yes);
  if (any_flonum) {
    a_.mov(r11d, runtime::kFlonumTagSet);
    a_.bt(r11d, value.r32());
    a_.jc(to.yes);
  }
  a_.mov(r11d, asked);
  a_.bt(r11d, value.r32());
  a_.jc(to.ask);
  if (!sense) a_.jmp(to.no);
  a_.bind(to.next);
}

void BodyGenerator::test_character_class(Expr* e, bool sense, Join& target, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  const Gp value = gpr_of(operands[0]);
  const auto to = branches(e, operands, sense, target, live);
  a_.cmp(value.r8(), static_cast<int>(runtime::kCharLowByte));
  a_.jne(to.ask);
  a_.mov(r11, value);
  a_.shr(r11, 8);
  a_.cmp(r11d, static_cast<int>(unicode::kAsciiClasses.size()));
  a_.jae(to.ask);
  s_.load_address(rax, unicode::kAsciiClasses.data());
  a_.test(byte_ptr(rax, r11), class_of(e->primitive->name));
  if (sense) a_.jnz(to.yes); else a_.jz(to.no);
  a_.bind(to.next);
}

// eqv? and equal?: the same word is the same; what is no pair and no object is nothing else. eqv? looks at pairs and procedures
// as words, and at objects no further when their headers differ.
void BodyGenerator::test_equal(Expr* e, bool sense, Join& target, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  const Gp left = gpr_of(operands[0]), right = gpr_of(operands[1]);
  const auto to = branches(e, operands, sense, target, live);
  a_.cmp(left, right);
  a_.je(to.yes);
  a_.mov(r11d, left.r32());
  a_.xor_(r11d, right.r32());
  a_.test(r11b, kTags);
  a_.jnz(to.no);
  const bool of_words = e->inlined == Inline::kIsEqv;
  a_.lea(r11d, ptr(left, of_words ? -kObjectTag : -static_cast<int>(runtime::kTagPair)));
  a_.test(r11b, of_words ? kTags : kTags - 1);   // the tags of pairs and of objects are 1 and 2
  static_assert(runtime::kTagPair == 1 && runtime::kTagObject == 2);
  a_.jnz(to.no);
  if (of_words) {
    a_.mov(r11, qword_ptr(left, -kObjectTag));
    a_.cmp(r11, qword_ptr(right, -kObjectTag));
    a_.jne(to.no);
  }
  a_.jmp(to.ask);
  a_.bind(to.next);
}

// char-upcase, char-downcase and char-foldcase of ASCII.
Result BodyGenerator::inline_character_case(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  const Gp value = gpr_of(operands[0]);
  Label back = a_.newLabel();
  const Label slow = slow_primitive(e->primitive, operands, true, back);
  const bool up = e->primitive->name == "char-upcase";
  constexpr int kToOtherCase = ('a' - 'A') << 8;
  a_.cmp(value.r8(), static_cast<int>(runtime::kCharLowByte));
  a_.jne(slow);
  a_.mov(rax, value);
  a_.mov(r11, value);
  a_.shr(r11, 8);
  a_.cmp(r11d, 0x80);
  a_.jae(slow);
  a_.sub(r11d, up ? 'a' : 'A');
  a_.cmp(r11d, 26);
  a_.jae(back);
  a_.add(rax, up ? -kToOtherCase : kToOtherCase);
  a_.bind(back);
  unpin_all();
  release(operands[0], live);
  return {Result::kInRax, {}, 0, e->type};
}

// memq, assq and their like, by a stub: rax in r11 -> rax.
Result BodyGenerator::inline_search(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  const Location64 wanted = source_of(operands[0]), list = source_of(operands[1]);
  emit_move(s_, in_gpr(Gp::kIdAx), wanted);
  emit_move(s_, in_gpr(Gp::kIdR11), list);
  int which = 0;
  while (runtime::kSearchNames[which] != e->primitive->name) ++which;
  s_.call(runtime::stubs.search[which]);
  note();
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, e->type};
}

// (hash-table-ref/default table key otherwise) and (hash-table-set! table key value): keys that are there already.
Result BodyGenerator::inline_table(Expr* e, LiveSet live) {
  const bool store = e->inlined == Inline::kTableSet;
  auto operands = evaluate(e->parts, live);
  Label back = a_.newLabel();
  const Label slow = slow_primitive(e->primitive, operands, true, back);
  emit_move(s_, in_gpr(Gp::kIdAx), source_of(operands[0]));
  emit_move(s_, in_gpr(Gp::kIdR11), source_of(operands[1]));
  s_.call(runtime::stubs.find_in_table);
  a_.cmp(rax, 1);
  if (store) {
    a_.jbe(slow);
    emit_move(s_, in_gpr(Gp::kIdR11), source_of(operands[2]));
    a_.mov(qword_ptr(rax), r11);
  } else {
    Label absent = a_.newLabel();
    a_.je(slow);
    a_.jb(absent);
    a_.mov(rax, qword_ptr(rax));
    a_.jmp(back);
    a_.bind(absent);
    emit_move(s_, in_gpr(Gp::kIdAx), source_of(operands[2]));
  }
  a_.bind(back);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  if (store) return {Result::kConstant, runtime::kUnspecific};
  return {Result::kInRax, {}, 0, e->type};
}

}  // namespace perdure::compiler
