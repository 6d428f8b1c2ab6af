// Procedures of Scheme as C sees them: an address that leads back into the world.
//
//   K1  A slot has code of its own, written once; which procedure it stands for is data. A slot that no one uses keeps its code
//       and its signature, and stands for nothing: a call of it ends the foreign call with a condition.
#pragma once

#include "runtime/foreign/types.h"

namespace perdure::runtime {

struct CallbackSlot {
  std::uint64_t code;             // what C calls
  Signature* signature;
  Value procedure;                // #f: free
  CallbackSlot* next;             // free ones of the signature, or the temporary ones of a call
  std::uint64_t temporary;
};

// A slot for the procedure; null, with the condition pending: no memory.
CallbackSlot* make_callback(Signature* signature, Value procedure);
void free_callback(CallbackSlot* slot);

// As an object of Scheme: the slot is freed by hand.
Value callback_value(CallbackSlot* slot);
CallbackSlot* callback_of(Value v);   // null: it is none, or freed
void release_callback(Value v);

// A callback for the call that is being prepared, freed when it is over.
bool store_procedure(Signature* signature, Value procedure, void* to);
void set_preparing_call(struct ForeignCall* call);
void free_temporary_callbacks(struct ForeignCall* call);

}  // namespace perdure::runtime
