// A clause of a procedure written down as words, from which copies are made: for procedures that stand at several of their
// calls, in the same form (simplify.cpp) or in others (definitions.h).
#pragma once

#include <optional>
#include <span>

#include "compiler/core.h"

namespace perdure::compiler {

struct RecordedClause {
  std::span<const std::uint64_t> words;   // the collector has to see them
  std::uint32_t size = 0;          // nodes
  std::uint32_t called = 0;        // a bit for each parameter that is called somewhere
  bool has_procedures = false;     // lambda or letrec inside
};

struct RecordingLimits {
  std::uint32_t most;              // nodes
  bool procedures = false;         // may the body hold any?
  const Global* self = nullptr;    // a global that must not be mentioned
  const Opened* inside = nullptr;  // what the procedure itself belongs to
};

// In the arena. Nothing: it is larger, has a rest list, or holds what limits forbid.
std::optional<RecordedClause> record(const Clause& clause, const RecordingLimits& limits);

// A copy with variables of its own for all that it binds. All of it seems to stand at `place`, and to be what that says is opened
// and last; but what was opened in the clause stays that.
Clause play(Arena& arena, std::span<const std::uint64_t> words, const Location& place);

}  // namespace perdure::compiler
