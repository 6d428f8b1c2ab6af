// Calls of Scheme procedures and of primitives written in C++.
#include <algorithm>

#include "compiler/codegen/body.h"
#include "compiler/codegen/inside.h"
#include "compiler/optimisations.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;

namespace {

const Gp kArgumentRegisters[] = {rdi, rsi, rdx, rcx, r8, r9};
constexpr std::uint32_t kCalleeSaved = 1u << Gp::kIdBx | 1u << Gp::kIdBp | 1u << Gp::kIdR12 | 1u << Gp::kIdR13 | 1u << Gp::kIdR15;
constexpr int kEntry = static_cast<int>(offsetof(runtime::Closure, entry)) - static_cast<int>(runtime::kTagClosure);

bool is_trivial(const Expr* e) { return e->op == Op::kConst || e->op == Op::kLocal; }

}  // namespace

// Evaluates operands so that all survive until they are used: those with calls first, what needs no code last. What primitives
// do to the world is done in the order of the text, as what procedures do: (cons (read-char) (rest)) reads before.
PassVector<Result> BodyGenerator::evaluate(std::span<Expr*> parts, LiveSet live) {
  PassVector<std::size_t> order;
  auto add = [&](auto wanted) {
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (wanted(parts[i])) order.push_back(i);
  };
  const auto is_early = [](const Expr* e) { return e->has_call || e->has_effect; };
  add(is_early);
  add([&](const Expr* e) { return !is_early(e) && !is_trivial(e); });
  add([&](const Expr* e) { return !is_early(e) && is_trivial(e); });
  PassVector<LiveSet> after(parts.size() + 1, live);
  for (std::size_t i = order.size(); i-- > 0;) {
    const Expr* e = parts[order[i]];
    after[i] = e->op == Op::kConst ? after[i + 1] : with(after[i + 1], e->free);
  }
  PassVector<Result> results(parts.size());
  PassVector<Result> locals;
  for (std::size_t i = 0; i < order.size(); ++i) {
    LiveSet keep = after[i + 1];
    for (const Result& each : locals) keep = with_operand(keep, each);
    Result result = hold(generate(parts[order[i]], Context::kHeld, keep));
    if (result.type == Type::kAny) result.type = parts[order[i]]->type;
    if (result.kind == Result::kEntity && result.id < body_.local_count) locals.push_back(result);
    results[order[i]] = result;
  }
  return results;
}

bool BodyGenerator::survives(std::uint32_t id, LiveSet live, std::span<const Result> operands) const {
  if (id < body_.local_count) return is_live(live, id);
  for (const Result& each : operands)
    if (each.kind == Result::kEntity && each.id == id) return false;
  return true;
}

// G3: what lives on after the call goes to the frame.
void BodyGenerator::save_for_call(LiveSet live, std::span<const Result> operands, bool scheme_call) {
  for (Entry& each : state_.entries()) {
    if (!survives(each.id, live, operands)) continue;
    const bool kept = !scheme_call && each.place.gpr != kNoRegister && (kCalleeSaved >> each.place.gpr & 1);
    if (!kept) spill(each.id, each.place);
  }
}

void BodyGenerator::forget_registers(std::span<const Result> operands, LiveSet live, bool scheme_call) {
  for (std::size_t i = 0; i < state_.entries().size();) {
    Entry& each = state_.entries()[i];
    if (scheme_call || each.place.gpr == kNoRegister || !(kCalleeSaved >> each.place.gpr & 1)) each.place.gpr = kNoRegister;
    each.place.xmm = kNoRegister;
    if (!survives(each.id, live, operands) || each.place.nowhere()) state_.remove(each.id); else ++i;
  }
  unpin_all();
}

// Arguments to the registers and the argument buffer; the closure, if any, to rbx; a list that is to be spread, to r10.
void BodyGenerator::move_arguments(std::span<const Result> arguments, const Result* closure, const Result* list) {
  unpin_all();
  for (std::size_t i = runtime::kRegisterArguments; i < arguments.size(); ++i) {
    const Location64 from = source_of(arguments[i]);
    Gp value = r11;
    if (from.kind == Location64::kGpr) value = gpq(from.index);
    const Gp buffer = gpq(take_gpr());
    if (value.id() == Gp::kIdR11) emit_move(s_, in_gpr(Gp::kIdR11), from);
    a_.mov(buffer, PERDURE_MACHINE(arguments));
    a_.mov(qword_ptr(buffer, static_cast<int>(8 * i)), value);
    unpin_all();
  }
  Moves moves;
  for (std::size_t i = 0; i < arguments.size() && i < runtime::kRegisterArguments; ++i) source_of(arguments[i]);
  if (closure != nullptr) source_of(*closure);
  if (list != nullptr) source_of(*list);
  // Twice: making one readable may have moved another.
  for (std::size_t i = 0; i < arguments.size() && i < runtime::kRegisterArguments; ++i)
    moves.add(in_gpr(static_cast<int>(kArgumentRegisters[i].id())), source_of(arguments[i]));
  if (closure != nullptr) moves.add(in_gpr(Gp::kIdBx), source_of(*closure));
  if (list != nullptr) moves.add(in_gpr(Gp::kIdR10), source_of(*list));
  moves.emit(s_);
  unpin_all();
}

