// Open-coded primitives on pairs, vectors, strings, bytevectors, characters, records and boxes. The fast path is
// complete; whatever does not fit goes out of line to the primitive's C++ body, which answers or raises.
#include "compiler/codegen/body.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;

namespace {

constexpr int kPairTag = static_cast<int>(runtime::kTagPair);
constexpr int kObjectTag = static_cast<int>(runtime::kTagObject);
constexpr int kBody = 8 - kObjectTag;   // from a tagged pointer to what follows the header

Type type_here(runtime::Type type) {
  return type == runtime::Type::kVector ? Type::kVector : type == runtime::Type::kString ? Type::kString : Type::kBytevector;
}

}  // namespace

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

// (%handlers) (%set-handlers! list), and the same of winders and parameters.
Result BodyGenerator::inline_dynamic_state(Expr* e, LiveSet live) {
  const std::string_view name = e->primitive->name;
  const Mem field = name.ends_with("handlers") || name.ends_with("handlers!") ? PERDURE_MACHINE(handlers)
                    : name.ends_with("winders") || name.ends_with("winders!") ? PERDURE_MACHINE(winders)
                                                                               : PERDURE_MACHINE(parameters);
  if (e->inlined == Inline::kDynamicState) {
    a_.mov(rax, field);
    return {Result::kInRax, {}, 0, Type::kAny};
  }
  auto operands = evaluate(e->parts, live);
  const Gp list = gpr_of(operands[0]);
  if (type_of(operands[0]) != Type::kPair) {
    Label right = a_.newLabel();
    a_.cmp(list, static_cast<std::int32_t>(runtime::kNil.bits));
    a_.je(right);
    check_tag(list, kPairTag, slow_primitive(e->primitive, operands, false, {}));
    a_.bind(right);
  }
  a_.mov(field, list);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return {Result::kConstant, runtime::kUnspecific};
}

}  // namespace perdure::compiler
