// Single characters and bytes of ports, opened in place: those that are in the buffer, or have room there, of a port that lends
// them (runtime/io/port.h, P7). ASCII only; the rest, and whatever is wrong, is the primitive's business.
#include "compiler/codegen/body.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;
using runtime::Lent;
using runtime::Port;

namespace {

constexpr int kObjectTag = static_cast<int>(runtime::kTagObject);
constexpr int kAsciiEnd = 0x80;

Mem field(const Gp& port, std::size_t offset) { return qword_ptr(port, static_cast<int>(offset) - kObjectTag); }

// A byte of the buffer, where r11 is the bytevector and rax counts from its first.
Mem buffered_byte() { return byte_ptr(r11, rax, 0, static_cast<int>(offsetof(runtime::Bytevector, bytes)) - kObjectTag); }

constexpr std::size_t kUsed = offsetof(Port, buffer) + offsetof(runtime::ByteBuffer, used);
constexpr std::size_t kStorage = offsetof(Port, buffer) + offsetof(runtime::ByteBuffer, storage);

}  // namespace

void BodyGenerator::check_port(const Gp& port, Lent what, Label slow) {
  check_tag(port, kObjectTag, slow);
  a_.mov(r11, field(port, offsetof(Port, header)));
  a_.cmp(r11.r16(), static_cast<std::uint32_t>(runtime::header(runtime::Type::kPort, 0, static_cast<std::uint64_t>(what))));
  a_.jne(slow);
  a_.mov(r11, PERDURE_MACHINE(resume_count));
  a_.cmp(r11, field(port, offsetof(Port, generation)));
  a_.jne(slow);
}

// (read-char port) and (peek-char port), (read-u8 port) and (peek-u8 port).
Result BodyGenerator::inline_read(Expr* e, LiveSet live) {
  const bool characters = e->primitive->name.ends_with("char"), take = e->primitive->name.starts_with("read");
  auto operands = evaluate(e->parts, live);
  const Gp port = gpr_of(operands[0]);
  Label back = a_.newLabel();
  const Label slow = slow_primitive(e->primitive, operands, true, back);
  check_port(port, characters ? Lent::kCharactersToRead : Lent::kBytesToRead, slow);
  a_.mov(rax, field(port, offsetof(Port, start)));
  a_.cmp(rax, field(port, kUsed));
  a_.jae(slow);
  a_.mov(r11, field(port, kStorage));
  a_.movzx(r11d, buffered_byte());
  if (characters) {
    a_.cmp(r11d, kAsciiEnd);
    a_.jae(slow);
  }
  if (take) {
    a_.add(rax, 1);
    a_.mov(field(port, offsetof(Port, start)), rax);
  }
  if (characters) {
    a_.shl(r11d, 8);
    a_.lea(rax, ptr(r11, static_cast<int>(runtime::kCharLowByte)));
  } else {
    a_.lea(rax, ptr(0, r11, runtime::kFixnumShift));
  }
  a_.bind(back);
  unpin_all();
  release(operands[0], live);
  return {Result::kInRax, {}, 0, e->type};
}

// (write-char c port), (write-u8 byte port), (newline port).
Result BodyGenerator::inline_write(Expr* e, LiveSet live) {
  const bool bytes = e->primitive->name == "write-u8";
  auto operands = evaluate(e->parts, live);
  const Gp port = gpr_of(operands.back());
  const bool is_newline = operands.size() == 1;
  const Gp value = is_newline ? Gp(rax) : gpr_of(operands[0]);
  Label back = a_.newLabel();
  const Label slow = slow_primitive(e->primitive, operands, true, back);
  check_port(port, bytes ? Lent::kBytesToWrite : Lent::kCharactersToWrite, slow);
  if (bytes) {
    a_.test(value.r8(), static_cast<int>(runtime::kTagMask));
    a_.jnz(slow);
    a_.cmp(value, 256 << runtime::kFixnumShift);
    a_.jae(slow);
  } else if (!is_newline) {
    a_.cmp(value.r8(), static_cast<int>(runtime::kCharLowByte));
    a_.jne(slow);
    a_.cmp(value, kAsciiEnd << 8);
    a_.jae(slow);
  }
  a_.mov(rax, field(port, kUsed));
  a_.cmp(rax, field(port, offsetof(Port, room)));
  a_.jae(slow);
  a_.mov(r11, field(port, kStorage));
  if (is_newline) {
    a_.mov(buffered_byte(), '\n');
    a_.add(field(port, kUsed), 1);
  } else {
    a_.add(r11, rax);
    a_.add(rax, 1);
    a_.mov(field(port, kUsed), rax);
    a_.mov(rax, value);
    a_.shr(eax, bytes ? runtime::kFixnumShift : 8);
    a_.mov(byte_ptr(r11, static_cast<int>(offsetof(runtime::Bytevector, bytes)) - kObjectTag), al);
  }
  constant_to(rax, runtime::kUnspecific);
  a_.bind(back);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, e->type};
}

}  // namespace perdure::compiler
