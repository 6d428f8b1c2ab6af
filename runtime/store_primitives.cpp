// Primitives that write the world: complete files, and generations of the file it came from (boot/abi/platform.h).
#include <memory>
#include <new>
#include <vector>

#include "runtime/clock.h"
#include "runtime/code_space.h"
#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/foreign/memory.h"
#include "runtime/heap.h"
#include "runtime/heap_start.h"
#include "runtime/io/port.h"
#include "runtime/machine.h"
#include "runtime/numbers/integer.h"
#include "runtime/process/scheduler.h"
#include "runtime/sandbox/sandbox.h"
#include "runtime/store.h"
#include "runtime/support/image.h"
#include "runtime/support/memory.h"
#include "runtime/support/platform.h"
#include "runtime/unscanned.h"
#include "runtime/utf8_string.h"

namespace perdure::runtime {
namespace {

std::uint64_t page_ceiling(std::uint64_t address) { return (address + abi::kPageSize - 1) & ~(abi::kPageSize - 1); }
std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

constexpr std::uint32_t kData = abi::kProtRead | abi::kProtWrite;
constexpr std::uint64_t kMostHeapRanges = 2 * kMostFreeStretches + 1;

// The collector must not look into it: what lies at the address of a range may be garbage. And it is used again, since a world that
// is restored from what is saved here never comes to the end of the function that saved it.
using Ranges = std::vector<abi::SaveRange, Unscanned<abi::SaveRange>>;
Ranges ranges;

// The heap, its large free parts apart.
void add_heap() {
  Stretch stretches[kMostFreeStretches];
  const std::uint64_t count = free_stretches(stretches);
  std::uint64_t from = abi::kHeapBase;
  for (const Stretch* free = stretches; free != stretches + count; ++free) {
    if (free->start != from) ranges.push_back({from, free->start - from, kData, 0});
    ranges.push_back({free->start, free->size, kData, abi::kRangeUnused});
    from = free->start + free->size;
  }
  ranges.push_back({from, heap_end() - from, kData, 0});
}

// Hands all pages of the world to `write`, which is a function of the platform.
abi::Status write_world(abi::Status (*write)(const abi::SaveRequest*), std::string_view name, std::string_view note, Value continuation) {
  copy_sandboxes_for_saving();      // first: the heap may grow
  const std::uint64_t text = address_of(world_text_start), text_end = address_of(world_text_end);
  const std::uint64_t rodata_end = address_of(world_rodata_end), bss_end = address_of(world_bss_end);
  ranges = {
      {abi::kWorldBase, text - abi::kWorldBase, abi::kProtRead, 0},
      {text, text_end - text, abi::kProtRead | abi::kProtExecute, 0},
      {text_end, rodata_end - text_end, abi::kProtRead, 0},
      {rodata_end, page_ceiling(bss_end) - rodata_end, kData, 0},
      {abi::kNearBase, near_data_committed() - abi::kNearBase, kData, 0},
      {abi::kCodeBase, code_committed() - abi::kCodeBase, abi::kProtRead | abi::kProtExecute, 0},
  };
  for (const ForeignRange& each : foreign_ranges()) ranges.push_back({each.start, each.size, each.protection, 0});
  // The list is in the heap: no memory may be asked for once it is known what is free there.
  ranges.reserve(ranges.size() + kMostHeapRanges);
  add_heap();
  const abi::SaveRequest request{name.data(), name.size(), ranges.data(), ranges.size(), note.data(), note.size()};
  charge_current();
  note_clock();
  machine.saved_continuation = continuation;
  const abi::Status status = write(&request);
  machine.saved_continuation = kFalse;
  if (write != platform->checkpoint) forget_sandbox_copies();
  return status;
}

const char* error_text(abi::Status status) {
  switch (status) {
    case abi::kNoMemory: return "the host has no memory for it";
    case abi::kNotFound: return "no such directory";
    case abi::kDenied: return "permission denied";
    case abi::kNoSpace: return "the disk is full";
    case abi::kIsDirectory: return "it is a directory";
    case abi::kNotDirectory: return "part of the path is no directory";
    case abi::kNoFileSystem: return "this machine has no directory to save to";
    default: return "the host could not write it";
  }
}

Value prim_resume_count() { return fixnum(static_cast<std::int64_t>(resume_count())); }
Value prim_saved_continuation() { return machine.saved_continuation; }

// All zeros where the host cannot tell.
abi::StoreState store_state() {
  abi::StoreState state{};
  if (platform->store_state(&state) < 0) return {};
  return state;
}

bool is_being_written(const abi::StoreState& state) { return state.pending != 0 || state.saving != 0; }

// The complete file that was begun last, and how it ended; kWouldBlock: it is being written. No generation is made before that is known,
// so that whoever waits for it hears of it in a later run too.
std::string last_name;
abi::Status last_outcome = abi::kOk;

abi::Status outcome_of_save() {
  if (last_outcome != abi::kWouldBlock) return last_outcome;
  const abi::StoreState state = store_state();
  if (state.saving == 0) last_outcome = state.saved;
  return last_outcome;
}

void wait_for_store() {
  constexpr std::uint64_t kNever = ~std::uint64_t{0};
  platform->wait(abi::kEventStore, kNever);
  __atomic_and_fetch(&machine.events.pending, ~std::uint64_t{abi::kEventStore}, __ATOMIC_ACQ_REL);
}

abi::Status begin_save(const std::string& name, std::string_view note, Value continuation) {
  if (is_being_written(store_state())) return abi::kWouldBlock;
  collect_for_saving();
  const abi::Status status = write_world(platform->save_world, name, note, continuation);
  if (status < 0) return status;
  last_name = name;
  last_outcome = abi::kWouldBlock;
  return status;
}

std::string text_of_failure(abi::Status status) { return std::string("cannot write the world, ") + error_text(status) + ":"; }

Value save_failure(abi::Status status, Value name) { return fail("file-error", "save-world", text_of_failure(status), {name}); }

// Collects, and begins a complete file: #t; or #f while something else is being written.
Value prim_begin_save(Value name, Value note, Value continuation) {
  if (!is_string(name)) return wrong_type("save-world", 1, "string", name);
  if (!is_string(note)) return wrong_type("save-world", 2, "string", note);
  flush_all_output();
  const abi::Status status = begin_save(string_utf8(name), string_utf8(note), continuation);
  if (status == abi::kWouldBlock) return kFalse;
  return status < 0 ? save_failure(status, name) : kTrue;
}

// Waits until it is complete, and lets nothing else run meanwhile.
Value prim_finish_save(Value name) {
  while (outcome_of_save() == abi::kWouldBlock) wait_for_store();
  return last_outcome < 0 ? save_failure(last_outcome, name) : kTrue;
}

// Whether it is complete, in an atomic section, which ends when there is something to raise.
Value prim_saved(Value name) {
  const abi::Status status = outcome_of_save();
  if (status == abi::kWouldBlock) return kFalse;
  if (status >= 0) return kTrue;
  end_atomic_section();
  return save_failure(status, name);
}

// --- generations of the file the world came from ---------------------------------------------------------------------------
Value store_failure(const char* who, abi::Status status) {
  switch (status) {
    case abi::kDenied:
      return fail("file-error", who, "nothing of this run is kept: it was not started from a world file that can be written");
    case abi::kNoSpace: return fail("file-error", who, "the world's file cannot grow, the disk is full");
    case abi::kNoMemory: return fail("file-error", who, "the host has no memory for it");
    case abi::kNotFound: return fail("file-error", who, "there is no such generation");
    default: return fail("file-error", who, "the host could not write the world's file");
  }
}

abi::Status begin_checkpoint(Value note, Value continuation) {
  if (outcome_of_save() == abi::kWouldBlock) return abi::kWouldBlock;
  flush_all_output();
  return write_world(platform->checkpoint, {}, string_utf8(note), continuation);
}

// Begins a generation: its number, or #f while something else is being written.
Value prim_checkpoint(Value note, Value continuation) {
  if (!is_string(note)) return wrong_type("checkpoint", 1, "string", note);
  const abi::Status status = begin_checkpoint(note, continuation);
  if (status == abi::kWouldBlock) return kFalse;
  return status < 0 ? store_failure("checkpoint", status) : fixnum(status);
}

// Whether that generation is committed; #f while it is being written. Asks for no memory unless it failed.
Value committed(std::int64_t number) {
  const abi::StoreState state = store_state();
  if (state.committed >= static_cast<std::uint64_t>(number)) return kTrue;
  if (state.pending != 0) return kFalse;
  return store_failure("checkpoint", state.last < 0 ? state.last : abi::Status{abi::kIo});
}

// The same in an atomic section, which ends when there is something to raise.
Value prim_checkpoint_committed(Value number) {
  if (!number.is_fixnum()) return wrong_type("%checkpoint-committed?", 1, "fixnum", number);
  const Value answer = committed(fixnum_value(number));
  if (answer == kRaise) end_atomic_section();
  return answer;
}

// A checkpoint as a whole, for the end of a run: nothing else runs until the generation is committed, nor afterwards. Its number.
Value last_checkpoint(Value note, Value continuation) {
  abi::Status number = begin_checkpoint(note, continuation);
  for (; number == abi::kWouldBlock; number = begin_checkpoint(note, continuation)) wait_for_store();
  if (number < 0) return store_failure("checkpoint", number);
  for (;;) {
    const Value done = committed(number);
    if (done != kFalse) return done == kRaise ? kRaise : fixnum(number);
    wait_for_store();
  }
}

Value prim_last_checkpoint(Value note, Value continuation) {
  if (!is_string(note)) return wrong_type("checkpoint", 1, "string", note);
  machine.atomic = 1;
  const Value number = last_checkpoint(note, continuation);
  if (number == kRaise) end_atomic_section();
  return number;
}

Value list_of(std::span<const Value> values) {
  Value list = kNil;
  for (std::size_t i = values.size(); i > 0 && list != kRaise; --i) list = cons(values[i - 1], list);
  return list;
}

Value number_value(std::uint64_t n) { return fixnum(static_cast<std::int64_t>(n)); }

// (writable? committed pending stopped-ns pages-written free-pages)
Value prim_store_state() {
  const abi::StoreState state = store_state();
  const Value values[] = {state.writable != 0 ? kTrue : kFalse,   number_value(state.committed),
                          number_value(state.pending),            number_value(state.stopped_ns),
                          number_value(state.pages_written),      number_value(state.free_pages)};
  return list_of(values);
}

Value prim_store_pending() { return is_being_written(store_state()) ? kTrue : kFalse; }
Value prim_keeps_generations() { return store_state().writable != 0 ? kTrue : kFalse; }

// (number created-ns parent pages pages-changed kept? note)
Value generation_values(const abi::GenerationInfo& g) {
  const Value note = make_string_utf8({g.note, std::min<std::size_t>(g.note_length, sizeof g.note)});
  if (note == kRaise) return kRaise;
  const Value values[] = {number_value(g.number),     make_integer(g.created_ns),     number_value(g.parent),
                          number_value(g.page_count), number_value(g.pages_changed),
                          (g.flags & abi::kGenerationKept) != 0 ? kTrue : kFalse,     note};
  return list_of(values);
}

// Of every retained generation, the oldest first.
Value prim_generations() {
  constexpr std::uint64_t kMost = 1024;
  const std::unique_ptr<abi::GenerationInfo[]> found(new (std::nothrow) abi::GenerationInfo[kMost]);
  if (!found) return out_of_memory();
  const abi::Status count = platform->generations(found.get(), kMost);
  if (count < 0) return store_failure("world-history", count);
  Value list = kNil;
  for (abi::Status i = count; i > 0 && list != kRaise; --i) {
    const Value each = generation_values(found[i - 1]);
    if (each == kRaise) return kRaise;
    list = cons(each, list);
  }
  return list;
}

Value prim_keep_generation(Value number, Value kept) {
  if (!number.is_fixnum() || fixnum_value(number) < 0) return wrong_type("keep-generation!", 1, "number of a generation", number);
  const abi::Status status = platform->keep_generation(static_cast<std::uint64_t>(fixnum_value(number)), kept != kFalse);
  return status < 0 ? store_failure("keep-generation!", status) : kUnspecific;
}

// Comes back only with #f, while a checkpoint is being written, or with an error.
Value prim_rollback(Value number) {
  if (!number.is_fixnum() || fixnum_value(number) < 0) return wrong_type("rollback", 1, "number of a generation", number);
  flush_all_output();
  const abi::Status status = platform->rollback(static_cast<std::uint64_t>(fixnum_value(number)));
  return status == abi::kWouldBlock ? kFalse : store_failure("rollback", status);
}

}  // namespace

abi::Status save_world(const std::string& name) {
  const abi::Status status = begin_save(name, "base", kFalse);
  if (status < 0) return status;
  while (outcome_of_save() == abi::kWouldBlock) wait_for_store();
  return last_outcome;
}

std::string finish_save() {
  if (outcome_of_save() != abi::kWouldBlock) return {};
  while (outcome_of_save() == abi::kWouldBlock) wait_for_store();
  return last_outcome >= 0 ? std::string() : text_of_failure(last_outcome) + " " + last_name;
}

std::span<const Primitive> store_primitives() {
  static const Primitive kTable[] = {
      primitive("%resume-count", prim_resume_count),
      primitive("%saved-continuation", prim_saved_continuation),
      primitive("%begin-save", prim_begin_save, 3, kCalled),
      primitive("%finish-save", prim_finish_save),
      primitive("%saved?", prim_saved),
      primitive("%checkpoint", prim_checkpoint),
      primitive("%checkpoint-committed?", prim_checkpoint_committed),
      primitive("%last-checkpoint", prim_last_checkpoint),
      primitive("%store-state", prim_store_state),
      primitive("%store-pending?", prim_store_pending),
      primitive("%keeps-generations?", prim_keeps_generations),
      primitive("%generations", prim_generations),
      primitive("%keep-generation!", prim_keep_generation),
      primitive("%rollback", prim_rollback),
  };
  return kTable;
}

}  // namespace perdure::runtime
