// Where values are while code is emitted.
//
// The generator walks a body once and keeps, for each live value (a local or a temporary), every place that holds it:
// a register, an xmm register (a flonum without its tag), a word of the frame (either form). Values stay in registers
// until a call makes them move; the store that saves one to the frame is emitted at most once on a path.
#pragma once

#include <array>
#include <cstdint>

#include "compiler/core.h"
#include "compiler/ir.h"

namespace perdure::compiler {

inline constexpr std::int8_t kNoRegister = -1;
inline constexpr std::int16_t kNoSlot = -1;

struct Place {
  std::int8_t gpr = kNoRegister;     // the value
  std::int8_t xmm = kNoRegister;     // its bits as a double; only when type is kFlonum
  std::int16_t slot = kNoSlot;       // frame word with the value
  std::int16_t raw_slot = kNoSlot;   // frame word with the double
  Type type = Type::kAny;

  bool nowhere() const {
    return gpr == kNoRegister && xmm == kNoRegister && slot == kNoSlot && raw_slot == kNoSlot;
  }
};

struct Entry {
  std::uint32_t id;                  // a local's index, or a temporary's number (above all locals)
  Place place;
};

// The live values at one point of the code. A copy is a snapshot.
class State {
 public:
  Place* find(std::uint32_t id);
  const Place* find(std::uint32_t id) const { return const_cast<State*>(this)->find(id); }
  Place& add(Arena& arena, std::uint32_t id);
  void remove(std::uint32_t id);
  void rename(std::uint32_t from, std::uint32_t to);
  State copy(Arena& arena) const;

  std::span<Entry> entries() { return {entries_, count_}; }
  std::span<const Entry> entries() const { return {entries_, count_}; }

  std::uint32_t used_gprs() const;   // bit r: some value is in register r
  std::uint32_t used_xmms() const;
  bool slot_in_use(std::int16_t slot) const;

  bool framed = false;   // the frame is there: rsp has moved (body.h, G5)

 private:
  Entry* entries_ = nullptr;
  std::uint32_t count_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace perdure::compiler
