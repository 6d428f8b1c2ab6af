#include "boot/hosted/faults.h"

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>

#include "boot/hosted/console.h"
#include "boot/hosted/events.h"
#include "boot/hosted/host.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/pager.h"
#include "boot/hosted/write_barrier.h"

namespace perdure::hosted {
namespace {

constexpr std::size_t kSignalStackSize = 256 << 10;
constexpr std::uint64_t kPageFault = 14;
constexpr std::uint64_t kWriteAccess = 2;   // bit of its error code

const abi::WorldDescriptor* descriptor = nullptr;
int depth = 0;  // of faults while a fault is looked into

struct Fault {
  int signal;
  std::uint64_t vector;   // of the processor
  std::uint64_t code;     // error code of the processor
  std::uint64_t address;  // for a page fault
  greg_t* registers;

  std::uint64_t ip() const { return static_cast<std::uint64_t>(registers[REG_RIP]); }
  bool in_world_code() const { return ip() >= abi::kWorldBase && ip() < abi::kHeapBase; }
  // Someone jumped to where no code is: the world may know who. (Addresses from 2^47 on are none of a process.)
  bool gone_astray() const { return (vector == kPageFault && address == ip()) || ip() >> 47 != 0; }
};

void print(const char* format, auto... values) {
  char text[512];
  const int length = std::snprintf(text, sizeof text, format, values...);
  const std::size_t size = length < 0 ? 0 : static_cast<std::size_t>(length);
  static_cast<void>(!write(STDERR_FILENO, text, size < sizeof text ? size : sizeof text - 1));
}

const char* vector_name(std::uint64_t vector) {
  switch (vector) {
    case 0: return "divide error";
    case 1: return "debug";
    case 3: return "breakpoint";
    case 4: return "overflow";
    case 6: return "invalid instruction";
    case 13: return "general protection (or an address that is none)";
    case 14: return "page fault";
    case 16: return "x87 error";
    case 17: return "alignment";
    case 19: return "SIMD error";
    default: return "exception";
  }
}

const char* access_name(std::uint64_t code) { return (code & 16) != 0 ? "execute" : (code & kWriteAccess) != 0 ? "write" : "read"; }

void print_registers(const greg_t* r) {
  static constexpr struct { const char* name; int index; } kRegisters[] = {
      {"rax", REG_RAX}, {"rbx", REG_RBX}, {"rcx", REG_RCX}, {"rdx", REG_RDX}, {"rsi", REG_RSI}, {"rdi", REG_RDI},
      {"rbp", REG_RBP}, {"rsp", REG_RSP}, {"r8 ", REG_R8},  {"r9 ", REG_R9},  {"r10", REG_R10}, {"r11", REG_R11},
      {"r12", REG_R12}, {"r13", REG_R13}, {"r14", REG_R14}, {"r15", REG_R15}, {"rip", REG_RIP}, {"flg", REG_EFL}};
  int column = 0;
  for (const auto& reg : kRegisters)
    print("  %s %016llx%s", reg.name, static_cast<unsigned long long>(r[reg.index]), ++column % 3 == 0 ? "\n" : "");
}

void print_procedure(std::uint64_t ip) {
  char name[160] = "";
  if (descriptor != nullptr && descriptor->describe_address != nullptr) descriptor->describe_address(ip, name, sizeof name);
  print("  in %s\n", name[0] != '\0' ? name : "an unnamed procedure of the world");
}

[[noreturn]] void report(const Fault& fault) {
  restore_terminal();
  // A fault while reporting one: say no more.
  if (depth > 2) _exit(kExitSoftware);
  const char* where = fault.in_world_code() ? "the world" : "the host";
  print("perdure: %s faulted: %s (vector %llu, %s)\n", where, vector_name(fault.vector),
        static_cast<unsigned long long>(fault.vector), strsignal(fault.signal));
  if (fault.vector == kPageFault)
    print("  %s of address 0x%llx, error code %llu\n", access_name(fault.code),
          static_cast<unsigned long long>(fault.address), static_cast<unsigned long long>(fault.code));
  print_registers(fault.registers);
  if (fault.in_world_code()) print_procedure(fault.ip());
  _exit(kExitSoftware);
}

bool recover(const Fault& fault) {
  if (descriptor == nullptr || descriptor->fault_recovery == nullptr || depth > 1 || !(fault.in_world_code() || fault.gone_astray())) return false;
  const std::uint64_t next = descriptor->fault_recovery(fault.ip(), fault.address, fault.vector);
  if (next != 0) fault.registers[REG_RIP] = static_cast<greg_t>(next);
  return next != 0;
}

// Whether the access may be tried again. A page that is brought in by writing to it is opened for writing at once.
bool resolve(const Fault& fault) {
  const bool came = page_in(fault.address);
  const bool opened = (fault.code & kWriteAccess) != 0 && open_for_writing(fault.address);
  return came || opened;
}

void on_fault(int signal, siginfo_t* info, void* context) {
  auto* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  Fault fault = {signal, static_cast<std::uint64_t>(registers[REG_TRAPNO]), static_cast<std::uint64_t>(registers[REG_ERR]), 0, registers};
  if (signal == SIGBUS) die(kExitDamaged, "the world file was cut short, or cannot be read any more, while it is in use");
  if (fault.vector == kPageFault) {
    fault.address = reinterpret_cast<std::uint64_t>(info->si_addr);
    if (in_world(fault.address) && resolve(fault)) return;
  }
  ++depth;
  if (!recover(fault)) report(fault);
  --depth;
}

}  // namespace

void install_faults() {
  void* memory = mmap(nullptr, kSignalStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) die(kExitUnavailable, "no memory for a signal stack");
  stack_t stack = {};
  stack.ss_sp = memory;
  stack.ss_size = kSignalStackSize;
  sigaltstack(&stack, nullptr);
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  // SA_NODEFER: asking the world about a fault may touch pages that are not in yet.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  action.sa_mask = event_signals();
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP}) sigaction(signal, &action, nullptr);
}

void set_fault_descriptor(const abi::WorldDescriptor* world) { descriptor = world; }

}  // namespace perdure::hosted
