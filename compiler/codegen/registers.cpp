// Registers and frame words of a body.
#include <cstring>

#include "compiler/codegen/body.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;

namespace {

// Every register but rsp, r14 (the machine) and the scratch ones. Those C++ preserves come last, or first for values
// that live long.
constexpr std::uint8_t kShortLived[] = {Gp::kIdCx, Gp::kIdDx, Gp::kIdSi, Gp::kIdDi, Gp::kIdR8, Gp::kIdR9, Gp::kIdR10,
                                        Gp::kIdBp, Gp::kIdR12, Gp::kIdR13, Gp::kIdR15, Gp::kIdBx};
constexpr std::uint8_t kLongLived[] = {Gp::kIdBp, Gp::kIdR12, Gp::kIdR13, Gp::kIdR15, Gp::kIdBx,
                                       Gp::kIdCx, Gp::kIdDx, Gp::kIdSi, Gp::kIdDi, Gp::kIdR8, Gp::kIdR9, Gp::kIdR10};

}  // namespace

std::int16_t BodyGenerator::new_slot(std::int16_t above) {
  std::int16_t slot = static_cast<std::int16_t>(above + 1);
  while (state_.slot_in_use(slot)) ++slot;
  frame_words_ = std::max<std::int16_t>(frame_words_, static_cast<std::int16_t>(slot + 1));
  return slot;
}

// Who is evicted keeps the form it had, in the frame (a captured value is in the closure anyhow). So values can be made
// readable one after the other, however many they are.
int BodyGenerator::take_gpr(bool long_lived) {
  const std::uint32_t busy = state_.used_gprs() | pinned_;
  for (const int r : long_lived ? kLongLived : kShortLived) {
    if (busy >> r & 1) continue;
    pin(r);
    return r;
  }
  // Preferably one whose value is somewhere else as well.
  int victim = kNoRegister;
  for (const Entry& each : state_.entries()) {
    const int r = each.place.gpr;
    if (r == kNoRegister || (pinned_ >> r & 1)) continue;
    victim = r;
    if (each.place.slot != kNoSlot || captured_local(each.id) != nullptr) break;
  }
  if (victim == kNoRegister) __builtin_trap();  // no instruction pins more than a few
  evict_gpr(victim);
  pin(victim);
  return victim;
}

int BodyGenerator::take_xmm() {
  const std::uint32_t busy = state_.used_xmms() | pinned_xmm_ | 3;
  for (int x = 2; x < 16; ++x) {
    if (busy >> x & 1) continue;
    pinned_xmm_ |= 1u << x;
    return x;
  }
  for (const Entry& each : state_.entries()) {
    const int x = each.place.xmm;
    if (x == kNoRegister || (pinned_xmm_ >> x & 1)) continue;
    evict_xmm(x);
    pinned_xmm_ |= 1u << x;
    return x;
  }
  __builtin_trap();  // no instruction pins more than a few
}

void BodyGenerator::evict_gpr(int r) {
  for (Entry& each : state_.entries()) {
    if (each.place.gpr != r) continue;
    if (each.place.slot == kNoSlot && captured_local(each.id) == nullptr) {
      each.place.slot = new_slot();
      a_.mov(frame_word(each.place.slot), gpq(r));
    }
    each.place.gpr = kNoRegister;
    if (each.place.nowhere()) state_.remove(each.id);
    return;
  }
}

void BodyGenerator::evict_xmm(int x) {
  for (Entry& each : state_.entries()) {
    if (each.place.xmm != x) continue;
    if (each.place.raw_slot == kNoSlot) {
      each.place.raw_slot = new_slot();
      a_.movsd(frame_word(each.place.raw_slot), xmm(x));
    }
    each.place.xmm = kNoRegister;
    return;
  }
}

// Makes sure that the frame holds the value.
void BodyGenerator::spill(std::uint32_t id, Place& place) {
  if (place.slot != kNoSlot || place.raw_slot != kNoSlot || captured_local(id) != nullptr) return;
  const std::int16_t slot = new_slot();
  if (place.gpr != kNoRegister) {
    a_.mov(frame_word(slot), gpq(place.gpr));
    place.slot = slot;
  } else {
    a_.movsd(frame_word(slot), xmm(place.xmm));
    place.raw_slot = slot;
  }
}

const Local* BodyGenerator::captured_local(std::uint32_t id) const {
  return id < captured_.size() ? captured_[id] : nullptr;
}

void BodyGenerator::constant_to(const Gp& to, Value v) {
  if (!v.is_fixnum() && !v.is_immediate() && !v.is_self_tagged_flonum()) unit_.keep(v);
  load_constant(s_, to, v.bits);
}

// A free register for a result that will be held; no operand is in it while those are pinned.
Gp BodyGenerator::result_register() { return gpq(take_gpr()); }

Result BodyGenerator::result_in(const Gp& r, Type type) {
  if (r.id() == Gp::kIdAx) return {Result::kInRax, {}, 0, type};
  const std::uint32_t id = next_temporary_++;
  Place& place = state_.add(arena_, id);
  place.gpr = static_cast<std::int8_t>(r.id());
  place.type = type;
  return {Result::kEntity, {}, id, type};
}

