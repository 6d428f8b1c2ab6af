// Control flow that comes together: the first jump to a join decides where the values are; later ones bring theirs
// there. Until code after the join is emitted, its state may still be weakened: a copy that a later jump does not have
// is dropped when another copy is common to both.
#include "compiler/codegen/body.h"

namespace perdure::compiler {

using namespace x86;

namespace {

// Drops copies of `to` that `from` lacks, as long as one is left. Answers whether that one is in both.
bool keep_common(Place& to, const Place& from) {
  Place common = to;
  if (common.gpr != from.gpr) common.gpr = kNoRegister;
  if (common.xmm != from.xmm) common.xmm = kNoRegister;
  if (common.slot != from.slot) common.slot = kNoSlot;
  if (common.raw_slot != from.raw_slot) common.raw_slot = kNoSlot;
  if (to.type != from.type) common.type = Type::kAny;
  if (!common.nowhere()) {
    to = common;
    return true;
  }
  // One place is left, which later jumps move to. A flonum without its tag stays one only if both are.
  Place one;
  one.type = common.type;
  const bool raw_only = to.gpr == kNoRegister && to.slot == kNoSlot;
  if (raw_only) {
    one.type = Type::kFlonum;
    if (to.xmm != kNoRegister) one.xmm = to.xmm; else one.raw_slot = to.raw_slot;
  } else if (to.gpr != kNoRegister) {
    one.gpr = to.gpr;
  } else {
    one.slot = to.slot;
  }
  to = one;
  return false;
}

bool agrees(const Place& to, const Place& from) {
  return (to.gpr == kNoRegister || to.gpr == from.gpr) && (to.xmm == kNoRegister || to.xmm == from.xmm) &&
         (to.slot == kNoSlot || to.slot == from.slot) && (to.raw_slot == kNoSlot || to.raw_slot == from.raw_slot);
}

}  // namespace

Join* BodyGenerator::new_join(LiveSet live) {
  auto* join = arena_.make<Join>();
  join->label = a_.newLabel();
  join->live = live;
  return join;
}

// Makes join.state something that `from` can reach; true when it needs no code for it.
bool BodyGenerator::weaken(const State& from, Join& join) {
  bool same = true;
  for (std::size_t i = 0; i < join.state.entries().size();) {
    Entry& entry = join.state.entries()[i];
    const Place* place = from.find(entry.id);
    if (place == nullptr) {  // a captured value that this path has not loaded
      join.state.remove(entry.id);
      continue;
    }
    if (!join.bound) keep_common(entry.place, *place);
    same &= agrees(entry.place, *place);
    ++i;
  }
  return same;
}

// Brings the values of state_ to where join.state has them.
void BodyGenerator::convert_to(Join& join) {
  // Forms first: a value that is needed with its tag, or without, gets that form somewhere.
  PassVector<std::uint32_t> sources;
  for (const Entry& target : join.state.entries()) sources.push_back(readable(target.id, target.place));
  Moves moves;
  for (std::size_t i = 0; i < sources.size(); ++i) add_moves(moves, join.state.entries()[i].place, *state_.find(sources[i]));
  moves.emit(s_);
}

// Makes a value exist in the forms that `to` has, and stay so while others are made readable. Answers under which id: a
// captured value gets one of its own, as it would not be saved when its register is taken. Control is about to leave.
std::uint32_t BodyGenerator::readable(std::uint32_t id, const Place& to) {
  unpin_all();
  place_of(id);
  if (captured_local(id) != nullptr) {
    state_.rename(id, next_temporary_);
    id = next_temporary_++;
  }
  const Result operand{Result::kEntity, {}, id};
  const Place place = *state_.find(id);
  const bool wants_value = to.gpr != kNoRegister || to.slot != kNoSlot;
  const bool wants_raw = to.xmm != kNoRegister || to.raw_slot != kNoSlot;
  if (wants_value && place.gpr == kNoRegister && place.slot == kNoSlot) gpr_of(operand);
  if (wants_raw && place.xmm == kNoRegister && place.raw_slot == kNoSlot) xmm_of(operand);
  unpin_all();
  return id;
}

void BodyGenerator::add_moves(Moves& moves, const Place& to, const Place& from) {
  const Location64 value = from.gpr != kNoRegister ? in_gpr(from.gpr) : in_frame(from.slot);
  const Location64 raw = from.xmm != kNoRegister ? in_xmm(from.xmm) : in_frame(from.raw_slot);
  if (to.gpr != kNoRegister && to.gpr != from.gpr) moves.add(in_gpr(to.gpr), value);
  if (to.slot != kNoSlot && to.slot != from.slot) moves.add(in_frame(to.slot), value);
  if (to.xmm != kNoRegister && to.xmm != from.xmm) moves.add(in_xmm(to.xmm), raw);
  if (to.raw_slot != kNoSlot && to.raw_slot != from.raw_slot) moves.add(in_frame(to.raw_slot), raw);
}

// As jump(), without the instruction: control falls into the join, which is bound next.
void BodyGenerator::reach(Join& join) {
  prune(join.live);
  if (!join.reached) {
    join.reached = true;
    join.state = state_.copy(arena_);
    return;
  }
  if (!weaken(state_, join)) convert_to(join);
}

void BodyGenerator::jump(Join& join) {
  reach(join);
  a_.jmp(join.label);
}

// The label to jump to, from the current state, to get to the join.
Label BodyGenerator::way_to(Join& join) {
  State here = state_.copy(arena_);
  std::swap(here, state_);
  prune(join.live);
  std::swap(here, state_);
  if (!join.reached) {
    join.reached = true;
    join.state = here;
    return join.label;
  }
  if (weaken(here, join)) return join.label;  // later weakening only takes copies away
  Label bridge = a_.newLabel();
  std::swap(here, state_);
  defer(bridge, [this, &join] {
    convert_to(join);
    leave_aside();
    a_.jmp(join.label);
  });
  std::swap(here, state_);
  return bridge;
}

void BodyGenerator::bind(Join& join) {
  a_.bind(join.label);
  join.bound = true;
  state_ = join.state.copy(arena_);
  unpin_all();
}

}  // namespace perdure::compiler
