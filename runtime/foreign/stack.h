// Stacks of foreign code, and the way between them and the runtime's own.
//
// A call of foreign code runs on a stack of its own. When it calls back, its frames stay there: the primitive that began the
// call returns to Scheme with what is asked for (call.h), and goes on with the foreign stack when there is an answer. So
// the runtime stack is empty whenever Scheme runs (machine.h, M2); calls of several processes may wait in callbacks and return in
// any order; and such a call is saved with the world.
//
//   S1  At most one foreign stack runs; none does when Scheme or the collector does. What a service of the world needs of the collector,
//       it does on the runtime stack (switch.asm).
//   S2  A stack that does not run but is in use is scanned from `sp` to its base.
//   S3  The lowest page of a stack is not there: running over it is a fault, which ends the call.
//   S4  A ForeignCall is never freed, so that whoever held one can see by its generation that it is over. Memory of stacks is given back
//       when many are free.
#pragma once

#include <cstdint>

#include "boot/abi/address_map.h"
#include "runtime/value.h"

namespace perdure::runtime {

struct Signature;
struct CallbackSlot;

// How foreign code came back to the world.
enum ForeignExit : std::uint64_t { kForeignReturned, kForeignCallback, kForeignFault, kForeignAbort };

struct ForeignCall {
  std::uint64_t sp;               // while it does not run; first: switch.asm knows
  std::uint64_t base;             // its frames are below
  std::uint64_t guard;            // address of the page that is not there, the lowest; 0: it has no memory
  ForeignCall* next;              // of all
  ForeignCall* next_free;         // of those that are free
  std::uint64_t in_use;
  std::uint64_t generation;       // of its use
  const Signature* signature;
  void* result;
  const Value* procedure;         // that was called, then its arguments: among what is scanned
  CallbackSlot* temporary;        // callbacks made for this call alone
  // The callback that waits for its answer.
  std::uint64_t callback_number;  // counts
  const CallbackSlot* callback;   // null: none waits
  void* callback_result;
  void** callback_arguments;
  const char* failure;            // why the call was abandoned by the world itself
};

// A stack that no one uses; null: no memory, with the condition pending. May collect.
ForeignCall* take_foreign_stack();
void give_back_foreign_stack(ForeignCall* call);

void push_foreign_stacks(void (*push)(void* from, void* to));

// Calls function(argument) on the stack, from `sp` down. Comes back when it returns, calls back, faults or is abandoned.
ForeignExit start_foreign(ForeignCall* call, std::uint64_t sp, void (*function)(void*), void* argument);
// Goes on where suspend_foreign was called.
ForeignExit resume_foreign(ForeignCall* call);
// On a foreign stack: back to the world, which may resume.
void suspend_foreign(ForeignExit reason);
// The call that runs.
ForeignCall* running_foreign_call();

}  // namespace perdure::runtime
