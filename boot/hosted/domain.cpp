#include "boot/hosted/domain.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <map>

#include "boot/abi/address_map.h"
#include "boot/domain/upcall.h"
#include "boot/hosted/domain_fault.h"
#include "boot/hosted/domain_process.h"
#include "boot/hosted/events.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/status.h"

namespace perdure::hosted {
namespace {

using namespace abi;

constexpr std::uint64_t kNever = ~std::uint64_t{0};
constexpr int kStopSignal = SIGUSR1;      // ours, to take the processor back
constexpr std::uint64_t kLeastRun = 20'000;      // nanoseconds until it is taken back: it is to get somewhere first

struct Domain {
  DomainProcess process;
  DomainPages pages;
  bool stop_sent = false;      // a kStopSignal is on its way
};
std::map<std::uint64_t, Domain> domains;
std::uint64_t used_by_domains_ns = 0;

Domain* find(std::uint64_t slot) {
  const auto found = domains.find(slot);
  return found == domains.end() ? nullptr : &found->second;
}

std::uint64_t slot_start(std::uint64_t slot) { return kSandboxBase + slot * kSlotSize; }

bool in_slot(std::uint64_t slot, std::uint64_t start, std::uint64_t size) {
  return start >= slot_start(slot) && start - slot_start(slot) <= kSlotSize && size <= kSlotSize - (start - slot_start(slot));
}

int linux_protection(std::uint32_t protection) {
  return PROT_READ | ((protection & kProtWrite) != 0 ? PROT_WRITE : 0) | ((protection & kProtExecute) != 0 ? PROT_EXEC : 0);
}

Status answer_of(std::int64_t linux_answer) { return linux_answer < 0 ? status_of_errno(static_cast<int>(-linux_answer)) : kOk; }

// A shared mapping of the slot's file, over whatever was there: its bytes stay.
Status map_inside(const Domain& domain, std::uint64_t slot, std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  const auto linux = static_cast<std::uint64_t>(linux_protection(protection));
  return answer_of(call_inside(domain.process, SYS_mmap, {start, size, linux, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, 0, start - slot_start(slot)}));
}

Status unmap_inside(const Domain& domain, std::uint64_t slot, std::uint64_t start, std::uint64_t size) {
  const Status status = answer_of(call_inside(domain.process, SYS_munmap, {start, size, 0, 0, 0, 0}));
  if (status < 0) return status;
  const auto offset = static_cast<off_t>(start - slot_start(slot));
  return fallocate(domain.process.memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, static_cast<off_t>(size)) == 0 ? kOk : kIo;
}

constexpr unsigned kMxcsr = 24;      // in the FXSAVE area

// All zero, all exceptions masked.
void make_vectors_fresh(DomainState* state) {
  constexpr std::uint16_t kControl = 0x37f;
  constexpr std::uint32_t kAllMasked = 0x1f80;
  std::memset(state->vector_registers, 0, sizeof state->vector_registers);
  std::memcpy(state->vector_registers, &kControl, sizeof kControl);
  std::memcpy(state->vector_registers + kMxcsr, &kAllMasked, sizeof kAllMasked);
  state->fresh_vectors = 0;
}

bool give_registers(pid_t pid, DomainState* state) {
  constexpr std::uint32_t kMxcsrBits = 0xffbf;
  user_regs_struct r;
  if (ptrace(PTRACE_GETREGS, pid, nullptr, &r) != 0) return false;
  r.rax = state->rax, r.rbx = state->rbx, r.rcx = state->rcx, r.rdx = state->rdx, r.rsi = state->rsi, r.rdi = state->rdi;
  r.rbp = state->rbp, r.rsp = state->rsp, r.r8 = state->r8, r.r9 = state->r9, r.r10 = state->r10, r.r11 = state->r11;
  r.r12 = state->r12, r.r13 = state->r13, r.r14 = state->r14, r.r15 = state->r15, r.rip = state->rip;
  r.eflags = (state->rflags & kDomainFlags) | 0x202;
  r.orig_rax = kNever;
  r.cs = kCode64, r.ss = kData;      // the extension may have jumped to 32-bit code
  r.ds = r.es = r.fs = r.gs = r.fs_base = r.gs_base = 0;
  if (state->fresh_vectors != 0) make_vectors_fresh(state);
  std::uint32_t mxcsr;
  std::memcpy(&mxcsr, state->vector_registers + kMxcsr, sizeof mxcsr);
  mxcsr &= kMxcsrBits;
  user_fpregs_struct vectors;
  static_assert(sizeof vectors == sizeof state->vector_registers);
  std::memcpy(&vectors, state->vector_registers, sizeof vectors);
  vectors.mxcsr = mxcsr;
  return ptrace(PTRACE_SETREGS, pid, nullptr, &r) == 0 && ptrace(PTRACE_SETFPREGS, pid, nullptr, &vectors) == 0;
}

bool take_registers(pid_t pid, DomainState* state) {
  user_regs_struct r;
  user_fpregs_struct vectors;
  if (ptrace(PTRACE_GETREGS, pid, nullptr, &r) != 0 || ptrace(PTRACE_GETFPREGS, pid, nullptr, &vectors) != 0) return false;
  state->rax = r.rax, state->rbx = r.rbx, state->rcx = r.rcx, state->rdx = r.rdx, state->rsi = r.rsi, state->rdi = r.rdi;
  state->rbp = r.rbp, state->rsp = r.rsp, state->r8 = r.r8, state->r9 = r.r9, state->r10 = r.r10, state->r11 = r.r11;
  state->r12 = r.r12, state->r13 = r.r13, state->r14 = r.r14, state->r15 = r.r15, state->rip = r.rip;
  state->rflags = r.eflags;
  std::memcpy(state->vector_registers, &vectors, sizeof vectors);
  return true;
}

// Linux has no such gate: the instruction faults. True: it is behind it now.
bool pass_gate(std::uint64_t slot, DomainState* state) {
  std::uint8_t instruction[2];
  if (state->vector != kGeneralProtectionVector || domain_read(slot, state->rip, instruction, sizeof instruction) != kOk) return false;
  if (instruction[0] != 0xcd || instruction[1] != kDomainGate) return false;
  state->rip += sizeof instruction;
  return true;
}

constexpr Status kGoOn = 0;

// What a stop of the process means; kGoOn: nothing.
Status look_at_stop(Domain& domain, std::uint64_t slot, int status, DomainState* state) {
  if (!WIFSTOPPED(status)) return kIo;      // killed from outside, or by Linux for want of memory
  const int signal = WSTOPSIG(status);
  if (signal == kStopSignal && domain.stop_sent) {
    domain.stop_sent = false;
    return kGoOn;
  }
  if (!is_of_domain(signal)) return kGoOn;
  if (!take_registers(domain.process.pid, state)) return kIo;
  if (signal == (SIGTRAP | 0x80)) return explain_system_call(domain.process.pid, slot_start(slot), state);
  const Status fault = explain_fault(domain.process.pid, signal, domain.pages, state);
  return pass_gate(slot, state) ? kDomainSystemCall : fault;
}

// Stops a process that runs. A stop of its own that comes first is as good: the signal then waits for the next run.
Status take_back(Domain& domain, std::uint64_t slot, DomainState* state, Status reason) {
  if (!domain.stop_sent) {
    domain.stop_sent = true;
    kill(domain.process.pid, kStopSignal);
  }
  int status = 0;
  while (waitpid(domain.process.pid, &status, __WALL) < 0)
    if (errno != EINTR) return kIo;
  const Status own = look_at_stop(domain, slot, status, state);
  if (own != kGoOn) return own;
  return take_registers(domain.process.pid, state) ? reason : kIo;
}

// A domain's memory for being told something (boot/domain/upcall.h).
class UpcallMemory {
 public:
  UpcallMemory(std::uint64_t slot, const DomainState& state) : slot_(slot), state_(state) {}
  ~UpcallMemory() {
    if (there_) domain_write(slot_, state_.control, &control_, sizeof control_, 0);
  }
  UpcallMemory(const UpcallMemory&) = delete;
  UpcallMemory& operator=(const UpcallMemory&) = delete;

