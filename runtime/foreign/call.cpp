#include "runtime/foreign/call.h"

#include <algorithm>
#include <cstring>

#include "runtime/condition.h"
#include "runtime/foreign/callbacks.h"
#include "runtime/foreign/image.h"
#include "runtime/foreign/stack.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/numbers/integer.h"
#include "runtime/utf8_string.h"

extern "C" std::uint64_t foreign_running;
extern "C" void foreign_landing();
extern "C" void foreign_plain(void* frame);

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kMagic = 0x6c6c'6163'2063'2121;

// A call as Scheme holds it while it waits for a callback: when no one does any more, the call is over.
struct CallObject { std::uint64_t header, magic; ForeignCall* call; std::uint64_t generation; };

struct Fault { std::uint64_t ip, address, vector; } last_fault;

void end_call(ForeignCall* call) {
  free_temporary_callbacks(call);
  give_back_foreign_stack(call);
}

void end_dropped_call(void* object) {
  const auto* dropped = static_cast<const CallObject*>(object);
  if (dropped->call->generation == dropped->generation) end_call(dropped->call);
}

const CallObject* call_of(Value v) {
  if (!has_type(v, Type::kOpaque) || as<CallObject>(v)->magic != kMagic) return nullptr;
  return as<CallObject>(v);
}

Value make_call_object(ForeignCall* call) {
  auto* object = static_cast<CallObject*>(allocate(sizeof(CallObject), true));
  if (!object) return kRaise;
  *object = {header(Type::kOpaque, sizeof(CallObject) / 8 - 1), kMagic, call, call->generation};
  set_finalizer(object, end_dropped_call);
  return object_value(object);
}

Value name_of(const Value* procedure) { return as_closure(*procedure)->captured[kForeignName]; }
std::string text_of(Value name) { return is_symbol(name) ? string_utf8(as<Symbol>(name)->name) : std::string("foreign procedure"); }

// (call number procedure argument ...)
Value callback_request(const ForeignCall& call, Value object) {
  const CallbackSlot& slot = *call.callback;
  Value list = kNil;
  for (std::uint64_t i = slot.signature->count; i > 0 && list != kRaise; --i) {
    const Value v = load_c(slot.signature->arguments[i - 1], call.callback_arguments[i - 1]);
    list = v == kRaise ? kRaise : cons(v, list);
  }
  if (list != kRaise) list = cons(slot.procedure, list);
  if (list != kRaise) list = cons(fixnum(static_cast<std::int64_t>(call.callback_number)), list);
  return list == kRaise ? kRaise : cons(object, list);
}

const char* fault_name(std::uint64_t vector) {
  switch (vector) {
    case 0: return "divide error";
    case 3: return "breakpoint";
    case 6: return "invalid instruction";
    case 14: return "page fault";
    case 19: return "SIMD error";
    default: return "processor exception";
  }
}

Value fault_condition(std::string_view who, const ForeignCall& call) {
  const auto number = [](std::uint64_t n) { return make_unsigned_integer(n); };
  const bool overflow = last_fault.vector == 14 && last_fault.address - call.guard < abi::kPageSize;
  std::string text = overflow ? "its stack is used up" : fault_name(last_fault.vector);
  const std::string where = describe_foreign_address(last_fault.ip);
  if (!where.empty()) text += " in " + where;
  if (last_fault.vector == 14) return fail("foreign-fault", who, text + ", at address", {number(last_fault.address)});
  return fail("foreign-fault", who, text + ", instruction at", {number(last_fault.ip)});
}

// What came of running the call. `object` is #f when it has none yet.
Value settle(ForeignCall* call, ForeignExit exit, Value object) {
  Value answer = kRaise;
  switch (exit) {
    case kForeignCallback:
      if (object == kFalse) object = make_call_object(call);
      if (object != kRaise) answer = callback_request(*call, object);
      if (answer != kRaise) return answer;
      break;
    case kForeignReturned: answer = load_c(call->signature->result, call->result); break;
    case kForeignFault: fault_condition(text_of(name_of(call->procedure)), *call); break;
    case kForeignAbort: fail("foreign-abort", text_of(name_of(call->procedure)), call->failure); break;
  }
  if (object != kFalse && object != kRaise) set_finalizer(as<CallObject>(object), nullptr);
  end_call(call);
  return answer;
}

// What is called where every value has a register of its own: what libffi would find out anew for each call is known then.
struct PlainFrame {
  std::uint64_t words[kWordRegisters];
  std::uint64_t floats[kFloatRegisters];
  std::uint64_t function;
  std::uint64_t word, floating;    // results
};

struct CallFrame {
  const Signature* signature;
  void (*function)();
  void* result;
  void** arguments;
};

void run_frame(void* data) {
  const auto* frame = static_cast<const CallFrame*>(data);
  ffi_call(const_cast<ffi_cif*>(&frame->signature->cif), frame->function, frame->result, frame->arguments);
}

// A stack that grows down while a call is prepared.
struct Area {
  std::uint64_t top;
  void* take(std::uint64_t bytes) {
    top = (top - bytes) & ~std::uint64_t{15};
    return reinterpret_cast<void*>(top);
  }
};

// A call that only needs its arguments at `places`.
struct Prepared {
  void (*run)(void*);
  void* frame;
};

