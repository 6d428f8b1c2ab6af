// The Linux process of a domain.
//
//   L1  No system call of the extension is ever carried out: it only runs under PTRACE_SYSEMU, where Linux stops it at each one
//       and does nothing. Should that fail, a seccomp filter lets nothing through but mapping, and there is nothing to map but its own
//       memory file, and who may read the time-stamp counter; and when this process ends, Linux kills it.
//   L2  What this process wants done in there (mapping) it does by letting it run the gate page, a system call and a breakpoint, with
//       registers of its own choosing; the extension may jump there, and is stopped by that system call like by any other.
//   L3  Memory is a memfd that both processes have, so that it is read and written here without the other one.
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>

namespace perdure::hosted {

inline constexpr std::uint64_t kGatePage = 0x0000'1f00'0000'0000;

inline constexpr std::uint64_t kCode64 = 0x33, kData = 0x2b;      // selectors of Linux

struct DomainProcess {
  pid_t pid = -1;
  int memory = -1;      // the slot's bytes; offset 0 is the slot's start
  bool without_time_stamps = false;
};

// One with no memory: a new one, or one that was given back. False: Linux gives no process or no file.
bool take_process(DomainProcess* process, std::uint64_t slot_size);
// A stopped one. A few are kept for the next domains, with nothing of what they had: no memory, no registers.
void give_process_back(DomainProcess* process, std::uint64_t slot_start, std::uint64_t slot_size);
void end_process(DomainProcess* process);

// Whether rdtsc faults in there from now on.
bool forbid_time_stamps(DomainProcess* process, bool forbidden);

// What it has used of the processor so far; while it runs, other programs of a busy machine may run in its place.
std::uint64_t processor_time_ns(const DomainProcess& process);

// A system call in the other process; what Linux answers (negative: an error number).
std::int64_t call_inside(const DomainProcess& process, std::uint64_t number, const std::uint64_t (&arguments)[6]);

// Waits for the traced process to stop, or for an event of ours or the deadline (monotonic; ~0: none), with event signals blocked by
// the caller and `unblocked` the mask to sleep with. Answers true and the wait status if it stopped.
bool wait_for_stop(pid_t pid, std::uint64_t deadline_ns, const sigset_t* unblocked, int* status);

}  // namespace perdure::hosted
