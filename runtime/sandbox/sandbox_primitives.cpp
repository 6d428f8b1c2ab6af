// The primitives under world/sandbox: no one's interface, names with %. They check what could harm the world.
#include <cstring>

#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/heap.h"
#include "runtime/numbers/integer.h"
#include "runtime/object.h"
#include "runtime/sandbox/image.h"
#include "runtime/sandbox/sandbox.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kRegisters = 18;      // of DomainState: rax ... rflags
constexpr unsigned kXmm = 160;                // in the FXSAVE area

bool check(std::string_view who, Value v) {
  if (is_sandbox(v)) return true;
  wrong_type(who, 1, "sandbox", v);
  return false;
}

// An integer of 64 bits, signed or not, as the word it is.
bool take_word(std::string_view who, int position, Value v, std::uint64_t* out) {
  if (v.is_fixnum()) {
    *out = static_cast<std::uint64_t>(fixnum_value(v));
    return true;
  }
  if (has_type(v, Type::kBignum)) {
    const IntegerView view(v);
    const std::uint64_t magnitude = view.limbs()[0];
    if (view.size() == 1 && (!view.negative() || magnitude <= std::uint64_t{1} << 63)) {
      *out = view.negative() ? 0 - magnitude : magnitude;
      return true;
    }
  }
  wrong_type(who, position, "an exact integer of 64 bits", v);
  return false;
}

Value prim_make(Value limit, Value file) {
  std::uint64_t bytes;
  if (!take_count("%sandbox-make", 1, limit, &bytes) || !check_bytevector("%sandbox-make", 2, file)) return kRaise;
  return make_sandbox(bytes, wanted_slot({as<Bytevector>(file)->bytes, length_of(file)}));
}

// It must not read the time-stamp counter.
Value prim_forbid_time_stamps(Value v) {
  if (!check("%sandbox-forbid-time-stamps!", v)) return kRaise;
  sandbox_of(v)->domain.forbidden |= abi::kForbidTimeStamps;
  return kUnspecific;
}

bool add_export(void* context, std::string_view name, std::uint64_t address) {
  Value& list = *static_cast<Value*>(context);
  const Value text = make_string_utf8(name);
  const Value entry = text == kRaise ? kRaise : cons(text, fixnum(static_cast<std::int64_t>(address)));
  list = entry == kRaise ? kRaise : cons(entry, list);
  return list != kRaise;
}

// ((name . address) ...) of what the file exports; or a string that says what is wrong with it.
Value prim_load(Value v, Value file, Value stack_bytes) {
  constexpr std::string_view who = "%sandbox-load!";
  std::uint64_t stack;
  if (!check(who, v) || !check_bytevector(who, 2, file) || !take_count(who, 3, stack_bytes, &stack)) return kRaise;
  Sandbox& sandbox = *sandbox_of(v);
  const std::span<const std::uint8_t> bytes(as<Bytevector>(file)->bytes, length_of(file));
  if (const char* wrong = load_extension(sandbox, bytes)) return make_string_utf8(wrong);
  const std::uint64_t size = (stack + abi::kPageSize - 1) & ~(abi::kPageSize - 1);
  constexpr std::uint32_t kData = abi::kProtRead | abi::kProtWrite;
  const abi::Status mapped = size > kStackTop - kHeapEnd ? abi::Status{abi::kNoSpace} : map_pages(sandbox, sandbox.slot_start() + kStackTop - size, size, kData);
  if (mapped == abi::kNoMemory) return make_string_utf8("needs more memory than the world has left");
  if (mapped < 0) return make_string_utf8("does not fit into the sandbox's memory with its stack");
  Value exports = kNil;
  return for_each_export(sandbox, bytes, add_export, &exports) ? exports : kRaise;
}

// What the host would do for fresh_vectors.
void set_vectors(abi::DomainState& r) {
  constexpr std::uint16_t kControl = 0x37f;
  constexpr std::uint32_t kMxcsr = 0x1f80;
  std::memset(r.vector_registers, 0, sizeof r.vector_registers);
  std::memcpy(r.vector_registers, &kControl, sizeof kControl);
  std::memcpy(r.vector_registers + 24, &kMxcsr, sizeof kMxcsr);
  r.fresh_vectors = 0;
}

