// Open-coded primitives: which method makes which, and what all of them need: the way to the primitive's C++ body for what is
// not in line, and checks of operands.
#include "compiler/codegen/body.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;
using runtime::Primitive;

namespace {

std::uint32_t caller_saved_gprs() {
  return 1u << Gp::kIdCx | 1u << Gp::kIdDx | 1u << Gp::kIdSi | 1u << Gp::kIdDi | 1u << Gp::kIdR8 | 1u << Gp::kIdR9 | 1u << Gp::kIdR10;
}

}  // namespace

Result BodyGenerator::generate_inline(Expr* e, LiveSet live) {
  switch (e->inlined) {
    case Inline::kCons: case Inline::kCar: case Inline::kCdr: case Inline::kSetCar: case Inline::kSetCdr:
      return inline_pair(e, live);
    case Inline::kAdd: case Inline::kSubtract: case Inline::kMultiply: case Inline::kDivide: return inline_arithmetic(e, live);
    case Inline::kCxr: return inline_cxr(e, live);
    case Inline::kToFlonum: return inline_to_flonum(e, live);
    case Inline::kToExact: return inline_to_exact(e, live);
    case Inline::kQuotient: case Inline::kFloorQuotient: case Inline::kRemainder: case Inline::kModulo: return inline_division(e, live);
    case Inline::kBitAnd: case Inline::kBitOr: case Inline::kBitXor: case Inline::kMax: case Inline::kMin: return inline_of_fixnums(e, live);
    case Inline::kShiftLeft: case Inline::kShiftRight: return inline_shift(e, live);
    case Inline::kMagnitude: case Inline::kBitNot: return inline_of_fixnum(e, live);
    case Inline::kShift: return inline_either_shift(e, live);
    case Inline::kSquareRoot: case Inline::kAbs: case Inline::kFloor: case Inline::kCeiling: case Inline::kRound:
    case Inline::kTruncate:
      return inline_flonum_function(e, live);
    case Inline::kVectorRef: case Inline::kVectorSet: case Inline::kStringRef: case Inline::kStringSet:
    case Inline::kBytevectorRef: case Inline::kBytevectorSet:
      return inline_vector(e, live);
    case Inline::kVectorLength: case Inline::kStringLength: case Inline::kBytevectorLength: return inline_length(e, live);
    case Inline::kCharToInteger: case Inline::kIntegerToChar: return inline_character(e, live);
    case Inline::kCharCase: return inline_character_case(e, live);
    case Inline::kSearch: return inline_search(e, live);
    case Inline::kTableRef: case Inline::kTableSet: return inline_table(e, live);
    case Inline::kReadPort: return inline_read(e, live);
    case Inline::kWritePort: return inline_write(e, live);
    case Inline::kMakeBox: case Inline::kBoxRef: case Inline::kBoxRefChecked: case Inline::kBoxSet: return inline_box(e, live);
    case Inline::kDynamicState: case Inline::kSetDynamicState: return inline_dynamic_state(e, live);
    case Inline::kMakeVector: return inline_make_slots(e, runtime::Type::kVector, live);
    case Inline::kMakeValues: return inline_make_slots(e, runtime::Type::kValues, live);
    case Inline::kValuesRef:
      if (e->parts[1]->op == Op::kConst && e->parts[2]->op == Op::kConst && runtime::fixnum_value(e->parts[2]->value) >= 2)
        return inline_values_ref(e, live);
      return generate_primitive(e, live);
    case Inline::kMakeRecord: return inline_make_record(e, live);
    case Inline::kRecordRef: case Inline::kRecordSet:
      if (e->parts[1]->op == Op::kConst && e->parts[2]->op == Op::kConst && e->parts[2]->value.is_fixnum())
        return inline_record(e, live);
      return generate_primitive(e, live);
    default: return boolean_result(e, live);
  }
}

