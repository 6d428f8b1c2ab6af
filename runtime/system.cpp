// Primitives that ask the host: time, events, console modes, arguments, saving the world, leaving.
#include "runtime/system.h"

#include <gc.h>

#include <string>

#include "runtime/code_space.h"
#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/heap.h"
#include "runtime/heap_start.h"
#include "runtime/machine.h"
#include "runtime/object.h"
#include "runtime/process/scheduler.h"
#include "runtime/support/image.h"
#include "runtime/support/memory.h"
#include "runtime/support/platform.h"
#include "runtime/utf8_string.h"

namespace perdure::runtime {
namespace {

Value prim_monotonic_ns() { return fixnum(static_cast<std::int64_t>(platform->monotonic_ns())); }
Value prim_realtime_ns() { return fixnum(platform->realtime_ns()); }
Value prim_current_second() { return make_flonum(static_cast<double>(platform->realtime_ns()) / 1e9); }
Value prim_jiffies_per_second() { return fixnum(1'000'000'000); }

Value prim_console() {
  abi::Console console{};
  platform->console(&console);
  const Value rows = cons(fixnum(console.rows), kNil);
  return cons(fixnum(console.flags), cons(fixnum(console.columns), rows));
}

Value prim_set_console_raw(Value raw) {
  platform->console_raw(raw == fixnum(0) || raw == kFalse ? 0 : 1);
  return kUnspecific;
}

// Zero-terminated strings that follow one another, as a list.
Value strings_to_list(const char* text, std::uint64_t size) {
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < size; ++i) count += text[i] == 0;
  Value all = make_vector(count, kFalse);
  if (all == kRaise) return kRaise;
  for (std::uint64_t i = 0, at = 0; i < count; ++i) {
    const std::string_view each(text + at);
    const Value string = make_string_utf8(each);
    if (string == kRaise) return kRaise;
    store_slot(&as<Vector>(all)->slots[i], string);
    at += each.size() + 1;
  }
  Value list = kNil;
  while (count > 0 && list != kRaise) list = cons(as<Vector>(all)->slots[--count], list);
  return list;
}

Value prim_arguments() { return strings_to_list(platform->request->arguments, platform->request->arguments_size); }
Value prim_environment() { return strings_to_list(platform->request->environment, platform->request->environment_size); }
Value prim_host_name() { return make_string_utf8(platform->host_name); }

Value prim_exit(Value status) {
  if (!status.is_fixnum()) return wrong_type("%exit", 1, "fixnum", status);
  platform->exit(static_cast<std::uint32_t>(fixnum_value(status) & 255));
}

// Fills a bytevector with the host's random bytes; the number of bytes, or #f when the host has none.
Value prim_host_entropy(Value bytes) {
  if (!check_mutable_bytevector("%host-entropy!", 1, bytes)) return kRaise;
  const abi::Status got = platform->entropy(as<Bytevector>(bytes)->bytes, length_of(bytes));
  return got < 0 ? kFalse : fixnum(got);
}

Value prim_collect_garbage() {
  collect_garbage();
  return kUnspecific;
}

Value prim_forget_finished_calls() {
  forget_finished_calls();
  return kUnspecific;
}

Value prim_stress_collector(Value interval) {
  if (!interval.is_fixnum() || fixnum_value(interval) < 0) return wrong_type("%gc-stress!", 1, "non-negative fixnum", interval);
  stress_collector(fixnum_value(interval));
  return kUnspecific;
}

// (heap-bytes free-bytes allocated-bytes collections)
Value prim_room() {
  const std::size_t numbers[] = {GC_get_gc_no(), GC_get_total_bytes(), GC_get_free_bytes(), GC_get_heap_size()};
  Value list = kNil;
  for (const std::size_t n : numbers) {
    if (list == kRaise) return kRaise;
    list = cons(fixnum(static_cast<std::int64_t>(n)), list);
  }
  return list;
}

Value prim_saved_continuation() { return machine.saved_continuation; }
Value prim_set_saved_continuation(Value k) {
  machine.saved_continuation = k;
  return kUnspecific;
}

std::uint64_t page_ceiling(std::uint64_t address) { return (address + abi::kPageSize - 1) & ~(abi::kPageSize - 1); }
std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

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

// Everything but stacks, which are empty when a world resumes: the frames of the saved continuation are in the heap.
}  // namespace

abi::Status save_world(const std::string& name, const std::string& note) {
  charge_current();  // the world's clocks stand still from here to its next start
  collect_for_saving();
  constexpr std::uint32_t kData = abi::kProtRead | abi::kProtWrite;
  const std::uint64_t text = address_of(world_text_start), text_end = address_of(world_text_end);
  const std::uint64_t rodata_end = address_of(world_rodata_end), bss_end = address_of(world_bss_end);
  const abi::SaveRange ranges[] = {
      {abi::kWorldBase, text - abi::kWorldBase, abi::kProtRead, 0},
      {text, text_end - text, abi::kProtRead | abi::kProtExecute, 0},
      {text_end, rodata_end - text_end, abi::kProtRead, 0},
      {rodata_end, page_ceiling(bss_end) - rodata_end, kData, 0},
      {abi::kNearBase, near_data_committed() - abi::kNearBase, kData, 0},
      {abi::kCodeBase, code_committed() - abi::kCodeBase, abi::kProtRead | abi::kProtExecute, 0},
      {abi::kHeapBase, heap_end() - abi::kHeapBase, kData, 0},
  };
  const abi::SaveRequest request{name.data(), name.size(), ranges, std::size(ranges), note.data(), note.size()};
  return platform->save_world(&request);
}

namespace {

Value prim_save_world(Value name, Value note) {
  if (!is_string(name)) return wrong_type("save-world", 1, "string", name);
  const abi::Status status = save_world(string_utf8(name), is_string(note) ? string_utf8(note) : std::string());
  if (status >= 0) return kTrue;
  return fail("file-error", "save-world", std::string("cannot write the world, ") + error_text(status) + ":", {name});
}

}  // namespace

std::span<const Primitive> system_primitives() {
  static const Primitive kTable[] = {
      primitive("%monotonic-ns", prim_monotonic_ns),
      primitive("%realtime-ns", prim_realtime_ns),
      primitive("current-jiffy", prim_monotonic_ns),
      primitive("jiffies-per-second", prim_jiffies_per_second),
      primitive("current-second", prim_current_second),
      primitive("%console", prim_console),
      primitive("%console-raw!", prim_set_console_raw),
      primitive("%arguments", prim_arguments),
      primitive("%environment", prim_environment),
      primitive("%host-name", prim_host_name),
      primitive("%host-entropy!", prim_host_entropy),
      primitive("%exit", prim_exit),
      primitive("collect-garbage", prim_collect_garbage),
      primitive("%forget-finished-calls", prim_forget_finished_calls),
      primitive("%gc-stress!", prim_stress_collector),
      primitive("%room", prim_room),
      primitive("%saved-continuation", prim_saved_continuation),
      primitive("%set-saved-continuation!", prim_set_saved_continuation),
      primitive("%save-world", prim_save_world),
  };
  return kTable;
}

}  // namespace perdure::runtime
