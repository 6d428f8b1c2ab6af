// Open-coded primitives on pairs, vectors, strings, bytevectors, characters, records and boxes. The fast path is
// complete; whatever does not fit goes out of line to the primitive's C++ body, which answers or raises.
#include "compiler/codegen/body.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;
using runtime::Primitive;

namespace {

constexpr int kPairTag = static_cast<int>(runtime::kTagPair);
constexpr int kObjectTag = static_cast<int>(runtime::kTagObject);
constexpr int kBody = 8 - kObjectTag;   // from a tagged pointer to what follows the header

Type type_here(runtime::Type type) {
  return type == runtime::Type::kVector ? Type::kVector : type == runtime::Type::kString ? Type::kString : Type::kBytevector;
}

std::uint32_t caller_saved_gprs() {
  return 1u << Gp::kIdCx | 1u << Gp::kIdDx | 1u << Gp::kIdSi | 1u << Gp::kIdDi | 1u << Gp::kIdR8 | 1u << Gp::kIdR9 | 1u << Gp::kIdR10;
}

}  // namespace

// The slow half of a primitive: saves what C++ would overwrite, calls, restores.
Label BodyGenerator::slow_primitive(const Primitive* primitive, std::span<const Result> operands, bool returns, Label back, const Gp& to) {
  std::vector<Location64> sources;
  for (const Result& each : operands) sources.push_back(source_of(each));
  // Optional arguments that nobody gave.
  if (primitive->maximum != runtime::kVariadic) sources.resize(primitive->maximum, constant_bits(runtime::kDefault.bits));
  Label slow = a_.newLabel();
  defer(slow, [this, primitive, sources, returns, back, to] {
    std::vector<std::pair<std::int16_t, Location64>> saved;
    std::int16_t slot = -1;
    auto save = [&](Location64 from) {
      slot = new_slot(slot);
      emit_move(s_, in_frame(slot), from);
      saved.emplace_back(slot, from);
    };
    if (returns) {
      for (int r = 0; r < 16; ++r)
        if (state_.used_gprs() & caller_saved_gprs() & 1u << r) save(in_gpr(r));
      for (int x = 2; x < 16; ++x)
        if (state_.used_xmms() & 1u << x) save(in_xmm(x));
    }
    static const Gp kRegisters[] = {rdi, rsi, rdx, rcx, r8, r9};
    Moves moves;
    for (std::size_t i = 0; i < sources.size(); ++i) moves.add(in_gpr(static_cast<int>(kRegisters[i].id())), sources[i]);
    moves.emit(s_);
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

// Between two collections a program goes through more memory than the caches near the processor hold. A dozen lines ahead is far
// enough for the next level, and near enough to be used.
constexpr int kFetchedAhead = 768;

// rax <- `bytes` of fresh memory, not cleared.
void BodyGenerator::allocate(std::uint64_t bytes, bool pair) {
  const std::uint64_t index = bytes / runtime::kGranule - 1;
  const bool large = !pair && index >= runtime::kFreeClasses;
  if (large) {
    a_.mov(eax, static_cast<std::uint32_t>(bytes));
    s_.call(runtime::stubs.allocate_object);
    note();
    return;
  }
  Label slow = a_.newLabel(), back = a_.newLabel();
  const std::size_t space = pair ? offsetof(runtime::Machine, free_pairs)
                                 : offsetof(runtime::Machine, free_objects) + sizeof(runtime::FreeSpace) * index;
  const Mem next = machine_field(space + offsetof(runtime::FreeSpace, next));
  a_.mov(rax, next);
  a_.lea(r11, ptr(rax, static_cast<int>(bytes)));
  a_.cmp(r11, machine_field(space + offsetof(runtime::FreeSpace, end)));
  a_.ja(slow);
  a_.mov(next, r11);
  a_.prefetchw(ptr(rax, kFetchedAhead));
  a_.bind(back);
  defer(slow, [this, bytes, pair, back] {
    if (!pair) a_.mov(eax, static_cast<std::uint32_t>(bytes));
    s_.call(pair ? runtime::stubs.allocate_pair : runtime::stubs.allocate_object);
    note();
    leave_aside();
    a_.jmp(back);
  });
}

// Stores an operand into fresh memory at rax + offset.
void BodyGenerator::store_fresh(const Result& operand, int offset) {
  const Location64 from = source_of(operand);
  if (from.kind == Location64::kConstant && from.bits <= 0x7fff'ffff) {
    a_.mov(qword_ptr(rax, offset), static_cast<std::int32_t>(from.bits));
  } else if (from.kind == Location64::kGpr) {
    a_.mov(qword_ptr(rax, offset), gpq(from.index));
  } else {
    emit_move(s_, in_gpr(Gp::kIdR11), from);
    a_.mov(qword_ptr(rax, offset), r11);
  }
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

Result BodyGenerator::inline_pair(Expr* e, LiveSet live) {
  const bool held = held_;
  auto operands = evaluate(e->parts, live);
  if (e->inlined == Inline::kCons) {
    for (const Result& each : operands) source_of(each);   // boxing comes before the pair exists
    allocate(16, true);
    store_fresh(operands[0], 0);
    store_fresh(operands[1], 8);
    unpin_all();
    for (const Result& each : operands) release(each, live);
    const Gp to = held ? result_register() : Gp(rax);
    if (held) a_.lea(to, ptr(rax, kPairTag)); else a_.add(rax, kPairTag);
    unpin_all();
    return result_in(to, Type::kPair);
  } else {
    const Gp pair = gpr_of(operands[0]);
    const bool is_store = e->inlined == Inline::kSetCar || e->inlined == Inline::kSetCdr;
    const int offset = (e->inlined == Inline::kCar || e->inlined == Inline::kSetCar ? 0 : 8) - kPairTag;
    const Gp value = is_store ? gpr_of(operands[1]) : Gp(rax);
    if (type_of(operands[0]) != Type::kPair) {
      check_tag(pair, kPairTag, slow_primitive(e->primitive, operands, false, {}));
      learn(operands[0], Type::kPair);
    }
    if (!is_store) return loaded(qword_ptr(pair, offset), operands, held, live);
    a_.mov(qword_ptr(pair, offset), value);
  }
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return {Result::kConstant, runtime::kUnspecific};
}

// cadr and its like: the letters of the name, from the last, say which way each step goes.
Result BodyGenerator::inline_cxr(Expr* e, LiveSet live) {
  const bool held = held_;
  auto operands = evaluate(e->parts, live);
  Gp at = gpr_of(operands[0]);
  const Label slow = slow_primitive(e->primitive, operands, false, {});
  const std::string_view path = e->primitive->name.substr(1, e->primitive->name.size() - 2);
  const auto part = [&](char letter) { return qword_ptr(at, (letter == 'a' ? 0 : 8) - kPairTag); };
  bool known = type_of(operands[0]) == Type::kPair;
  for (std::size_t i = path.size(); i-- > 0; at = rax) {
    if (!known) check_tag(at, kPairTag, slow);
    known = false;
    if (i == 0) break;
    a_.mov(rax, part(path[i]));
  }
  learn(operands[0], Type::kPair);
  return loaded(part(path[0]), operands, held, live);
}

namespace {

struct Indexed {
  runtime::Type type;
  bool store;
};

Indexed indexed(Inline op) {
  switch (op) {
    case Inline::kVectorRef: return {runtime::Type::kVector, false};
    case Inline::kVectorSet: return {runtime::Type::kVector, true};
    case Inline::kStringRef: return {runtime::Type::kString, false};
    case Inline::kStringSet: return {runtime::Type::kString, true};
    case Inline::kBytevectorRef: return {runtime::Type::kBytevector, false};
    default: return {runtime::Type::kBytevector, true};
  }
}

}  // namespace

void BodyGenerator::emit_indexed_load(runtime::Type type, const Gp& object, const Gp& index) {
  if (type == runtime::Type::kString) {
    a_.mov(rax, index);
    a_.shr(rax, 1);
    a_.mov(eax, dword_ptr(object, rax, 0, kBody));
    a_.shl(rax, 8);
    a_.or_(rax, static_cast<int>(runtime::kCharLowByte));
  } else {
    a_.mov(rax, index);
    a_.shr(rax, runtime::kFixnumShift);
    a_.movzx(eax, byte_ptr(object, rax, 0, kBody));
    a_.shl(eax, runtime::kFixnumShift);
  }
}

void BodyGenerator::emit_indexed_store(runtime::Type type, const Gp& object, const Gp& index, const Gp& value, Label slow) {
  if (type == runtime::Type::kVector) {
    a_.mov(qword_ptr(object, index, 0, kBody), value);
  } else if (type == runtime::Type::kString) {
    a_.cmp(value.r8(), static_cast<int>(runtime::kCharLowByte));
    a_.jne(slow);
    a_.mov(rax, index);
    a_.shr(rax, 1);
    a_.mov(r11, value);
    a_.shr(r11, 8);
    a_.mov(dword_ptr(object, rax, 0, kBody), r11d);
  } else {
    a_.cmp(value, 256 << runtime::kFixnumShift);
    a_.jae(slow);
    a_.test(value.r8(), static_cast<int>(runtime::kTagMask));
    a_.jnz(slow);
    a_.mov(rax, index);
    a_.shr(rax, runtime::kFixnumShift);
    a_.mov(r11, value);
    a_.shr(r11, runtime::kFixnumShift);
    a_.mov(byte_ptr(object, rax, 0, kBody), r11b);
  }
}

Result BodyGenerator::inline_vector(Expr* e, LiveSet live) {
  const bool held = held_;
  auto operands = evaluate(e->parts, live);
  const auto [type, store] = indexed(e->inlined);
  const Gp object = gpr_of(operands[0]), index = gpr_of(operands[1]);
  const Gp value = store ? gpr_of(operands[2]) : Gp(rax);
  const bool is_known = type_of(operands[0]) == type_here(type);
  Label slow;
  if (!is_known || store || !e->proven) slow = slow_primitive(e->primitive, operands, false, {});
  if (!is_known) check_tag(object, kObjectTag, slow);
  if (!is_known || store || !e->proven) a_.mov(r11, qword_ptr(object, -kObjectTag));
  if (!is_known || store) compare_header(type, store, slow);
  if (!e->proven) {
    check_fixnum(operands[1], index, slow);
    check_index(index, slow);
  }
  learn(operands[0], type_here(type));
  learn(operands[1], Type::kFixnum);
  // A fixnum is eight times its value.
  if (!store && type == runtime::Type::kVector) return loaded(qword_ptr(object, index, 0, kBody), operands, held, live);
  if (store) {
    emit_indexed_store(type, object, index, value, slow);
  } else {
    emit_indexed_load(type, object, index);
  }
  unpin_all();
  for (const Result& each : operands) release(each, live);
  if (store) return {Result::kConstant, runtime::kUnspecific};
  return {Result::kInRax, {}, 0, e->type};
}

Result BodyGenerator::inline_length(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  const runtime::Type type = e->inlined == Inline::kVectorLength ? runtime::Type::kVector
                             : e->inlined == Inline::kStringLength ? runtime::Type::kString : runtime::Type::kBytevector;
  const Gp object = gpr_of(operands[0]);
  if (type_of(operands[0]) != type_here(type)) {
    const Label slow = slow_primitive(e->primitive, operands, false, {});
    check_tag(object, kObjectTag, slow);
    a_.mov(r11, qword_ptr(object, -kObjectTag));
    compare_header(type, false, slow);
    a_.mov(rax, r11);
    learn(operands[0], type_here(type));
  } else {
    a_.mov(rax, qword_ptr(object, -kObjectTag));
  }
  a_.shr(rax, 16);
  a_.shl(rax, runtime::kFixnumShift);
  unpin_all();
  release(operands[0], live);
  return {Result::kInRax, {}, 0, Type::kFixnum};
}

Result BodyGenerator::inline_character(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  const Gp operand = gpr_of(operands[0]);
  const Label slow = slow_primitive(e->primitive, operands, false, {});
  if (e->inlined == Inline::kCharToInteger) {
    if (type_of(operands[0]) != Type::kCharacter) {
      a_.cmp(operand.r8(), static_cast<int>(runtime::kCharLowByte));
      a_.jne(slow);
    }
    a_.mov(rax, operand);
    a_.shr(rax, 8);
    a_.shl(rax, runtime::kFixnumShift);
  } else {
    // Below the surrogates everything is a character; the rest is the primitive's business.
    Label back = a_.newLabel();
    const Label rest = slow_primitive(e->primitive, operands, true, back);
    if (!e->proven) {
      a_.cmp(operand, 0xd800 << runtime::kFixnumShift);
      a_.jae(rest);
      check_fixnum(operands[0], operand, slow);
    }
    a_.mov(rax, operand);
    a_.shl(rax, 8 - runtime::kFixnumShift);
    a_.or_(rax, static_cast<int>(runtime::kCharLowByte));
    a_.bind(back);
  }
  unpin_all();
  release(operands[0], live);
  return {Result::kInRax, {}, 0, e->type};
}

// (%record-ref x rtd i) and (%record-set! x rtd i v) with a constant type and index.
Result BodyGenerator::inline_record(Expr* e, LiveSet live) {
  const bool held = held_;
  const Value type = e->parts[1]->value;
  const auto index = static_cast<int>(runtime::fixnum_value(e->parts[2]->value));
  auto operands = evaluate(e->parts, live);
  const Gp record = gpr_of(operands[0]);
  const bool store = e->inlined == Inline::kRecordSet;
  const Gp value = store ? gpr_of(operands[3]) : held ? result_register() : Gp(rax);
  Label back = a_.newLabel();
  if (!e->proven) {
    const Label slow = slow_primitive(e->primitive, operands, true, back, store ? Gp(rax) : value);  // a record of a subtype answers there
    check_tag(record, kObjectTag, slow);
    constant_to(r11, type);
    a_.cmp(qword_ptr(record, -kObjectTag), r11);
    a_.jne(slow);
  }
  const Mem field = qword_ptr(record, kBody + 8 * index);
  if (store) a_.mov(field, value); else a_.mov(value, field);
  a_.bind(back);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return store ? Result{Result::kConstant, runtime::kUnspecific} : result_in(value, Type::kAny);
}

// (%record type field ...) with a constant type, which is its first word.
Result BodyGenerator::inline_make_record(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  for (const Result& each : operands) source_of(each), unpin_all();   // boxing comes before the object exists
  const std::uint64_t count = operands.size();
  allocate((8 * count + 15) & ~std::uint64_t{15}, false);
  for (std::size_t i = 0; i < count; ++i) store_fresh(operands[i], static_cast<int>(8 * i)), unpin_all();
  if (count % 2 != 0) a_.mov(qword_ptr(rax, static_cast<int>(8 * count)), 0);   // what fills the last granule
  a_.add(rax, kObjectTag);
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, Type::kAny};
}

// (vector a ...), and (values a b ...): one object on its way to a receiver.
Result BodyGenerator::inline_make_slots(Expr* e, runtime::Type type, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  for (const Result& each : operands) source_of(each), unpin_all();   // boxing comes before the object exists
  const std::uint64_t count = operands.size();
  allocate((8 + 8 * count + 15) & ~std::uint64_t{15}, false);
  a_.mov(qword_ptr(rax), static_cast<std::int32_t>(runtime::header(type, count)));
  for (std::size_t i = 0; i < count; ++i) store_fresh(operands[i], static_cast<int>(8 + 8 * i)), unpin_all();
  if (count % 2 == 0) a_.mov(qword_ptr(rax, static_cast<int>(8 + 8 * count)), 0);   // what fills the last granule
  a_.add(rax, kObjectTag);
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, Type::kAny};
}

// (%values-ref v i n) for exactly n >= 2 values.
Result BodyGenerator::inline_values_ref(Expr* e, LiveSet live) {
  const auto index = static_cast<int>(runtime::fixnum_value(e->parts[1]->value));
  const auto count = static_cast<std::uint64_t>(runtime::fixnum_value(e->parts[2]->value));
  auto operands = evaluate(e->parts, live);
  const Gp object = gpr_of(operands[0]);
  const Label slow = slow_primitive(e->primitive, operands, false, {});
  check_tag(object, kObjectTag, slow);
  a_.cmp(qword_ptr(object, -kObjectTag), static_cast<std::int32_t>(runtime::header(runtime::Type::kValues, count)));
  a_.jne(slow);
  a_.mov(rax, qword_ptr(object, kBody + 8 * index));
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, Type::kAny};
}

Result BodyGenerator::inline_box(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  constexpr int kContent = static_cast<int>(offsetof(runtime::Box, value)) - kObjectTag;
  if (e->inlined == Inline::kMakeBox) {
    source_of(operands[0]);
    allocate(16, false);
    a_.mov(r11d, static_cast<std::uint32_t>(runtime::header(runtime::Type::kBox, 1)));
    a_.mov(qword_ptr(rax), r11);
    store_fresh(operands[0], 8);
    a_.add(rax, kObjectTag);
  } else if (e->inlined == Inline::kBoxSet) {
    const Gp box = gpr_of(operands[0]);
    a_.mov(qword_ptr(box, kContent), gpr_of(operands[1]));
    unpin_all();
    for (const Result& each : operands) release(each, live);
    return {Result::kConstant, runtime::kUnspecific};
  } else {
    a_.mov(rax, qword_ptr(gpr_of(operands[0]), kContent));
    if (e->inlined == Inline::kBoxRefChecked) {
      Label slow = a_.newLabel();
      a_.cmp(rax, static_cast<int>(runtime::kUnassigned.bits));
      a_.je(slow);
      defer(slow, [this, name = operands[1].constant] {
        constant_to(rdi, name);
        call_cpp(reinterpret_cast<const void*>(&runtime::raise_unassigned));
      });
    }
  }
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, Type::kAny};
}

Result BodyGenerator::generate_inline(Expr* e, LiveSet live) {
  switch (e->inlined) {
    case Inline::kCons: case Inline::kCar: case Inline::kCdr: case Inline::kSetCar: case Inline::kSetCdr:
      return inline_pair(e, live);
    case Inline::kAdd: case Inline::kSubtract: case Inline::kMultiply: case Inline::kDivide: return inline_arithmetic(e, live);
    case Inline::kCxr: return inline_cxr(e, live);
    case Inline::kToFlonum: return inline_to_flonum(e, live);
    case Inline::kQuotient: case Inline::kRemainder: case Inline::kModulo: return inline_division(e, live);
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
    case Inline::kReadPort: return inline_read(e, live);
    case Inline::kWritePort: return inline_write(e, live);
    case Inline::kMakeBox: case Inline::kBoxRef: case Inline::kBoxRefChecked: case Inline::kBoxSet: return inline_box(e, live);
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

}  // namespace perdure::compiler
