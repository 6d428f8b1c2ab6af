// What an extension is told, and by which handler. The host puts the state that it was in on its upcall stack and calls the handler
// there; the kinds that are masked are in its own memory too, in the block at the stack's top.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "runtime/clock.h"
#include "runtime/sandbox/sandbox.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kAll = (std::uint64_t{1} << PERDURE_UPCALLS) - 1;

static_assert(PERDURE_GATE == abi::kDomainGate);
static_assert(PERDURE_UPCALLS <= abi::kUpcallKinds && PERDURE_UPCALL_FAULT == abi::kUpcallFault);
static_assert(sizeof(perdure_saved_state) == abi::kSavedStateSize);
static_assert(offsetof(perdure_saved_state, rip) == offsetof(abi::DomainState, rip));
static_assert(offsetof(perdure_saved_state, address) == offsetof(abi::DomainState, address));
static_assert(offsetof(perdure_saved_state, kind) == abi::kSavedKind);
static_assert(offsetof(perdure_saved_state, mask) == abi::kSavedMask);
static_assert(offsetof(perdure_saved_state, control) == abi::kSavedControl);
static_assert(offsetof(perdure_saved_state, vector_registers) == offsetof(abi::DomainState, vector_registers));
static_assert(sizeof(perdure_upcall_control) == sizeof(abi::UpcallControl));
static_assert(offsetof(perdure_upcall_control, return_end) == offsetof(abi::UpcallControl, return_end));

std::uint64_t bit(unsigned kind) { return std::uint64_t{1} << kind; }
std::uint64_t error(perdure_error code) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(code)); }

// The timer's moment may have come; the time is answered.
std::uint64_t note_timer(Sandbox& sandbox) {
  if (!sandbox.timer_at) return 0;
  const std::uint64_t now = clock_ns();
  if (now < sandbox.timer_at) return now;
  sandbox.timer_at = 0;
  sandbox.domain.waiting |= bit(PERDURE_UPCALL_TIMER);
  return now;
}

bool is_code(const Sandbox& sandbox, std::uint64_t address) {
  return std::any_of(sandbox.ranges, sandbox.ranges + sandbox.range_count, [&](const SandboxRange& range) {
    return range.protection & abi::kProtExecute && sandbox.contains(range, address);
  });
}

// The stack with the block at its top. False: no memory.
bool ensure_upcall_stack(Sandbox& sandbox) {
  if (sandbox.domain.control) return true;
  const std::uint64_t top = sandbox.slot_start() + kUpcallStackTop;
  if (map_pages(sandbox, top - abi::kUpcallStackSize, abi::kUpcallStackSize, abi::kProtRead | abi::kProtWrite) < 0) return false;
  sandbox.domain.control = top - sizeof(abi::UpcallControl);
  return true;
}

// There is a block. The extension may have spoiled it, but not taken it away.
abi::UpcallControl read_control(const Sandbox& sandbox) {
  abi::UpcallControl control{};
  (void)platform->domain_read(sandbox.slot, sandbox.domain.control, &control, sizeof control);
  return control;
}

void write_control(const Sandbox& sandbox, const abi::UpcallControl& control) {
  (void)platform->domain_write(sandbox.slot, sandbox.domain.control, &control, sizeof control, 0);
}

// 0, or an error and nothing has changed.
std::uint64_t go_on_with(Sandbox& sandbox, std::uint64_t address) {
  perdure_saved_state state;      // a copy: it is looked at here, and not again in the extension's memory
  if (platform->domain_read(sandbox.slot, address, &state, sizeof state) < 0) return error(PERDURE_E_POINTER);
  if (!ensure_upcall_stack(sandbox)) return error(PERDURE_E_MEMORY);
  std::memcpy(&sandbox.domain, &state, sizeof state);      // the host makes it harmless (boot/abi/domain.h, D3)
  sandbox.domain.fresh_vectors = 0;
  abi::UpcallControl control = read_control(sandbox);
  control.mask = state.mask & kAll;
  control.pending = 0;      // what waits is told before it goes on, if it may be
  write_control(sandbox, control);
  return 0;
}

}  // namespace

bool upcall_due(Sandbox& sandbox) {
  note_timer(sandbox);
  if (!sandbox.domain.waiting || !sandbox.domain.control) return false;
  const std::uint64_t due = sandbox.domain.waiting & ~read_control(sandbox).mask;
  for (unsigned kind = 0; kind < PERDURE_UPCALLS; ++kind)
    if (due & bit(kind) && sandbox.domain.handlers[kind]) return true;
  return false;
}

std::uint64_t take_waiting(Sandbox& sandbox, std::uint64_t kinds) {
  note_timer(sandbox);
  const std::uint64_t taken = sandbox.domain.waiting & kinds;
  sandbox.domain.waiting &= ~taken;
  return taken;
}

std::uint64_t set_upcall(Sandbox& sandbox, std::uint64_t kind, std::uint64_t handler) {
  if (kind >= PERDURE_UPCALLS) return error(PERDURE_E_ARGUMENT);
  if (handler && !is_code(sandbox, handler)) return error(PERDURE_E_POINTER);
  if (!ensure_upcall_stack(sandbox)) return error(PERDURE_E_MEMORY);
  return std::exchange(sandbox.domain.handlers[kind], handler);
}

std::uint64_t set_mask(Sandbox& sandbox, std::uint64_t mask) {
  if (mask & ~kAll) return error(PERDURE_E_ARGUMENT);
  if (!ensure_upcall_stack(sandbox)) return error(PERDURE_E_MEMORY);
  abi::UpcallControl control = read_control(sandbox);
  const std::uint64_t before = std::exchange(control.mask, mask);
  write_control(sandbox, control);
  return before & kAll;
}

void clear_mask(Sandbox& sandbox) { write_control(sandbox, {}); }

std::uint64_t set_timer(Sandbox& sandbox, std::uint64_t nanoseconds) {
  constexpr std::uint64_t kLongest = std::uint64_t{1} << 60;
  if (nanoseconds > kLongest) return error(PERDURE_E_ARGUMENT);
  sandbox.timer_at = nanoseconds ? clock_ns() + nanoseconds : 0;
  sandbox.domain.waiting &= ~bit(PERDURE_UPCALL_TIMER);
  return 0;
}

std::uint64_t return_from_upcall(Sandbox& sandbox, std::uint64_t state) {
  const std::uint64_t wrong = go_on_with(sandbox, state);
  return wrong ? wrong : sandbox.domain.rax;
}

void complete_return(Sandbox& sandbox) {
  abi::UpcallControl control = read_control(sandbox);
  if (go_on_with(sandbox, control.returning) == 0) return;
  control.return_end = control.return_begin;      // it is none: what is there are instructions like others
  write_control(sandbox, control);
}

std::uint64_t until_timer(Sandbox& sandbox, std::uint64_t budget_ns) {
  const std::uint64_t now = note_timer(sandbox);
  return sandbox.timer_at ? std::min(budget_ns, sandbox.timer_at - now) : budget_ns;
}

}  // namespace perdure::runtime
