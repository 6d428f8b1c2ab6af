// What all instructions share: prefixes, the ModRM byte and what follows it, immediates.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace perdure::compiler {

std::string hex(std::uint64_t n);

// The bytes of one instruction, taken one after the other.
class Operands {
 public:
  Operands(std::span<const std::uint8_t> bytes, std::uint64_t address) : bytes_(bytes), address_(address) { read_prefixes(); }

  bool overrun() const { return overrun_; }
  std::size_t position() const { return position_; }
  std::uint64_t address() const { return address_; }

  // Prefixes: an operand size of 16 bits, repetitions, a segment that means nothing here, REX.
  bool narrow = false, repeat = false, repeat_not = false, code_segment = false, lock = false;
  std::uint8_t rex = 0;
  bool wide() const { return rex & 8; }
  int size() const { return wide() ? 8 : narrow ? 2 : 4; }

  std::uint8_t byte();
  std::int64_t number(int bytes);                        // little endian, signed
  // An immediate operand of `bytes` bytes, for an operation on `size` bytes.
  std::string immediate(int bytes, int size);

  void read_modrm();
  bool is_memory() const { return mod_ != 3; }
  int extension() const { return reg_ & 7; }             // reg field as a part of the opcode
  std::uint8_t modrm() const { return modrm_; }
  std::string reg(int size) const { return register_name(reg_, size); }
  std::string rm(int size) const;                        // 1 2 4 8; 16: an xmm register, all of it in memory
  std::string xmm() const { return xmm_name(reg_); }
  std::string rm_xmm(int memory_size) const;
  std::string register_name(int number, int size) const;
  int low_register(std::uint8_t opcode) const { return (opcode & 7) | ((rex & 1) << 3); }
  static std::string xmm_name(int number) { return "xmm" + std::to_string(number); }

  // Of the memory operand.
  bool relative = false;          // to the next instruction
  std::int64_t displacement = 0;
  bool of_machine = false;        // [r14 + displacement]

 private:
  void read_prefixes();
  void read_memory();

  std::span<const std::uint8_t> bytes_;
  std::uint64_t address_;
  std::size_t position_ = 0;
  bool overrun_ = false;
  std::uint8_t modrm_ = 0;
  int mod_ = 3, reg_ = 0, rm_ = 0;
  std::string memory_;
};

}  // namespace perdure::compiler
