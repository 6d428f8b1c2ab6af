// The usual call, with integers and of an integer, at one go: what world/sandbox/calls.scm does for any call.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>

#include "runtime/clock.h"
#include "runtime/condition.h"
#include "runtime/data/records.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/sandbox/sandbox.h"

namespace perdure::runtime {
namespace {

// A record whose type is defined in world/sandbox/state.scm: the fields here, in this order, then those of Scheme alone.
struct SandboxRecord {
  Value type;
  Value id;
  Value file;
  Value state;           // a symbol
  Value domain;          // the bytevector of a Sandbox
  Value recent;          // the pair of a name and an address that was called last
  Value time_left;       // of processor time, nanoseconds or #f: until the end,
  Value time_limit;      // from the beginning to the end,
  Value call_limit;      // for each call,
  Value call_left;       // for this call
  Value wall_limit;      // of any time, for each call
  Value wall_end;        // of this call, by the world's clock
};

Value sandbox_type = kFalse, idle = kFalse;

Value prim_set_type(Value type) {
  static constexpr const char* kFields[] = {"id",         "file",       "state",     "domain",     "recent",
                                            "time-left", "time-limit", "call-limit", "call-left", "wall-limit", "wall-end"};
  static_assert(sizeof(SandboxRecord) == (std::size(kFields) + 1) * sizeof(Value));
  if (!is_record_type(type)) return wrong_type("%set-sandbox-type!", 1, "record type", type);
  if (!fields_begin_with(type, kFields)) return fail("error", "%set-sandbox-type!", "the fields are not those of runtime/sandbox/calls.cpp");
  sandbox_type = type;
  idle = intern("idle");
  return kUnspecific;
}

// The last eighth of a limit, in which the extension is told that there is little left: not in a usual call.
std::uint64_t last_part(Value limit) { return static_cast<std::uint64_t>(fixnum_value(limit)) / 8; }

bool is_nearly_reached(Value left, Value limit) {
  return left.is_fixnum() && static_cast<std::uint64_t>(fixnum_value(left)) <= last_part(limit);
}

bool is_limited(const SandboxRecord& r) { return r.time_left != kFalse || r.call_limit != kFalse || r.wall_limit != kFalse; }

bool can_be_called(Value s, Value name) {
  if (!s.is_object() || as<Record>(s)->type != sandbox_type) return false;      // no other object's first word is that type
  const auto& record = *as<SandboxRecord>(s);
  return record.state == idle && car(record.recent) == name && !(is_limited(record) && is_nearly_reached(record.time_left, record.time_limit));
}

std::uint64_t least(std::uint64_t budget, Value left, Value limit) {
  return left.is_fixnum() ? std::min(budget, static_cast<std::uint64_t>(fixnum_value(left)) - last_part(limit)) : budget;
}

Value less(Value limit, std::uint64_t used) {
  if (!limit.is_fixnum()) return limit;
  return fixnum(fixnum_value(limit) - static_cast<std::int64_t>(std::min(used, static_cast<std::uint64_t>(fixnum_value(limit)))));
}

std::uint64_t least_limit(const SandboxRecord& r) {
  const std::uint64_t in_all = least(kUnlimited, r.time_left, r.time_limit);
  return least(least(in_all, r.call_limit, r.call_limit), r.wall_limit, r.wall_limit);
}

bool returned(const abi::DomainState& r, abi::Status reason) {
  return reason == abi::kDomainSystemCall && r.rax == PERDURE_RETURN && r.rdi == PERDURE_PLAIN && fits_fixnum(static_cast<std::int64_t>(r.rsi));
}

// Whether the call has returned; if not, sandbox.reason says what came first.
[[gnu::always_inline]] inline bool run_call(Sandbox& sandbox, std::uint64_t budget) {
  const abi::Status reason = run_begun(sandbox, budget);
  if (returned(sandbox.domain, reason)) return true;
  sandbox.reason = run_on(sandbox, sandbox.domain.budget_ns, reason);
  return returned(sandbox.domain, sandbox.reason);
}

[[gnu::noinline]] bool run_limited(SandboxRecord& record, Sandbox& sandbox) {
  const std::uint64_t before = sandbox.used_ns;
  record.wall_end = record.wall_limit.is_fixnum() ? fixnum(static_cast<std::int64_t>(clock_ns()) + fixnum_value(record.wall_limit)) : kFalse;
  const bool done = run_call(sandbox, least_limit(record));
  record.time_left = less(record.time_left, sandbox.used_ns - before);
  record.call_left = less(record.call_limit, sandbox.used_ns - before);
  return done;
}

inline bool ensure_here(Sandbox& sandbox, Value bytevector) {
  if (sandbox.resume_count == resume_count()) return true;
  sandbox.reason = ensure_domain(bytevector);
  return sandbox.reason == abi::kOk;
}

// The next argument into a register; 0 when there is none. False: it is not a fixnum.
inline bool take_fixnum(Value* list, std::uint64_t* out) {
  if (!list->is_pair()) {
    *out = 0;
    return true;
  }
  const Value v = car(*list);
  *list = cdr(*list);
  *out = static_cast<std::uint64_t>(fixnum_value(v));
  return v.is_fixnum();
}

// The sandbox, the name, the list of arguments. #f: nothing has happened, since it is not the usual call; #t: something else than the
// return came first, which %sandbox-reason tells, and no other process runs until the caller has dealt with it (%atomic-end!).
Value prim_call(Value s, Value name, Value words) {
  if (!can_be_called(s, name)) return kFalse;
  auto& record = *as<SandboxRecord>(s);
  Sandbox& sandbox = *sandbox_of(record.domain);
  abi::DomainState& r = sandbox.domain;
  if (!take_fixnum(&words, &r.rdi) || !take_fixnum(&words, &r.rsi) || !take_fixnum(&words, &r.rdx) || !take_fixnum(&words, &r.rcx) ||
      !take_fixnum(&words, &r.r8) || !take_fixnum(&words, &r.r9) || words.is_pair())
    return kFalse;
  sandbox.push_pointer = sandbox.slot_start() + kStackTop;
  if (ensure_here(sandbox, record.domain)) {
    begin_call(sandbox, static_cast<std::uint64_t>(fixnum_value(cdr(record.recent))));
    if (is_limited(record) ? run_limited(record, sandbox) : run_call(sandbox, kUnlimited)) return fixnum(static_cast<std::int64_t>(r.rsi));
  }
  machine.atomic = 1;
  return kTrue;
}

Value prim_reason(Value v) {
  if (!is_sandbox(v)) return wrong_type("%sandbox-reason", 1, "sandbox", v);
  return fixnum(sandbox_of(v)->reason);
}

}  // namespace

std::span<const Primitive> sandbox_call_primitives() {
  static const Primitive kTable[] = {
      primitive("%set-sandbox-type!", prim_set_type),
      primitive("%sandbox-call!", prim_call),
      primitive("%sandbox-reason", prim_reason),
  };
  return kTable;
}

}  // namespace perdure::runtime
