// Sandboxes: a domain of the host, with what the world has to know to go on with it, on this host or another.
//
//   S1  All of a sandbox is in this structure, in the domain's pages, and in a Scheme record (world/sandbox/state.scm). The structure is
//       the bytes of a bytevector, at the first multiple of 64: the collector moves nothing.
//   S2  `ranges` are the pages that the domain has, exactly; their bytes count against `memory_limit`.
//   S3  Numbers and addresses in registers are the extension's, and are only ever used through domain_read and domain_write,
//       which check them against the domain's pages.
#pragma once

#include <cstdint>
#include <span>

#include "boot/abi/address_map.h"
#include "boot/abi/domain.h"
#include "boot/abi/extension.h"
#include "boot/abi/platform.h"
#include "runtime/object.h"
#include "runtime/primitive.h"
#include "runtime/support/platform.h"
#include "runtime/value.h"

namespace perdure::runtime {

// Where things lie, from the slot's start. What lies between is never mapped.
inline constexpr std::uint64_t kImageOffset = std::uint64_t{1} << 20;
inline constexpr std::uint64_t kHeapOffset = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kHeapEnd = std::uint64_t{3} << 30;
inline constexpr std::uint64_t kStackTop = kHeapEnd + (std::uint64_t{256} << 20);
inline constexpr std::uint64_t kUpcallStackTop = kStackTop + (std::uint64_t{256} << 20);

// Pages in a row with one protection.
struct SandboxRange {
  std::uint32_t first;                    // by number, from the slot's start
  std::uint32_t count : 29, protection : 3;

  std::uint64_t size() const { return std::uint64_t{count} * abi::kPageSize; }
};
static_assert(abi::kSlotSize / abi::kPageSize < 1 << 29);

struct Sandbox {
  abi::DomainState domain;
  std::uint64_t slot;
  std::uint64_t live;             // 0: destroyed
  std::uint64_t resume_count;     // of the world, when the host's domain was made; ~0: destroyed
  std::uint64_t memory_limit, memory_used;
  std::uint64_t is_copied;        // the copy for saving is what its pages are
  std::uint64_t entry;            // the start file's: calls the function in rax, and returns what it answers
  std::uint64_t push_pointer;     // arguments are put below it
  std::uint64_t heap_next;        // where the next fresh pages will be
  std::uint64_t used_ns;          // processor time in ring 3, in all
  std::uint64_t system_calls;     // that came to the world
  std::uint64_t timer_at;         // by the world's clock; 0: off
  std::int64_t reason;            // why %sandbox-call! came back early
  std::uint64_t range_count;
  SandboxRange ranges[256];

  std::uint64_t slot_start() const { return abi::kSandboxBase + slot * abi::kSlotSize; }
  std::uint64_t start_of(const SandboxRange& range) const { return slot_start() + std::uint64_t{range.first} * abi::kPageSize; }
  bool contains(const SandboxRange& range, std::uint64_t address) const { return address - start_of(range) < range.size(); }
};

// In a bytevector that make_sandbox made.
inline Sandbox* sandbox_of(Value bytevector) {
  const auto bytes = reinterpret_cast<std::uint64_t>(as<Bytevector>(bytevector)->bytes);
  return reinterpret_cast<Sandbox*>((bytes + alignof(Sandbox) - 1) & ~(alignof(Sandbox) - 1));
}
bool is_sandbox(Value v);

// A domain without memory, in a certain slot or the first one that is free; kRaise: no memory for it, or no slot.
inline constexpr std::uint64_t kAnySlot = ~std::uint64_t{0};
Value make_sandbox(std::uint64_t memory_limit, std::uint64_t slot);
// Its pages are gone, on this host; registers and counts can still be looked at.
void destroy_sandbox(Value bytevector);

// Both answer a status of the host, and map_pages() kNoSpace when it would be more than the sandbox may have. Protection kProtNone takes pages away, which must be a whole range or part of one.
abi::Status map_pages(Sandbox& sandbox, std::uint64_t start, std::uint64_t size, std::uint32_t protection);
abi::Status unmap_pages(Sandbox& sandbox, std::uint64_t start, std::uint64_t size);

// The domain exists on this host, made anew after a resume if need be. kOk, or why not.
abi::Status ensure_domain(Value bytevector);

// A call of `function` begins: its registers, but for the six of its first words, with the vector registers left to the host. All are
// zero but those that say where.
inline void begin_call(Sandbox& sandbox, std::uint64_t function);

// One of DomainExit, or an error of the host: runs until the world's Scheme part has to do something. Budgets are time on the clock.
inline constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};
abi::Status run_sandbox(Sandbox& sandbox, std::uint64_t budget_ns);
// The parts of that: once, with what has passed taken off the budget; the same where no timer has been set since begin_call(); dealing with what
// the first answered, with what is left of the budget.
inline abi::Status run_once(Sandbox& sandbox, std::uint64_t* budget_ns);
inline abi::Status run_begun(Sandbox& sandbox, std::uint64_t budget_ns);
abi::Status run_on(Sandbox& sandbox, std::uint64_t budget_ns, abi::Status reason);

