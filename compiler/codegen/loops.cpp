// Loops: bodies that are entered by jumps. A label's body is emitted where the first goto to it stands; that goto falls
// into it. Its header fixes where parameters and outer values are; later gotos bring them there.
#include <bit>

#include "compiler/codegen/body.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;

namespace {

// What the generator keeps of a label (LoopLabel::state).
struct Header {
  Join join;
};

bool mentions(const Expr* e, std::uint32_t id) { return e->free[id / 64] >> id % 64 & 1; }

}  // namespace

Result BodyGenerator::generate_loop(Expr* e, Context context, LiveSet live) {
  return generate(e->parts[0], context, live);
}

Result BodyGenerator::generate_goto(Expr* e, Context context, LiveSet live) {
  LoopLabel* label = e->label;
  const bool first = label->state == nullptr;
  const auto* header = static_cast<const Header*>(label->state);
  auto arguments = evaluate(e->parts, first ? with(live, label->body->free) : header->join.live);
  if (first) return enter_loop(label, arguments, context, live);
  jump_back(label, arguments);
  return {Result::kNever};
}

// The first goto: its arguments become the parameters, and the body follows.
Result BodyGenerator::enter_loop(LoopLabel* label, PassVector<Result>& arguments, Context context, LiveSet live) {
  auto* header = arena_.make<Header>();
  label->state = header;
  // While the parameters are bound one after the other, the arguments still to come stay live.
  bind_parameters(label, arguments, with(live, label->body->free));
  LiveSet inside = with(live, label->body->free);
  prune(inside);
  settle_at_header(label);
  header->join.label = a_.newLabel();
  header->join.live = inside;
  header->join.reached = header->join.bound = true;
  header->join.state = state_.copy(arena_);
  if (!label->body->inner_call) a_.align(asmjit::AlignMode::kCode, 16);
  a_.bind(header->join.label);
  return generate(label->body, context, live);
}

void BodyGenerator::bind_parameters(LoopLabel* label, PassVector<Result>& arguments, LiveSet live) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    LiveSet keep = live;
    for (std::size_t j = i + 1; j < arguments.size(); ++j) keep = with_operand(keep, arguments[j]);
    Local* parameter = label->parameters[i];
    const bool raw = parameter->type == Type::kFlonum;
    bind_local(parameter, arguments[i], keep);
    Place* place = state_.find(parameter->index);
    if (place == nullptr) continue;
    // From here on only what holds for every value of the parameter is known.
    place->type = parameter->type == Type::kNothing ? Type::kAny : parameter->type;
    if (!raw) {
      const Result self{Result::kEntity, {}, parameter->index};
      if (place->gpr == kNoRegister && place->slot == kNoSlot) gpr_of(self);
      place = state_.find(parameter->index);
      place->xmm = kNoRegister;
      place->raw_slot = kNoSlot;
    } else if (place->xmm == kNoRegister && place->raw_slot == kNoSlot) {
      xmm_of({Result::kEntity, {}, parameter->index});
    }
    if (raw) {
      place = state_.find(parameter->index);
      place->gpr = kNoRegister;
      place->slot = kNoSlot;
    }
    unpin_all();
  }
}

// Decides where values are at the header: in the frame when the loop calls (every turn would have to load them back
// otherwise), in registers when it does not. Captured values are loaded where they are used.
void BodyGenerator::settle_at_header(LoopLabel* label) {
  for (std::size_t i = 0; i < state_.entries().size();) {
    if (captured_local(state_.entries()[i].id) != nullptr) state_.remove(state_.entries()[i].id); else ++i;
  }
  if (label->body->inner_call) {
    for (Entry& each : state_.entries()) spill(each.id, each.place);
    for (Entry& each : state_.entries()) each.place.gpr = each.place.xmm = kNoRegister;
    return;
  }
  // Values of the frame that the loop uses come into registers, while there are enough of them.
  constexpr int kEnough = 8;
  for (std::size_t i = 0; i < state_.entries().size(); ++i) {
    Entry& each = state_.entries()[i];
    if (__builtin_popcount(state_.used_gprs()) >= kEnough) break;
    if (each.id >= body_.local_count || !mentions(label->body, each.id)) continue;
    const Result operand{Result::kEntity, {}, each.id};
    if (each.place.gpr == kNoRegister && each.place.slot != kNoSlot) gpr_of(operand);
    unpin_all();
  }
}

void BodyGenerator::add_argument_move(Moves& moves, const Place& to, const Result& argument) {
  if (argument.kind == Result::kEntity) return add_moves(moves, to, *state_.find(argument.id));
  const Location64 value = source_of(argument);
  if (to.gpr != kNoRegister) moves.add(in_gpr(to.gpr), value);
  if (to.slot != kNoSlot) moves.add(in_frame(to.slot), value);
  if (to.xmm == kNoRegister && to.raw_slot == kNoSlot) return;
  const Location64 raw = constant_bits(std::bit_cast<std::uint64_t>(runtime::flonum_value(argument.constant)));
  if (to.xmm != kNoRegister) moves.add(in_xmm(to.xmm), raw);
  if (to.raw_slot != kNoSlot) moves.add(in_frame(to.raw_slot), raw);
}

// Any other goto.
void BodyGenerator::jump_back(LoopLabel* label, PassVector<Result>& arguments) {
  Join& header = static_cast<Header*>(label->state)->join;
  auto target_of = [&](std::size_t i) { return header.state.find(label->parameters[i]->index); };
  auto is_parameter = [&](std::uint32_t id) {
    for (const Local* each : label->parameters)
      if (each->index == id) return true;
    return false;
  };
  // First every source becomes readable in the form it is wanted in, then it is looked where each is.
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (const Place* to = target_of(i); to != nullptr && arguments[i].kind == Result::kEntity)
      arguments[i].id = readable(arguments[i].id, *to);
  for (const Entry& target : header.state.entries())
    if (!is_parameter(target.id)) readable(target.id, target.place);
  Moves moves;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (const Place* to = target_of(i)) add_argument_move(moves, *to, arguments[i]);
  for (const Entry& target : header.state.entries())
    if (!is_parameter(target.id)) add_moves(moves, target.place, *state_.find(target.id));
  moves.emit(s_);
  // The poll: taken for a pending event (the stack cannot have grown).
  a_.cmp(rsp, PERDURE_MACHINE(stack_limit));
  a_.ja(header.label);
  state_ = header.state.copy(arena_);
  s_.call(runtime::stubs.poll);
  note();
  a_.jmp(header.label);
}

}  // namespace perdure::compiler
