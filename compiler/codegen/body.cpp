#include "compiler/codegen/body.h"
#include "compiler/codegen/inside.h"

#include <algorithm>

#include "compiler/check.h"
#include "compiler/compile.h"
#include "compiler/optimisations.h"
#include "runtime/heap.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;

BodyGenerator::BodyGenerator(Unit& unit, Function& function, Body& body)
    : unit_(unit), s_(unit.assembly), a_(unit.assembly.a), arena_(unit.arena), function_(function), body_(body),
      words_((body.local_count + 63) / 64), none_live_(arena_.array<std::uint64_t>(words_ + 1).data()),
      next_temporary_(body.local_count), captured_(body.local_count, nullptr) {}

// --- sets and results ---------------------------------------------------------------------------------------------------
LiveSet BodyGenerator::with(LiveSet live, const std::uint64_t* more) {
  auto* all = arena_.array<std::uint64_t>(words_).data();
  for (std::size_t i = 0; i < words_; ++i) all[i] = live[i] | more[i];
  return all;
}

LiveSet BodyGenerator::with_operand(LiveSet live, const Result& operand) {
  if (operand.kind != Result::kEntity || is_live(live, operand.id)) return live;
  auto* all = arena_.array<std::uint64_t>(words_).data();
  std::copy(live, live + words_, all);
  all[operand.id / 64] |= std::uint64_t{1} << operand.id % 64;
  if (captured_local(operand.id) != nullptr) all[body_.self->index / 64] |= std::uint64_t{1} << body_.self->index % 64;
  return all;
}

void BodyGenerator::prune(LiveSet live) {
  for (std::size_t i = 0; i < state_.entries().size();) {
    const std::uint32_t id = state_.entries()[i].id;
    if (is_live(live, id)) ++i; else state_.remove(id);
  }
}

Type BodyGenerator::type_of(const Result& operand) const {
  if (operand.kind == Result::kEntity)
    if (const Place* place = state_.find(operand.id))
      if (place->type != Type::kAny) return place->type;
  return operand.type;
}

Result BodyGenerator::hold(Result result) {
  if (result.kind != Result::kInRax && result.kind != Result::kInXmm0) {
    if (result.kind == Result::kNever || result.kind == Result::kNothing) return {Result::kConstant, runtime::kUnspecific};
    return result;
  }
  const std::uint32_t id = next_temporary_++;
  if (result.kind == Result::kInRax) {
    const int r = take_gpr();
    a_.mov(gpq(r), rax);
    Place& place = state_.add(arena_, id);
    place.gpr = static_cast<std::int8_t>(r);
    place.type = result.type;
  } else {
    const int x = take_xmm();
    a_.movapd(xmm(x), xmm0);
    Place& place = state_.add(arena_, id);
    place.xmm = static_cast<std::int8_t>(x);
    place.type = Type::kFlonum;
  }
  unpin_all();
  return {Result::kEntity, {}, id, result.type};
}

void BodyGenerator::release(const Result& operand, LiveSet live) {
  if (operand.kind != Result::kEntity) return;
  if (operand.id >= body_.local_count || !is_live(live, operand.id)) state_.remove(operand.id);
}

void BodyGenerator::to_rax(const Result& result) {
  switch (result.kind) {
    case Result::kInRax: case Result::kNever: return;
    case Result::kInXmm0: box_xmm_to(rax, xmm0); return;
    case Result::kConstant: constant_to(rax, result.constant); return;
    case Result::kNothing: constant_to(rax, runtime::kUnspecific); return;
    case Result::kEntity: {
      const Place& place = place_of(result.id);
      if (place.gpr == kNoRegister && place.slot == kNoSlot) box_xmm_to(rax, xmm_of(result));
      else emit_move(s_, in_gpr(Gp::kIdAx), source_of(result));
      unpin_all();
    }
  }
}

void BodyGenerator::to_xmm0(const Result& result) {
  switch (result.kind) {
    case Result::kInXmm0: case Result::kNever: return;
    case Result::kInRax: unbox_to(xmm0, rax); return;
    default:
      a_.movapd(xmm0, xmm_of(result));
      unpin_all();
  }
}

// A check on the way here showed what e's value is.
void BodyGenerator::learn(const Result& operand, Type type) {
  if (operand.kind != Result::kEntity) return;
  if (Place* place = state_.find(operand.id))
    if (place->type == Type::kAny) place->type = type;
}

// --- a body ---------------------------------------------------------------------------------------------------------------
void BodyGenerator::return_result(const Result& result) {
  if (result.kind == Result::kNever) return;
  to_rax(result);
  epilogue();
  a_.ret();
}