Prepared prepare_plain(const Signature& signature, std::uint64_t function, Area* area, void** places, ForeignCall* call) {
  auto* frame = static_cast<PlainFrame*>(area->take(sizeof(PlainFrame)));
  std::uint64_t words = 0, floats = 0;
  for (std::uint64_t i = 0; i < signature.count; ++i)
    places[i] = signature.arguments[i].is_float() ? &frame->floats[floats++] : &frame->words[words++];
  frame->function = function;
  call->result = signature.result.is_float() ? &frame->floating : &frame->word;
  return {foreign_plain, frame};
}

Prepared prepare_general(const Signature& signature, std::uint64_t function, Area* area, void** places, ForeignCall* call) {
  auto* frame = static_cast<CallFrame*>(area->take(sizeof(CallFrame)));
  for (std::uint64_t i = 0; i < signature.count; ++i) places[i] = area->take(std::max<std::uint64_t>(16, signature.arguments[i].size));
  call->result = area->take(std::max<std::uint64_t>(16, signature.result.size));
  *frame = {&signature, reinterpret_cast<void (*)()>(function), call->result, places};
  return {run_frame, frame};
}

// Runs the function where its faults are told.
bool run_guarded(std::string_view who, void (*function)(void*), void* data) {
  ForeignCall* call = take_foreign_stack();
  if (!call) return false;
  const ForeignExit exit = start_foreign(call, call->base, function, data);
  if (exit == kForeignFault) fault_condition(who, *call);
  give_back_foreign_stack(call);
  return exit == kForeignReturned;
}

bool store_arguments(const Signature& signature, const Value* values, void* const* places, ForeignCall* call) {
  const Who who{name_of(values), {}};
  bool stored = true;
  set_preparing_call(call);
  for (std::uint64_t i = 0; i < signature.count && stored; ++i)
    stored = store_c(signature.arguments[i], values[i + 1], places[i], who, static_cast<int>(i + 1));
  set_preparing_call(nullptr);
  return stored;
}

}  // namespace

Value foreign_call(Value procedure, const Value* arguments, std::uint64_t count) {
  const Closure& closure = *as_closure(procedure);
  const Signature& signature = *signature_of(closure.captured[kForeignSignature]);
  if (count != signature.count) return raise_arity_error(procedure, count);
  ForeignCall* call = take_foreign_stack();
  if (!call) return kRaise;
  Area area{call->base};
  auto* values = static_cast<Value*>(area.take((count + 1) * sizeof(Value)));
  values[0] = procedure;
  for (std::uint64_t i = 0; i < count; ++i) values[i + 1] = arguments[i];
  auto** places = static_cast<void**>(area.take(count * sizeof(void*)));
  const auto function = static_cast<std::uint64_t>(fixnum_value(closure.captured[kForeignAddress]));
  const Prepared prepared = (signature.plain ? prepare_plain : prepare_general)(signature, function, &area, places, call);
  call->sp = area.top;
  call->procedure = values;
  call->signature = &signature;
  if (store_arguments(signature, values, places, call)) return settle(call, start_foreign(call, area.top, prepared.run, prepared.frame), kFalse);
  end_call(call);
  return kRaise;
}

Value return_to_foreign(Value object, Value number, Value value) {
  const CallObject* held = call_of(object);
  if (!held) return wrong_type("%foreign-return", 1, "a foreign call", object);
  ForeignCall* call = held->call;
  if (call->generation != held->generation || !call->callback || fixnum(static_cast<std::int64_t>(call->callback_number)) != number)
    return fail("error", "foreign-callback", "a callback returns once, while the call that it belongs to lasts");
  const CType& type = call->callback->signature->result;
  if (!store_c(type, value, call->callback_result, {name_of(call->procedure), "callback of "}, 0)) return kRaise;
  call->callback = nullptr;
  return settle(call, resume_foreign(call), object);
}

bool copy_guarded(std::string_view who, void* to, const void* from, std::uint64_t count) {
  struct Copy { void* to; const void* from; std::uint64_t count; } copy{to, from, count};
  return run_guarded(who, [](void* data) {
    const auto* c = static_cast<const Copy*>(data);
    std::memmove(c->to, c->from, c->count);
  }, &copy);
}

bool length_guarded(std::string_view who, const char* text, std::uint64_t* length) {
  struct Length { const char* text; std::uint64_t length; } measured{text, 0};
  const bool done = run_guarded(who, [](void* data) {
    auto* m = static_cast<Length*>(data);
    m->length = std::strlen(m->text);
  }, &measured);
  *length = measured.length;
  return done;
}

Value make_foreign_procedure(Value signature, std::uint64_t address, Value name, Value library) {
  auto* c = static_cast<Closure*>(allocate(sizeof(Closure) + (kForeignSlots - 1) * sizeof(Value), true));
  if (!c) return kRaise;
  c->header = header(Type::kClosure, kForeignSlots);
  c->entry = stubs.foreign;
  c->captured[kForeignSignature] = signature;
  c->captured[kForeignAddress] = fixnum(static_cast<std::int64_t>(address));
  c->captured[kForeignName] = name;
  c->captured[kForeignLibrary] = library;
  return tagged(c, kTagClosure);
}

bool is_foreign_procedure(Value v) { return v.is_closure() && as_closure(v)->entry == stubs.foreign; }

std::uint64_t foreign_fault_recovery(std::uint64_t ip, std::uint64_t address, std::uint64_t vector) {
  if (!foreign_running) return 0;
  last_fault = {ip, address, vector};
  return reinterpret_cast<std::uint64_t>(&foreign_landing);
}

}  // namespace perdure::runtime
