#include "runtime/heap.h"

#include <algorithm>

#include <gc.h>
#include <gc_mark.h>

#include "runtime/code_space.h"
#include "runtime/condition.h"
#include "runtime/foreign/memory.h"
#include "runtime/heap_start.h"
#include "runtime/late_marking.h"
#include "runtime/machine.h"
#include "runtime/process/limits.h"
#include "runtime/process/process.h"
#include "runtime/support/image.h"
#include "runtime/support/memory.h"
#include "runtime/support/platform.h"

// Built with the collector (runtime/third_party/recipes/gc).
extern "C" void GC_collect_and_clear(void);
extern "C" void GC_begin_run(void);
extern "C" void GC_collect_only_young(int only);
extern "C" std::uint64_t GC_old_stretch(std::uint64_t from, std::uint64_t most, std::uint64_t* end);
extern "C" void GC_mark_from_changed(std::uint64_t start, std::uint64_t pages, const std::uint64_t* bits);
extern "C" void* GC_malloc_runs(std::size_t bytes, int kind);
extern "C" std::size_t GC_free_stretches(perdure::runtime::Stretch* found, std::size_t room, std::size_t least);

namespace perdure::runtime {
namespace {

// Headerless pairs have blocks of their own, so that a walk of the heap can tell them from objects.
int pair_kind;
int unfilled_kind;               // as NORMAL, but what is large is not cleared
constexpr int kObjectKind = 1;   // the collector's NORMAL: all of an object is scanned
constexpr int kBytesKind = 0;    // its PTRFREE
constexpr std::size_t kLargestSmall = 8192;   // what is larger has blocks of its own

// Kept back so that, after an out-of-memory condition, there is room to report it and go on. While it is given away, Scheme may
// take the free blocks down to `floor`, a part of what there was at that condition: so a program that keeps all it gets hears of it
// again and again, and what compiles and reports still has memory.
constexpr std::size_t kReserveBytes = std::size_t{2} << 20;
void* reserve;
std::size_t floor = 0;

void forget_free_space() {
  machine.free_pairs = {};
  for (auto& space : machine.free_objects) space = {};
  for (auto& space : machine.free_bytes) space = {};
}

// In a heap that is all but full the collector would run again and again for next to nothing. So many such collections, one after
// the other, mean that memory is used up.
constexpr int kMostFutile = 16;
constexpr std::size_t kLittle = 64;   // parts of the heap
int futile = 0;
bool is_asked_for = false;            // the collection was not the collector's own idea
bool wants_all = false;               // of what is garbage

// Which pages have changed since the world was resumed is asked of the host for so many at a time.
constexpr std::uint64_t kPagesAtOnce = 16384;
std::uint64_t changed[kPagesAtOnce / 64];
bool is_resumed = false;

// False: the host cannot tell.
bool find_changed(std::uint64_t start, std::uint64_t pages) {
  return platform->changed_pages(start, pages * abi::kPageSize, changed) >= 0;
}

void mark_from_changed() {
  constexpr std::uint64_t kMost = kPagesAtOnce * abi::kPageSize;
  std::uint64_t start = abi::kHeapBase, end = 0;
  while ((start = GC_old_stretch(start, kMost, &end)) != 0) {
    for (std::uint64_t pages = 0; start < end; start += pages * abi::kPageSize) {
      pages = std::min((end - start) / abi::kPageSize, kPagesAtOnce);
      if (!find_changed(start, pages)) __builtin_memset(changed, ~0, sizeof changed);
      GC_mark_from_changed(start, pages, changed);
    }
  }
}

// Most collections leave alone what was there when the world was resumed, and has not changed.
constexpr int kYoungOnes = 15;
int young_ones = 0;
bool only_young = false;

void choose_extent() {
  only_young = !wants_all && is_resumed && young_ones < kYoungOnes && find_changed(abi::kHeapBase, 1);
  young_ones = only_young ? young_ones + 1 : 0;
  GC_collect_only_young(only_young);
}

void before_collection() {
  forget_free_space();
  forget_spare_frames();
  choose_extent();
  if (!is_asked_for) futile = GC_get_bytes_since_gc() < GC_get_heap_size() / kLittle ? futile + 1 : 0;
}

bool collects_in_vain() {
  if (__builtin_expect(futile < kMostFutile, 1)) return false;
  futile = 0;
  return true;
}

// Where the collector was called from: the stack below is its own, and is not scanned. The ends of its tables, which it
// keeps there, are also the addresses of what lies behind them. Null: not known.
void* called_from = nullptr;

// unwind_init makes the function that this becomes part of save every callee-saved register: below its frame address, so
// the scan starts at the stack pointer.
[[gnu::always_inline]] inline void* stack_with_registers() {
  __builtin_unwind_init();
  void* stack_pointer;
  asm volatile("mov %%rsp, %0" : "=r"(stack_pointer));
  return stack_pointer;
}

// Calls the collector.
template <class F> [[gnu::noinline]] void* ask_collector(F ask) {
  void* const outer = called_from;
  called_from = stack_with_registers();
  void* answer = ask();
  called_from = outer;
  return answer;
}

void collect(void (*how)() = GC_gcollect, bool all = true) {
  is_asked_for = true;
  wants_all = all;
  ask_collector([=]() -> void* {
    how();
    return nullptr;
  });
  is_asked_for = wants_all = false;
}

// M5: what is live while C++ runs.
void push_roots() {
  GC_push_all_eager(called_from != nullptr ? called_from : stack_with_registers(), reinterpret_cast<void*>(abi::kRuntimeStackTop));
  if (machine.scheme_sp != 0)
    GC_push_all_eager(reinterpret_cast<void*>(machine.scheme_sp), reinterpret_cast<void*>(machine.stack_base));
  GC_push_all(reinterpret_cast<void*>(abi::kNearBase), near_data_end());
  push_foreign_roots(GC_push_all_eager);
  const std::span<const std::byte> spare = spare_in_use();
  GC_push_all(const_cast<std::byte*>(spare.data()), const_cast<std::byte*>(spare.data() + spare.size()));
  if (only_young) mark_from_changed();
}

// Once memory is free again after it ran out, the reserve is set aside again.
void ensure_reserve() {
  if (__builtin_expect(reserve != nullptr, 1)) return;
  if (GC_get_free_bytes() > 4 * kReserveBytes) reserve = GC_malloc_atomic_uncollectable(kReserveBytes);
}

// Null, with the condition pending.
void* out_of_memory_answer() {
  if (reserve != nullptr) {
    GC_free(reserve);
    reserve = nullptr;
  }
  floor = GC_get_free_bytes() / 4 * 3;
  out_of_memory();
  return nullptr;
}

// Collecting at every n-th request finds values that nothing keeps alive.
std::int64_t stress_interval = 0, stress_countdown = 0;
void stress() {
  if (--stress_countdown > 0) return;
  stress_countdown = stress_interval;
  collect(GC_gcollect, false);
}

bool leaves_enough() {
  if (__builtin_expect(reserve != nullptr, 1) || GC_get_free_bytes() >= floor) return true;
  collect();
  ensure_reserve();
  return reserve != nullptr || GC_get_free_bytes() >= floor;
}

// The collector gives up when the heap cannot grow, whether or not a collection would free something: so collect, and
// ask once more.
template <class F> void* ask_twice(F ask) {
  if (__builtin_expect(stress_interval != 0, 0)) stress();
  if (collects_in_vain() || !leaves_enough()) return out_of_memory_answer();
  void* p = ask_collector(ask);
  if (p != nullptr) return p;
  collect();
  p = ask_collector(ask);
  return p != nullptr ? p : out_of_memory_answer();
}

// An object of the next run. Null: there is none.
void* take_from_next_run(FreeSpace& space, std::size_t bytes) {
  FreeRun* run = space.runs;
  if (run == nullptr) return nullptr;
  space.runs = run->next;
  space.end = run->end;
  space.next = reinterpret_cast<char*>(run) + bytes;
  return run;
}

// The same, with a fresh block's runs when there is none.
void* refill(FreeSpace& space, std::size_t bytes, int kind) {
  if (void* p = take_from_next_run(space, bytes)) return p;
  if (__builtin_expect(reaches_memory_limit(0), 0)) return nullptr;
  void* runs = ask_twice([&] { return GC_malloc_runs(bytes, kind); });
  if (runs == nullptr) return nullptr;
  ensure_reserve();
  space.runs = static_cast<FreeRun*>(runs);
  return take_from_next_run(space, bytes);
}

// A call of memset would take longer than this.
struct Granule { std::uint64_t words[2]; };
[[gnu::optimize("no-tree-loop-distribute-patterns")]] inline void clear_granules(Granule* at, std::uint64_t count) {
  do *at++ = {}; while (--count != 0);
}

// Of the collector's own, other than runs.
template <class F> void* ask_for(std::size_t bytes, F ask) {
  constexpr std::size_t kLarge = std::size_t{1} << 20;
  if (bytes > kLarge && reaches_memory_limit(bytes)) return nullptr;
  return ask_twice(ask);
}

// From the space that compiled code takes from.
void* take(FreeSpace& space, std::size_t bytes, int kind) {
  char* p = space.next;
  if (static_cast<std::size_t>(space.end - p) < bytes) return refill(space, bytes, kind);
  space.next = p + bytes;
  return p;
}

}  // namespace

void start_heap() {
  GC_set_push_other_roots(push_roots);
  GC_set_start_callback(before_collection);
  GC_set_warn_proc(GC_ignore_warn_proc);
  GC_set_no_dls(1);
  GC_init();
  GC_add_roots(world_roots_start, world_roots_end);
  // The descriptor is a length, to which each block adds its objects' size: all of a pair is scanned.
  pair_kind = static_cast<int>(GC_new_kind(GC_new_free_list(), GC_DS_LENGTH, 1, 1));
  unfilled_kind = static_cast<int>(GC_new_kind(GC_new_free_list(), GC_DS_LENGTH, 1, 0));
  start_late_marking();
  collect_before_giving_up(collect_garbage);
  reserve = GC_malloc_atomic_uncollectable(kReserveBytes);
  // The collector makes its map of a size's blocks when that size is first asked for, and cannot do without: so all are
  // made while there is memory.
  for (std::size_t bytes = kGranule; bytes <= kLargestSmall; bytes += kGranule) GC_malloc_atomic(bytes);
}

void resume_heap() {
  is_resumed = true;
  young_ones = 0;
  resume_code();
  GC_begin_run();
}

bool collects_only_young() { return only_young; }

void tune_heap() {
  // By itself the collector runs whenever a third of what is live has been allocated: every megabyte in a small world.
  // While the base world is made, more often than pays: what stays is to lie close together.
  constexpr std::size_t kBetweenCollections = std::size_t{32} << 20, kWhileBaseIsMade = std::size_t{2} << 20;
  GC_set_min_bytes_allocd(std::min<std::size_t>(is_resumed ? kBetweenCollections : kWhileBaseIsMade, platform->memory_limit() / 8));
}

void* allocate(std::size_t bytes, bool scanned) {
  constexpr std::size_t kShort = 64;  // of memory without pointers only the header and a short body are cleared: makers fill the rest
  if (bytes <= kFreeClasses * kGranule && stress_interval == 0) {
    const std::uint64_t index = (bytes - 1) / kGranule, size = (index + 1) * kGranule;
    void* p = scanned ? take(machine.free_objects[index], size, kObjectKind) : take(machine.free_bytes[index], size, kBytesKind);
    if (p != nullptr) clear_granules(static_cast<Granule*>(p), scanned || size <= kShort ? size / kGranule : 1);
    return p;
  }
  void* p = ask_for(bytes, [&] { return scanned ? GC_malloc(bytes) : GC_malloc_atomic(bytes); });
  if (p == nullptr) return nullptr;
  if (!scanned) __builtin_memset(p, 0, bytes < kShort ? bytes : kGranule);
  return p;
}

void* allocate_unfilled(std::size_t bytes) {
  const std::uint64_t size = (bytes + kGranule - 1) & ~(kGranule - 1);
  void* p = nullptr;
  if (size <= kFreeClasses * kGranule && stress_interval == 0) p = take(machine.free_objects[size / kGranule - 1], size, kObjectKind);
  else if (size > kLargestSmall) p = ask_for(size, [&] { return GC_generic_malloc(size, unfilled_kind); });
  else return allocate(bytes, true);
  if (p != nullptr) static_cast<std::uint64_t*>(p)[size / sizeof(std::uint64_t) - 1] = 0;   // it may not belong to the object
  return p;
}

Value cons(Value car, Value cdr) {
  void* p = take(machine.free_pairs, sizeof(Pair), pair_kind);
  if (p == nullptr) return kRaise;
  auto* pair = static_cast<Pair*>(p);
  pair->car = car;
  pair->cdr = cdr;
  return tagged(pair, kTagPair);
}

void* refill_pairs() { return refill(machine.free_pairs, sizeof(Pair), pair_kind); }

void* refill_objects(std::uint64_t bytes) {
  const std::uint64_t index = bytes / kGranule - 1;
  if (index >= kFreeClasses) return allocate(bytes, true);
  return refill(machine.free_objects[index], bytes, kObjectKind);
}

std::uint64_t object_hash(Value v) {
  // The collector does not move objects; the multiplier spreads addresses that differ in few bits.
  return v.bits * 0x9e37'79b9'7f4a'7c15;
}

// The collector's finalizers take a second argument, which is the one to call here.
void set_finalizer(void* object, void (*finalize)(void* object)) {
  const auto call = [](void* unreachable, void* data) { reinterpret_cast<void (*)(void*)>(data)(unreachable); };
  GC_register_finalizer_no_order(object, finalize ? static_cast<GC_finalization_proc>(call) : nullptr,
                                 reinterpret_cast<void*>(finalize), nullptr, nullptr);
}

void run_finalizers() {
  if (GC_should_invoke_finalizers()) GC_invoke_finalizers();
}

void collect_garbage() {
  collect();
  futile = 0;      // what is free now is what there is
  ensure_reserve();
}

void collect_for_saving() {
  collect(GC_collect_and_clear);
  ensure_reserve();
}

// What is smaller than the pieces in which a host watches memory (64 KiB) is not worth telling.
std::uint64_t free_stretches(Stretch (&stretches)[kMostFreeStretches]) {
  constexpr std::size_t kLeast = std::size_t{64} << 10;
  const std::uint64_t count = GC_free_stretches(stretches, kMostFreeStretches, kLeast);
  std::sort(stretches, stretches + count, [](const Stretch& a, const Stretch& b) { return a.start < b.start; });
  return count;
}

void stress_collector(std::int64_t interval) { stress_interval = stress_countdown = interval; }

bool stack_is_low() {
  // A host keeps a quarter of the world's memory for stacks (docs/platform.md), so deep C++ must not rely on more.
  constexpr std::uint64_t kMargin = std::uint64_t{1} << 20;
  const std::uint64_t limit = platform->memory_limit();
  const std::uint64_t usable = std::min(abi::kRuntimeStackSize - abi::kPageSize, limit / 4);
  const std::uint64_t low = abi::kRuntimeStackTop - usable + std::min(kMargin, limit / 16);
  return reinterpret_cast<std::uint64_t>(__builtin_frame_address(0)) < low;
}

}  // namespace perdure::runtime
