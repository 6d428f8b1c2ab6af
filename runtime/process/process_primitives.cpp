// The primitives under world/process.scm. They trust their arguments less than the world's libraries do, but they are no
// one's interface: names with %.
#include <cstring>
#include <iterator>

#include "runtime/condition.h"
#include "runtime/data/records.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/process/limits.h"
#include "runtime/process/poll_count.h"
#include "runtime/process/process.h"
#include "runtime/process/scheduler.h"
#include "runtime/process/timers.h"

namespace perdure::runtime {
namespace {

Value process_type = kFalse, group_type = kFalse;

bool is_process(Value v) { return is_record(v) && as<Record>(v)->type == process_type; }

Value prim_set_process_type(Value type) {
  static constexpr const char* kFields[] = {
      "id", "name", "state", "waits-for", "priority", "group", "nanoseconds", "bytes", "frames", "buffer", "answer", "handlers",
      "winders", "parameters", "interrupts", "queue", "queue-next", "queue-previous", "deadline", "timer-child", "timer-next",
      "timer-previous", "all-next", "all-previous"};
  if (!has_type(type, Type::kRecordType)) return wrong_type("%set-process-type!", 1, "record type", type);
  static_assert(sizeof(Process) == (std::size(kFields) + 1) * sizeof(Value));
  if (!fields_begin_with(type, kFields)) return fail("error", "%set-process-type!", "the fields are not those of process.h");
  process_type = type;
  return kUnspecific;
}

Value prim_set_group_type(Value type) {
  static constexpr const char* kFields[] = {
      "parent", "nanoseconds", "nanoseconds-limit", "bytes", "bytes-limit", "next-check", "held-before", "allocated-before",
      "share", "window-start", "window-used", "on-time-limit", "on-memory-limit"};
  if (!has_type(type, Type::kRecordType)) return wrong_type("%set-group-type!", 1, "record type", type);
  static_assert(sizeof(ProcessGroup) == (std::size(kFields) + 1) * sizeof(Value));
  if (!fields_begin_with(type, kFields)) return fail("error", "%set-group-type!", "the fields are not those of limits.h");
  group_type = type;
  return kUnspecific;
}

Value not_a_process(std::string_view who, Value v) { return wrong_type(who, 1, "process", v); }

Value prim_current() { return current_process(); }
Value prim_foreground() { return foreground_process(); }

Value prim_set_foreground(Value p) {
  if (!is_process(p)) return not_a_process("%set-foreground-process!", p);
  set_foreground(p);
  return kUnspecific;
}

Value prim_start(Value p, Value thunk) {
  if (!is_process(p)) return not_a_process("%process-start!", p);
  if (!thunk.is_closure()) return wrong_type("%process-start!", 2, "procedure", thunk);
  const Value list = cons(thunk, kNil);
  if (list == kRaise) return kRaise;
  start_process(p, list);
  return kUnspecific;
}

Value prim_adopt(Value p) {
  if (!is_process(p)) return not_a_process("%process-adopt!", p);
  adopt_process(p);
  return kUnspecific;
}

Value prim_will_wait(Value waits_for, Value deadline, Value input) {
  if (deadline != kFalse && !deadline.is_fixnum()) return wrong_type("%will-wait!", 2, "fixnum or #f", deadline);
  const std::int64_t at = deadline == kFalse ? -1 : fixnum_value(deadline);
  will_wait(waits_for, deadline == kFalse ? kNever : static_cast<std::uint64_t>(at < 0 ? 0 : at),
            input == kFalse ? kNoQueue : kInputQueue);
  return kUnspecific;
}

Value prim_will_wait_for_store(Value waits_for) {
  will_wait(waits_for, kNever, kStoreQueue);
  return kUnspecific;
}

Value prim_wake(Value p, Value answer) {
  if (!is_process(p)) return not_a_process("%wake!", p);
  wake(p, answer);
  return kUnspecific;
}

Value prim_continue(Value p, Value k, Value answer) {
  if (!is_process(p)) return not_a_process("%process-continue!", p);
  if (!k.is_closure() || as_closure(k)->entry != stubs.continuation) return wrong_type("%process-continue!", 2, "continuation", k);
  const Continuation& continuation = *as_continuation(k);
  Process& process = process_of(p);
  store_slot(&process.winders, continuation.winders);
  store_slot(&process.handlers, continuation.handlers);
  store_slot(&process.parameters, continuation.parameters);
  continue_process(p, k, answer);
  return kUnspecific;
}

Value prim_end(Value p) {
  if (!is_process(p)) return not_a_process("%process-end!", p);
  end_process(p);
  return kUnspecific;
}

// The last of the process's interrupts; it is woken if it waits.
Value prim_interrupt(Value p, Value thunk) {
  if (!is_process(p)) return not_a_process("%process-interrupt!", p);
  if (!thunk.is_closure()) return wrong_type("%process-interrupt!", 2, "procedure", thunk);
  const Value last = cons(thunk, kNil);
  if (last == kRaise) return kRaise;
  Value* link = &process_of(p).interrupts;
  while (link->is_pair()) link = &as_pair(*link)->cdr;
  store_slot(link, last);
  wake(p, kFalse);
  return kUnspecific;
}

Value prim_list() {
  Value list = kNil;
  for (Value p = all_processes(); p != kFalse && list != kRaise; p = process_of(p).all_next) list = cons(p, list);
  return list;
}

Value prim_set_priority(Value p, Value priority) {
  if (!is_process(p)) return not_a_process("%set-process-priority!", p);
  if (!priority.is_fixnum() || fixnum_value(priority) < 0 || fixnum_value(priority) >= kPriorities)
    return wrong_type("%set-process-priority!", 2, "priority", priority);
  set_priority(p, static_cast<int>(fixnum_value(priority)));
  return kUnspecific;
}

// Bytes of frames of a process that does not run.
Value prim_frame_bytes(Value p) {
  if (!is_process(p)) return not_a_process("%process-frame-bytes", p);
  return fixnum(static_cast<std::int64_t>(frame_bytes(process_of(p).frames)));
}

Value prim_take_events() { return fixnum(static_cast<std::int64_t>(take_user_events())); }

Value prim_atomic_begin() {
  machine.atomic = 1;
  return kUnspecific;
}

Value prim_atomic_end() {
  end_atomic_section();
  return kUnspecific;
}

Value prim_charge() {
  charge_current();
  return kUnspecific;
}

// Nanoseconds that all processes but this one have used.
Value prim_time_of_others(Value p) {
  if (!is_process(p)) return not_a_process("%time-of-others", p);
  charge_current();
  return fixnum(charged_time() - fixnum_value(process_of(p).nanoseconds));
}

Value prim_group(Value p) {
  if (!is_process(p)) return not_a_process("%process-group", p);
  return process_of(p).group;
}

// The process is charged to the old group up to here.
Value prim_set_group(Value p, Value group) {
  if (!is_process(p)) return not_a_process("%set-process-group!", p);
  if (group != kFalse && (!is_record(group) || as<Record>(group)->type != group_type))
    return wrong_type("%set-process-group!", 2, "process group or #f", group);
  charge_current();
  store_slot(&process_of(p).group, group);
  if (group != kFalse) poll_soon();
  return kUnspecific;
}

Value prim_after_polls(Value count, Value procedure) {
  if (!count.is_fixnum() || fixnum_value(count) < 0) return wrong_type("%after-polls!", 1, "non-negative fixnum", count);
  if (!procedure.is_closure()) return wrong_type("%after-polls!", 2, "procedure", procedure);
  call_after_polls(static_cast<std::uint64_t>(fixnum_value(count)), procedure);
  return kUnspecific;
}

Value prim_start_group(Value group) {
  if (!is_record(group) || as<Record>(group)->type != group_type) return wrong_type("%start-group!", 1, "process group", group);
  start_group(group);
  return kUnspecific;
}

}  // namespace

std::span<const Primitive> process_primitives() {
  static const Primitive kTable[] = {
      primitive("%set-process-type!", prim_set_process_type),
      primitive("%set-group-type!", prim_set_group_type),
      primitive("%current-process", prim_current),
      primitive("%foreground-process", prim_foreground),
      primitive("%set-foreground-process!", prim_set_foreground),
      primitive("%process-start!", prim_start),
      primitive("%process-adopt!", prim_adopt),
      primitive("%will-wait!", prim_will_wait),
      primitive("%will-wait-for-store!", prim_will_wait_for_store),
      primitive("%wake!", prim_wake),
      primitive("%process-continue!", prim_continue),
      primitive("%process-end!", prim_end),
      primitive("%process-interrupt!", prim_interrupt),
      primitive("%process-list", prim_list),
      primitive("%set-process-priority!", prim_set_priority),
      primitive("%process-frame-bytes", prim_frame_bytes),
      primitive("%take-events!", prim_take_events),
      primitive("%atomic-begin!", prim_atomic_begin),
      primitive("%atomic-end!", prim_atomic_end),
      primitive("%charge!", prim_charge),
      primitive("%time-of-others", prim_time_of_others),
      primitive("%after-polls!", prim_after_polls),
      primitive("%start-group!", prim_start_group),
      primitive("%process-group", prim_group),
      primitive("%set-process-group!", prim_set_group),
  };
  return kTable;
}

}  // namespace perdure::runtime