void BodyGenerator::generate() {
  find_liveness(arena_, body_);
  PERDURE_CHECK_PASS("find_liveness", check_body(function_, body_, true, true));
  find_captured(body_.code);
  prologue();
  generate(body_.code, Context::kTail, none_live_);
  for (std::size_t i = 0; i < deferred_.size(); ++i) {  // they may defer more
    Deferred each = std::move(deferred_[i]);
    a_.bind(each.label);
    state_ = each.state;
    frames_ = each.frames;
    unpin_all();
    borrowed_ = !state_.framed;
    if (borrowed_) make_frame();
    state_.framed = true;
    each.emit(each.what);
  }
  const auto frame = static_cast<std::uint32_t>(frame_words_) * 8;
  for (const std::size_t at : frame_notes_) s_.patch(at, frame);
  for (const std::size_t at : value_notes_) s_.patch(at, frame | runtime::kTakesValues);
  for (const std::size_t at : frame_adjusts_) patch_adjust(at, frame);
  for (const std::size_t at : frame_leaves_) s_.patch(at + 4, frame);
}

void BodyGenerator::find_captured(Expr* e) {
  if (e->op == Op::kLocal && e->local->captured >= 0) captured_[e->local->index] = e->local;
  for (Expr* each : e->parts) find_captured(each);
  for (Expr* each : e->closures) find_captured(each);
  for (LoopLabel* each : e->labels) {
    each->state = nullptr;   // left over when the code is generated for another place
    find_captured(each->body);
  }
}

// --- expressions -------------------------------------------------------------------------------------------------------
Result BodyGenerator::finish(Result result, Context context, LiveSet live) {
  switch (context) {
    case Context::kValue: case Context::kHeld: return result;
    case Context::kEffect:
      release(result, live);
      return {result.kind == Result::kNever ? Result::kNever : Result::kNothing};
    case Context::kTail:
      return_result(result);
      return {Result::kNever};
  }
  __builtin_unreachable();
}

Result BodyGenerator::generate(Expr* e, Context context, LiveSet live) {
  const Inside inside(*this, e, context == Context::kTail);
  if (context == Context::kTail && !state_.framed && !runs_frameless(e)) enter_frame();
  const bool held = context == Context::kHeld;
  if (held) context = Context::kValue;
  switch (e->op) {
    case Op::kIf: return generate_if(e, context, live);
    case Op::kSequence: return generate_sequence(e, context, live);
    case Op::kLet: return generate_let(e, context, live);
    case Op::kReceive: return generate_receive(e, context, live);
    case Op::kFix: return generate_fix(e, context, live);
    case Op::kLoop: return generate_loop(e, context, live);
    case Op::kGoto: return generate_goto(e, context, live);
    case Op::kCall: case Op::kApply: case Op::kCallGlobal: case Op::kCallKnown: return generate_call(e, context, live);
    case Op::kConst: return finish({Result::kConstant, e->value, 0, e->type}, context, live);
    case Op::kLocal: return finish({Result::kEntity, {}, e->local->index, e->type}, context, live);
    case Op::kGlobal: return finish(generate_global(e), context, live);
    case Op::kSetGlobal: case Op::kDefineGlobal: return finish(generate_set_global(e, live), context, live);
    case Op::kPrimitive: return finish(generate_primitive(e, live), context, live);
    case Op::kInline:
      if (context == Context::kTail && e->inlined == Inline::kMakeValues && returns_values(e)) return return_values(e, live);
      held_ = held;
      return finish(generate_inline(e, live), context, live);
    case Op::kClosure: return finish(generate_closure(e, live), context, live);
  }
  __builtin_unreachable();
}

Result BodyGenerator::generate_sequence(Expr* e, Context context, LiveSet live) {
  const std::size_t last = e->parts.size() - 1;
  PassVector<LiveSet> after(e->parts.size(), live);
  for (std::size_t i = last; i-- > 0;) after[i] = with(after[i + 1], e->parts[i + 1]->free);
  for (std::size_t i = 0; i < last; ++i) {
    generate(e->parts[i], Context::kEffect, after[i]);
    prune(after[i]);
  }
  return generate(e->parts[last], context, live);
}

Result BodyGenerator::generate_if(Expr* e, Context context, LiveSet live) {
  const LiveSet live_then = with(live, e->parts[1]->free), live_else = with(live, e->parts[2]->free);
  Join* otherwise = new_join(live_else);
  generate_test(e->parts[0], false, *otherwise, with(live_then, e->parts[2]->free));
  prune(live_then);
  Join* end = context == Context::kTail ? nullptr : new_join(live);
  const bool raw = e->type == Type::kFlonum;
  auto branch_end = [&](Result result, bool last) {
    if (context == Context::kTail || result.kind == Result::kNever) return;
    if (context == Context::kValue) {
      if (raw) to_xmm0(result); else to_rax(result);
      release(result, live);
    }
    if (last) reach(*end); else jump(*end);
  };
  branch_end(generate(e->parts[1], context, live), !otherwise->reached);
  if (otherwise->reached) {
    bind(*otherwise);
    branch_end(generate(e->parts[2], context, live), true);
  }
  if (end == nullptr || !end->reached) return {Result::kNever};
  bind(*end);
  if (context == Context::kEffect) return {Result::kNothing};
  return {raw ? Result::kInXmm0 : Result::kInRax, {}, 0, e->type};
}

