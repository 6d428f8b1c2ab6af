#include "boot/hosted/domain_process.h"

#include <elf.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <vector>

#include "boot/abi/address_map.h"
#include "boot/hosted/events.h"

namespace perdure::hosted {
namespace {

constexpr std::uint64_t kPage = abi::kPageSize;
constexpr std::uint64_t kEndOfUser = 0x0000'7fff'ffff'f000;
constexpr std::uint8_t kGate[] = {0x0f, 0x05, 0xcc};      // syscall; int3

void forbid_system_calls() {
  static sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 7),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_munmap, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_TSC, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {sizeof program / sizeof *program, program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) _exit(1);
}

// Linux writes to the C library's area for restartable sequences whenever it has switched processes.
void give_up_restartable_sequences() {
  constexpr unsigned kRegisteredSize = 32;
  if (__rseq_size == 0) return;
  void* area = static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset;
  if (syscall(SYS_rseq, area, kRegisteredSize, RSEQ_FLAG_UNREGISTER, RSEQ_SIG) != 0) _exit(1);
}

// In the new process: everything is given up but memory, and that will be taken away from outside.
[[noreturn]] void become_domain(int memory) {
  setpgid(0, 0);      // the terminal's signals are not for it
  if (memory != 0) dup2(memory, 0);
  syscall(SYS_close_range, 1U, ~0U, 0U);
  void* gate = mmap(reinterpret_cast<void*>(kGatePage), kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (gate != reinterpret_cast<void*>(kGatePage)) _exit(1);
  std::memcpy(gate, kGate, sizeof kGate);
  mprotect(gate, kPage, PROT_READ | PROT_EXEC);
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
  for (int signal = 1; signal < 65; ++signal) std::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  stack_t no_stack = {};
  no_stack.ss_flags = SS_DISABLE;
  sigaltstack(&no_stack, nullptr);
  give_up_restartable_sequences();
  forbid_system_calls();
  if (__builtin_cpu_supports("avx")) asm volatile("vzeroall" ::: "memory");
  asm volatile("int3");
  for (;;) asm volatile("hlt");
}

bool stopped_by(pid_t pid, int signal) {
  int status = 0;
  while (waitpid(pid, &status, __WALL) < 0)
    if (errno != EINTR) return false;
  return WIFSTOPPED(status) && WSTOPSIG(status) == signal;
}

bool empty_its_memory(const DomainProcess& process) {
  return call_inside(process, SYS_munmap, {0, kGatePage, 0, 0, 0, 0}) == 0 &&
         call_inside(process, SYS_munmap, {kGatePage + kPage, kEndOfUser - kGatePage - kPage, 0, 0, 0, 0}) == 0;
}

// Only there to end a sleep.
void on_child(int) {}

void hear_of_children() {
  static bool done = false;
  if (done) return;
  done = true;
  struct sigaction action = {};
  action.sa_handler = on_child;
  action.sa_flags = SA_ONSTACK;
  action.sa_mask = event_signals();
  sigaction(SIGCHLD, &action, nullptr);
}

// Each process has an open file here; the usual soft limit is 1024.
void allow_many_files() {
  static bool done = false;
  rlimit files;
  if (done || getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  done = true;
  constexpr rlim_t kWanted = 2 * abi::kSlotCount;
  if (files.rlim_cur >= kWanted) return;
  files.rlim_cur = files.rlim_max < kWanted ? files.rlim_max : kWanted;
  setrlimit(RLIMIT_NOFILE, &files);
}

// The world but for the runtime's stack, on which this runs.
void keep_world_from_children(bool keep) {
  const int advice = keep ? MADV_DONTFORK : MADV_DOFORK;
  madvise(reinterpret_cast<void*>(abi::kWorldBase), abi::kStackBase - abi::kWorldBase, advice);
  madvise(reinterpret_cast<void*>(abi::kProcessStackBase), abi::kStackEnd - abi::kProcessStackBase, advice);
}

// The world is nothing to the new process: there is less to copy, and this one's pages stay its own.
pid_t fork_without_world() {
  keep_world_from_children(true);
  const pid_t pid = fork();
  if (pid != 0) keep_world_from_children(false);
  return pid;
}

bool start_process(DomainProcess* process, std::uint64_t slot_size) {
  hear_of_children();
  allow_many_files();
  process->memory = memfd_create("perdure-domain", MFD_CLOEXEC);
  if (process->memory < 0 || ftruncate(process->memory, static_cast<off_t>(slot_size)) != 0) {
    end_process(process);
    return false;
  }
  sigset_t all, old;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &old);      // no handler of ours runs in the new process
  process->pid = fork_without_world();
  if (process->pid == 0) become_domain(process->memory);
  sigprocmask(SIG_SETMASK, &old, nullptr);
  if (process->pid > 0 && stopped_by(process->pid, SIGTRAP) &&
      ptrace(PTRACE_SETOPTIONS, process->pid, nullptr, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD) == 0 && empty_its_memory(*process))
    return true;
  end_process(process);
  return false;
}

std::vector<DomainProcess> spares;

// All vector registers as a new process has them, and what else the processor keeps with them.
bool clear_vectors(pid_t pid) {
  constexpr std::size_t kMostBytes = 16384, kPresent = 512;      // which of them are not: a word behind the FXSAVE area
  alignas(64) static std::uint8_t state[kMostBytes];
  iovec part = {state, sizeof state};
  if (ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &part) != 0 || part.iov_len < kPresent + 8) return false;
  std::memset(state + kPresent, 0, sizeof(std::uint64_t));
  return ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &part) == 0;
}

