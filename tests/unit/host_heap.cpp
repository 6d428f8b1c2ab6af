#include "tests/unit/host_heap.h"

#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "runtime/condition.h"
#include "runtime/data/conditions.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/support/panic.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

std::uint64_t allocations_left = ~std::uint64_t{0};
std::uint64_t test_stack_limit = 0;

// Pointers in values are tagged: without this list the leak detector would not see them.
std::vector<void*>& objects() {
  static auto* list = new std::vector<void*>;
  return *list;
}

std::uint64_t stack_position() { return reinterpret_cast<std::uint64_t>(__builtin_frame_address(0)); }

std::uint64_t lowest_stack_address() {
  pthread_attr_t attributes;
  void* base = nullptr;
  std::size_t size = 0;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &base, &size);
  pthread_attr_destroy(&attributes);
  return reinterpret_cast<std::uint64_t>(base);
}

// A host without files.
const abi::Platform null_platform = [] {
  abi::Platform p{};
  p.file_info = [](const char*, std::uint64_t, abi::FileInfo*) -> abi::Status { return abi::kNotFound; };
  return p;
}();

// Before any test runs out of memory.
[[maybe_unused]] const bool prepared = prepare_conditions();

}  // namespace

Machine machine;
Stubs stubs;
const abi::Platform* platform = &null_platform;

void host_heap_fail_after(std::uint64_t successes) { allocations_left = successes; }

void host_stack_limit(std::uint64_t bytes) { test_stack_limit = bytes == 0 ? 0 : stack_position() - bytes; }

void* allocate(std::size_t bytes, bool) {
  void* object = nullptr;
  if (allocations_left > 0 && bytes < std::size_t{1} << 36) object = std::calloc(1, bytes);
  if (object == nullptr) {
    out_of_memory();
    return nullptr;
  }
  --allocations_left;
  objects().push_back(object);
  return object;
}

void* allocate_unfilled(std::size_t bytes) { return allocate(bytes, true); }

Value cons(Value car, Value cdr) {
  auto* pair = static_cast<Pair*>(allocate(sizeof(Pair), true));
  if (pair == nullptr) return kRaise;
  *pair = {car, cdr};
  return tagged(pair, kTagPair);
}

Value make_ephemeron(Value key, Value datum) {
  auto* ephemeron = static_cast<Ephemeron*>(allocate(sizeof(Ephemeron), false));
  if (ephemeron == nullptr) return kRaise;
  *ephemeron = {header(Type::kEphemeron, 3), key, datum, 0};
  return object_value(ephemeron);
}

std::uint64_t object_hash(Value v) { return v.bits * 0x9e37'79b9'7f4a'7c15; }

void set_finalizer(void*, void (*)(void*)) {}
void run_finalizers() {}

void collect_garbage() {}

bool interrupt_is_due() { return false; }
Value interrupted_primitive() { return kRaise; }
Value attempt_later(std::string_view, Value) { return kRaise; }   // nothing here ever waits
void abandon_primitive() { panic("nothing interrupts the unit tests"); }

Value procedure_name(Value) { return kFalse; }

bool stack_is_low() {
  static const std::uint64_t lowest = lowest_stack_address();
  const std::uint64_t limit = test_stack_limit != 0 ? test_stack_limit : lowest + (std::uint64_t{1} << 20);
  return stack_position() < limit;
}

[[noreturn]] void panic(const char* message) {
  std::fprintf(stderr, "panic: %s\n", message);
  std::abort();
}

[[noreturn]] void assertion_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace perdure::runtime
