#include "runtime/process/limits.h"

#include <algorithm>

#include <gc.h>

#include "runtime/clock.h"
#include "runtime/condition.h"
#include "runtime/heap.h"
#include "runtime/process/process.h"
#include "runtime/process/scheduler.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

// A share is kept to within one of these; long enough for several slices of everyone else.
constexpr std::int64_t kWindow = 100'000'000;

ProcessGroup& group_of(Value v) { return *as<ProcessGroup>(v); }
std::int64_t number(Value v) { return fixnum_value(v); }

std::int64_t live_bytes() { return static_cast<std::int64_t>(GC_get_heap_size() - GC_get_free_bytes()); }
std::int64_t allocated_bytes() { return static_cast<std::int64_t>(GC_get_total_bytes()); }

void interrupt(Value process, Value procedure) {
  const Value list = cons(procedure, process_of(process).interrupts);
  if (list != kRaise) store_slot(&process_of(process).interrupts, list);
}

// The growth of the world since the group was made, in proportion to its part in what was allocated since.
std::int64_t held_bytes(const ProcessGroup& g) {
  const std::int64_t growth = std::max<std::int64_t>(live_bytes() - number(g.held_before), 0);
  const std::int64_t allocated = std::max<std::int64_t>(allocated_bytes() - number(g.allocated_before), 1);
  const double part = std::min(1.0, static_cast<double>(number(g.bytes)) / static_cast<double>(allocated));
  return static_cast<std::int64_t>(static_cast<double>(growth) * part);
}

void check_time(ProcessGroup& g, Value process) {
  if (g.nanoseconds_limit == kFalse || number(g.nanoseconds) <= number(g.nanoseconds_limit)) return;
  constexpr std::int64_t kLeastGrace = 10'000'000;
  const std::int64_t grace = std::max(kLeastGrace, number(g.nanoseconds_limit) / 10);
  g.nanoseconds_limit = fixnum(number(g.nanoseconds) + grace);
  interrupt(process, g.on_time_limit);
}

// Measures what the group holds, if it may be too much by now. Whether it is: then the limit is a tenth larger from now on.
bool holds_too_much(ProcessGroup& g) {
  collect_garbage();
  const std::int64_t limit = number(g.bytes_limit), held = held_bytes(g);
  const std::int64_t least = std::max<std::int64_t>(limit / 4, 1 << 20);
  if (held > limit) g.bytes_limit = fixnum(held + limit / 10);
  g.next_check = fixnum(number(g.bytes) + std::max(limit - held, least));
  return held > limit;
}

void check_memory(ProcessGroup& g, Value process) {
  if (g.bytes_limit == kFalse || number(g.bytes) < number(g.next_check)) return;
  if (holds_too_much(g)) interrupt(process, g.on_memory_limit);
}

// #f, or the limit of the first of the running process's groups that is not to have `bytes` more in one piece, or that has been
// asking for more and more within one primitive, where no poll stops it.
Value limit_reached(std::int64_t bytes) {
  constexpr std::int64_t kBetweenPolls = std::int64_t{32} << 20;
  for (Value v = process_of(current_process()).group; v != kFalse; v = group_of(v).parent) {
    ProcessGroup& g = group_of(v);
    if (g.bytes_limit == kFalse) continue;
    const Value limit = g.bytes_limit;
    if (bytes > number(limit)) return limit;
    if (number(g.bytes) + uncharged_bytes() + bytes < number(g.next_check) + kBetweenPolls) continue;
    charge_current();
    if (holds_too_much(g)) return limit;
  }
  return kFalse;
}

}  // namespace

void charge_group(Value group, std::int64_t nanoseconds, std::int64_t bytes, std::uint64_t now) {
  for (; group != kFalse; group = group_of(group).parent) {
    ProcessGroup& g = group_of(group);
    g.nanoseconds = fixnum(number(g.nanoseconds) + nanoseconds);
    g.bytes = fixnum(number(g.bytes) + bytes);
    if (g.share == kFalse) continue;
    if (static_cast<std::int64_t>(now) - number(g.window_start) >= kWindow) {
      // What was used beyond the share of the windows that have passed is carried over.
      const std::int64_t windows = (static_cast<std::int64_t>(now) - number(g.window_start)) / kWindow;
      const std::int64_t allowed = windows * (kWindow / 1000 * number(g.share));
      g.window_used = fixnum(std::max<std::int64_t>(number(g.window_used) - allowed, 0));
      g.window_start = fixnum(number(g.window_start) + windows * kWindow);
    }
    g.window_used = fixnum(number(g.window_used) + nanoseconds);
  }
}

std::uint64_t may_run_from(Value group, std::uint64_t now) {
  std::int64_t from = 0;
  for (; group != kFalse; group = group_of(group).parent) {
    const ProcessGroup& g = group_of(group);
    if (g.share == kFalse) continue;
    // It has used up to the time at which its share would have grown to as much.
    const std::int64_t per_nanosecond = number(g.share);
    if (number(g.window_used) <= kWindow / 1000 * per_nanosecond) continue;
    from = std::max(from, number(g.window_start) + number(g.window_used) / per_nanosecond * 1000);
  }
  return from <= static_cast<std::int64_t>(now) ? now : static_cast<std::uint64_t>(from);
}

bool is_limited(Value process) { return process != kFalse && process_of(process).group != kFalse; }

void check_limits(Value process) {
  for (Value v = process_of(process).group; v != kFalse; v = group_of(v).parent) {
    check_time(group_of(v), process);
    check_memory(group_of(v), process);
  }
}

bool reaches_memory_limit(std::uint64_t bytes) {
  if (!is_limited(current_process())) return false;
  const Value limit = limit_reached(static_cast<std::int64_t>(bytes));
  if (limit == kFalse) return false;
  fail("limit-exceeded", "", "the limit of memory was reached:", {limit});
  return true;
}

void start_group(Value group) {
  ProcessGroup& g = group_of(group);
  g.nanoseconds = g.bytes = g.window_used = fixnum(0);
  g.window_start = fixnum(static_cast<std::int64_t>(clock_ns()));
  if (g.bytes_limit != kFalse) collect_garbage();
  g.next_check = g.bytes_limit == kFalse ? fixnum(0) : g.bytes_limit;
  g.held_before = fixnum(live_bytes());
  g.allocated_before = fixnum(allocated_bytes());
}

}  // namespace perdure::runtime
