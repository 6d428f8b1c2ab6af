// The kernel's half of the address space, above abi::kKernelBase. Every area has one use and one protection rule:
//
//   kDirectMap     all usable physical memory, writable, never executable
//   kDeviceWindow  device registers, uncached, writable, never executable
//   kImageOffset   the kernel image; virtual = physical + kImageOffset (kernel.ld uses the same number, the top 2 GiB
//                  because -mcmodel=kernel wants it there); text executable, the rest as its section says
//   kScratch       memory that must be adjacent for a while (saving a world)
//   kKernelStacks  interrupt and fault stacks, each with an unmapped page below
#pragma once

#include <cstdint>

#include "boot/abi/address_map.h"

namespace perdure::metal {

inline constexpr std::uint64_t kPageSize = abi::kPageSize;

inline constexpr std::uint64_t kDirectMap = abi::kKernelBase;
inline constexpr std::uint64_t kDirectMapSize = std::uint64_t{32} << 40;
inline constexpr std::uint64_t kDeviceWindow = kDirectMap + kDirectMapSize;
inline constexpr std::uint64_t kDeviceWindowSize = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kKernelStacks = kDeviceWindow + (std::uint64_t{1} << 40);
inline constexpr std::uint64_t kScratch = kKernelStacks + (std::uint64_t{1} << 40);
inline constexpr std::uint64_t kScratchSize = std::uint64_t{1} << 40;
inline constexpr std::uint64_t kImageOffset = 0xffff'ffff'8000'0000;

// A number that means a place in physical memory; it becomes a pointer only through the direct map.
struct PhysicalAddress {
  std::uint64_t value = 0;
  friend constexpr bool operator==(PhysicalAddress, PhysicalAddress) = default;
};

constexpr PhysicalAddress operator+(PhysicalAddress address, std::uint64_t bytes) { return {address.value + bytes}; }

template <class T = std::uint8_t>
T* direct(PhysicalAddress address) {
  return reinterpret_cast<T*>(kDirectMap + address.value);
}

// The way back: for pointers into the direct map and into the kernel image.
inline PhysicalAddress physical_of(const void* pointer) {
  const auto address = reinterpret_cast<std::uint64_t>(pointer);
  return {address >= kImageOffset ? address - kImageOffset : address - kDirectMap};
}

constexpr std::uint64_t round_down(std::uint64_t value, std::uint64_t unit) { return value & ~(unit - 1); }
constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return round_down(value + unit - 1, unit); }

}  // namespace perdure::metal
