#include "compiler/disassembler/decode.h"

#include <string_view>

#include "compiler/disassembler/operands.h"

namespace perdure::compiler {
namespace {

constexpr std::string_view kConditions[] = {"o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"};
constexpr std::string_view kArithmetic[] = {"add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"};
constexpr std::string_view kShifts[] = {"rol", "ror", "rcl", "rcr", "shl", "shr", "shl", "sar"};

class Decoder {
 public:
  Decoder(std::span<const std::uint8_t> bytes, std::uint64_t address) : o_(bytes, address) {}

  Instruction decode() {
    const std::uint8_t opcode = o_.byte();
    if (opcode == 0x0f) two_bytes();
    else one_byte(opcode);
    if (!known_ || o_.overrun()) return {};
    if (o_.lock) in_.name = "lock " + in_.name;
    in_.length = static_cast<std::uint8_t>(o_.position());
    if (o_.relative) in_.target = next() + static_cast<std::uint64_t>(o_.displacement);
    if (o_.of_machine && o_.is_memory()) {
      in_.uses_machine = true;
      in_.machine_offset = static_cast<std::int32_t>(o_.displacement);
    }
    return in_;
  }

 private:
  std::uint64_t next() const { return o_.address() + o_.position(); }

  void is(std::string_view name, std::string operands = {}) {
    in_.name = name;
    in_.operands = std::move(operands);
    known_ = true;
  }

  void jump(std::string_view name, int bytes) {
    const std::int64_t distance = o_.number(bytes);
    in_.target = next() + static_cast<std::uint64_t>(distance);
    in_.jumps = true;
    is(name, hex(in_.target));
  }

  void rm_reg(std::string_view name, int size) {
    o_.read_modrm();
    const std::string to = o_.rm(size);
    is(name, to + "," + o_.reg(size));
  }
  void reg_rm(std::string_view name, int size, int memory_size) {
    o_.read_modrm();
    is(name, o_.reg(size) + "," + o_.rm(memory_size));
  }
  void rm_immediate(std::string_view name, int size, int bytes) {
    const std::string to = o_.rm(size);
    is(name, to + "," + o_.immediate(bytes, size));
  }

  void one_byte(std::uint8_t opcode);
  void arithmetic(std::uint8_t opcode);
  void shift(std::uint8_t opcode);
  void group3(std::uint8_t opcode);
  void group5();
  void two_bytes();
  void vector(std::uint8_t opcode);
  void scalar(std::uint8_t opcode);
  void packed(std::uint8_t opcode);
  void rounding();
  void bit_count(std::uint8_t opcode);

