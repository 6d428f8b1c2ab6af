// The memory of a domain that is told something (boot/domain/upcall.h), on the metal: through the direct map, without a walk of its page
// table as long as the page that the control block is in stays where it is.
#pragma once

#include <cstdint>

#include "boot/abi/domain.h"
#include "boot/domain/upcall.h"
#include "boot/metal/kernel_space.h"

namespace perdure::metal {

// Tells one of `kinds` to the domain in `slot`, whose vector registers are the processor's.
domain::Told tell_domain(std::uint64_t slot, PhysicalAddress root, abi::DomainState* state, std::uint64_t kinds);

// The slot's pages are not what they were.
void forget_upcall_page(std::uint64_t slot);

}  // namespace perdure::metal