bool clear_process(const DomainProcess& process, std::uint64_t slot_start, std::uint64_t slot_size) {
  return call_inside(process, SYS_munmap, {slot_start, slot_size, 0, 0, 0, 0}) == 0 && ftruncate(process.memory, 0) == 0 &&
         ftruncate(process.memory, static_cast<off_t>(slot_size)) == 0 && clear_vectors(process.pid);
}

}  // namespace

bool take_process(DomainProcess* process, std::uint64_t slot_size) {
  if (spares.empty()) return start_process(process, slot_size);
  *process = spares.back();
  spares.pop_back();
  return true;
}

void give_process_back(DomainProcess* process, std::uint64_t slot_start, std::uint64_t slot_size) {
  constexpr std::size_t kMostSpares = 8;
  if (process->pid <= 0 || spares.size() == kMostSpares || !clear_process(*process, slot_start, slot_size)) return end_process(process);
  spares.push_back(*process);
  *process = DomainProcess();
}

void end_process(DomainProcess* process) {
  if (process->pid > 0) {
    kill(process->pid, SIGKILL);
    while (waitpid(process->pid, nullptr, __WALL) < 0 && errno == EINTR) {
    }
  }
  if (process->memory >= 0) close(process->memory);
  *process = DomainProcess();
}

bool forbid_time_stamps(DomainProcess* process, bool forbidden) {
  const std::uint64_t how = forbidden ? PR_TSC_SIGSEGV : PR_TSC_ENABLE;
  if (call_inside(*process, SYS_prctl, {PR_SET_TSC, how, 0, 0, 0, 0}) != 0) return false;
  process->without_time_stamps = forbidden;
  return true;
}

std::uint64_t processor_time_ns(const DomainProcess& process) {
  // clock_getcpuclockid(), without asking Linux whether there is such a process.
  constexpr unsigned kScheduledTime = 2;
  const auto clock = static_cast<clockid_t>(~static_cast<unsigned>(process.pid) << 3 | kScheduledTime);
  timespec time = {};
  clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

std::int64_t call_inside(const DomainProcess& process, std::uint64_t number, const std::uint64_t (&arguments)[6]) {
  user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, process.pid, nullptr, &registers) != 0) return -ESRCH;
  registers.cs = kCode64;      // the extension may have jumped to 32-bit code
  registers.ss = kData;
  registers.rip = kGatePage;
  registers.rax = number;
  registers.orig_rax = ~std::uint64_t{0};      // it is not in a system call that could be tried again
  registers.eflags = 0x202;
  registers.rdi = arguments[0];
  registers.rsi = arguments[1];
  registers.rdx = arguments[2];
  registers.r10 = arguments[3];
  registers.r8 = arguments[4];
  registers.r9 = arguments[5];
  if (ptrace(PTRACE_SETREGS, process.pid, nullptr, &registers) != 0) return -ESRCH;
  if (ptrace(PTRACE_CONT, process.pid, nullptr, nullptr) != 0 || !stopped_by(process.pid, SIGTRAP)) return -ESRCH;
  if (ptrace(PTRACE_GETREGS, process.pid, nullptr, &registers) != 0 || registers.rip != kGatePage + sizeof kGate) return -ESRCH;
  return static_cast<std::int64_t>(registers.rax);
}

bool wait_for_stop(pid_t pid, std::uint64_t deadline_ns, const sigset_t* unblocked, int* status) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  for (;;) {
    const pid_t got = waitpid(pid, status, __WALL | WNOHANG);
    if (got == pid) return true;
    if (got < 0 && errno != EINTR) {
      *status = 0;      // gone: as if it had ended
      return true;
    }
    const std::uint64_t now = monotonic_ns();
    if (events_posted() || now >= deadline_ns) return false;
    const std::uint64_t left = deadline_ns - now;
    const timespec time = {static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond)};
    ppoll(nullptr, 0, deadline_ns == ~std::uint64_t{0} ? nullptr : &time, unblocked);
  }
}

}  // namespace perdure::hosted
