// How a domain is told of something: an upcall. boot/abi/domain.h has the structures, docs/extensions.md what an extension sees.
//
//   U1  Nothing of the control block or of a saved state is believed: whatever they hold, only the domain itself can suffer.
//   U2  What cannot be told now stays in the state's `waiting`, and is noted in the block's `pending`: the domain looks there once it
//       has lifted the mask, and asks the world then. So nothing is lost, though masks are changed without a system call.
//   U3  A domain goes on from an upcall by itself, in the instructions from return_begin to return_end: they copy registers from the
//       saved state `returning`. Whoever takes the processor there finds a mixture of two states: before anything is told, the
//       world has to complete the return (kDomainReturning).
#pragma once

#include <cstdint>

#include "boot/abi/domain.h"

namespace perdure::domain {

enum class Told { kNothing, kSomething, kReturning };

inline constexpr std::uint64_t kFaultSet = std::uint64_t{1} << abi::kUpcallFault;
inline constexpr std::uint64_t kRedZone = 128;

// Where the next saved state goes: below the interrupted one if that was a handler too.
inline std::uint64_t place_for_saved_state(const abi::DomainState& state) {
  const std::uint64_t top = state.control, bottom = top + sizeof(abi::UpcallControl) - abi::kUpcallStackSize;
  const std::uint64_t end = state.rsp > bottom && state.rsp <= top ? state.rsp - kRedZone : top;
  return (end - abi::kSavedStateSize) & ~std::uint64_t{63};
}

// The last of the kinds that has a handler, or kUpcallKinds.
inline unsigned last_handled(const abi::DomainState& state, std::uint64_t kinds) {
  while (kinds) {
    const auto kind = 63 - static_cast<unsigned>(__builtin_clzll(kinds));
    if (kind < abi::kUpcallKinds && state.handlers[kind]) return kind;
    kinds &= ~(std::uint64_t{1} << kind);
  }
  return abi::kUpcallKinds;
}

// Tells the last of `kinds` (they are in the order of urgency) that can be told, if state.control is not 0. `memory` is the domain's:
//   UpcallControl* control()      the block, or null; what is changed there gets into the domain's memory
//   bool save(place, kind, mask)  the state to `place` as a saved one; false: that is not the domain's to write
template <class Memory>
Told tell(abi::DomainState& state, std::uint64_t kinds, Memory& memory) {
  abi::UpcallControl* control = memory.control();
  if (!control) return Told::kNothing;
  if (state.rip - control->return_begin < control->return_end - control->return_begin) return Told::kReturning;
  const unsigned kind = last_handled(state, kinds & ~control->mask);
  const std::uint64_t place = place_for_saved_state(state);
  const bool told = kind < abi::kUpcallKinds && memory.save(place, kind, control->mask);
  if (told) {
    // A handler of a fault hears of its own faults as the world's condition only; of other things when it has returned.
    control->mask |= kind == abi::kUpcallFault ? ~std::uint64_t{0} : ~kFaultSet;
    state.rip = state.handlers[kind];
    state.rdi = state.rsp = place;
    state.rflags = 0;
    state.waiting &= ~(std::uint64_t{1} << kind);
  }
  control->pending = state.waiting;
  return told ? Told::kSomething : Told::kNothing;
}

}  // namespace perdure::domain
