// Questions about addresses of the world that the address map alone answers.
#pragma once

#include <cstdint>

#include "boot/abi/address_map.h"

namespace perdure::metal {

constexpr bool is_stack_address(std::uint64_t address) { return address >= abi::kStackBase && address < abi::kStackEnd; }

// The lowest page of each stack slot.
constexpr bool is_guard_page(std::uint64_t address) {
  if (!is_stack_address(address)) return false;
  if (address < abi::kRuntimeStackTop) return address < abi::kStackBase + abi::kPageSize;
  return (address - abi::kProcessStackBase) % abi::kProcessStackSize < abi::kPageSize;
}

}  // namespace perdure::metal
