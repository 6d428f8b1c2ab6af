// Running a sandbox, and the system calls that need nothing of Scheme.
#include <algorithm>
#include <cstring>

#include "boot/abi/extension.h"
#include "runtime/clock.h"
#include "runtime/sandbox/sandbox.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

std::uint64_t error(perdure_error code) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(code)); }

// With more memory in use than this it is told that little is left.
std::uint64_t pressure_point(const Sandbox& sandbox) { return sandbox.memory_limit - sandbox.memory_limit / 8; }

std::uint64_t memory_get(Sandbox& sandbox, std::uint64_t bytes) {
  if (bytes == 0 || bytes > kHeapEnd - kHeapOffset) return error(PERDURE_E_ARGUMENT);
  const std::uint64_t size = (bytes + abi::kPageSize - 1) & ~(abi::kPageSize - 1);
  if (size > sandbox.slot_start() + kHeapEnd - sandbox.heap_next) return error(PERDURE_E_MEMORY);
  const std::uint64_t start = sandbox.heap_next;
  const bool scarce = sandbox.memory_used > pressure_point(sandbox);
  const abi::Status status = map_pages(sandbox, start, size, abi::kProtRead | abi::kProtWrite);
  if (status < 0 || (!scarce && sandbox.memory_used > pressure_point(sandbox))) sandbox.domain.waiting |= 1 << PERDURE_UPCALL_PRESSURE;
  if (status < 0) return error(PERDURE_E_MEMORY);
  sandbox.heap_next += size;
  return start;
}

std::uint64_t memory_give(Sandbox& sandbox, std::uint64_t start, std::uint64_t bytes) {
  const std::uint64_t heap = sandbox.slot_start() + kHeapOffset;
  if (start % abi::kPageSize || bytes % abi::kPageSize || bytes == 0) return error(PERDURE_E_ARGUMENT);
  if (start < heap || start >= sandbox.heap_next || bytes > sandbox.heap_next - start) return error(PERDURE_E_POINTER);
  switch (unmap_pages(sandbox, start, bytes)) {
    case abi::kOk: break;
    case abi::kNoMemory: return error(PERDURE_E_MEMORY);
    default: return error(PERDURE_E_POINTER);
  }
  if (start + bytes == sandbox.heap_next) sandbox.heap_next = start;
  return 0;
}

// False: the world's Scheme part has to answer it.
bool answer(Sandbox& sandbox, std::uint64_t* result) {
  const abi::DomainState& r = sandbox.domain;
  switch (r.rax) {
    case PERDURE_NULL: *result = 0; return true;
    case PERDURE_TIME: *result = clock_ns(); return true;
    case PERDURE_VERSION: *result = PERDURE_EXTENSION_VERSION; return true;
    case PERDURE_MEMORY_GET: *result = memory_get(sandbox, r.rdi); return true;
    case PERDURE_MEMORY_GIVE: *result = memory_give(sandbox, r.rdi, r.rsi); return true;
    case PERDURE_UPCALL_SET: *result = set_upcall(sandbox, r.rdi, r.rsi); return true;
    case PERDURE_UPCALL_RETURN: *result = return_from_upcall(sandbox, r.rdi); return true;
    case PERDURE_MASK: *result = set_mask(sandbox, r.rdi); return true;
    case PERDURE_TIMER_SET: *result = set_timer(sandbox, r.rdi); return true;
    default: break;
  }
  if (r.rax < PERDURE_SYSTEM_CALLS) return false;
  *result = error(PERDURE_E_CALL);
  return true;
}

}  // namespace

abi::Status run_on(Sandbox& sandbox, std::uint64_t budget_ns, abi::Status reason) {
  for (;;) {
    if (reason < 0) return reason;
    if (reason == abi::kDomainReturning) complete_return(sandbox);
    if (reason == abi::kDomainSystemCall && !answer(sandbox, &sandbox.domain.rax)) return reason;
    if (reason == abi::kDomainFault || reason == abi::kDomainEvent) return reason;
    if (budget_ns == 0) return abi::kDomainTime;      // otherwise it was the extension's own timer
    reason = run_once(sandbox, &budget_ns);
  }
}

abi::Status run_sandbox(Sandbox& sandbox, std::uint64_t budget_ns) {
  const abi::Status reason = run_once(sandbox, &budget_ns);
  return run_on(sandbox, budget_ns, reason);
}

}  // namespace perdure::runtime
