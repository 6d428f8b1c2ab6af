// An extension's file: ELF64 for x86-64 without interpreter, position-independent with no relocations but relative ones, or static and linked
// for the addresses of one slot.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/sandbox/sandbox.h"

namespace perdure::runtime {

// The slot whose addresses the file is linked for, or kAnySlot.
std::uint64_t wanted_slot(std::span<const std::uint8_t> file);

// Maps and fills the segments and relocates. Null, or what is wrong, as a phrase: "is not an x86-64 ELF file". Part of it
// may have been mapped then.
const char* load_extension(Sandbox& sandbox, std::span<const std::uint8_t> file);

// visit(name, address) for each function that the file shows to others. False: visit did.
bool for_each_export(const Sandbox& sandbox, std::span<const std::uint8_t> file,
                     bool (*visit)(void* context, std::string_view name, std::uint64_t address), void* context);

}  // namespace perdure::runtime
