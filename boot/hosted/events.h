// Events from Linux signals to the world's event page, waiting, and clocks.
//
// SIGINT, SIGALRM (the timer), SIGTERM, SIGHUP, SIGWINCH and SIGUSR1 (a generation is written) are events. They are handled on the host's own signal stack,
// and only set bits; wait() blocks them while it looks, so that none is lost between looking and sleeping.
#pragma once

#include <csignal>
#include <cstdint>

#include "boot/abi/platform.h"

namespace perdure::hosted {

void install_events();
// The signals above: blocked while a fault is being handled.
sigset_t event_signals();
void post_event(std::uint64_t bits);
// Whether the world has events to look at.
bool events_posted();

// The platform functions.
void set_event_page(abi::EventPage* page);
std::uint64_t wait(std::uint64_t mask, std::uint64_t deadline_ns);
std::uint64_t monotonic_ns();
std::int64_t realtime_ns();
abi::Status timer_set(std::uint64_t deadline_ns);

}  // namespace perdure::hosted
