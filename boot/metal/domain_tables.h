// The page table of a domain: its pages for ring 3, and the trampoline of the kernel for the supervisor. Nothing else: not the
// world, not the rest of the kernel.
#pragma once

#include <cstdint>

#include "boot/abi/domain.h"
#include "boot/metal/kernel_space.h"

namespace perdure::metal {

// The part that all domains share. Once, at start; false: no memory.
[[nodiscard]] bool start_domain_tables();

// A table without pages of its own; {0}: no memory.
PhysicalAddress make_domain_table();
// Gives the table back, and all pages of the slot.
void release_domain_table(PhysicalAddress root, std::uint64_t slot_start);

MachineTables domain_tables(PhysicalAddress root);
std::uint64_t domain_leaf(PhysicalAddress frame, std::uint32_t protection);

// The trampoline counts as such only where it is, for the supervisor.
abi::DomainAudit audit_domain(PhysicalAddress root, std::uint64_t slot_start);

}  // namespace perdure::metal