// The entry of a value, loading a captured one from the closure if it is nowhere yet.
Place& BodyGenerator::place_of(std::uint32_t id) {
  if (Place* place = state_.find(id)) return *place;
  const Local* local = captured_local(id);
  const Gp self = gpr_of({Result::kEntity, {}, body_.self->index});
  const int r = take_gpr();
  a_.mov(gpq(r), qword_ptr(self, static_cast<int>(offsetof(runtime::Closure, captured)) + 8 * local->captured - runtime::kTagClosure));
  Place& place = state_.add(arena_, id);
  place.gpr = static_cast<std::int8_t>(r);
  return place;
}

Gp BodyGenerator::gpr_of(const Result& operand) {
  if (operand.kind == Result::kConstant) {
    const int r = take_gpr();
    constant_to(gpq(r), operand.constant);
    return gpq(r);
  }
  Place* place = &place_of(operand.id);
  if (place->gpr == kNoRegister) {
    if (place->slot != kNoSlot) {
      const std::int16_t slot = place->slot;
      const int r = take_gpr();
      a_.mov(gpq(r), frame_word(slot));
      place = state_.find(operand.id);
      place->gpr = static_cast<std::int8_t>(r);
    } else {
      const Xmm x = xmm_of(operand);
      const int r = take_gpr();
      box_xmm_to(gpq(r), x);
      place = state_.find(operand.id);
      place->gpr = static_cast<std::int8_t>(r);
    }
  }
  pin(place->gpr);
  return gpq(place->gpr);
}

Xmm BodyGenerator::xmm_of(const Result& operand) {
  if (operand.kind == Result::kConstant) {
    const int x = take_xmm();
    const double d = runtime::flonum_value(operand.constant);
    std::uint64_t bits;
    std::memcpy(&bits, &d, sizeof bits);
    emit_move(s_, in_xmm(x), constant_bits(bits));
    return xmm(x);
  }
  Place* place = &place_of(operand.id);
  if (place->xmm == kNoRegister) {
    const int x = take_xmm();
    place = state_.find(operand.id);
    if (place->raw_slot != kNoSlot) {
      a_.movsd(xmm(x), frame_word(place->raw_slot));
    } else {
      unbox_to(xmm(x), gpr_of(operand));
      place = state_.find(operand.id);
    }
    place->xmm = static_cast<std::int8_t>(x);
  }
  pinned_xmm_ |= 1u << place->xmm;
  return xmm(place->xmm);
}

// Keeps every register but `to` and r11.
void BodyGenerator::box_xmm_to(const Gp& to, const Xmm& from) {
  Label slow = a_.newLabel(), back = a_.newLabel();
  a_.movq(to, from);
  a_.rol(to, runtime::kFlonumRotate);
  a_.xor_(to, static_cast<int>(runtime::kFlonumFlip));
  a_.mov(r11d, runtime::kFlonumTagSet);
  a_.bt(r11d, to.r32());
  a_.jnc(slow);
  a_.bind(back);
  defer(slow, [this, to, from, back] {
    const std::int16_t rax_slot = new_slot(), xmm0_slot = new_slot(rax_slot);
    a_.mov(frame_word(rax_slot), rax);
    a_.movsd(frame_word(xmm0_slot), xmm0);
    if (from.id() != 0) a_.movapd(xmm0, from);
    s_.call(runtime::stubs.box_flonum);
    note();
    a_.movsd(xmm0, frame_word(xmm0_slot));
    if (to.id() != Gp::kIdAx) {
      a_.mov(to, rax);
      a_.mov(rax, frame_word(rax_slot));
    }
    leave_aside();
    a_.jmp(back);
  });
}

// `from` holds a flonum of either form; keeps it.
void BodyGenerator::unbox_to(const Xmm& to, const Gp& from) {
  Label boxed = a_.newLabel(), back = a_.newLabel();
  a_.mov(r11d, runtime::kFlonumTagSet);
  a_.bt(r11d, from.r32());
  a_.jnc(boxed);
  a_.mov(r11, from);
  a_.xor_(r11, static_cast<int>(runtime::kFlonumFlip));
  a_.ror(r11, runtime::kFlonumRotate);
  a_.movq(to, r11);
  a_.bind(back);
  defer(boxed, [this, to, from, back] {
    a_.movsd(to, qword_ptr(from, static_cast<int>(offsetof(runtime::Flonum, value)) - static_cast<int>(runtime::kTagObject)));
    leave_aside();
    a_.jmp(back);
  });
}

// Where the value can be read as it is, without code if possible.
Location64 BodyGenerator::source_of(const Result& operand) {
  if (operand.kind == Result::kConstant) {
    const Value v = operand.constant;
    if (!v.is_fixnum() && !v.is_immediate() && !v.is_self_tagged_flonum()) unit_.keep(v);
    return constant_bits(v.bits);
  }
  const Place& place = place_of(operand.id);
  if (place.gpr != kNoRegister) {
    pin(place.gpr);
    return in_gpr(place.gpr);
  }
  if (place.slot != kNoSlot) return in_frame(place.slot);
  return in_gpr(static_cast<int>(gpr_of(operand).id()));
}

}  // namespace perdure::compiler
