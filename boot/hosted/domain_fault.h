// What a stop of a domain's process means, in the processor's terms, and what Linux says it has mapped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>

#include "boot/abi/domain.h"
#include "boot/abi/platform.h"

namespace perdure::hosted {

inline constexpr std::uint64_t kGeneralProtectionVector = 13;

// Protection of each page that is mapped, by its number.
using DomainPages = std::unordered_map<std::uint64_t, std::uint32_t>;

bool all_there(const DomainPages& pages, std::uint64_t address, std::uint64_t count, std::uint32_t wanted);

// Whether the signal is about what the extension did: a fault, or a system call.
bool is_of_domain(int signal);

// With the registers taken: kDomainSystemCall or kDomainFault. A system call by another way than `syscall`, or from outside the slot,
// is the fault that it would be on the metal.
abi::Status explain_system_call(pid_t pid, std::uint64_t slot_start, abi::DomainState* state);
// Vector, error code and address. Linux does not tell whether a page that is not there was to be read or written: bit 1 of the
// error code is only set where the page can be read.
abi::Status explain_fault(pid_t pid, int signal, const DomainPages& pages, abi::DomainState* state);

bool audit_maps(pid_t pid, std::uint64_t slot_start, abi::DomainAudit* out);

}  // namespace perdure::hosted
