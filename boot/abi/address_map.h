// Where everything lives: one address names one thing on every host and in every run.
//
// The map is part of the world format. Changing a constant here makes every existing world unloadable, so
// kAbiVersion (world.h) changes with it.
//
//   0x0000_1000_0000_0000  runtime text, rodata, data, bss (linked by runtime/world.ld)
//              +  512 MiB  near data: global cells and other words that compiled code reaches by rip+disp32
//              +    1 GiB  compiled code, 1 GiB: every rel32 between code, near data and runtime text is in reach
//              +    4 GiB  heap, up to 1 TiB
//              +    2 TiB  stacks: one slot per process, committed by page faults
//   0x0000_2000_0000_0000  sandbox slots
//   0xffff_8000_0000_0000  the metal kernel
#pragma once

#include <cstdint>

namespace perdure::abi {

inline constexpr std::uint64_t kPageSize = 4096;

inline constexpr std::uint64_t kWorldBase = 0x0000'1000'0000'0000;
inline constexpr std::uint64_t kRuntimeBase = kWorldBase;
inline constexpr std::uint64_t kRuntimeSize = std::uint64_t{512} << 20;
inline constexpr std::uint64_t kNearBase = kRuntimeBase + kRuntimeSize;
inline constexpr std::uint64_t kNearSize = std::uint64_t{512} << 20;
inline constexpr std::uint64_t kCodeBase = kWorldBase + (std::uint64_t{1} << 30);
inline constexpr std::uint64_t kCodeSize = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kHeapBase = kWorldBase + (std::uint64_t{4} << 30);
inline constexpr std::uint64_t kHeapSize = std::uint64_t{1} << 40;

// The stack area. Slot 0 is the runtime's own stack (all C++ code of the world runs on it); process stacks follow.
// The lowest page of each slot is a guard page: a host never maps it.
inline constexpr std::uint64_t kStackBase = kWorldBase + (std::uint64_t{2} << 40);
inline constexpr std::uint64_t kRuntimeStackSize = std::uint64_t{256} << 20;
inline constexpr std::uint64_t kRuntimeStackTop = kStackBase + kRuntimeStackSize;
inline constexpr std::uint64_t kProcessStackBase = kRuntimeStackTop;
inline constexpr std::uint64_t kProcessStackSize = std::uint64_t{256} << 10;
inline constexpr std::uint64_t kProcessStackCount = std::uint64_t{1} << 20;
inline constexpr std::uint64_t kStackEnd = kProcessStackBase + kProcessStackSize * kProcessStackCount;

inline constexpr std::uint64_t kWorldEnd = 0x0000'2000'0000'0000;
// Sandbox slots: the memory of the domain with number n begins at kSandboxBase + n * kSlotSize.
inline constexpr std::uint64_t kSandboxBase = kWorldEnd;
inline constexpr std::uint64_t kSlotSize = std::uint64_t{4} << 30;
inline constexpr std::uint64_t kSlotCount = 4096;
inline constexpr std::uint64_t kSandboxEnd = kSandboxBase + kSlotSize * kSlotCount;

inline constexpr std::uint64_t kKernelBase = 0xffff'8000'0000'0000;

static_assert(kStackEnd <= kWorldEnd);
static_assert(kSandboxEnd < 0x0000'8000'0000'0000);   // every address of a slot, and the one after it, is canonical

}  // namespace perdure::abi
