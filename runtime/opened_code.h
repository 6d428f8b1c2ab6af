// Procedures that were opened at their calls: who they are where their code is now, for backtraces.
//
// A row says of a return address which procedures would have frames there if none had been opened: a list of (name source . line),
// innermost first, that ends in () where the procedure whose frame it is follows, and in #f where that one would have none, since
// the opened one is the last thing that it does. Lists live as long as the code: it keeps them with its literals (code_space.h).
#pragma once

#include <cstdint>
#include <span>

#include "runtime/value.h"

namespace perdure::runtime {

struct OpenedCode {
  std::uint64_t address;
  Value procedures;
};

// So that adding that many needs no memory. Escapes when there is none (support/escape.h).
void make_room_for_opened_code(std::size_t count);
// Of a piece that was just installed, ascending.
void add_opened_code(std::span<const OpenedCode> added);
// (): nothing was opened there.
Value opened_at(std::uint64_t return_address);
void forget_lost_opened_code();

}  // namespace perdure::runtime
