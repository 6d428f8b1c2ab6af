// Frame notes (machine.h, M3): what stands at every return address of compiled code.
#pragma once

#include <cstdint>
#include <cstring>

namespace perdure::runtime {

// nop dword [rax + imm32]
inline constexpr std::uint8_t kNoteOpcode[3] = {0x0f, 0x1f, 0x80};
inline constexpr std::uint64_t kNoteSize = 7;
// Part of the imm32 of a stub whose caller expects its registers to be kept: that frame and the next one are never parted, since
// the way from one segment to the next keeps none.
inline constexpr std::uint32_t kKeepsRegisters = 1;
// Part of the imm32 where several values may come back in the registers of arguments, with `handed_over` (value.h) in rax.
inline constexpr std::uint32_t kTakesValues = 2;

inline std::uint32_t note_at(std::uint64_t address) {
  std::uint32_t note;
  std::memcpy(&note, reinterpret_cast<const void*>(address + sizeof kNoteOpcode), sizeof note);
  return note;
}
// Bytes of frame above the return address `address`, up to the next return address.
inline std::uint64_t frame_size(std::uint64_t address) { return note_at(address) & ~std::uint32_t{7}; }
inline bool keeps_registers(std::uint64_t address) { return (note_at(address) & kKeepsRegisters) != 0; }
// The same with the return address itself: the distance from one return address to the next.
inline std::uint64_t frame_extent(std::uint64_t address) { return frame_size(address) + sizeof(std::uint64_t); }

}  // namespace perdure::runtime
