// Limits of groups of processes: processor time, share of the processor, memory.
//
// What a group is charged its parents are charged too. Limits are checked at the polls that the timer asks for, some
// hundred times a second while a limited process runs, the one of memory also in primitives that ask for much. Reaching one makes the group's `on_limit` procedure an interrupt of
// the process that runs; the limit is then raised a little, so that who goes on is told again.
#pragma once

#include <cstdint>

#include "runtime/value.h"

namespace perdure::runtime {

// A record whose type is defined in world/limits.scm: the fields here, in this order, then those of Scheme alone.
struct ProcessGroup {
  Value type;
  Value parent;             // a group or #f
  Value nanoseconds;        // fixnum: processor time used
  Value nanoseconds_limit;  // fixnum or #f
  Value bytes;              // fixnum: allocated
  Value bytes_limit;        // fixnum or #f: of what it holds
  Value next_check;         // fixnum: when `bytes` reaches this, what it holds is measured
  Value held_before;        // fixnum: bytes that were live in the world when the group was made
  Value allocated_before;   // fixnum: bytes that had been allocated in the world then
  Value share;              // fixnum: processor time in thousandths, or #f
  Value window_start;       // fixnum: a time of the world's clock
  Value window_used;        // fixnum: nanoseconds used since
  Value on_time_limit;      // procedures of no arguments
  Value on_memory_limit;
};

void charge_group(Value group, std::int64_t nanoseconds, std::int64_t bytes, std::uint64_t now);
// The earliest time at which a process of `group` (or #f) may run; at most `now` when it may at once.
std::uint64_t may_run_from(Value group, std::uint64_t now);
bool is_limited(Value process);
// Gives `process` the interrupts of the limits it has reached.
void check_limits(Value process);
// When memory is asked for: whether the running process is not to have `bytes` more in one piece, or has had far more than its
// limit since its last poll. True: with the condition pending.
bool reaches_memory_limit(std::uint64_t bytes);
// Fills in what a new group begins with; collects garbage when it limits memory.
void start_group(Value group);

}  // namespace perdure::runtime
