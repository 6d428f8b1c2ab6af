// The machine: what compiled code and the C++ runtime share while Scheme runs.
//
// Invariants:
//   M1  While Scheme code runs, r14 holds &machine. All other registers are free to compiled code; across a Scheme call
//       none keeps its value (rax answers), across a call of C++ the System V callee-saved ones do.
//   M2  C++ runs on the runtime stack only, from runtime_sp down; scheme_sp then holds the Scheme stack pointer.
//       C++ never calls Scheme, so the runtime stack is empty whenever Scheme runs.
//   M3  A Scheme stack holds Scheme frames only. Each return address points to a frame note, a 7-byte
//       `nop dword [rax + imm32]` whose imm32 is the size in bytes of the caller's frame: the distance from just above
//       the return address to the next one. The last return address, at stack_base - 8, is the underflow stub.
//   M4  What is returned to beyond the base of the stack are the frames of next_continuation but the newest next_skip words,
//       or the end of the process when that is #f. next_skip is less than its size. What continuations hold never
//       changes: returning into one copies its newest frame back, or a few of them, and next_skip goes on.
//   M5  Collections and events happen only while C++ runs, or at a poll: every live value is then on a Scheme stack, on
//       the runtime stack, in `machine`, in a global, or in a root of the world's data.
//   M6  Arguments: the first six in rdi rsi rdx rcx r8 r9, further ones in arguments[6...]; eax holds the count; rbx the
//       closure that is called. The callee reads arguments[6...] before anything else can overwrite them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "boot/abi/world.h"
#include "runtime/primitive.h"
#include "runtime/value.h"