  UpcallControl* control() {
    there_ = domain_read(slot_, state_.control, &control_, sizeof control_) == kOk;
    return there_ ? &control_ : nullptr;
  }

  bool save(std::uint64_t place, std::uint64_t kind, std::uint64_t mask) {
    DomainState saved = state_;
    saved.budget_ns = kind;
    saved.used_ns = mask;
    saved.fresh_vectors = state_.control;
    return domain_write(slot_, place, &saved, kSavedStateSize, 0) == kOk;
  }

 private:
  std::uint64_t slot_;
  const DomainState& state_;
  UpcallControl control_ = {};
  bool there_ = false;
};

domain::Told tell_domain(std::uint64_t slot, DomainState* state, std::uint64_t kinds) {
  if (state->control == 0 || kinds == 0) return domain::Told::kNothing;
  if (state->fresh_vectors != 0) make_vectors_fresh(state);
  UpcallMemory memory(slot, *state);
  return domain::tell(*state, kinds, memory);
}

// Ring 3 until it stops for a reason of its own, or is stopped.
Status run_once(Domain& domain, std::uint64_t slot, DomainState* state, std::uint64_t deadline, const sigset_t* unblocked) {
  if (!give_registers(domain.process.pid, state)) {
    if (state->rip < (std::uint64_t{1} << 47)) return kIo;
    state->vector = kGeneralProtectionVector;      // Linux takes no instruction pointer that is none
    state->error = state->address = 0;
    return kDomainFault;
  }
  for (;;) {
    if (ptrace(PTRACE_SYSEMU, domain.process.pid, nullptr, nullptr) != 0) return kIo;
    int status = 0;
    if (!wait_for_stop(domain.process.pid, deadline, unblocked, &status))
      return take_back(domain, slot, state, events_posted() ? kDomainEvent : kDomainTime);
    if (const Status reason = look_at_stop(domain, slot, status, state); reason != kGoOn) return reason;
  }
}

Status run_until_exit(Domain& domain, std::uint64_t slot, DomainState* state, std::uint64_t deadline, const sigset_t* unblocked) {
  for (;;) {
    if (events_posted()) return kDomainEvent;
    if (tell_domain(slot, state, state->waiting) == domain::Told::kReturning) return kDomainReturning;
    const Status reason = run_once(domain, slot, state, deadline, unblocked);
    if (reason != kDomainFault) return reason;
    switch (tell_domain(slot, state, domain::kFaultSet)) {
      case domain::Told::kSomething: break;
      case domain::Told::kReturning: return kDomainReturning;
      case domain::Told::kNothing: return kDomainFault;
    }
  }
}

Status map(Domain& domain, std::uint64_t slot, std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  const std::uint64_t first = start / kPageSize, end = (start + size) / kPageSize;
  std::uint64_t fresh = 0;
  for (std::uint64_t page = first; page < end; ++page) fresh += domain.pages.contains(page) ? 0 : kPageSize;
  if (!hold_memory(fresh)) return kNoMemory;
  if (const Status status = map_inside(domain, slot, start, size, protection); status < 0) {
    give_back_memory(fresh);
    return status;
  }
  for (std::uint64_t page = first; page < end; ++page) domain.pages[page] = protection;
  return kOk;
}

Status unmap(Domain& domain, std::uint64_t slot, std::uint64_t start, std::uint64_t size) {
  if (const Status status = unmap_inside(domain, slot, start, size); status < 0) return status;
  for (std::uint64_t page = start / kPageSize; page < (start + size) / kPageSize; ++page) give_back_memory(domain.pages.erase(page) * kPageSize);
  return kOk;
}

void end(Domain& domain, std::uint64_t slot) {
  if (domain.stop_sent) end_process(&domain.process);      // that signal would stop the next one
  else give_process_back(&domain.process, slot_start(slot), kSlotSize);
  give_back_memory(domain.pages.size() * kPageSize);
}

}  // namespace

Status domain_create(std::uint64_t slot) {
  if (slot >= kSlotCount) return kInvalid;
  if (find(slot) != nullptr) return kExists;
  Domain domain;
  if (!take_process(&domain.process, kSlotSize)) return kNoMemory;
  domains[slot] = domain;
  return kOk;
}

Status domain_map(std::uint64_t slot, std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  constexpr std::uint32_t kBoth = kProtWrite | kProtExecute;
  Domain* domain = find(slot);
  if (domain == nullptr || !in_slot(slot, start, size) || start % kPageSize != 0 || size % kPageSize != 0) return kInvalid;
  if (protection > 7 || (protection & kBoth) == kBoth) return kInvalid;
  if (size == 0) return kOk;
  return protection == kProtNone ? unmap(*domain, slot, start, size) : map(*domain, slot, start, size, protection);
}

Status domain_read(std::uint64_t slot, std::uint64_t address, void* buffer, std::uint64_t count) {
  Domain* domain = find(slot);
  if (domain == nullptr) return kInvalid;
  if (!in_slot(slot, address, count) || !all_there(domain->pages, address, count, kProtNone)) return kDenied;
  touch_for_writing(buffer, count);
  const auto offset = static_cast<off_t>(address - slot_start(slot));
  return count == 0 || pread(domain->process.memory, buffer, count, offset) == static_cast<ssize_t>(count) ? kOk : kIo;
}

Status domain_write(std::uint64_t slot, std::uint64_t address, const void* bytes, std::uint64_t count, std::uint32_t loading) {
  Domain* domain = find(slot);
  if (domain == nullptr) return kInvalid;
  const std::uint32_t wanted = loading != 0 ? kProtNone : kProtWrite;
  if (!in_slot(slot, address, count) || !all_there(domain->pages, address, count, wanted)) return kDenied;
  touch(bytes, count);
  const auto offset = static_cast<off_t>(address - slot_start(slot));
  return count == 0 || pwrite(domain->process.memory, bytes, count, offset) == static_cast<ssize_t>(count) ? kOk : kIo;
}

Status domain_run(std::uint64_t slot, DomainState* state) {
  Domain* domain = find(slot);
  if (domain == nullptr || reinterpret_cast<std::uint64_t>(state) % alignof(DomainState) != 0) return kInvalid;
  const bool no_time_stamps = (state->forbidden & kForbidTimeStamps) != 0;
  if (no_time_stamps != domain->process.without_time_stamps && !forbid_time_stamps(&domain->process, no_time_stamps)) return kIo;
  sigset_t block = event_signals(), old;
  sigaddset(&block, SIGCHLD);
  sigprocmask(SIG_BLOCK, &block, &old);
  sigset_t unblocked = old;
  sigdelset(&unblocked, SIGCHLD);
  const std::uint64_t start = monotonic_ns(), used_before = processor_time_ns(domain->process);
  const std::uint64_t budget = std::max(state->budget_ns, kLeastRun);
  const std::uint64_t deadline = budget < kNever - start ? start + budget : kNever;
  const Status status = run_until_exit(*domain, slot, state, deadline, &unblocked);
  state->used_ns = processor_time_ns(domain->process) - used_before;
  used_by_domains_ns += state->used_ns;
  if (deadline != kNever) state->budget_ns -= std::min(state->budget_ns, monotonic_ns() - start);
  sigprocmask(SIG_SETMASK, &old, nullptr);
  return status;
}

Status domain_audit(std::uint64_t slot, DomainAudit* out) {
  Domain* domain = find(slot);
  if (domain == nullptr) return kInvalid;
  touch(out, sizeof *out);
  return audit_maps(domain->process.pid, slot_start(slot), out) ? kOk : kIo;
}

Status domain_destroy(std::uint64_t slot) {
  Domain* domain = find(slot);
  if (domain == nullptr) return kInvalid;
  end(*domain, slot);
  domains.erase(slot);
  return kOk;
}

std::uint64_t processor_ns() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec) + used_by_domains_ns;
}

void destroy_domains() {
  for (auto& [slot, domain] : domains) end(domain, slot);
  domains.clear();
}

}  // namespace perdure::hosted