// Makes the registers ready to call `address` with words and flonums; what was pushed stays on the stack below.
Value prim_begin(Value v, Value address, Value words, Value floats) {
  constexpr std::string_view who = "%sandbox-begin!";
  std::uint64_t function;
  if (!check(who, v) || !take_word(who, 2, address, &function)) return kRaise;
  (void)ensure_domain(v);      // %sandbox-run! tells if there is none
  abi::DomainState& r = sandbox_of(v)->domain;
  std::uint64_t* const integers[] = {&r.rdi, &r.rsi, &r.rdx, &r.rcx, &r.r8, &r.r9};
  begin_call(*sandbox_of(v), function);
  for (std::uint64_t* word : integers) *word = 0;
  unsigned n = 0;
  for (; words.is_pair(); words = cdr(words))
    if (n == std::size(integers) || !take_word(who, 3, car(words), integers[n++])) return kRaise;
  if (floats.is_pair()) set_vectors(r);
  for (n = 0; floats.is_pair() && n < 8; floats = cdr(floats), ++n) {
    if (!is_flonum(car(floats))) return wrong_type(who, 4, "flonums", car(floats));
    const double d = flonum_value(car(floats));
    std::memcpy(r.vector_registers + kXmm + 16 * n, &d, sizeof d);
  }
  return kUnspecific;
}

// Bytes on the stack, above what the call will use; their address, or #f when there is no room. #f for bytes: forgets them all.
Value prim_push(Value v, Value bytes) {
  constexpr std::string_view who = "%sandbox-push!";
  if (!check(who, v)) return kRaise;
  Sandbox& sandbox = *sandbox_of(v);
  const std::uint64_t top = sandbox.slot_start() + kStackTop;
  if (bytes == kFalse) {
    sandbox.push_pointer = top;
    return kUnspecific;
  }
  if (!check_bytevector(who, 2, bytes)) return kRaise;
  const std::uint64_t count = length_of(bytes);
  if (count > sandbox.push_pointer - (top - (kStackTop - kHeapEnd))) return kFalse;
  const std::uint64_t address = (sandbox.push_pointer - count) & ~std::uint64_t{15};
  sandbox.is_copied = 0;
  if (ensure_domain(v) < 0 || platform->domain_write(sandbox.slot, address, as<Bytevector>(bytes)->bytes, count, 0) < 0) return kFalse;
  sandbox.push_pointer = address;
  return fixnum(static_cast<std::int64_t>(address));
}

Value prim_run(Value v, Value budget) {
  if (!check("%sandbox-run!", v)) return kRaise;
  std::uint64_t nanoseconds = kUnlimited;
  if (budget != kFalse && !take_count("%sandbox-run!", 2, budget, &nanoseconds)) return kRaise;
  if (const abi::Status status = ensure_domain(v); status < 0) return fixnum(status);
  return fixnum(run_sandbox(*sandbox_of(v), nanoseconds));
}

Value prim_register(Value v, Value index, Value as_signed) {
  std::uint64_t i;
  if (!check("%sandbox-register", v) || !take_index("%sandbox-register", 2, index, kRegisters, &i)) return kRaise;
  const std::uint64_t word = (&sandbox_of(v)->domain.rax)[i];
  return as_signed != kFalse ? make_integer(static_cast<std::int64_t>(word)) : make_unsigned_integer(word);
}

Value prim_set_register(Value v, Value index, Value word) {
  constexpr std::string_view who = "%sandbox-set-register!";
  std::uint64_t i;
  if (!check(who, v) || !take_index(who, 2, index, kRegisters, &i)) return kRaise;
  return take_word(who, 3, word, &(&sandbox_of(v)->domain.rax)[i]) ? kUnspecific : kRaise;
}

Value prim_float(Value v, Value index) {
  std::uint64_t i;
  if (!check("%sandbox-float", v) || !take_index("%sandbox-float", 2, index, 16, &i)) return kRaise;
  double d;
  std::memcpy(&d, sandbox_of(v)->domain.vector_registers + kXmm + 16 * i, sizeof d);
  return make_flonum(d);
}

Value prim_set_float(Value v, Value index, Value number) {
  constexpr std::string_view who = "%sandbox-set-float!";
  std::uint64_t i;
  if (!check(who, v) || !take_index(who, 2, index, 16, &i)) return kRaise;
  if (!is_flonum(number)) return wrong_type(who, 3, "flonum", number);
  const double d = flonum_value(number);
  std::memcpy(sandbox_of(v)->domain.vector_registers + kXmm + 16 * i, &d, sizeof d);
  return kUnspecific;
}

// What ring 3 says is a piece of its memory; #f when it is not.
Value prim_read(Value v, Value address, Value count) {
  constexpr std::string_view who = "%sandbox-read";
  std::uint64_t start, size;
  if (!check(who, v) || !take_word(who, 2, address, &start) || !take_word(who, 3, count, &size)) return kRaise;
  const Sandbox& sandbox = *sandbox_of(v);
  if (size > sandbox.memory_used || ensure_domain(v) < 0) return kFalse;
  const Value bytes = make_bytevector(size, 0);
  if (bytes == kRaise) return kRaise;
  return platform->domain_read(sandbox.slot, start, as<Bytevector>(bytes)->bytes, size) < 0 ? kFalse : bytes;
}

