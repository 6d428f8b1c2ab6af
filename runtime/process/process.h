// Processes: many computations in one world, one at a time on the processor.
//
// There is one Scheme stack. A process that does not run has its frames in the heap, as a continuation has (machine.h,
// M4), so that it costs what its frames cost, is saved with the heap, and needs no stack of its own. Switching copies
// the frames of a few calls: those that run out, those that run in.
//
// Invariants:
//   P1  `current` is the process that runs; its dynamic state is in `machine`, its frames are on the stack. The state of
//       all others is in their records.
//   P2  A process is in at most one queue (ready, or waiting for input or for the store), and only in state kReady or kWaiting; in the
//       timer heap only while it waits or is throttled.
//   P3  Queues, timers and states change only in C++, which is never interrupted; so no lock guards them. What Scheme
//       does to several fields at once is done between %atomic-begin! and %atomic-end!.
//   P4  Whoever waits asks anew after waking: a process may be woken for nothing.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/object.h"
#include "runtime/primitive.h"

namespace perdure::runtime {

// A record whose type is defined in world/process.scm: the fields here, in this order, then those of Scheme alone.
struct Process {
  Value type;
  Value id;            // fixnum, never used again
  Value name;
  Value state;         // fixnum of ProcessState
  Value waits_for;     // what a person is told: a symbol, or a list of a symbol and an object
  Value priority;      // fixnum, 0 (first) to kPriorities - 1
  Value group;         // a ProcessGroup record, or #f: under no limit
  Value nanoseconds;   // fixnum: processor time used, until it was last switched out
  Value bytes;         // fixnum: allocated, to the granularity of the collector's blocks
  // While it does not run
  Value frames;        // a continuation; #f: none
  Value buffer;        // a continuation to be used again for shallow stacks, or #f
  Value answer;        // what the call of %suspend answers
  Value handlers;
  Value winders;
  Value parameters;
  Value interrupts;    // procedures of no arguments to be called in it when it runs next, first one first
  // Queues and timers
  Value queue;         // fixnum of QueueName
  Value queue_next, queue_previous;
  Value deadline;      // fixnum: a time of the world's clock, or #f
  Value timer_child, timer_next, timer_previous;
  Value all_next, all_previous;
};

// kThrottled: ready, but its group has had its share of the processor for now; it is in the timer heap.
enum ProcessState : int { kRunning, kReady, kWaiting, kThrottled, kEnded };
enum QueueName : int { kNoQueue, kReadyQueue, kInputQueue, kStoreQueue };
inline constexpr int kPriorities = 3;

inline Process& process_of(Value v) { return *as<Process>(v); }

// The process that runs, or #f before world/process.scm was loaded; and the one that the console belongs to, which
// Ctrl-C interrupts.
Value current_process();
Value foreground_process();

// --- called by the stubs, on the runtime stack ---------------------------------------------------------------------
// Takes the processor from the current process, in the state it has set for itself (kRunning: it goes to the end of its
// queue), and gives it to the next one; waits in the host while there is none. Afterwards `scheme_sp` points to the
// return address of the process that now runs, whose answer is in machine.answer. Answers 0, a closure that has to be
// called first (an interrupt), or kRaise with the old process still running.
std::uint64_t switch_process();
// The running process's buffer for frames has none, but what was in it last.
void forget_spare_frames();
// The next interrupt of the process that runs, or 0.
std::uint64_t next_interrupt();

// At a poll: takes the events that the host posted. Says what the polling process has to do; kInterrupted: call what
// next_interrupt() answers.
enum class AtPoll { kGoOn, kSwitch, kInterrupted };
AtPoll take_events();

// Whenever a host has taken the world over.
void resume_processes();

std::span<const Primitive> process_primitives();

}  // namespace perdure::runtime