namespace perdure::runtime {

inline constexpr int kRegisterArguments = 6;

// Compiled code allocates objects of 16, 32, ... bytes one after the other from runs of free ones, for each size its own.
inline constexpr int kFreeClasses = 32;
inline constexpr std::uint64_t kGranule = 16;

struct FreeRun { FreeRun* next; char* end; };   // at the start of a run that waits for its turn

struct FreeSpace {
  char* next;       // of the run in use; its memory is not cleared
  char* end;
  FreeRun* runs;    // to be used next
  std::uint64_t unused;
};

enum Hook : int { kHookRaise, kHookRewind, kHookEvent, kHookMain, kHookWait, kHookForeign, kHookCount };

struct Machine {
  // Compared with rsp at every call and loop. The host stores ~0 here to make the next comparison fail (platform.h).
  volatile std::uint64_t stack_limit;
  std::uint64_t runtime_sp;
  std::uint64_t scheme_sp;
  std::uint64_t stack_base;
  Value next_continuation;
  std::uint64_t next_skip;
  Value handlers;                    // exception handlers, innermost first
  Value winders;                     // dynamic-wind frames, innermost first
  Value parameters;                  // parameterize bindings, innermost first
  Value* arguments;                  // arguments 6... of a call; all arguments of a variadic primitive
  FreeSpace free_pairs;
  FreeSpace free_objects[kFreeClasses];  // index i: (i + 1) * 16 bytes, scanned
  FreeSpace free_bytes[kFreeClasses];    // the same of memory without pointers, which C++ alone takes
  Value hooks[kHookCount];           // closures, or #f before the world has set them
  std::uint64_t real_stack_limit;    // what stack_limit is when no event is posted
  std::uint64_t argument_capacity;   // of `arguments`
  Value saved_continuation;
  std::uint64_t resume_count;
  Value answer;                      // of the %suspend that the process which runs was in (process.h)
  Value attempt;                     // what a primitive that answered kRaise is to be asked again; #f: it failed
  std::uint64_t atomic;              // not 0: polls leave events alone, so that no other process runs
  alignas(64) abi::EventPage events;
};
extern Machine machine;

// Code addresses made at cold start (compiler/stubs.cpp), kept in the world.
enum ArithmeticOp : int {
  kOpAdd, kOpSubtract, kOpMultiply, kOpDivide, kOpEqual, kOpLess, kOpLessEqual, kOpGreater, kOpGreaterEqual,
  kOpIsZero,        // its second operand is the fixnum 0
  kArithmeticOps,
};

// Primitives that look for something in a list, each with a stub: by eq?, where that is enough.
enum SearchOp : int { kMemq, kMemv, kMember, kAssq, kAssv, kAssoc, kSearchOps };
inline constexpr std::string_view kSearchNames[kSearchOps] = {"memq", "memv", "%member", "assq", "assv", "%assoc"};

struct Stubs {
  Value (*enter)(Value thunk);       // runs a Scheme procedure of no arguments as a process of its own, from C++
  std::uint64_t underflow;           // returned to at the base of a stack
  std::uint64_t primitive;           // entry of every primitive's closure (captured: pointer to its Primitive)
  std::uint64_t continuation;        // entry of continuation closures
  std::uint64_t not_a_procedure;     // entry of traps (global.h; captured: the global)
  std::uint64_t call_with_current_continuation;
  std::uint64_t apply_list;          // (%apply procedure list)
  std::uint64_t apply_values;        // (%apply-values procedure values)
  // (apply f a ... list), by how many `a` there are: rbx: f, the `a` as arguments, r10: the list. Enters f.
  std::uint64_t spread[kRegisterArguments];
  // By how many values there are, from two on. Returns those in the registers of arguments, in an object; puts those that rax stands
  // for there, or raises.
  std::uint64_t return_values[kRegisterArguments - 1];
  std::uint64_t take_values[kRegisterArguments - 1];
  std::uint64_t wait;                // calls the wait hook in place of a primitive
  std::uint64_t raise;               // raises machine.pending; called, never returns
  std::uint64_t call_primitive;      // calls the C++ function in rax with its arguments in place; raises for kRaise
  std::uint64_t arity_error;         // rbx: closure, eax: count
  std::uint64_t call_non_procedure;  // rbx: a value that was to be called, and is no procedure
  std::uint64_t poll;                // saves every register, handles events and stack overflow
  std::uint64_t allocate_pair;       // rax <- 16 fresh bytes; keeps every other register
  std::uint64_t allocate_object;     // eax: bytes (a multiple of 16); rax <- fresh scanned memory; keeps the others
  std::uint64_t box_flonum;          // xmm0 -> rax: any double; keeps the others
  std::uint64_t foreign;             // entry of foreign procedures (foreign/call.h)
  std::uint64_t suspend;             // (%suspend): gives the processor to the next process (process.h)
  std::uint64_t gather_rest;         // eax: count, r11: required -> rax: list of the rest; keeps argument registers
  // Generic arithmetic: rax (op) r11 -> rax, by ArithmeticOp; fast for flonums; keeps the others but xmm0, xmm1.
  std::uint64_t arithmetic[kArithmeticOps];
  std::uint64_t search[kSearchOps];  // rax: what, r11: where -> rax: the primitive's answer; keeps the others
  std::uint64_t find_in_table;       // rax: hash table, r11: key -> rax: the value's address, 0: none, 1: not known; keeps the others
};
extern Stubs stubs;

// How far a Scheme stack usually grows down from its base: to the guard page, but for room that bodies without a check and
// stubs' frames need (8 KiB), and room for handlers when memory is short.
inline constexpr std::uint64_t kUncheckedBytes = 8192;
inline constexpr std::uint64_t kEmergencyBytes = std::uint64_t{64} << 10;
inline constexpr std::uint64_t kUsualStackBytes = abi::kProcessStackSize - abi::kPageSize - kUncheckedBytes - kEmergencyBytes;

// Near the end of the runtime stack? Recursive C++ asks before it goes deeper.
bool stack_is_low();

// How often this world has been resumed by a host: what a host gave before (file handles) is stale when it changed.
inline std::uint64_t resume_count() { return machine.resume_count; }

// A closure with a piece of stack behind it (M4): the frames that were on the stack when it was made, newest first. Those that had
// no room on a stack, or of a process that does not run, are kept in the same way, with no dynamic state.
struct Continuation {
  std::uint64_t header;
  std::uint64_t entry;
  Value winders, handlers, parameters;
  Value parent;                 // what is returned to behind its frames, as next_continuation
  std::uint32_t total;          // words, with all parents, of frames that had no room; 0: not known. Of a process's buffer: its room
  std::uint16_t parent_skip;    // as next_skip
  std::uint16_t size;           // words of frames: they follow. They begin with a return address.
};
inline std::uint64_t* frames_of(Continuation& k) { return reinterpret_cast<std::uint64_t*>(&k + 1); }
inline constexpr std::uint64_t kContinuationSlots = 4;   // captured values of the closure
inline Continuation* as_continuation(Value v) { return reinterpret_cast<Continuation*>(v.bits - kTagClosure); }

// --- called by the stubs, on the runtime stack ---------------------------------------------------------------------
// Moves all frames from scheme_sp up to the base into the heap; scheme_sp is then the base's return address.
// Answers the continuation closure for them, or kRaise.
Value capture_continuation();
// Brings the newest frames of next_continuation back: scheme_sp then points to their return address. False: none is left.
bool reinstate_frames();
// At a poll: 0 to go on, a closure to call with no arguments before going on, kDefault's word to let another process
// run, or kRaise's word to raise.
std::uint64_t handle_poll(std::uint64_t saved_bytes);
// All frames as a continuation, or #f when there are none; small ones in *buffer, which no one else refers to while they are
// not on the stack. kRaise: no memory, nothing has changed.
Value suspend_frames(Value* buffer);
// The stack gets the newest frames of `continuation`, which may be #f.
void resume_frames(Value continuation);
// Clears what frames that have ended left on the stack right below the newest one. The next frames will be there, and
// are scanned before all their words are written to. Between the forms of a program.
void forget_ended_frames();
// Bytes of frames in `continuation`, or #f, and its parents.
std::uint64_t frame_bytes(Value continuation);
// Puts a list's / a values object's elements into machine.arguments, a list's behind the first `before` that are there; answers how
// many there are then, or -1 with a pending condition.
std::int64_t spread_list(Value list, std::uint64_t before);
std::int64_t spread_values(Value values);
Value raise_arity_error(Value closure, std::uint64_t count);
Value raise_not_a_procedure(Value trap);
// Events are served at polls, so C++ that may run for seconds asks now and then whether the next poll will raise something: the
// user's interrupt, or that the process has reached a limit.
bool interrupt_is_due();      // process.cpp
inline bool interrupt_pending() {
  return __atomic_load_n(&machine.events.pending, __ATOMIC_RELAXED) != 0 && machine.runtime_sp != 0 && interrupt_is_due();
}
// Then the condition that is raised should whoever hears of the interrupt want to go on, which is not possible. Of kind interrupt.
Value interrupted_primitive();
// Ends the primitive that runs: goes to where it would return, as if it had answered kRaise, with that condition.
// The frames of C++ in between are forgotten, nothing is unwound: for computations that hold nothing but memory.
[[noreturn]] void abandon_primitive();

Value raise_call_of_non_procedure(Value callee);
// Polls look at events again, and at once at those that were posted meanwhile.
void end_atomic_section();
// What is wrong is an argument of call/cc, apply, call-with-values.
Value raise_call_cc_argument(Value got);
Value raise_apply_argument(Value got);
Value raise_receiver_argument(Value got);
// What to call with the pending condition; without a raise hook yet, reports it and stops.
Value raise_hook();
// For a primitive that would have to wait: makes its call be the hook's, (hook (raw-name argument)), which waits, asks the raw
// primitive again, and answers in its place. What to answer: kRaise.
Value attempt_later(std::string_view raw_name, Value argument);
// Before the world has a printer of its own: reports the pending condition with what symbols and strings it is about.
[[noreturn]] void report_early_condition();
Value rewind_hook();
// A list of machine.arguments[from, count).
Value list_of_arguments(std::uint64_t from, std::uint64_t count);
// What `count` values of machine.arguments are as one value.
Value values_of_arguments(std::uint64_t count);
Value procedure_name(Value closure);                                      // symbol or #f
bool procedure_arity(Value closure, int* minimum, int* maximum);          // maximum -1: any; false: unknown
Value make_primitive_procedure(const Primitive* primitive);
Value make_stub_procedure(std::uint64_t entry);
void start_arguments();
// An empty Scheme stack. The host commits its pages as they are touched.
void start_stack();
Value unbound_variable(Value name);
Value raise_unassigned(Value name);
// An object, after the run in use has come to its end.
void* refill_pairs();
void* refill_objects(std::uint64_t bytes);

}  // namespace perdure::runtime
