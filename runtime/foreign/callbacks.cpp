#include "runtime/foreign/callbacks.h"

#include <cstring>
#include <new>

#include "runtime/condition.h"
#include "runtime/foreign/memory.h"
#include "runtime/foreign/stack.h"
#include "runtime/heap.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kMagic = 0x6b63'6162'6c6c'6163;
constexpr std::uint64_t kCodeBytes = (sizeof(ffi_closure) + 15) & ~std::uint64_t{15};
constexpr std::uint64_t kPiece = std::uint64_t{16} << 10;

std::uint64_t next_code = 0, code_end = 0;
ForeignCall* preparing = nullptr;

std::uint64_t take_code() {
  if (code_end - next_code < kCodeBytes) {
    const std::uint64_t start = reserve_foreign(kPiece);
    if (start == 0) return 0;
    if (commit_foreign(start, kPiece, abi::kProtRead | abi::kProtExecute, false) < 0) return unreserve_foreign(start, kPiece), 0;
    next_code = start;
    code_end = start + kPiece;
  }
  next_code += kCodeBytes;
  return next_code - kCodeBytes;
}

// On a foreign stack, called by libffi.
void called_back(ffi_cif*, void* result, void** arguments, void* data) {
  const auto* slot = static_cast<const CallbackSlot*>(data);
  ForeignCall* call = running_foreign_call();
  if (slot->procedure == kFalse) {
    call->failure = "it called a callback that is not there any more";
    suspend_foreign(kForeignAbort);
  }
  call->callback = slot;
  call->callback_result = result;
  call->callback_arguments = arguments;
  ++call->callback_number;
  suspend_foreign(kForeignCallback);
}

CallbackSlot* new_slot(Signature* signature) {
  const std::uint64_t code = take_code();
  auto* slot = code ? new (std::nothrow) CallbackSlot : nullptr;
  if (!slot) return nullptr;
  *slot = {code, signature, kFalse, nullptr, 0};
  ffi_closure closure{};
  ffi_prep_closure_loc(&closure, &signature->cif, called_back, slot, reinterpret_cast<void*>(code));
  return write_foreign(code, &closure, sizeof closure) ? slot : nullptr;
}

struct CallbackObject { std::uint64_t header, magic; CallbackSlot* slot; };

}  // namespace

CallbackSlot* make_callback(Signature* signature, Value procedure) {
  CallbackSlot* slot = signature->free_slots;
  if (slot) signature->free_slots = slot->next;
  else slot = new_slot(signature);
  if (!slot) return out_of_memory(), nullptr;
  slot->procedure = procedure;
  slot->temporary = 0;
  slot->next = nullptr;
  return slot;
}

void free_callback(CallbackSlot* slot) {
  slot->procedure = kFalse;
  slot->next = slot->signature->free_slots;
  slot->signature->free_slots = slot;
}

Value callback_value(CallbackSlot* slot) {
  auto* object = static_cast<CallbackObject*>(allocate(sizeof(CallbackObject), true));
  if (!object) return kRaise;
  *object = {header(Type::kOpaque, sizeof(CallbackObject) / 8 - 1), kMagic, slot};
  return object_value(object);
}

CallbackSlot* callback_of(Value v) {
  if (!has_type(v, Type::kOpaque)) return nullptr;
  const auto* object = as<CallbackObject>(v);
  return object->magic == kMagic ? object->slot : nullptr;
}

void release_callback(Value v) {
  auto* object = as<CallbackObject>(v);
  free_callback(object->slot);
  object->slot = nullptr;
}

void set_preparing_call(ForeignCall* call) { preparing = call; }

bool store_procedure(Signature* signature, Value procedure, void* to) {
  if (!preparing) return fail("type-error", "foreign-set!", "a procedure can be given for the time of a call alone: make a callback", {procedure}), false;
  CallbackSlot* slot = make_callback(signature, procedure);
  if (!slot) return false;
  slot->temporary = 1;
  slot->next = preparing->temporary;
  preparing->temporary = slot;
  std::memcpy(to, &slot->code, sizeof slot->code);
  return true;
}

void free_temporary_callbacks(ForeignCall* call) {
  for (CallbackSlot* slot = call->temporary; slot;) {
    CallbackSlot* next = slot->next;
    free_callback(slot);
    slot = next;
  }
  call->temporary = nullptr;
}

}  // namespace perdure::runtime