// Upcalls (upcalls.cpp) are the host's to make (boot/domain/upcall.h); here is what they need, and what the extension says of them.
// Masks and handlers come with a stack for them, which is mapped by the first.
// Whether one would be made now.
bool upcall_due(Sandbox& sandbox);
// Those of these kinds that wait; they wait no more.
std::uint64_t take_waiting(Sandbox& sandbox, std::uint64_t kinds);
// The system calls: an answer, or an error.
std::uint64_t set_upcall(Sandbox& sandbox, std::uint64_t kind, std::uint64_t handler);
std::uint64_t set_mask(Sandbox& sandbox, std::uint64_t mask);
std::uint64_t set_timer(Sandbox& sandbox, std::uint64_t nanoseconds);
// Leaves registers as the saved state says; the answer is its rax, or an error and nothing has changed.
std::uint64_t return_from_upcall(Sandbox& sandbox, std::uint64_t state);
// The same for a return that the extension was in the middle of.
void complete_return(Sandbox& sandbox);
// A call begins: nothing is masked.
void clear_mask(Sandbox& sandbox);
// How much of a budget is left until the timer.
std::uint64_t until_timer(Sandbox& sandbox, std::uint64_t budget_ns);

inline void begin_call(Sandbox& sandbox, std::uint64_t function) {
  abi::DomainState& r = sandbox.domain;
  r.rax = function;
  r.rip = sandbox.entry;
  r.rsp = sandbox.push_pointer;
  r.rbx = r.rbp = r.r10 = r.r11 = r.r12 = r.r13 = r.r14 = r.r15 = 0;
  r.rflags = 0;
  r.fresh_vectors = 1;
  sandbox.timer_at = 0;
  sandbox.is_copied = 0;
  r.waiting &= ~(std::uint64_t{1} << PERDURE_UPCALL_TIMER);
  if (r.control) clear_mask(sandbox);
}

inline abi::Status run_begun(Sandbox& sandbox, std::uint64_t budget_ns) {
  sandbox.domain.budget_ns = budget_ns;
  const abi::Status reason = platform->domain_run(sandbox.slot, &sandbox.domain);
  if (reason < 0) return reason;
  sandbox.used_ns += sandbox.domain.used_ns;
  sandbox.system_calls += reason == abi::kDomainSystemCall;
  return reason;
}

inline abi::Status run_once(Sandbox& sandbox, std::uint64_t* budget_ns) {
  sandbox.is_copied = 0;
  const std::uint64_t budget = sandbox.timer_at ? until_timer(sandbox, *budget_ns) : *budget_ns;
  const abi::Status reason = run_begun(sandbox, budget);
  if (*budget_ns != kUnlimited) *budget_ns -= budget - sandbox.domain.budget_ns;
  return reason;
}

// Before the world is written: the domains' pages are copied into the heap, from where ensure_domain() takes them. The copies are kept for
// the next time; nothing is copied of a sandbox that has not changed since.
void copy_sandboxes_for_saving();
// The world is not written to the same file again: the copies are not needed here.
void forget_sandbox_copies();

std::span<const Primitive> sandbox_primitives();
std::span<const Primitive> sandbox_call_primitives();      // calls.cpp

}  // namespace perdure::runtime
