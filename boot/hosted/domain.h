// Domains on Linux: each is a process of its own, traced by this one, that has nothing mapped but the pages of its slot and one
// page with a system call instruction (domain_process.h). boot/abi/domain.h is the contract.
#pragma once

#include <cstdint>

#include "boot/abi/domain.h"
#include "boot/abi/platform.h"

namespace perdure::hosted {

// The platform functions.
abi::Status domain_create(std::uint64_t slot);
abi::Status domain_map(std::uint64_t slot, std::uint64_t start, std::uint64_t size, std::uint32_t protection);
abi::Status domain_read(std::uint64_t slot, std::uint64_t address, void* buffer, std::uint64_t count);
abi::Status domain_write(std::uint64_t slot, std::uint64_t address, const void* bytes, std::uint64_t count, std::uint32_t loading);
abi::Status domain_run(std::uint64_t slot, abi::DomainState* state);
abi::Status domain_audit(std::uint64_t slot, abi::DomainAudit* out);
abi::Status domain_destroy(std::uint64_t slot);
// Of the calling thread, which is the world's, and of the domains that it has run.
std::uint64_t processor_ns();

// All there are: this process becomes another world's.
void destroy_domains();

}  // namespace perdure::hosted