// Arguments and the closure are in place.
void BodyGenerator::emit_call(const Expr* e, bool tail) {
  const std::size_t count = e->parts.size() - (e->op == Op::kApply ? 2 : e->op == Op::kCallGlobal ? 0 : 1);
  if (e->op == Op::kApply) {
    const std::uint64_t spread = runtime::stubs.spread[count];
    return tail ? s_.jump(spread) : s_.call(spread);
  }
  if (e->op == Op::kCallKnown) {
    const Label target = unit_.direct_entry(e->function, e->clause);
    if (tail) a_.jmp(target); else a_.call(target);
    return;
  }
  if (e->op == Op::kCallGlobal) {
    if (unit_.call_global(e->global, count, tail)) return;
    a_.mov(rbx, near_word(&e->global->procedure));
  }
  a_.mov(eax, static_cast<std::uint32_t>(count));
  if (tail) a_.jmp(qword_ptr(rbx, kEntry)); else a_.call(qword_ptr(rbx, kEntry));
}

// The operands of a call to where it takes them; `live`: after it, null for one that does not come back.
PassVector<Result> BodyGenerator::prepare_call(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live == nullptr ? none_live_ : live);
  if (live != nullptr) save_for_call(live, operands, true);
  std::span<const Result> arguments = std::span(operands).subspan(e->op != Op::kCallGlobal ? 1 : 0);
  if (e->op == Op::kApply) arguments = arguments.first(arguments.size() - 1);
  const bool passes_closure = e->op == Op::kCall || e->op == Op::kApply || (e->op == Op::kCallKnown && operands[0].kind == Result::kEntity);
  if (e->op == Op::kCall && operands[0].type != Type::kProcedure) check_procedure(operands[0]);
  move_arguments(arguments, passes_closure ? &operands[0] : nullptr, e->op == Op::kApply ? &operands.back() : nullptr);
  return operands;
}

Result BodyGenerator::generate_call(Expr* e, Context context, LiveSet live) {
  const bool tail = context == Context::kTail;
  const auto operands = prepare_call(e, tail ? nullptr : live);
  if (tail) {
    if (!state_.framed) poll();
    epilogue();
  }
  emit_call(e, tail);
  if (tail) return {Result::kNever};
  note();
  forget_registers(operands, live, true);
  return finish({Result::kInRax, {}, 0, e->type}, context, live);
}

void BodyGenerator::check_procedure(const Result& callee) {
  const Gp r = gpr_of(callee);
  Label slow = a_.newLabel();
  a_.lea(r11d, ptr(r, -static_cast<int>(runtime::kTagClosure)));
  a_.test(r11b, static_cast<int>(runtime::kTagMask));
  a_.jnz(slow);
  learn(callee, Type::kProcedure);
  defer(slow, [this, r] {
    if (r.id() != Gp::kIdBx) a_.mov(rbx, r);
    s_.call(runtime::stubs.call_non_procedure);
    note();
  });
  unpin_all();
}

void BodyGenerator::call_cpp(const void* function) {
  s_.load_address(rax, function);
  s_.call(runtime::stubs.call_primitive);
  note();
}

Result BodyGenerator::generate_primitive(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  save_for_call(live, operands, false);
  move_arguments(operands, nullptr);
  if (e->primitive->maximum == runtime::kVariadic) spread_operands(operands.size());
  forget_registers(operands, live, false);
  call_cpp(e->primitive->function);
  return {Result::kInRax, {}, 0, e->type};
}

// --- several values (runtime/frame.h): in the registers of arguments, or as an object in rax
void BodyGenerator::receive_call(Expr* call, LiveSet live) {
  const Inside inside(*this, call, false);
  const auto operands = prepare_call(call, live);
  emit_call(call, false);
  note(value_notes_);
  forget_registers(operands, live, true);
}

Result BodyGenerator::generate_receive(Expr* e, Context context, LiveSet live) {
  const LiveSet live_in_body = with(live, e->parts[1]->free);
  receive_call(e->parts[0], live_in_body);
  const std::size_t count = e->locals.size();
  Label slow = a_.newLabel(), back = a_.newLabel();
  a_.cmp(rax, static_cast<int>(runtime::handed_over(count).bits));
  a_.jne(slow);
  a_.bind(back);
  defer(slow, [this, count, back] {
    s_.call(runtime::stubs.take_values[count - 2]);
    note();
    a_.jmp(back);
  });
  for (std::size_t i = 0; i < count; ++i)
    if (is_live(live_in_body, e->locals[i]->index))
      state_.add(arena_, e->locals[i]->index).gpr = static_cast<std::int8_t>(kArgumentRegisters[i].id());
  return generate(e->parts[1], context, live);
}

bool BodyGenerator::returns_values(const Expr* e) {
  return is_on(Optimisation::kValues) && e->parts.size() >= 2 && e->parts.size() <= runtime::kRegisterArguments;
}

// (values a b ...) is what the body answers. Does the call that it returns to take them in registers?
Result BodyGenerator::return_values(Expr* e, LiveSet live) {
  const auto operands = evaluate(e->parts, live);
  move_arguments(operands, nullptr);
  epilogue();
  a_.mov(r11, qword_ptr(rsp));
  a_.test(byte_ptr(r11, sizeof runtime::kNoteOpcode), static_cast<int>(runtime::kTakesValues));
  a_.jz(runtime::stubs.return_values[operands.size() - 2]);
  a_.mov(eax, static_cast<std::uint32_t>(runtime::handed_over(operands.size()).bits));
  a_.ret();
  return {Result::kNever};
}

}  // namespace perdure::compiler
