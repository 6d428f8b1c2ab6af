#include "runtime/foreign/stack.h"

#include <algorithm>
#include <cstddef>
#include <new>

#include "runtime/condition.h"
#include "runtime/foreign/memory.h"
#include "runtime/heap.h"
#include "runtime/support/platform.h"

extern "C" {
std::uint64_t foreign_world_sp;
perdure::runtime::ForeignCall* foreign_current;
std::uint64_t foreign_running;
extern const std::uint32_t foreign_mxcsr;
const std::uint32_t foreign_mxcsr = 0x1f80;   // all exceptions masked, as C expects

std::uint64_t foreign_enter(std::uint64_t sp, void (*function)(void*), void* argument);
std::uint64_t foreign_resume(std::uint64_t sp);
void foreign_suspend(std::uint64_t reason);
}

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kStackBytes = std::uint64_t{256} << 10;   // with the guard page
static_assert(offsetof(ForeignCall, sp) == 0);

constexpr std::uint64_t kMostFree = 64;                           // that keep their memory

ForeignCall* all = nullptr;
ForeignCall* free_stacks = nullptr;      // with memory
ForeignCall* free_calls = nullptr;       // without
std::uint64_t count = 0, free_count = 0;
// Calls that were left while they waited are found by the collector: before more stacks than this are made, it looks.
std::uint64_t collect_at = 32;

bool give_memory(ForeignCall* call) {
  const std::uint64_t start = reserve_foreign(kStackBytes);
  if (start == 0) return false;
  if (commit_foreign(start + abi::kPageSize, kStackBytes - abi::kPageSize, abi::kProtRead | abi::kProtWrite, false) < 0) {
    unreserve_foreign(start, kStackBytes);
    return false;
  }
  call->guard = start;
  call->base = start + kStackBytes;
  ++count;
  return true;
}

void take_memory(ForeignCall* call) {
  release_foreign(call->guard, kStackBytes);
  unreserve_foreign(call->guard, kStackBytes);
  call->guard = 0;
  --count;
}

ForeignCall* take_free_stack() {
  ForeignCall* call = free_stacks;
  if (!call) return nullptr;
  free_stacks = call->next_free;
  --free_count;
  return call;
}

ForeignCall* take_free_call() {
  ForeignCall* call = free_calls;
  if (call) return free_calls = call->next_free, call;
  call = new (std::nothrow) ForeignCall{};
  if (!call) return nullptr;
  call->next = all;
  return all = call;
}

ForeignCall* make_stack() {
  ForeignCall* call = take_free_call();
  if (!call || give_memory(call)) return call;
  call->next_free = free_calls;
  free_calls = call;
  return nullptr;
}

void look_for_abandoned_calls() {
  collect_garbage();
  run_finalizers();
  collect_at = std::max<std::uint64_t>(32, 2 * (count - free_count));
}

}  // namespace

ForeignCall* take_foreign_stack() {
  if (!free_stacks && count >= collect_at) look_for_abandoned_calls();
  ForeignCall* call = take_free_stack();
  if (!call) call = make_stack();
  if (!call) {
    look_for_abandoned_calls();
    call = take_free_stack();
    if (!call) return out_of_memory(), nullptr;
  }
  call->in_use = 1;
  call->sp = call->base;
  ++call->generation;
  call->callback = nullptr;
  call->temporary = nullptr;
  call->failure = nullptr;
  return call;
}

void give_back_foreign_stack(ForeignCall* call) {
  call->in_use = 0;
  ++call->generation;
  call->callback = nullptr;
  if (free_count == kMostFree) {
    take_memory(call);
    call->next_free = free_calls;
    free_calls = call;
    return;
  }
  call->next_free = free_stacks;
  free_stacks = call;
  ++free_count;
}

void push_foreign_stacks(void (*push)(void* from, void* to)) {
  for (const ForeignCall* each = all; each; each = each->next)
    if (each->in_use) push(reinterpret_cast<void*>(each->sp), reinterpret_cast<void*>(each->base));
}

ForeignExit start_foreign(ForeignCall* call, std::uint64_t sp, void (*function)(void*), void* argument) {
  foreign_current = call;
  return static_cast<ForeignExit>(foreign_enter(sp & ~std::uint64_t{15}, function, argument));
}

ForeignExit resume_foreign(ForeignCall* call) {
  foreign_current = call;
  return static_cast<ForeignExit>(foreign_resume(call->sp));
}

void suspend_foreign(ForeignExit reason) { foreign_suspend(reason); }
ForeignCall* running_foreign_call() { return foreign_current; }

}  // namespace perdure::runtime
