// What an extension is told: the state that it was in is put on its upcall stack, and its handler is called there.
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
constexpr std::uint64_t kRedZone = 128;

static_assert(sizeof(perdure_saved_state) == sizeof(abi::DomainState));
static_assert(offsetof(perdure_saved_state, rip) == offsetof(abi::DomainState, rip));
static_assert(offsetof(perdure_saved_state, address) == offsetof(abi::DomainState, address));
static_assert(offsetof(perdure_saved_state, vector_registers) == offsetof(abi::DomainState, vector_registers));

std::uint64_t bit(unsigned kind) { return std::uint64_t{1} << kind; }
std::uint64_t error(perdure_error code) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(code)); }

// Where the next saved state goes: below the interrupted one if that was a handler too.
std::uint64_t place_for_state(const Sandbox& sandbox) {
  const std::uint64_t top = sandbox.slot_start() + kUpcallStackTop, bottom = top - kUpcallStackSize;
  const std::uint64_t sp = sandbox.domain.rsp;
  const std::uint64_t end = sp > bottom && sp <= top ? sp - kRedZone : top;
  return (end - sizeof(perdure_saved_state)) & ~std::uint64_t{63};
}

// The timer's moment may have come.
void note_timer(Sandbox& sandbox) {
  if (!sandbox.timer_at || clock_ns() < sandbox.timer_at) return;
  sandbox.timer_at = 0;
  sandbox.pending |= bit(PERDURE_UPCALL_TIMER);
}

bool is_code(const Sandbox& sandbox, std::uint64_t address) {
  return std::any_of(sandbox.ranges, sandbox.ranges + sandbox.range_count, [&](const SandboxRange& range) {
    return range.protection & abi::kProtExecute && address >= range.start && address - range.start < range.size;
  });
}

}  // namespace

bool deliver(Sandbox& sandbox, perdure_upcall_kind kind) {
  if (!sandbox.handlers[kind] || sandbox.mask & bit(kind)) return false;
  perdure_saved_state state;
  std::memcpy(&state, &sandbox.domain, sizeof state);
  state.kind = kind;
  state.mask = sandbox.mask;
  state.reserved = 0;
  const std::uint64_t place = place_for_state(sandbox);
  if (platform->domain_write(sandbox.slot, place, &state, sizeof state, 0) < 0) return false;
  // A handler hears of its own faults only as the world's condition; of other things when it has returned.
  sandbox.mask |= kind == PERDURE_UPCALL_FAULT ? kAll : kAll & ~bit(PERDURE_UPCALL_FAULT);
  sandbox.domain.rip = sandbox.handlers[kind];
  sandbox.domain.rdi = sandbox.domain.rsp = place;
  sandbox.domain.rflags = 0;
  return true;
}

void deliver_pending(Sandbox& sandbox) {
  for (const perdure_upcall_kind kind : {PERDURE_UPCALL_PRESSURE, PERDURE_UPCALL_TIMER, PERDURE_UPCALL_MESSAGE})
    if (sandbox.pending & bit(kind) && deliver(sandbox, kind)) sandbox.pending &= ~bit(kind);
}

bool upcall_due(Sandbox& sandbox) {
  note_timer(sandbox);
  for (unsigned kind = 0; kind < PERDURE_UPCALLS; ++kind)
    if (sandbox.pending & ~sandbox.mask & bit(kind) && sandbox.handlers[kind]) return true;
  return false;
}

std::uint64_t take_pending(Sandbox& sandbox, std::uint64_t kinds) {
  note_timer(sandbox);
  const std::uint64_t taken = sandbox.pending & kinds;
  sandbox.pending &= ~taken;
  return taken;
}

std::uint64_t set_upcall(Sandbox& sandbox, std::uint64_t kind, std::uint64_t handler) {
  if (kind >= PERDURE_UPCALLS) return error(PERDURE_E_ARGUMENT);
  if (handler && !is_code(sandbox, handler)) return error(PERDURE_E_POINTER);
  return std::exchange(sandbox.handlers[kind], handler);
}

std::uint64_t set_mask(Sandbox& sandbox, std::uint64_t mask) {
  if (mask & ~kAll) return error(PERDURE_E_ARGUMENT);
  return std::exchange(sandbox.mask, mask);
}

std::uint64_t set_timer(Sandbox& sandbox, std::uint64_t nanoseconds) {
  constexpr std::uint64_t kLongest = std::uint64_t{1} << 60;
  if (nanoseconds > kLongest) return error(PERDURE_E_ARGUMENT);
  sandbox.timer_at = nanoseconds ? clock_ns() + nanoseconds : 0;
  sandbox.pending &= ~bit(PERDURE_UPCALL_TIMER);
  return 0;
}

std::uint64_t return_from_upcall(Sandbox& sandbox, std::uint64_t address) {
  perdure_saved_state state;      // a copy: it is looked at here, and not again in the extension's memory
  if (platform->domain_read(sandbox.slot, address, &state, sizeof state) < 0) return error(PERDURE_E_POINTER);
  std::memcpy(&sandbox.domain, &state, sizeof state);      // the host makes it harmless (boot/abi/domain.h, D3)
  sandbox.mask = state.mask & kAll;
  return state.rax;
}

std::uint64_t until_timer(Sandbox& sandbox, std::uint64_t budget_ns) {
  note_timer(sandbox);
  if (!sandbox.timer_at) return budget_ns;
  const std::uint64_t now = clock_ns();
  return now < sandbox.timer_at ? std::min(budget_ns, sandbox.timer_at - now) : 0;
}

}  // namespace perdure::runtime
