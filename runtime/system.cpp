// Primitives that ask the host: time, console modes, arguments, leaving; and those that ask the collector.
#include "runtime/system.h"

#include <gc.h>

#include "runtime/clock.h"
#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/numbers/integer.h"
#include "runtime/object.h"
#include "runtime/store.h"
#include "runtime/support/platform.h"
#include "runtime/utf8_string.h"

namespace perdure::runtime {
namespace {

Value prim_monotonic_ns() { return fixnum(static_cast<std::int64_t>(clock_ns())); }
Value prim_realtime_ns() { return make_integer(platform->realtime_ns()); }
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
  const std::int64_t code = fixnum_value(status) & 255;
  const std::string failure = finish_save();
  if (failure.empty()) platform->exit(static_cast<std::uint32_t>(code));
  const std::string line = "perdure: " + failure + "\n";
  platform->stream_write(abi::kErrorOutput, line.data(), line.size());
  constexpr std::uint32_t kNotKept = 74;
  platform->exit(code != 0 ? static_cast<std::uint32_t>(code) : kNotKept);
}

// Fills a bytevector with the host's random bytes; the number of bytes, or #f when the host has none.
Value prim_host_entropy(Value bytes) {
  if (!check_mutable_bytevector("%host-entropy!", 1, bytes)) return kRaise;
  const abi::Status got = platform->entropy(as<Bytevector>(bytes)->bytes, length_of(bytes));
  return got < 0 ? kFalse : fixnum(static_cast<std::int64_t>(length_of(bytes)));
}

Value prim_collect_garbage() {
  collect_garbage();
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
      primitive("collect-garbage", prim_collect_garbage, 0, kCalled),
      primitive("%gc-stress!", prim_stress_collector),
      primitive("%room", prim_room),
  };
  return kTable;
}

}  // namespace perdure::runtime
