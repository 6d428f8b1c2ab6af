#include "boot/metal/events.h"

#include "boot/metal/checkpoint.h"
#include "boot/metal/clock.h"
#include "boot/metal/console.h"
#include "boot/metal/cpu.h"
#include "boot/metal/start_log.h"

namespace perdure::metal {

abi::EventPage* event_page = nullptr;

namespace {

std::uint64_t held_back = 0;             // posted while there was no page

// The bits of `mask` that hold now. Input is a state, not a moment: it counts even after the world cleared the bit.
std::uint64_t pending(std::uint64_t mask) {
  std::uint64_t bits = event_page ? __atomic_load_n(&event_page->pending, __ATOMIC_ACQUIRE) : held_back;
  if ((mask & abi::kEventInput) && input_ready()) bits |= abi::kEventInput;
  return bits & mask;
}

}  // namespace

void set_event_page(abi::EventPage* page) {
  InterruptGuard guard;
  event_page = page;
  if (!page) return;
  const std::uint64_t bits = held_back | (input_ready() ? std::uint64_t{abi::kEventInput} : 0);
  held_back = 0;
  if (bits) post_events(bits);
}

void post_events(std::uint64_t bits) {
  if (!event_page) {
    held_back |= bits;
    return;
  }
  __atomic_fetch_or(&event_page->pending, bits, __ATOMIC_ACQ_REL);
  if (event_page->poll_word) __atomic_store_n(event_page->poll_word, ~std::uint64_t{0}, __ATOMIC_RELEASE);
}

void forget_events() {
  event_page = nullptr;
  held_back = 0;
}

std::uint64_t wait_for_events(std::uint64_t mask, std::uint64_t deadline_ns) {
  for (;;) {
    interrupts_off();
    const std::uint64_t bits = pending(mask);
    if (bits || monotonic_ns() >= deadline_ns) {
      set_wait_deadline(kNever);
      interrupts_on();
      return bits;
    }
    if (mask & abi::kEventInput) note_first_wait();
    BesideWorld beside;
    if (write_when_idle()) continue;
    set_wait_deadline(deadline_ns);
    halt_for_interrupt();
  }
}

}  // namespace perdure::metal