// Makes `value` the value of `local`.
void BodyGenerator::bind_local(Local* local, Result value, LiveSet live) {
  if (!is_live(live, local->index)) return release(value, live);
  Type type = type_of(value);
  if (type == Type::kAny || type == Type::kNothing) type = local->type == Type::kNothing ? Type::kAny : local->type;
  const bool raw = value.kind == Result::kInXmm0 || (value.kind == Result::kConstant && local->type == Type::kFlonum);
  if (value.kind == Result::kEntity && (value.id >= body_.local_count || !is_live(live, value.id))) {
    place_of(value.id);
    state_.rename(value.id, local->index);
  } else if (raw) {
    const int x = take_xmm();
    if (value.kind == Result::kInXmm0) a_.movapd(xmm(x), xmm0);
    else a_.movapd(xmm(x), xmm_of(value));
    state_.add(arena_, local->index).xmm = static_cast<std::int8_t>(x);
  } else {
    const int r = take_gpr(true);
    if (value.kind == Result::kInRax) a_.mov(gpq(r), rax);
    else emit_move(s_, in_gpr(r), source_of(value));
    state_.add(arena_, local->index).gpr = static_cast<std::int8_t>(r);
  }
  state_.find(local->index)->type = type;
  unpin_all();
}

Result BodyGenerator::generate_let(Expr* e, Context context, LiveSet live) {
  const LiveSet live_in_body = with(live, e->parts[1]->free);
  Result value = generate(e->parts[0], Context::kHeld, live_in_body);
  if (value.kind == Result::kNever || value.kind == Result::kNothing) value = hold(value);
  bind_local(e->local, value, live_in_body);
  prune(live_in_body);
  return generate(e->parts[1], context, live);
}

Result BodyGenerator::generate_global(Expr* e) {
  a_.mov(rax, near_word(&e->global->value));
  if (e->global->value == runtime::kUnbound) {
    // Not defined yet when this was compiled: it may still not be when it runs.
    Label unbound = a_.newLabel(), back = a_.newLabel();
    a_.cmp(rax, static_cast<int>(runtime::kUnbound.bits));
    a_.je(unbound);
    a_.bind(back);
    defer(unbound, [this, e] {
      unit_.keep(e->global->name);
      load_constant(s_, rdi, e->global->name.bits);
      call_cpp(reinterpret_cast<const void*>(&runtime::unbound_variable));
    });
  }
  return {Result::kInRax, {}, 0, e->type};
}

namespace {

Value define_global(Value global, Value value) {
  runtime::set_global(reinterpret_cast<Global*>(global.bits), value);
  return runtime::kUnspecific;
}

Value assign_global(Value address, Value value) {
  auto* global = reinterpret_cast<Global*>(address.bits);
  if (global->value == runtime::kUnbound) return runtime::unbound_variable(global->name);
  runtime::set_global(global, value);
  return runtime::kUnspecific;
}

}  // namespace

// A variable that holds no procedure now, and gets none, is a word in memory.
Result BodyGenerator::assign_plain_global(Expr* e, LiveSet live) {
  static const runtime::Primitive kAssign = runtime::primitive("set!", assign_global);
  auto operands = evaluate(e->parts, live);
  const Gp value = gpr_of(operands[0]);
  const Result arguments[] = {{Result::kConstant, {reinterpret_cast<std::uint64_t>(e->global)}}, operands[0]};
  const Label back = a_.newLabel(), slow = slow_primitive(&kAssign, arguments, true, back);
  a_.mov(rax, near_word(&e->global->value));
  for (const Gp& each : {Gp(rax), value}) {
    a_.lea(r11d, ptr(each, -static_cast<int>(runtime::kTagClosure)));
    a_.test(r11b, static_cast<int>(runtime::kTagMask));
    a_.jz(slow);
  }
  a_.mov(near_word(&e->global->value), value);
  constant_to(rax, runtime::kUnspecific);
  a_.bind(back);
  unpin_all();
  release(operands[0], live);
  return {Result::kInRax, {}, 0, Type::kAny};
}

Result BodyGenerator::generate_set_global(Expr* e, LiveSet live) {
  const Global& global = *e->global;
  const bool plain = global.integrable == nullptr && global.value != runtime::kUnbound && !global.value.is_closure();
  if (e->op == Op::kSetGlobal && plain) return assign_plain_global(e, live);
  auto operands = evaluate(e->parts, live);
  save_for_call(live, operands, false);
  Moves moves;
  moves.add(in_gpr(Gp::kIdDi), constant_bits(reinterpret_cast<std::uint64_t>(e->global)));
  moves.add(in_gpr(Gp::kIdSi), source_of(operands[0]));
  moves.emit(s_);
  forget_registers(operands, live, false);
  call_cpp(e->op == Op::kDefineGlobal ? reinterpret_cast<const void*>(&define_global)
                                      : reinterpret_cast<const void*>(&assign_global));
  return {Result::kInRax, {}, 0, Type::kAny};
}

}  // namespace perdure::compiler
