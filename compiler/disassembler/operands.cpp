#include "compiler/disassembler/operands.h"

#include <string_view>

namespace perdure::compiler {

std::string hex(std::uint64_t n) {
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdef"[n & 15]);
    n >>= 4;
  } while (n != 0);
  return "0x" + digits;
}

namespace {

constexpr std::string_view kLegacy[] = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};

std::string_view size_name(int size) {
  switch (size) {
    case 1: return "BYTE";
    case 2: return "WORD";
    case 4: return "DWORD";
    case 8: return "QWORD";
    default: return "XMMWORD";
  }
}

std::string signed_hex(std::int64_t n) {
  return n < 0 ? "-" + hex(-static_cast<std::uint64_t>(n)) : "+" + hex(static_cast<std::uint64_t>(n));
}

}  // namespace

std::uint8_t Operands::byte() {
  if (position_ >= bytes_.size()) {
    overrun_ = true;
    return 0;
  }
  return bytes_[position_++];
}

std::int64_t Operands::number(int bytes) {
  std::uint64_t n = 0;
  for (int i = 0; i < bytes; ++i) n |= static_cast<std::uint64_t>(byte()) << 8 * i;
  const int unused = 64 - 8 * bytes;
  return static_cast<std::int64_t>(n << unused) >> unused;
}

std::string Operands::immediate(int bytes, int size) {
  const auto n = static_cast<std::uint64_t>(number(bytes));
  return hex(size == 8 ? n : n & ((std::uint64_t{1} << 8 * size) - 1));
}

void Operands::read_prefixes() {
  for (;;) {
    const std::uint8_t b = position_ < bytes_.size() ? bytes_[position_] : 0;
    if (b == 0x66) narrow = true;
    else if (b == 0xf3) repeat = true;
    else if (b == 0xf2) repeat_not = true;
    else if (b == 0x2e) code_segment = true;
    else if (b == 0xf0) lock = true;
    else break;
    ++position_;
  }
  if (position_ < bytes_.size() && (bytes_[position_] & 0xf0) == 0x40) rex = bytes_[position_++];
}

std::string Operands::register_name(int number, int size) const {
  if (size == 1) {
    if (number >= 8) return "r" + std::to_string(number) + "b";
    if (number < 4) return std::string{kLegacy[number][0], 'l'};
    if (rex != 0) return std::string(kLegacy[number]) + "l";
    return std::string{kLegacy[number - 4][0], 'h'};
  }
  if (number >= 8) return "r" + std::to_string(number) + (size == 8 ? "" : size == 4 ? "d" : "w");
  return (size == 8 ? "r" : size == 4 ? "e" : "") + std::string(kLegacy[number]);
}

void Operands::read_modrm() {
  modrm_ = byte();
  mod_ = modrm_ >> 6;
  reg_ = (modrm_ >> 3 & 7) | ((rex & 4) << 1);
  rm_ = modrm_ & 7;
  if (mod_ != 3) read_memory();
  else rm_ |= (rex & 1) << 3;
}

void Operands::read_memory() {
  std::string base, index;
  bool absolute = false;
  if (rm_ == 4) {
    const std::uint8_t sib = byte();
    const int index_number = (sib >> 3 & 7) | ((rex & 2) << 2), base_number = (sib & 7) | ((rex & 1) << 3);
    if (index_number != 4) index = register_name(index_number, 8) + "*" + std::to_string(1 << (sib >> 6));
    absolute = (sib & 7) == 5 && mod_ == 0;
    if (!absolute) base = register_name(base_number, 8);
  } else if (rm_ == 5 && mod_ == 0) {
    relative = true;
    base = "rip";
  } else {
    base = register_name(rm_ | ((rex & 1) << 3), 8);
  }
  const int size = mod_ == 1 ? 1 : mod_ == 2 || absolute || relative ? 4 : 0;
  if (size != 0) displacement = number(size);
  const std::string segment = code_segment ? "cs:" : "";
  if (relative) {
    memory_ = segment + "[rip+" + hex(static_cast<std::uint64_t>(displacement)) + "]";
    return;
  }
  if (absolute && index.empty()) {
    memory_ = (code_segment ? "cs:" : "ds:") + hex(static_cast<std::uint64_t>(displacement));
    return;
  }
  of_machine = base == "r14" && index.empty();
  memory_ = segment + "[" + base + (!base.empty() && !index.empty() ? "+" : "") + index + (size != 0 ? signed_hex(displacement) : "") + "]";
}

std::string Operands::rm(int size) const {
  if (!is_memory()) return size == 16 ? xmm_name(rm_) : register_name(rm_, size);
  return size == 0 ? memory_ : std::string(size_name(size)) + " PTR " + memory_;
}

std::string Operands::rm_xmm(int memory_size) const { return is_memory() ? rm(memory_size) : xmm_name(rm_); }

}  // namespace perdure::compiler
