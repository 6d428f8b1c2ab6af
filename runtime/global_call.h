// Calls of globals by compiled code: one direct instruction, call target.
//
// While the global holds a procedure that takes that many arguments and captures nothing, the target is the place in its
// code behind the check of their count; otherwise a few instructions that load the count and the closure and go to its
// entry. When the global changes, the calls are changed too; so it can be redefined at any time, and calls never look.
// A global that changes again and again is left alone: its calls go the usual way from then on.
//
// A call does not keep the code that it leads to (code_space.h, C1): what the global holds does, and the few instructions are
// a piece that stays. Nor is the code kept that it is in: calls of lost code are forgotten before its place is used again.
#pragma once

#include <vector>

#include "runtime/global.h"
#include "runtime/unscanned.h"

namespace perdure::runtime {

struct GlobalCall {
  Global* global;
  GlobalCall* next;                    // of the same global
  std::uint64_t count;                 // of arguments
  std::uint64_t usual_way = 0;         // the few instructions; 0 until some code that was installed has them
  std::uint64_t target = 0;            // of all sites; 0: there are none
  std::uint32_t changes = 0;
  Global* guard = nullptr;             // of the one that stands for all guards: the newest
  std::vector<std::uint64_t, Unscanned<std::uint64_t>> sites;    // addresses of the rel32 of calls and jumps
};

// The call of `global` with `count` arguments, if it may gain something: the global is unbound yet, or holds a procedure that
// can be entered so. Else null.
GlobalCall* call_of_global(Global* global, std::uint64_t count);
// Code was installed: with one more call, which leads to the target, or the usual way if that is 0.
void add_call_site(GlobalCall* call, std::uint64_t rel32);
// Its target is what it is to be now.
void renew_call(GlobalCall* call);
// After the global, or the procedure's code, has changed.
void renew_calls(Global* global);
void renew_all_calls();
void forget_sites_of_lost_code();

}  // namespace perdure::runtime