  Operands o_;
  Instruction in_;
  bool known_ = false;
};

// 00 to 3f: eight operations, in six shapes.
void Decoder::arithmetic(std::uint8_t opcode) {
  const std::string_view name = kArithmetic[opcode >> 3];
  const int size = opcode & 1 ? o_.size() : 1;
  switch (opcode & 7) {
    case 0: case 1: return rm_reg(name, size);
    case 2: case 3: return reg_rm(name, size, size);
    case 4: return is(name, "al," + o_.immediate(1, 1));
    case 5: return is(name, o_.register_name(0, size) + "," + o_.immediate(size == 2 ? 2 : 4, size));
    default: return;
  }
}

void Decoder::shift(std::uint8_t opcode) {
  o_.read_modrm();
  const int size = opcode & 1 ? o_.size() : 1;
  const std::string_view name = kShifts[o_.extension()];
  const std::string to = o_.rm(size);
  if (opcode < 0xd0) is(name, to + "," + o_.immediate(1, 1));
  else is(name, to + (opcode < 0xd2 ? ",1" : ",cl"));
}

void Decoder::group3(std::uint8_t opcode) {
  o_.read_modrm();
  const int size = opcode & 1 ? o_.size() : 1;
  constexpr std::string_view kNames[] = {"test", "test", "not", "neg", "mul", "imul", "div", "idiv"};
  const std::string_view name = kNames[o_.extension()];
  if (o_.extension() < 2) rm_immediate(name, size, size == 8 ? 4 : size);
  else is(name, o_.rm(size));
}

void Decoder::group5() {
  o_.read_modrm();
  switch (o_.extension()) {
    case 0: return is("inc", o_.rm(o_.size()));
    case 1: return is("dec", o_.rm(o_.size()));
    case 2: return is("call", o_.rm(8));
    case 4: return is("jmp", o_.rm(8));
    case 6: return is("push", o_.rm(8));
    default: return;
  }
}

void Decoder::one_byte(std::uint8_t opcode) {
  if (opcode < 0x40 && (opcode & 7) < 6) return arithmetic(opcode);
  const int size = o_.size();
  const std::string low = o_.register_name(o_.low_register(opcode), 8);
  if (opcode >= 0x50 && opcode < 0x58) return is("push", low);
  if (opcode >= 0x58 && opcode < 0x60) return is("pop", low);
  if (opcode >= 0x70 && opcode < 0x80) return jump("j" + std::string(kConditions[opcode & 15]), 1);
  if (opcode >= 0xb0 && opcode < 0xb8) return is("mov", o_.register_name(o_.low_register(opcode), 1) + "," + o_.immediate(1, 1));
  if (opcode >= 0xb8 && opcode < 0xc0)
    return is(size == 8 ? "movabs" : "mov", o_.register_name(o_.low_register(opcode), size) + "," + o_.immediate(size, size));
  switch (opcode) {
    case 0x63: return reg_rm("movsxd", size, 4);
    case 0x68: return is("push", o_.immediate(4, 8));
    case 0x6a: return is("push", o_.immediate(1, 8));
    case 0x69: case 0x6b: {
      o_.read_modrm();
      const std::string both = o_.reg(size) + "," + o_.rm(size);
      return is("imul", both + "," + o_.immediate(opcode == 0x6b ? 1 : size == 2 ? 2 : 4, size));
    }
    case 0x80: case 0x81: case 0x83: {
      o_.read_modrm();
      const int operand = opcode == 0x80 ? 1 : size;
      return rm_immediate(kArithmetic[o_.extension()], operand, opcode == 0x81 ? (size == 2 ? 2 : 4) : 1);
    }
    case 0x84: case 0x85: return rm_reg("test", opcode == 0x84 ? 1 : size);
    case 0x86: case 0x87: return rm_reg("xchg", opcode == 0x86 ? 1 : size);
    case 0x88: case 0x89: return rm_reg("mov", opcode == 0x88 ? 1 : size);
    case 0x8a: case 0x8b: return reg_rm("mov", opcode == 0x8a ? 1 : size, opcode == 0x8a ? 1 : size);
    case 0x8d: return reg_rm("lea", size, 0);
    case 0x8f: o_.read_modrm(); return o_.extension() == 0 ? is("pop", o_.rm(8)) : void();
    case 0x90: return o_.narrow ? is("xchg", "ax,ax") : is(o_.repeat ? "pause" : "nop");
    case 0x98: return is(size == 8 ? "cdqe" : size == 4 ? "cwde" : "cbw");
    case 0x99: return is(size == 8 ? "cqo" : size == 4 ? "cdq" : "cwd");
    case 0xa8: return is("test", "al," + o_.immediate(1, 1));
    case 0xa9: return is("test", o_.register_name(0, size) + "," + o_.immediate(size == 2 ? 2 : 4, size));
    case 0xc0: case 0xc1: case 0xd0: case 0xd1: case 0xd2: case 0xd3: return shift(opcode);
    case 0xc3: return is("ret");
    case 0xc6: o_.read_modrm(); return rm_immediate("mov", 1, 1);
    case 0xc7: o_.read_modrm(); return rm_immediate("mov", size, size == 2 ? 2 : 4);
    case 0xc9: return is("leave");
    case 0xcc: return is("int3");
    case 0xe8: return jump("call", 4);
    case 0xe9: return jump("jmp", 4);
    case 0xeb: return jump("jmp", 1);
    case 0xf6: case 0xf7: return group3(opcode);
    case 0xff: return group5();
    default: return;
  }
}

// 0f b8, bc, bd: searches for bits, and their counts.
void Decoder::bit_count(std::uint8_t opcode) {
  if (opcode == 0xb8 && !o_.repeat) return;
  reg_rm(opcode == 0xb8 ? "popcnt" : opcode == 0xbc ? (o_.repeat ? "tzcnt" : "bsf") : (o_.repeat ? "lzcnt" : "bsr"), o_.size(), o_.size());
}

void Decoder::two_bytes() {
  const std::uint8_t opcode = o_.byte();
  const int size = o_.size();
  const std::string condition(kConditions[opcode & 15]);
  switch (opcode >> 4) {
    case 0x4: return reg_rm("cmov" + condition, size, size);
    case 0x8: return jump("j" + condition, 4);
    case 0x9: o_.read_modrm(); return is("set" + condition, o_.rm(1));
    default: break;
  }
  switch (opcode) {
    case 0x0b: return is("ud2");
    case 0x0d: o_.read_modrm(); return is("prefetchw ", o_.rm(1));
    case 0x1f: o_.read_modrm(); return is("nop", o_.rm(size));
    case 0x31: return is("rdtsc");
    case 0xa3: return rm_reg("bt", size);
    case 0xab: return rm_reg("bts", size);
    case 0xb3: return rm_reg("btr", size);
    case 0xaf: return reg_rm("imul", size, size);
    case 0xa2: return is("cpuid");
    case 0xa4: case 0xac: {
      o_.read_modrm();
      const std::string both = o_.rm(size) + "," + o_.reg(size);
      return is(opcode == 0xa4 ? "shld" : "shrd", both + "," + o_.immediate(1, 1));
    }
    case 0xa5: case 0xad:
      o_.read_modrm();
      return is(opcode == 0xa5 ? "shld" : "shrd", o_.rm(size) + "," + o_.reg(size) + ",cl");
    case 0xb1: return rm_reg("cmpxchg", size);
    case 0xb6: return reg_rm("movzx", size, 1);
    case 0xb7: return reg_rm("movzx", size, 2);
    case 0xbe: return reg_rm("movsx", size, 1);
    case 0xbf: return reg_rm("movsx", size, 2);
    case 0xb8: case 0xbc: case 0xbd: return bit_count(opcode);
    case 0xba: {
      o_.read_modrm();
      constexpr std::string_view kNames[] = {"", "", "", "", "bt", "bts", "btr", "btc"};
      if (o_.extension() >= 4) rm_immediate(kNames[o_.extension()], size, 1);
      return;
    }
    case 0xc1: return rm_reg("xadd", size);
    case 0x3a: return rounding();
    default: break;
  }
  if (opcode >= 0xc8 && opcode < 0xd0) return is("bswap", o_.register_name(o_.low_register(opcode), size));
  vector(opcode);
}

// roundsd: 66 0f 3a 0b.
void Decoder::rounding() {
  const std::uint8_t opcode = o_.byte();
  if (!o_.narrow || (opcode != 0x0a && opcode != 0x0b)) return;
  o_.read_modrm();
  const std::string both = o_.xmm() + "," + o_.rm_xmm(opcode == 0x0b ? 8 : 4);
  is(opcode == 0x0b ? "roundsd" : "roundss", both + "," + o_.immediate(1, 1));
}

void Decoder::vector(std::uint8_t opcode) {
  if (o_.repeat_not || o_.repeat) return scalar(opcode);
  packed(opcode);
}

// f2: doubles, f3: singles; and the moves that share the prefixes.
void Decoder::scalar(std::uint8_t opcode) {
  const bool is_double = o_.repeat_not;
  const std::string suffix = is_double ? "sd" : "ss";
  const int memory = is_double ? 8 : 4;
  o_.read_modrm();
  auto xmm_rm = [&](std::string name) { is(name, o_.xmm() + "," + o_.rm_xmm(memory)); };
  switch (opcode) {
    case 0x10: return xmm_rm("mov" + suffix);
    case 0x11: return is("mov" + suffix, o_.rm_xmm(memory) + "," + o_.xmm());
    case 0x12: return is_double ? is("movddup", o_.xmm() + "," + o_.rm_xmm(8)) : void();
    case 0x2a: {   // objdump says the size only where a register does not
      const int size = o_.wide() ? 8 : 4;
      return is("cvtsi2" + suffix, o_.xmm() + "," + o_.rm(size));
    }
    case 0x2c: return is("cvtt" + suffix + "2si", o_.reg(o_.wide() ? 8 : 4) + "," + o_.rm_xmm(memory));
    case 0x2d: return is("cvt" + suffix + "2si", o_.reg(o_.wide() ? 8 : 4) + "," + o_.rm_xmm(memory));
    case 0x51: return xmm_rm("sqrt" + suffix);
    case 0x58: return xmm_rm("add" + suffix);
    case 0x59: return xmm_rm("mul" + suffix);
    case 0x5a: return xmm_rm(is_double ? "cvtsd2ss" : "cvtss2sd");
    case 0x5c: return xmm_rm("sub" + suffix);
    case 0x5d: return xmm_rm("min" + suffix);
    case 0x5e: return xmm_rm("div" + suffix);
    case 0x5f: return xmm_rm("max" + suffix);
    case 0x6f: return is_double ? void() : is("movdqu", o_.xmm() + "," + o_.rm_xmm(16));
    case 0x7f: return is_double ? void() : is("movdqu", o_.rm_xmm(16) + "," + o_.xmm());
    case 0x7e: return is_double ? void() : is("movq", o_.xmm() + "," + o_.rm_xmm(8));
    default: return;
  }
}

// 66: doubles and integers; without: singles.
void Decoder::packed(std::uint8_t opcode) {
  const std::string suffix = o_.narrow ? "pd" : "ps";
  o_.read_modrm();
  auto xmm_rm = [&](std::string name, int memory = 16) { is(name, o_.xmm() + "," + o_.rm_xmm(memory)); };
  auto rm_xmm = [&](std::string name, int memory = 16) { is(name, o_.rm_xmm(memory) + "," + o_.xmm()); };
  switch (opcode) {
    case 0x10: return xmm_rm("movu" + suffix);
    case 0x11: return rm_xmm("movu" + suffix);
    case 0x14: return xmm_rm("unpckl" + suffix);
    case 0x28: return xmm_rm("mova" + suffix);
    case 0x29: return rm_xmm("mova" + suffix);
    case 0x2e: return xmm_rm(o_.narrow ? "ucomisd" : "ucomiss", o_.narrow ? 8 : 4);
    case 0x2f: return xmm_rm(o_.narrow ? "comisd" : "comiss", o_.narrow ? 8 : 4);
    case 0x54: return xmm_rm("and" + suffix);
    case 0x55: return xmm_rm("andn" + suffix);
    case 0x56: return xmm_rm("or" + suffix);
    case 0x57: return xmm_rm("xor" + suffix);
    case 0x50: return o_.is_memory() ? void() : is("movmsk" + suffix, o_.reg(4) + "," + o_.rm_xmm(16));
    default: break;
  }
  if (!o_.narrow) return;
  switch (opcode) {
    case 0x62: return xmm_rm("punpckldq");
    case 0x6c: return xmm_rm("punpcklqdq");
    case 0x6e: return is(o_.wide() ? "movq" : "movd", o_.xmm() + "," + o_.rm(o_.wide() ? 8 : 4));
    case 0x7e: return is(o_.wide() ? "movq" : "movd", o_.rm(o_.wide() ? 8 : 4) + "," + o_.xmm());
    case 0x6f: return xmm_rm("movdqa");
    case 0x7f: return rm_xmm("movdqa");
    case 0x74: return xmm_rm("pcmpeqb");
    case 0x76: return xmm_rm("pcmpeqd");
    case 0xd4: return xmm_rm("paddq");
    case 0xd6: return rm_xmm("movq", 8);
    case 0xdb: return xmm_rm("pand");
    case 0xeb: return xmm_rm("por");
    case 0xef: return xmm_rm("pxor");
    case 0xfb: return xmm_rm("psubq");
    case 0x73: {
      if (o_.is_memory()) return;
      constexpr std::string_view kNames[] = {"", "", "psrlq", "psrldq", "", "", "psllq", "pslldq"};
      const std::string_view name = kNames[o_.extension()];
      const std::string to = o_.rm_xmm(16);
      return name.empty() ? void() : is(name, to + "," + o_.immediate(1, 1));
    }
    default: return;
  }
}

}  // namespace

Instruction decode(std::span<const std::uint8_t> bytes, std::uint64_t address) { return Decoder(bytes, address).decode(); }

}  // namespace perdure::compiler
