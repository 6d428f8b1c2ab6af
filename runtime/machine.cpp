#include "runtime/machine.h"

#include <cstring>
#include <string>

#include "runtime/code_space.h"
#include "runtime/condition.h"
#include "runtime/foreign/call.h"
#include "runtime/global.h"
#include "runtime/heap.h"
#include "runtime/object.h"
#include "runtime/support/escape.h"
#include "runtime/support/panic.h"
#include "runtime/utf8_string.h"

namespace perdure::runtime {

Machine machine;
Stubs stubs;

namespace {

// Room for `count` arguments in machine.arguments.
bool ensure_arguments(std::uint64_t count) {
  if (count <= machine.argument_capacity) return true;
  const std::uint64_t capacity = count + count / 2 + 256;
  auto* fresh = static_cast<Value*>(allocate(capacity * sizeof(Value), true));
  if (fresh == nullptr) return false;
  if (machine.arguments != nullptr) std::memcpy(fresh, machine.arguments, machine.argument_capacity * sizeof(Value));
  machine.arguments = fresh;
  machine.argument_capacity = capacity;
  return true;
}

void append_count(std::string& out, int n) { out += std::to_string(n); }

}  // namespace

void report_early_condition() {
  const Value condition = pending_condition();
  std::string text = "a condition was raised before the world could handle it: ";
  if (has_type(condition, Type::kCondition)) {
    const auto* c = as<Condition>(condition);
    if (is_string(c->message)) text += string_utf8(c->message);
    for (Value rest = c->irritants; rest.is_pair(); rest = cdr(rest)) {
      const Value irritant = car(rest);
      text += ' ';
      if (is_symbol(irritant)) text += string_utf8(as<Symbol>(irritant)->name);
      else if (is_string(irritant)) text += string_utf8(irritant);
      else if (irritant.is_fixnum()) text += std::to_string(fixnum_value(irritant));
      else text += "#<value>";
    }
  }
  panic(text.c_str());
}

namespace {

std::string printed_name(Value closure) {
  const Value name = procedure_name(closure);
  return name == kFalse ? "anonymous procedure" : string_utf8(as<Symbol>(name)->name);
}

Value make_closure(std::uint64_t entry, Value captured) {
  auto* c = static_cast<Closure*>(allocate(sizeof(Closure), true));
  if (c == nullptr) return kRaise;
  c->header = header(Type::kClosure, 1);
  c->entry = entry;
  c->captured[0] = captured;
  return tagged(c, kTagClosure);
}

Value symbol_or_false(const CodeRecord* code) { return code == nullptr ? kFalse : code->name; }

}  // namespace

std::int64_t spread_list(Value list, std::uint64_t before) {
  std::uint64_t count = before, seen = 0;
  Value rest = list, behind = kNil;
  for (; rest.is_pair() && rest != behind; rest = cdr(rest), ++seen) {
    if ((seen & (seen + 1)) == 0) behind = rest;   // a cycle leads back there
    if (!ensure_arguments(count + 1)) return -1;
    machine.arguments[count++] = car(rest);
  }
  if (rest != kNil) {
    wrong_type("apply", static_cast<int>(before) + 2, "proper list", list);
    return -1;
  }
  return static_cast<std::int64_t>(count);
}

std::int64_t spread_values(Value values) {
  if (!has_type(values, Type::kValues)) {
    machine.arguments[0] = values;
    return 1;
  }
  const std::uint64_t count = length_of(values);
  if (!ensure_arguments(count)) return -1;
  std::memcpy(machine.arguments, as<Values>(values)->slots, count * sizeof(Value));
  return static_cast<std::int64_t>(count);
}

void start_arguments() {
  if (!ensure_arguments(1024)) panic("no memory for the argument buffer");
}

Value procedure_name(Value closure) {
  const Closure* c = as_closure(closure);
  if (c->entry == stubs.primitive) return intern(reinterpret_cast<const Primitive*>(c->captured[0].bits)->name);
  if (c->entry == stubs.continuation) return intern("continuation");
  if (c->entry == stubs.foreign) return c->captured[kForeignName];
  return symbol_or_false(find_code(c->entry));
}

bool procedure_arity(Value closure, int* minimum, int* maximum) {
  const Closure* c = as_closure(closure);
  if (c->entry == stubs.primitive) {
    const auto* p = reinterpret_cast<const Primitive*>(c->captured[0].bits);
    *minimum = p->minimum;
    *maximum = p->maximum == kVariadic ? -1 : p->maximum;
    return true;
  }
  if (c->entry == stubs.foreign) {
    *minimum = *maximum = static_cast<int>(signature_of(c->captured[kForeignSignature])->count);
    return true;
  }
  const CodeRecord* code = find_code(c->entry);
  if (code == nullptr || code->minimum < 0) {
    if (c->entry == stubs.call_with_current_continuation) {
      *minimum = *maximum = 1;
      return true;
    }
    *minimum = 0;
    *maximum = -1;
    return false;
  }
  *minimum = code->minimum;
  *maximum = code->maximum;
  return true;
}

namespace {

// Which counts of arguments a procedure takes, as CodeRecord::counts says it; 0: all from minimum to maximum.
std::uint32_t gaps_in_counts(Value closure, int minimum, int maximum) {
  const CodeRecord* code = find_code(as_closure(closure)->entry);
  if (code == nullptr || minimum > 30 || maximum > 30) return 0;
  const std::uint32_t above = maximum < 0 ? ~0u : ~(~0u << (maximum + 1));
  return code->counts == (above & ~0u << minimum) ? 0 : code->counts;
}

// "1", "1 to 3", "1 or more"; "1, 3 or more" where a case-lambda leaves some out.
std::string counts_text(int minimum, int maximum, std::uint32_t counts) {
  std::string text = std::to_string(minimum);
  if (counts == 0) return maximum < 0 ? text + " or more" : maximum > minimum ? text + " to " + std::to_string(maximum) : text;
  for (int n = minimum + 1; n < 32; ++n) {
    if (!(counts >> n & 1)) continue;
    const bool rest = counts >> n == ~0u >> n;      // and all that are greater
    const bool last = rest || counts >> n == 1;
    if (rest && counts >> (n - 1) & 1) return text + " or more";
    text += (last ? " or " : ", ") + std::to_string(n);
    if (rest) return text + " or more";
  }
  return text;
}

}  // namespace

Value raise_arity_error(Value closure, std::uint64_t count) {
  int minimum, maximum;
  procedure_arity(closure, &minimum, &maximum);
  if (minimum == INT16_MAX) return fail("arity-error", printed_name(closure), "this case-lambda has no clauses: it takes nothing");
  std::string message = "takes " + counts_text(minimum, maximum, gaps_in_counts(closure, minimum, maximum));
  message += minimum == 1 && maximum == 1 ? " argument, not " : " arguments, not ";
  append_count(message, static_cast<int>(count));
  return fail("arity-error", printed_name(closure), message);
}

Value interrupted_primitive() { return fail("interrupt", "", "interrupted in a computation that cannot go on"); }

void abandon_primitive() {
  interrupted_primitive();
  if (is_attempting()) escape(Outcome::kInterrupted);
  // The return address of the call that came here from Scheme is the first word of the runtime stack (M2).
  asm volatile(
      "mov %0, %%r14\n\t"
      "mov %1, %%rsp\n\t"
      "mov %2, %%eax\n\t"
      "ret"
      :
      : "r"(&machine), "r"(machine.runtime_sp - 8), "i"(kRaise.bits)
      : "memory", "rax", "r14");
  __builtin_unreachable();
}

Value raise_call_cc_argument(Value got) { return wrong_type("call/cc", 1, "procedure", got); }
Value raise_apply_argument(Value got) { return wrong_type("apply", 1, "procedure", got); }
Value raise_receiver_argument(Value got) { return wrong_type("call-with-values", 2, "procedure", got); }

Value raise_call_of_non_procedure(Value callee) {
  return fail("not-a-procedure", "", "not a procedure:", {callee});
}

Value raise_unassigned(Value name) {
  return fail("unbound-variable", "", "variable used before its initialisation:", {name});
}

Value unbound_variable(Value name) { return fail("unbound-variable", "", "unbound variable:", {name}); }

Value raise_hook() {
  end_atomic_section();  // whoever fails in one has left it
  if (machine.hooks[kHookRaise] != kFalse) return machine.hooks[kHookRaise];
  report_early_condition();
}

void end_atomic_section() {
  machine.atomic = 0;
  if (__atomic_load_n(&machine.events.pending, __ATOMIC_ACQUIRE) != 0) machine.stack_limit = ~std::uint64_t{0};
}

Value attempt_later(std::string_view raw_name, Value argument) {
  const Value name = intern(raw_name);
  const Value arguments = name == kRaise ? kRaise : cons(argument, kNil);
  const Value attempt = arguments == kRaise ? kRaise : cons(name, arguments);
  if (attempt != kRaise) machine.attempt = attempt;
  return kRaise;
}

Value rewind_hook() { return machine.hooks[kHookRewind]; }

Value list_of_arguments(std::uint64_t from, std::uint64_t count) {
  Value list = kNil;
  while (count > from && list != kRaise) list = cons(machine.arguments[--count], list);
  return list;
}

Value values_of_arguments(std::uint64_t count) {
  return count == 1 ? machine.arguments[0] : make_values(machine.arguments, count);
}

Value make_stub_procedure(std::uint64_t entry) { return make_closure(entry, kFalse); }

Value make_primitive_procedure(const Primitive* primitive) {
  return make_closure(stubs.primitive, {reinterpret_cast<std::uint64_t>(primitive)});
}

Value raise_not_a_procedure(Value trap) {
  const auto* global = reinterpret_cast<const Global*>(as_closure(trap)->captured[0].bits);
  if (global->value == kUnbound) return unbound_variable(global->name);
  return fail("not-a-procedure", string_utf8(as<Symbol>(global->name)->name), "not a procedure:", {global->value});
}

}  // namespace perdure::runtime
