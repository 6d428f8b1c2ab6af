// Domains on the metal: ring 3 with a page table of its own. boot/abi/domain.h is the contract; domain_entry.asm goes in and out.
//
// The kernel keeps of a domain its page table and nothing else: registers are the world's, and no domain ever waits in here,
// so that one kernel stack, that of the platform table, serves them all.
#pragma once

#include <cstdint>

#include "boot/abi/domain.h"
#include "boot/abi/platform.h"

namespace perdure::metal {

// Descriptors, the system call registers. False: no memory.
[[nodiscard]] bool start_domains();

abi::Status create_domain(std::uint64_t slot);
abi::Status map_domain(std::uint64_t slot, std::uint64_t start, std::uint64_t size, std::uint32_t protection);
abi::Status read_domain(std::uint64_t slot, std::uint64_t address, void* buffer, std::uint64_t count);
abi::Status write_domain(std::uint64_t slot, std::uint64_t address, const void* bytes, std::uint64_t count, std::uint32_t loading);
abi::Status run_domain(std::uint64_t slot, abi::DomainState* state);
abi::Status audit_of_domain(std::uint64_t slot, abi::DomainAudit* out);
abi::Status destroy_domain(std::uint64_t slot);
// All there are: another world begins.
void destroy_domains();

}  // namespace perdure::metal
