// Domains: ring-3 code in a slot of the address space, as a host and a world see it.
//
// A host gives mechanism only: pages of the slot, a way to run with given registers until something happens, and what
// happened. What an extension may do, what its system calls mean and what it is told is the world's business. All state of a
// domain is its pages and a DomainState, both of which the world can read; no domain ever waits inside a host.
//
//   D1  A domain sees its own pages, the host's entry trampoline (not accessible from ring 3 on the metal, not writable on
//       any host), and nothing else.
//   D2  None of its pages is writable and executable at once.
//   D3  Registers that a world hands in are made harmless by the host: no flag but the arithmetic ones, direction, trap
//       and alignment check survives; whatever `rip` and `rsp` hold, it can only fault in ring 3.
//   D4  A host never reads or writes through an address that a domain gave it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace perdure::abi {

// Why domain_run() came back.
enum DomainExit : std::int64_t {
  kDomainSystemCall = 1,   // rax: which; rip is behind the instruction
  kDomainFault = 2,        // vector, error, address; rip is at the instruction, or behind it for a trap
  kDomainEvent = 3,        // the host has posted an event, which the world's other processes may wait for
  kDomainTime = 4,         // budget_ns is used up
  kDomainReturning = 5,    // it is to be told something, and in the middle of its return from an upcall, which the world has to complete
};

// What a domain is told by an upcall; kind k is the bit 1 << k of a set. A fault is told by the host, when it happens; the world says
// what else is `waiting`.
inline constexpr unsigned kUpcallFault = 0;
inline constexpr unsigned kUpcallKinds = 5;
inline constexpr std::uint64_t kUpcallStackSize = 16 << 10;      // the control block at its top is part of it

// `int kDomainGate` is a system call too, without the loss of rcx and r11.
inline constexpr unsigned kDomainGate = 0x30;

// What else can be kept from a domain: each is a general protection fault then.
enum DomainForbidden : std::uint64_t {
  kForbidTimeStamps = 1,       // rdtsc, rdtscp
};

// Flags of rflags that a domain may set: carry, parity, adjust, zero, sign, trap, direction, overflow, alignment check, id.
inline constexpr std::uint64_t kDomainFlags = 0x240dd5;

struct alignas(64) DomainState {
  std::uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15, rip, rflags;
  std::uint64_t vector;        // of the last fault: the processor's vector, its error code, and for a page fault
  std::uint64_t error;         // the address
  std::uint64_t address;
  std::uint64_t budget_ns;     // in: how long it may run, on the clock; ~0: without limit; out: what is left of that
  std::uint64_t used_ns;       // out: how much processor time it had
  std::uint64_t fresh_vectors; // in: not 0: vector_registers do not count, all are zero and all exceptions masked
  std::uint8_t vector_registers[512];   // as FXSAVE64 has it: x87, MXCSR at 24, xmm0 at 160
  std::uint64_t control;       // in: the address of the UpcallControl in the slot, a multiple of 64; 0: nothing is told
  std::uint64_t waiting;       // in, out: the set of kinds that it is to be told; the host takes out what it has told
  std::uint64_t handlers[kUpcallKinds];   // in: addresses; 0: none
  std::uint64_t forbidden;     // in: a set of DomainForbidden
};
static_assert(offsetof(DomainState, vector_registers) == 192);
static_assert(sizeof(DomainState) == 768);

// What a domain was doing when it was told something: the DomainState to the end of vector_registers, but for these.
inline constexpr std::uint64_t kSavedStateSize = 704;
inline constexpr std::uint64_t kSavedKind = offsetof(DomainState, budget_ns);
inline constexpr std::uint64_t kSavedMask = offsetof(DomainState, used_ns);               // before the upcall
inline constexpr std::uint64_t kSavedControl = offsetof(DomainState, fresh_vectors);      // the address of the control block

// At the top of the upcall stack, in the domain's memory: the domain and its host both read and write it.
struct alignas(64) UpcallControl {
  std::uint64_t mask;          // kinds that are not told now
  std::uint64_t pending;       // kinds that were not told: once they may be, the domain has to ask the world
  std::uint64_t returning;     // the saved state that it is going on with,
  std::uint64_t return_begin;  // while rip is from here
  std::uint64_t return_end;    // to before this
};

// Pages of 4 KiB that are mapped while a domain runs.
struct DomainAudit {
  std::uint64_t pages;           // of its slot
  std::uint64_t writable;
  std::uint64_t executable;
  std::uint64_t both;            // writable and executable: 0
  std::uint64_t trampoline;      // of the host, and no more than it has to have
  std::uint64_t foreign;         // anything else: 0
};

}  // namespace perdure::abi
