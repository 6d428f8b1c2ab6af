#include "runtime/process/process.h"

#include <algorithm>

#include <gc.h>

#include "runtime/clock.h"
#include "runtime/condition.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/process/limits.h"
#include "runtime/process/processor_meter.h"
#include "runtime/process/queue.h"
#include "runtime/process/scheduler.h"
#include "runtime/process/timers.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

// How long a process runs while another one could.
constexpr std::uint64_t kSlice = 10'000'000;
// Of this many turns one goes to the lowest priority, whatever else is ready.
constexpr unsigned kTurnsPerLowOne = 16;

Value current = kFalse, foreground = kFalse;
Value all = kFalse;                 // every process that has not ended, newest first
ProcessQueue ready[kPriorities] = {ProcessQueue(kReadyQueue), ProcessQueue(kReadyQueue), ProcessQueue(kReadyQueue)};
ProcessQueue input(kInputQueue), store(kStoreQueue);
unsigned turns = 0;
std::int64_t last_id = 0;
std::int64_t all_charged = 0;       // nanoseconds
ProcessorMeter meter;               // of what the current process is charged for
std::int64_t slice_bytes = 0;       // what had been allocated when it was charged last
std::uint64_t armed = kNever;       // what the host's timer is set to
bool polls_soon = false;            // it is set to the end of a slice, or earlier
std::uint64_t user_events = 0;      // for the foreground process's event hook

constexpr std::uint64_t kUserEvents = abi::kEventInterrupt | abi::kEventTerminate | abi::kEventResize;

ProcessQueue& ready_queue(const Process& p) { return ready[fixnum_value(p.priority)]; }
bool anyone_ready() { return std::any_of(ready, ready + kPriorities, [](const ProcessQueue& q) { return !q.empty(); }); }

void leave_queue(Value v) {
  switch (fixnum_value(process_of(v).queue)) {
    case kReadyQueue: ready_queue(process_of(v)).remove(v); break;
    case kInputQueue: input.remove(v); break;
    case kStoreQueue: store.remove(v); break;
    default: break;
  }
}

void arm(std::uint64_t deadline) {
  if (deadline >= armed) return;
  armed = deadline;
  platform->timer_set(host_time(deadline));
}

// The running process must poll its events again soon: when its slice is over, or a sleeper's time has come. A timer
// that is set too early does no harm.
void arm_for(std::uint64_t now) {
  std::uint64_t at = first_deadline();
  if (armed > now + kSlice && (anyone_ready() || !input.empty() || is_limited(current))) at = std::min(at, now + kSlice);
  arm(at);
}

void charge(std::uint64_t now, bool exactly = false) {
  Process& p = process_of(current);
  const std::int64_t used = meter.used(now, exactly);
  const std::int64_t allocated = static_cast<std::int64_t>(GC_get_total_bytes());
  all_charged += used;
  p.nanoseconds = fixnum(fixnum_value(p.nanoseconds) + used);
  p.bytes = fixnum(fixnum_value(p.bytes) + allocated - slice_bytes);
  if (p.group != kFalse) charge_group(p.group, used, allocated - slice_bytes, now);
  slice_bytes = allocated;
}

void make_ready(Value v, Value answer) {
  Process& p = process_of(v);
  leave_queue(v);
  remove_timer(v);
  p.state = fixnum(kReady);
  p.waits_for = kFalse;
  store_slot(&p.answer, answer);
  ready_queue(p).push_back(v);
}

void wake_sleepers(std::uint64_t now) {
  while (first_deadline() <= now) {
    const Value v = first_timer();
    const Process& p = process_of(v);
    make_ready(v, fixnum_value(p.state) == kThrottled ? p.answer : kFalse);
  }
}

void wake_all(const ProcessQueue& queue) {
  while (!queue.empty()) make_ready(queue.first(), kTrue);
}

// The foreground process runs next: it has to hear of what the user did.
void hurry_foreground() {
  if (foreground == kFalse || foreground == current) return;
  Process& p = process_of(foreground);
  if (fixnum_value(p.state) == kWaiting) make_ready(foreground, kFalse);
  if (fixnum_value(p.state) == kThrottled) make_ready(foreground, p.answer);
  if (fixnum_value(p.state) != kReady) return;
  ready_queue(p).remove(foreground);
  ready[0].push_front(foreground);
}

// After the bits were taken from the event page.
void note_events(std::uint64_t bits) {
  if (bits & abi::kEventTimer) {
    armed = kNever;
    polls_soon = false;
  }
  if (bits & abi::kEventInput) wake_all(input);
  if (bits & abi::kEventStore) wake_all(store);
  user_events |= bits & kUserEvents;
  if (bits & kUserEvents) hurry_foreground();
}

