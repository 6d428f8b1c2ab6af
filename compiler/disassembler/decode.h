// One x86-64 instruction as text. Source: Intel SDM, volume 2; the form of the text is that of GNU objdump -M intel.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace perdure::compiler {

struct Instruction {
  std::uint8_t length = 1;
  std::string name = "(bad)";
  std::string operands;        // of a jump or call that says where: the address
  std::uint64_t target = 0;    // that address; or the one that [rip + displacement] means; 0: none
  bool jumps = false;          // to `target`
  bool uses_machine = false;   // an operand is [r14 + machine_offset]
  std::int32_t machine_offset = 0;
};

// The instruction that begins `bytes`, which stand at `address`. What is not known, or does not end within `bytes`, is
// "(bad)", one byte long.
Instruction decode(std::span<const std::uint8_t> bytes, std::uint64_t address);

}  // namespace perdure::compiler
