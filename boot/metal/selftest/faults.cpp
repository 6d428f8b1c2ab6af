// Commands that make the processor complain.
#include "boot/metal/selftest/selftest.h"

namespace perdure::selftest {
namespace {

using Fault = void (*)();

[[gnu::noinline]] void divide() { asm volatile("xor %%edx, %%edx; mov $1, %%eax; xor %%ecx, %%ecx; div %%ecx" ::: "rax", "rcx", "rdx"); }
[[gnu::noinline]] void invalid_opcode() { asm volatile("ud2"); }
[[gnu::noinline]] void breakpoint() { asm volatile("int3"); }
[[gnu::noinline]] void general_protection() { asm volatile("mov $0x1234567812345678, %%rax; mov (%%rax), %%rax" ::: "rax"); }
[[gnu::noinline]] void stack_segment() {
  asm volatile("mov %%rsp, %%rbx; mov $0x1234567812345678, %%rax; mov %%rax, %%rsp; push %%rax; mov %%rbx, %%rsp" ::: "rax", "rbx");
}
[[gnu::noinline]] void read_null() { asm volatile("mov 16, %%rax" ::: "rax"); }
[[gnu::noinline]] void write_heap() { asm volatile("movb $1, (%0)" ::"r"(abi::kHeapBase + 0x5000) : "memory"); }
[[gnu::noinline]] void write_text() { asm volatile("movb $1, (%0)" ::"r"(abi::kWorldBase) : "memory"); }
[[gnu::noinline]] void read_kernel_gap() { asm volatile("mov (%0), %%al" ::"r"(0xffff'c000'0000'0000) : "rax"); }
[[gnu::noinline]] void execute_data() {
  static std::uint8_t data[16] = {0xc3};
  asm volatile("call *%0" ::"r"(data) : "memory");
}
[[gnu::noinline]] void x87() { asm volatile("push $0x300; fldcw (%%rsp); pop %%rax; fldz; fld1; fdivp; fwait" ::: "rax", "memory"); }
[[gnu::noinline]] void double_fault() {
  // A page fault whose handler cannot be entered, because the IDT is gone: the double fault's gate is left.
  struct [[gnu::packed]] { std::uint16_t limit; std::uint64_t base; } idt;
  asm volatile("sidt %0" : "=m"(idt));
  idt.limit = 9 * 16 - 1;
  asm volatile("lidt %0; mov 16, %%rax" ::"m"(idt) : "rax");
}

volatile bool endless = true;
[[gnu::noinline]] std::uint64_t recurse(std::uint64_t depth) {
  volatile char frame[4000];
  frame[0] = static_cast<char>(depth);
  return endless ? recurse(depth + 1) + static_cast<std::uint64_t>(frame[0]) : depth;
}
[[gnu::noinline]] void stack_overflow() { recurse(0); }

// Where the world goes on after a stack overflow: a fresh start of the stack.
void after_recovery() {
  check(true, "recovered from a stack overflow");
  platform->exit(failures ? 1 : 0);
}
[[gnu::naked]] void recovery_landing() {
  asm volatile("mov %0, %%rsp; call *%1" ::"r"(abi::kRuntimeStackTop), "r"(after_recovery));
}
bool recover = false;
[[gnu::noinline]] void recover_from_overflow() {
  recover = true;
  recurse(0);
}

struct Entry { std::string_view name; Fault fault; };
const Entry* entries(std::uint64_t* count) {
  static const Entry table[] = {
      {"divide", divide}, {"invalid-opcode", invalid_opcode}, {"breakpoint", breakpoint},
      {"general-protection", general_protection}, {"stack-segment", stack_segment}, {"read-null", read_null},
      {"write-heap", write_heap}, {"write-text", write_text}, {"read-kernel-gap", read_kernel_gap},
      {"execute-data", execute_data}, {"x87", x87}, {"double-fault", double_fault},
      {"stack-overflow", stack_overflow}, {"recover", recover_from_overflow}, {"recurse", reinterpret_cast<Fault>(recurse)}};
  *count = sizeof table / sizeof *table;
  return table;
}

}  // namespace

bool run_fault(std::string_view command) {
  std::uint64_t count;
  const Entry* table = entries(&count);
  for (std::uint64_t i = 0; i < count; ++i)
    if (table[i].name == command) {
      table[i].fault();
      check(false, "the fault did not happen");
      return true;
    }
  return false;
}

// The function that begins last before `address`, if it is one of ours and near.
std::uint64_t describe_address(std::uint64_t address, char* buffer, std::uint64_t capacity) {
  constexpr std::uint64_t kNear = 256;
  std::uint64_t count, best = kNear;
  const Entry* table = entries(&count);
  std::string_view name;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t distance = address - reinterpret_cast<std::uint64_t>(table[i].fault);
    if (distance >= best) continue;
    best = distance;
    name = table[i].name;
  }
  std::uint64_t length = 0;
  for (; length < name.size() && length + 1 < capacity; ++length) buffer[length] = name[length];
  if (capacity) buffer[length] = 0;
  return length;
}

std::uint64_t fault_recovery(std::uint64_t, std::uint64_t address, std::uint64_t) {
  const bool guard = address >= abi::kStackBase && address < abi::kStackBase + abi::kPageSize;
  return recover && guard ? reinterpret_cast<std::uint64_t>(recovery_landing) : 0;
}

}  // namespace perdure::selftest