std::uint64_t take_posted() { return __atomic_exchange_n(&machine.events.pending, 0, __ATOMIC_ACQ_REL); }

Value pop_ready() {
  const bool low_first = ++turns % kTurnsPerLowOne == 0;
  for (int i = 0; i < kPriorities; ++i) {
    ProcessQueue& queue = ready[low_first ? kPriorities - 1 - i : i];
    if (queue.empty()) continue;
    const Value v = queue.first();
    queue.remove(v);
    return v;
  }
  return kFalse;
}

void sleep_until_event() {
  const std::uint64_t mask = kUserEvents | abi::kEventStore | (input.empty() ? 0 : std::uint64_t{abi::kEventInput});
  const std::uint64_t bits = platform->wait(mask, host_time(first_deadline()));
  note_events((take_posted() & ~std::uint64_t{abi::kEventInput}) | (bits & abi::kEventInput));
}

// Who runs next. A process whose group has had its share sleeps until it may go on.
Value choose_next(std::uint64_t* now) {
  for (;;) {
    wake_sleepers(*now);
    const Value v = pop_ready();
    if (v == kFalse) {
      sleep_until_event();
      *now = clock_ns();
      meter.skip_to(*now);
      continue;
    }
    const std::uint64_t until = may_run_from(process_of(v).group, *now);
    if (until <= *now) return v;
    process_of(v).state = fixnum(kThrottled);
    insert_timer(v, until);
  }
}

void leave_all(Process& p) {
  if (p.all_previous == kFalse) all = p.all_next;
  else store_slot(&process_of(p.all_previous).all_next, p.all_next);
  if (p.all_next != kFalse) store_slot(&process_of(p.all_next).all_previous, p.all_previous);
  p.all_next = p.all_previous = kFalse;
}

// What it will never need again.
void forget_frames(Process& p) {
  p.frames = p.buffer = p.answer = kFalse;
  p.handlers = p.winders = p.parameters = p.interrupts = kNil;
}

bool switch_out(Process& p) {
  const Value frames = suspend_frames(&p.buffer);
  if (frames == kRaise) return false;
  store_slot(&p.frames, frames);
  store_slot(&p.handlers, machine.handlers);
  store_slot(&p.winders, machine.winders);
  store_slot(&p.parameters, machine.parameters);
  return true;
}

void switch_in(Value v) {
  Process& p = process_of(v);
  current = v;
  p.state = fixnum(kRunning);
  machine.handlers = p.handlers;
  machine.winders = p.winders;
  machine.parameters = p.parameters;
  machine.answer = p.answer;
  resume_frames(p.frames);
  p.frames = p.answer = kFalse;
}

}  // namespace

Value current_process() { return current; }
Value foreground_process() { return foreground; }

void forget_spare_frames() {
  if (current != kFalse) process_of(current).buffer = kFalse;
}

std::uint64_t switch_process() {
  Process& p = process_of(current);
  end_atomic_section();
  std::uint64_t now = clock_ns();
  charge(now);
  if (fixnum_value(p.state) == kWaiting && p.interrupts.is_pair()) {  // it was interrupted before it waits
    wake(current, kFalse);
    machine.answer = kFalse;
    return next_interrupt();
  }
  if (fixnum_value(p.state) == kEnded) {
    leave_all(p);
    forget_frames(p);
  } else if (!switch_out(p)) {
    const bool yields = fixnum_value(p.state) == kRunning;
    leave_queue(current);
    remove_timer(current);
    p.state = fixnum(kRunning);
    machine.answer = kFalse;
    return yields ? 0 : kRaise.bits;
  } else if (fixnum_value(p.state) == kRunning) {
    p.state = fixnum(kReady);
    ready_queue(p).push_back(current);
  }
  current = kFalse;
  const Value next = choose_next(&now);
  switch_in(next);
  arm_for(now);
  return next_interrupt();
}

std::uint64_t next_interrupt() {
  if (current == foreground && user_events != 0) return machine.hooks[kHookEvent].bits;
  Process& p = process_of(current);
  if (!p.interrupts.is_pair()) return 0;
  const Value first = car(p.interrupts);
  store_slot(&p.interrupts, cdr(p.interrupts));
  return first.bits;
}

AtPoll take_events() {
  note_events(take_posted());
  if (current == kFalse) return user_events != 0 && machine.hooks[kHookEvent] != kFalse ? AtPoll::kInterrupted : AtPoll::kGoOn;
  std::uint64_t now = clock_ns();
  charge(now);
  wake_sleepers(now);
  if (!input.empty() && platform->wait(abi::kEventInput, 0) != 0) wake_all(input);
  check_limits(current);
  if (process_of(current).interrupts.is_pair() || (current == foreground && user_events != 0)) {
    arm_for(now);
    return AtPoll::kInterrupted;
  }
  if (anyone_ready() || may_run_from(process_of(current).group, now) > now) return AtPoll::kSwitch;
  arm_for(now);
  return AtPoll::kGoOn;
}

