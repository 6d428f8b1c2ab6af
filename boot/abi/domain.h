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
};

// Flags of rflags that a domain may set: carry, parity, adjust, zero, sign, trap, direction, overflow, alignment check, id.
inline constexpr std::uint64_t kDomainFlags = 0x240dd5;

struct alignas(64) DomainState {
  std::uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15, rip, rflags;
  std::uint64_t vector;        // of the last fault: the processor's vector, its error code, and for a page fault
  std::uint64_t error;         // the address
  std::uint64_t address;
  std::uint64_t budget_ns;     // in: how long it may run; ~0: without limit
  std::uint64_t used_ns;       // out: how long it ran
  std::uint64_t reserved;
  std::uint8_t vector_registers[512];   // as FXSAVE64 has it: x87, MXCSR at 24, xmm0 at 160
};
static_assert(offsetof(DomainState, vector_registers) == 192);
static_assert(sizeof(DomainState) == 704);

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