// The slow half of a primitive: saves what C++ would overwrite, calls, restores.
Label BodyGenerator::slow_primitive(const Primitive* primitive, std::span<const Result> operands, bool returns, Label back, const Gp& to) {
  PassVector<Location64> sources;
  for (const Result& each : operands) sources.push_back(source_of(each));
  // Optional arguments that nobody gave.
  const bool goes_on = function_.otherwise.bits != 0;
  if (goes_on) sources.resize(body_.required.size());
  else if (primitive->maximum != runtime::kVariadic) sources.resize(primitive->maximum, constant_bits(runtime::kDefault.bits));
  Label slow = a_.newLabel();
  defer(slow, [this, primitive, sources, returns, goes_on, back, to] {
    PassVector<std::pair<std::int16_t, Location64>> saved;
    std::int16_t slot = -1;
    auto save = [&](Location64 from) {
      slot = new_slot(slot);
      emit_move(s_, in_frame(slot), from);
      saved.emplace_back(slot, from);
    };
    if (returns && !goes_on) {
      for (int r = 0; r < 16; ++r)
        if (state_.used_gprs() & caller_saved_gprs() & 1u << r) save(in_gpr(r));
      for (int x = 2; x < 16; ++x)
        if (state_.used_xmms() & 1u << x) save(in_xmm(x));
    }
    static const Gp kRegisters[] = {rdi, rsi, rdx, rcx, r8, r9};
    Moves moves;
    for (std::size_t i = 0; i < sources.size(); ++i) moves.add(in_gpr(static_cast<int>(kRegisters[i].id())), sources[i]);
    moves.emit(s_);
    if (goes_on) {
      epilogue();   // its answer is the body's
      a_.mov(eax, static_cast<std::uint32_t>(sources.size()));
      return unit_.refuse(function_);
    }
    if (primitive->maximum == runtime::kVariadic) spread_operands(sources.size());
    call_cpp(primitive->function);
    for (const auto& [from, to] : saved) emit_move(s_, to, in_frame(from));
    if (!returns) return void(a_.ud2());
    if (to.id() != Gp::kIdAx) a_.mov(to, rax);
    leave_aside();
    a_.jmp(back);
  });
  return slow;
}

// Operands in argument registers -> the (arguments, count) of a variadic primitive.
void BodyGenerator::spread_operands(std::size_t count) {
  static const Gp kRegisters[] = {rdi, rsi, rdx, rcx, r8, r9};
  a_.mov(rax, PERDURE_MACHINE(arguments));
  for (std::size_t i = 0; i < count; ++i) a_.mov(qword_ptr(rax, static_cast<int>(8 * i)), kRegisters[i]);
  a_.mov(rdi, rax);
  a_.mov(esi, static_cast<std::uint32_t>(count));
}

void BodyGenerator::check_tag(const Gp& value, int tag, Label slow) {
  a_.lea(r11d, ptr(value, -tag));
  a_.test(r11b, static_cast<int>(runtime::kTagMask));
  a_.jnz(slow);
}

// r11: a header. `writable`: also that it is no literal's.
void BodyGenerator::compare_header(runtime::Type type, bool writable, Label slow) {
  const auto low = static_cast<std::uint32_t>(runtime::header(type, 0));
  if (writable) a_.cmp(r11.r16(), low); else a_.cmp(r11b, low);
  a_.jne(slow);
}

void BodyGenerator::check_fixnum(const Result& operand, const Gp& r, Label slow) {
  if (type_of(operand) == Type::kFixnum) return;
  a_.test(r.r8(), static_cast<int>(runtime::kTagMask));
  a_.jnz(slow);
}

// r11: the header of an object; `index` a fixnum. Its length counts elements.
void BodyGenerator::check_index(const Gp& index, Label slow) {
  a_.shr(r11, 16 - runtime::kFixnumShift);   // the flags' low bits are below a fixnum's unit and never all set
  a_.cmp(index, r11);
  a_.jae(slow);
}

// The word at `from`, which may be relative to an operand's register: the result may take the place of that.
Result BodyGenerator::loaded(const Mem& from, std::span<const Result> operands, bool held, LiveSet live) {
  unpin_all();
  for (const Result& each : operands) release(each, live);
  const Gp to = held ? result_register() : Gp(rax);
  a_.mov(to, from);
  unpin_all();
  return result_in(to, Type::kAny);
}

}  // namespace perdure::compiler
