#include "compiler/codegen/moves.h"

namespace perdure::compiler {

using namespace x86;

void load_constant(Assembly& assembly, const Gp& to, std::uint64_t bits) {
  if (bits <= 0xffff'ffff) assembly.a.mov(to.r32(), static_cast<std::uint32_t>(bits));
  else assembly.a.mov(to, bits);
}

namespace {

void load(Assembly& s, const Gp& to, Location64 from) {
  switch (from.kind) {
    case Location64::kGpr: s.a.mov(to, gpq(from.index)); break;
    case Location64::kXmm: s.a.movq(to, xmm(from.index)); break;
    case Location64::kFrame: s.a.mov(to, frame_word(from.index)); break;
    case Location64::kConstant: load_constant(s, to, from.bits); break;
    case Location64::kNearWord: s.a.mov(to, near_word(reinterpret_cast<const void*>(from.bits))); break;
  }
}

void load(Assembly& s, const Xmm& to, Location64 from) {
  switch (from.kind) {
    case Location64::kGpr: s.a.movq(to, gpq(from.index)); break;
    case Location64::kXmm: s.a.movapd(to, xmm(from.index)); break;
    case Location64::kFrame: s.a.movsd(to, frame_word(from.index)); break;
    default:
      if (from.bits == 0) {
        s.a.xorpd(to, to);
        break;
      }
      load(s, r11, from);
      s.a.movq(to, r11);
  }
}

bool is_small(std::uint64_t bits) { return bits <= 0x7fff'ffff; }

}  // namespace

void emit_move(Assembly& s, Location64 to, Location64 from) {
  switch (to.kind) {
    case Location64::kGpr: load(s, gpq(to.index), from); return;
    case Location64::kXmm: load(s, xmm(to.index), from); return;
    default:
      if (from.kind == Location64::kGpr) {
        s.a.mov(frame_word(to.index), gpq(from.index));
      } else if (from.kind == Location64::kXmm) {
        s.a.movsd(frame_word(to.index), xmm(from.index));
      } else if (from.kind == Location64::kConstant && is_small(from.bits)) {
        s.a.mov(frame_word(to.index), static_cast<std::int32_t>(from.bits));
      } else {
        load(s, r11, from);
        s.a.mov(frame_word(to.index), r11);
      }
  }
}

bool Moves::blocked(const Move& move) const {
  for (const Move& other : pending_)
    if (&other != &move && other.from == move.to) return true;
  return false;
}

void Moves::emit(Assembly& assembly) {
  while (!pending_.empty()) {
    bool progress = false;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      if (blocked(pending_[i])) continue;
      emit_move(assembly, pending_[i].to, pending_[i].from);
      pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i--));
      progress = true;
    }
    if (progress) continue;
    // A cycle: one of its values waits in a scratch register. Only one cycle is broken at a time.
    const Location64 from = pending_[0].from;
    const Location64 scratch = in_xmm(1);
    emit_move(assembly, scratch, from);
    for (Move& each : pending_)
      if (each.from == from) each.from = scratch;
  }
}

}  // namespace perdure::compiler
