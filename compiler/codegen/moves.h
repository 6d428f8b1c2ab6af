// Several moves at once: the destinations get what the sources hold before any of them is written.
#pragma once


#include "compiler/arena.h"
#include "compiler/assembly.h"

namespace perdure::compiler {

// A place for 64 bits, or where they come from.
struct Location64 {
  enum Kind : std::uint8_t { kGpr, kXmm, kFrame, kConstant, kNearWord } kind;
  std::int16_t index = 0;          // register number, or frame word
  std::uint64_t bits = 0;          // constant; address of the near word

  bool operator==(const Location64& o) const { return kind == o.kind && index == o.index && bits == o.bits; }
};
inline Location64 in_gpr(int r) { return {Location64::kGpr, static_cast<std::int16_t>(r), 0}; }
inline Location64 in_xmm(int r) { return {Location64::kXmm, static_cast<std::int16_t>(r), 0}; }
inline Location64 in_frame(int slot) { return {Location64::kFrame, static_cast<std::int16_t>(slot), 0}; }
inline Location64 constant_bits(std::uint64_t bits) { return {Location64::kConstant, 0, bits}; }
inline Location64 near_bits(const void* address) {
  return {Location64::kNearWord, 0, reinterpret_cast<std::uint64_t>(address)};
}

class Moves {
 public:
  void add(Location64 to, Location64 from) {
    if (!(to == from)) pending_.push_back({to, from});
  }
  bool empty() const { return pending_.empty(); }
  // Emits them; r11 and xmm1 are scratch, so neither may be a source or a destination.
  void emit(Assembly& assembly);

 private:
  struct Move { Location64 to, from; };
  bool blocked(const Move& move) const;
  PassVector<Move> pending_;
};

void emit_move(Assembly& assembly, Location64 to, Location64 from);
// The shortest instruction that makes `to` hold `bits`; keeps the flags unless bits is 0.
void load_constant(Assembly& assembly, const Gp& to, std::uint64_t bits);

inline x86::Mem frame_word(int slot) { return x86::qword_ptr(x86::rsp, slot * 8); }

}  // namespace perdure::compiler
