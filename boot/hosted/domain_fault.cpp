#include "boot/hosted/domain_fault.h"

#include <linux/audit.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "boot/abi/address_map.h"
#include "boot/hosted/domain_process.h"

namespace perdure::hosted {
namespace {

using namespace abi;

constexpr std::uint64_t kInvalidOpcode = 6, kStackSegment = 12, kPageFault = 14;

// The kinds of faults that Linux makes one signal of.
std::uint64_t vector_of(int signal, int code) {
  constexpr int kByKernel = 128;      // SI_KERNEL: what is no page fault
  switch (signal) {
    case SIGSEGV: return code == kByKernel ? kGeneralProtectionVector : kPageFault;
    case SIGBUS: return code == kByKernel ? kStackSegment : code == BUS_ADRALN ? 17 : kPageFault;
    case SIGFPE: return code == FPE_INTDIV ? 0 : code == FPE_FLTDIV || code == FPE_FLTINV || code == FPE_FLTOVF || code == FPE_FLTUND || code == FPE_FLTRES ? 19 : 16;
    case SIGTRAP: return code == kByKernel ? 3 : 1;
    default: return kInvalidOpcode;
  }
}

Status page_fault(const DomainPages& pages, std::uint64_t address, DomainState* state) {
  constexpr std::uint64_t kPresent = 1, kWrite = 2, kUser = 4, kFetch = 16;
  const bool there = pages.contains(address / kPageSize);
  state->vector = kPageFault;
  state->address = address;
  state->error = kUser | (there ? kPresent : 0) | (address == state->rip ? kFetch : there ? kWrite : 0);
  return kDomainFault;
}

// x87 and SSE errors are one signal with one set of codes; the unmasked bits tell them apart.
std::uint64_t floating_vector(const DomainState& state) {
  std::uint16_t control, status;
  std::memcpy(&control, state.vector_registers, sizeof control);
  std::memcpy(&status, state.vector_registers + 2, sizeof status);
  return (status & ~control & 0x3f) != 0 ? 16 : 19;
}

}  // namespace

bool all_there(const DomainPages& pages, std::uint64_t address, std::uint64_t count, std::uint32_t wanted) {
  if (count == 0) return true;
  for (std::uint64_t page = address / kPageSize; page <= (address + count - 1) / kPageSize; ++page) {
    const auto found = pages.find(page);
    if (found == pages.end() || (found->second & wanted) != wanted) return false;
  }
  return true;
}

bool is_of_domain(int signal) {
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGTRAP || signal == (SIGTRAP | 0x80);
}

Status explain_system_call(pid_t pid, std::uint64_t slot_start, DomainState* state) {
  constexpr std::uint64_t kInstruction = 2;      // bytes of syscall, sysenter and int n
  constexpr std::uint64_t kInt80Error = 0x80 * 8 + 2;
  __ptrace_syscall_info info = {};
  const long got = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
  state->rax = static_cast<std::uint64_t>(ptrace(PTRACE_PEEKUSER, pid, offsetof(user, regs.orig_rax), nullptr));
  state->address = 0;
  if (got > 0 && info.arch != AUDIT_ARCH_X86_64) {
    if (state->rip - slot_start < kSlotSize) state->rip -= kInstruction;
    state->vector = kGeneralProtectionVector;
    state->error = kInt80Error;
    return kDomainFault;
  }
  if (state->rip - kInstruction - slot_start < kSlotSize) return kDomainSystemCall;
  state->rip -= kInstruction;
  return page_fault({}, state->rip, state);
}

Status explain_fault(pid_t pid, int signal, const DomainPages& pages, DomainState* state) {
  siginfo_t info = {};
  ptrace(PTRACE_GETSIGINFO, pid, nullptr, &info);
  state->vector = vector_of(signal, info.si_code);
  state->error = state->address = 0;
  if (state->vector == 19) state->vector = floating_vector(*state);
  if (state->vector == kPageFault) return page_fault(pages, reinterpret_cast<std::uint64_t>(info.si_addr), state);
  return kDomainFault;
}

bool audit_maps(pid_t pid, std::uint64_t slot_start, DomainAudit* out) {
  constexpr std::uint64_t kKernelHalf = std::uint64_t{1} << 63;      // the vsyscall page, which every process has
  char path[40], line[512];
  std::snprintf(path, sizeof path, "/proc/%d/maps", pid);
  std::FILE* maps = std::fopen(path, "r");
  if (maps == nullptr) return false;
  DomainAudit result{};
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long start, end;
    char read, write, execute;
    if (std::sscanf(line, "%lx-%lx %c%c%c", &start, &end, &read, &write, &execute) != 5) continue;
    const std::uint64_t pages = (end - start) / kPageSize;
    if (write == 'w' && execute == 'x') result.both += pages;
    if (start >= slot_start && end <= slot_start + kSlotSize) {
      result.pages += pages;
      if (write == 'w') result.writable += pages;
      if (execute == 'x') result.executable += pages;
    } else if (start == kGatePage && pages == 1 && write != 'w') {
      ++result.trampoline;
    } else if (start < kKernelHalf) {
      result.foreign += pages;
    }
  }
  std::fclose(maps);
  *out = result;
  return true;
}

}  // namespace perdure::hosted