Value prim_write(Value v, Value address, Value bytes, Value loading) {
  constexpr std::string_view who = "%sandbox-write!";
  std::uint64_t start;
  if (!check(who, v) || !take_word(who, 2, address, &start) || !check_bytevector(who, 3, bytes)) return kRaise;
  if (ensure_domain(v) < 0) return kFalse;
  const std::uint32_t everywhere = loading != kFalse ? 1 : 0;
  Sandbox& sandbox = *sandbox_of(v);
  sandbox.is_copied = 0;
  return boolean(platform->domain_write(sandbox.slot, start, as<Bytevector>(bytes)->bytes, length_of(bytes), everywhere) >= 0);
}

Value list_of(std::initializer_list<std::uint64_t> words) {
  Value list = kNil;
  for (std::size_t i = words.size(); i-- > 0;) {
    const Value word = make_unsigned_integer(words.begin()[i]);
    list = word == kRaise ? kRaise : cons(word, list);
    if (list == kRaise) return kRaise;
  }
  return list;
}

// There is something of this kind to tell the extension.
Value prim_notify(Value v, Value kind) {
  std::uint64_t k;
  if (!check("%sandbox-notify!", v) || !take_index("%sandbox-notify!", 2, kind, PERDURE_UPCALLS, &k)) return kRaise;
  sandbox_of(v)->domain.waiting |= std::uint64_t{1} << k;
  return kUnspecific;
}

// Those of a set of kinds that wait for being told, which they do no more.
Value prim_take_events(Value v, Value kinds) {
  std::uint64_t set;
  if (!check("%sandbox-take-events!", v) || !take_count("%sandbox-take-events!", 2, kinds, &set)) return kRaise;
  return fixnum(static_cast<std::int64_t>(take_waiting(*sandbox_of(v), set)));
}

Value prim_upcall_due(Value v) { return check("%sandbox-upcall-due?", v) ? boolean(upcall_due(*sandbox_of(v))) : kRaise; }

// The moment of its timer, or #f.
Value prim_timer(Value v) {
  if (!check("%sandbox-timer", v)) return kRaise;
  const std::uint64_t at = sandbox_of(v)->timer_at;
  return at ? fixnum(static_cast<std::int64_t>(at)) : kFalse;
}

// (vector error address)
Value prim_fault(Value v) {
  if (!check("%sandbox-fault", v)) return kRaise;
  const abi::DomainState& r = sandbox_of(v)->domain;
  return list_of({r.vector, r.error, r.address});
}

// (slot memory-used memory-limit nanoseconds system-calls slot-start)
Value prim_info(Value v) {
  if (!check("%sandbox-info", v)) return kRaise;
  const Sandbox& s = *sandbox_of(v);
  return list_of({s.slot, s.live ? s.memory_used : 0, s.memory_limit, s.used_ns, s.system_calls, s.slot_start()});
}

// (pages writable executable both trampoline foreign), or #f
Value prim_audit(Value v) {
  if (!check("%sandbox-audit", v)) return kRaise;
  abi::DomainAudit a{};
  if (ensure_domain(v) < 0 || platform->domain_audit(sandbox_of(v)->slot, &a) < 0) return kFalse;
  return list_of({a.pages, a.writable, a.executable, a.both, a.trampoline, a.foreign});
}

Value prim_destroy(Value v) {
  if (!check("%sandbox-destroy!", v)) return kRaise;
  destroy_sandbox(v);
  return kUnspecific;
}

}  // namespace

std::span<const Primitive> sandbox_primitives() {
  static const Primitive kTable[] = {
      primitive("%sandbox-make", prim_make),
      primitive("%sandbox-forbid-time-stamps!", prim_forbid_time_stamps),
      primitive("%sandbox-load!", prim_load),
      primitive("%sandbox-begin!", prim_begin),
      primitive("%sandbox-push!", prim_push),
      primitive("%sandbox-run!", prim_run),
      primitive("%sandbox-register", prim_register),
      primitive("%sandbox-set-register!", prim_set_register),
      primitive("%sandbox-float", prim_float),
      primitive("%sandbox-set-float!", prim_set_float),
      primitive("%sandbox-read", prim_read),
      primitive("%sandbox-write!", prim_write),
      primitive("%sandbox-notify!", prim_notify),
      primitive("%sandbox-take-events!", prim_take_events),
      primitive("%sandbox-upcall-due?", prim_upcall_due),
      primitive("%sandbox-timer", prim_timer),
      primitive("%sandbox-fault", prim_fault),
      primitive("%sandbox-info", prim_info),
      primitive("%sandbox-audit", prim_audit),
      primitive("%sandbox-destroy!", prim_destroy),
  };
  return kTable;
}

}  // namespace perdure::runtime
