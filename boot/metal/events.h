// Events for the world: posted from interrupts, read by the world at its safe points or by wait().
#pragma once

#include <cstdint>

#include "boot/abi/platform.h"

namespace perdure::metal {

void set_event_page(abi::EventPage* page);
// Callable from interrupt handlers (not from the page-fault handler: it touches world memory).
void post_events(std::uint64_t bits);
// As if there had been none, and no page: the world is another one.
void forget_events();
// The world's, or null.
extern abi::EventPage* event_page;
// Whether the world has events to look at.
inline bool events_posted() { return event_page && __atomic_load_n(&event_page->pending, __ATOMIC_ACQUIRE) != 0; }
std::uint64_t wait_for_events(std::uint64_t mask, std::uint64_t deadline_ns);

}  // namespace perdure::metal
