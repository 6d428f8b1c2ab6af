// What a host must know of a world: the descriptor at its first bytes, and how to enter it.
//
// A world begins in one of two ways:
//   cold   the runtime was just linked: an ELF file whose segments the host maps at their addresses. Done once, to
//          make the base world.
//   resume a world file (boot/store): pages come back to their addresses with their protection, and the world goes
//          on from where it was saved.
// Both entry points are called on the runtime stack (rsp = kRuntimeStackTop - 8 after the call pushed its return
// address, so 16-byte aligned before it), with the direction flag clear, SSE enabled, interrupts enabled, and never
// return. The host commits stack pages when they are touched.
#pragma once

#include "boot/abi/address_map.h"
#include "boot/abi/platform.h"

namespace perdure::abi {

inline constexpr std::uint32_t kAbiVersion = 6;
inline constexpr std::uint64_t kDescriptorMagic = 0x444c'524f'5752'5550;  // "PURWORLD", little endian

struct WorldDescriptor {
  std::uint64_t magic;
  std::uint32_t abi_version;
  std::uint32_t size;                                   // sizeof(WorldDescriptor)
  void (*cold_start)(const Platform* platform);
  void (*resume)(const Platform* platform);
  // For fault reports: writes a zero-terminated name of the procedure that owns `address` ("fib", "gc:mark",
  // or empty if unknown); safe at any moment, touches no heap. Answers the length written.
  std::uint64_t (*describe_address)(std::uint64_t address, char* buffer, std::uint64_t capacity);
  // Asked by the host when the world's code faults at `address` with instruction pointer `ip`, or when someone has jumped to
  // where no code is. A non-zero answer is where to go on (with that as ip, other registers unchanged): the world turns
  // faults of foreign code into Scheme conditions. Runs on a stack of the host.
  std::uint64_t (*fault_recovery)(std::uint64_t ip, std::uint64_t address, std::uint64_t vector);
  char build_id[32];                                    // printable, zero padded
};

inline const WorldDescriptor* world_descriptor() {
  return reinterpret_cast<const WorldDescriptor*>(kWorldBase);
}

}  // namespace perdure::abi