// What the user did concerns the foreground process alone; when that is another one, or when another one is ready, the next
// poll gives the processor away. So events that were taken are to be looked at again.
bool interrupt_is_due() {
  if (machine.atomic != 0) return false;
  note_events(take_posted());
  if (current == kFalse) return user_events != 0;
  const std::uint64_t now = clock_ns();
  charge(now);
  wake_sleepers(now);
  const Value before = process_of(current).interrupts;
  check_limits(current);
  const bool due = process_of(current).interrupts != before || (current == foreground && user_events != 0);
  if (!due && !anyone_ready()) {
    arm_for(now);
    return false;
  }
  __atomic_or_fetch(&machine.events.pending, std::uint64_t{abi::kEventTimer}, __ATOMIC_ACQ_REL);
  machine.stack_limit = ~std::uint64_t{0};
  return due;
}

// --- for process_primitives.cpp ----------------------------------------------------------------------------------------
void start_process(Value v, Value thunk) {
  Process& p = process_of(v);
  p.id = fixnum(++last_id);
  store_slot(&p.all_next, all);
  if (all != kFalse) store_slot(&process_of(all).all_previous, v);
  all = v;
  store_slot(&p.interrupts, thunk);
  make_ready(v, kFalse);
  poll_soon();
}

void adopt_process(Value v) {
  Process& p = process_of(v);
  if (fixnum_value(p.id) == 0) start_process(v, kNil);
  leave_queue(v);
  remove_timer(v);
  if (current != kFalse && current != v) charge(clock_ns());
  current = v;
  p.state = fixnum(kRunning);
  p.waits_for = kFalse;
  meter.skip_to(clock_ns());
  slice_bytes = static_cast<std::int64_t>(GC_get_total_bytes());
}

void set_foreground(Value v) { foreground = v; }

void will_wait(Value waits_for, std::uint64_t deadline, QueueName queue) {
  Process& p = process_of(current);
  leave_queue(current);
  remove_timer(current);
  p.state = fixnum(kWaiting);
  store_slot(&p.waits_for, waits_for);
  if (queue == kInputQueue) input.push_back(current);
  if (queue == kStoreQueue) store.push_back(current);
  if (deadline != kNever) insert_timer(current, deadline);
}

void wake(Value v, Value answer) {
  if (fixnum_value(process_of(v).state) != kWaiting) return;
  if (v == current) {  // it has said that it will wait, and does not yet
    leave_queue(v);
    remove_timer(v);
    process_of(v).state = fixnum(kRunning);
    return;
  }
  make_ready(v, answer);
  poll_soon();
}

void continue_process(Value v, Value frames, Value answer) {
  Process& p = process_of(v);
  store_slot(&p.frames, frames);
  make_ready(v, answer);
}

void end_process(Value v) {
  Process& p = process_of(v);
  if (fixnum_value(p.state) == kEnded) return;
  leave_queue(v);
  remove_timer(v);
  p.state = fixnum(kEnded);
  p.waits_for = kFalse;
  if (v == current) return;  // switch_process does the rest
  leave_all(p);
  forget_frames(p);
}

Value all_processes() { return all; }

void set_priority(Value v, int priority) {
  Process& p = process_of(v);
  const bool queued = fixnum_value(p.queue) == kReadyQueue;
  if (queued) leave_queue(v);
  p.priority = fixnum(priority);
  if (queued) ready_queue(p).push_back(v);
}

std::uint64_t take_user_events() {
  if (current == kFalse) note_events(take_posted());
  const std::uint64_t bits = user_events;
  user_events = 0;
  return bits;
}

void poll_soon() {
  if (polls_soon) return;
  polls_soon = true;
  arm(clock_ns() + kSlice);
}

void charge_current() {
  if (current != kFalse) charge(clock_ns(), true);
}

std::int64_t uncharged_bytes() { return static_cast<std::int64_t>(GC_get_total_bytes()) - slice_bytes; }

std::int64_t charged_time() { return all_charged; }

// Who waited for a checkpoint has it: what goes on is that one or a later one. The one that saved the world, and goes on,
// may never wait or yield: the others need a timer of this host.
void resume_processes() {
  meter.start(clock_ns());
  wake_all(store);
  armed = kNever;
  polls_soon = false;
  user_events = 0;
  poll_soon();
}

}  // namespace perdure::runtime
