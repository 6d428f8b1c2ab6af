// What the compiler does for speed alone, each with a name and a switch. All are on, but for those a program asks to
// leave out: (disabled-optimisations) of world/compiler.scm, `perdure run --without NAME`. Tests compare the answers.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/value.h"

namespace perdure::compiler {

enum class Optimisation : std::uint8_t {
  kCopies,         // simplify: constants and copies take the place of variables
  kFolding,        // simplify: pure primitives of constants, tests of constants
  kOpening,        // simplify: calls of lambdas that are known and called once
  kInlining,       // simplify: copies of small procedures at their calls
  kDefinitions,    // simplify: the same of definitions of the system and of libraries (definitions.h)
  kLeaves,         // simplify: the same of small procedures of the top level that call nobody, behind a guard
  kDeadCode,       // simplify: what has no effect and no use goes
  kTruth,          // simplify: `or` where only the truth matters
  kLoops,          // analysis: procedures all of whose calls continue alike are labels
  kKnownCalls,     // lower: calls of known procedures enter their bodies
  kClauses,        // simplify, lower: calls of a known case-lambda enter the clause that fits, or are opened
  kGlobalCalls,    // generate: calls of globals enter behind the check of their arguments' count (runtime/global_call.h)
  kLateFrames,     // generate: a body's frame is made by the branches that need one
  kThinClosures,   // analysis: known procedures that capture nothing have no closure
  kOpenCoding,     // lower: primitives in line
  kDirectCalls,    // lower: primitives called without a look at their global
  kSpreading,      // lower: the list of `apply` is spread on the way to the procedure
  kValues,         // simplify, lower, generate: several values in registers, or where the producer is known straight to their receiver
  kTypes,          // infer_types: of variables
  kFacts,          // infer_types: what tests and checks show of variables for what comes after them
  kRanges,         // infer_types: of fixnums; what cannot overflow, indices that are inside
  kProcedureTypes, // infer_types: of parameters and results of procedures whose calls are known, and of what closures capture
};

inline constexpr std::array<std::string_view, 22> kOptimisationNames = {
    "copies", "folding", "opening", "inlining", "definitions", "leaves", "dead-code", "truth", "loops", "known-calls", "clauses",
    "global-calls", "late-frames", "thin-closures", "open-coding", "direct-calls", "spreading", "values",
    "types", "facts", "ranges", "procedure-types"};

namespace detail {
inline std::uint32_t disabled = 0;   // of the compilation that runs: a bit each
}

inline bool is_on(Optimisation each) { return (detail::disabled >> static_cast<unsigned>(each) & 1) == 0; }

// For the time of one compilation: those that the list of symbols names are off.
class Disabled {
 public:
  explicit Disabled(runtime::Value names);
  ~Disabled() { detail::disabled = before_; }
  void also(Optimisation each) { detail::disabled |= 1u << static_cast<unsigned>(each); }
  Disabled(const Disabled&) = delete;
  Disabled& operator=(const Disabled&) = delete;

 private:
  std::uint32_t before_;
};

}  // namespace perdure::compiler
