// Moves in a procedure that can be called. Assembled in a file of its own: AsmJit's archive has no type information,
// which Catch2 and the sanitizers want.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/codegen/moves.h"

namespace perdure::compiler::testing {

// The code, for the address `base`, of a procedure of one argument, an array of words: it loads the places from the
// words, makes the moves, and stores the places back. Of the frame it has `frame_words`.
std::vector<std::uint8_t> assemble_moves(std::uint64_t base, std::span<const Location64> places, int frame_words, Moves& moves);

}  // namespace perdure::compiler::testing
