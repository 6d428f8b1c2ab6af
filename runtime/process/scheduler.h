// What the primitives of processes ask of the scheduler (process.cpp). Processes are given as records that were checked.
#pragma once

#include <cstdint>

#include "runtime/process/process.h"

namespace perdure::runtime {

// A new process becomes ready; it begins with `thunks`, a list.
void start_process(Value process, Value thunks);
// What runs is `process` from now on; its frames, if it had any, are forgotten.
void adopt_process(Value process);
void set_foreground(Value process);
// The current process will wait from its next switch on: for a wake, until the deadline, or for what the queue stands for
// (kInputQueue, kStoreQueue or none).
void will_wait(Value waits_for, std::uint64_t deadline_ns, QueueName queue);
// If it waits, it becomes ready, and what it waited in answers `answer`.
void wake(Value process, Value answer);
// It goes on from `frames`, with an answer.
void continue_process(Value process, Value frames, Value answer);
// The current one is gone at its next switch, another one at once.
void end_process(Value process);
// The newest; the others by all_next.
Value all_processes();
void set_priority(Value process, int priority);
// Bits of abi::Event that the user posted since the last time.
std::uint64_t take_user_events();
// The running process is to poll events within a slice.
void poll_soon();
// Brings the current process's processor time and allocation up to date.
void charge_current();
// What the current process has allocated since then.
std::int64_t uncharged_bytes();
// Nanoseconds that all processes together have been charged, ended ones too.
std::int64_t charged_time();

}  // namespace perdure::runtime
