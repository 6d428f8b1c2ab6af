#include "runtime/support/memory.h"

#include <gc/gc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "boot/abi/address_map.h"
#include "runtime/support/escape.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {

namespace {

std::uint64_t next_heap_address = abi::kHeapBase;
void (*collect_all)() = nullptr;

// The next addresses of the heap; 0: the host has no memory for them.
std::uint64_t commit_heap(std::uint64_t bytes) {
  constexpr std::uint64_t kBlockSize = 16384;
  static_assert(kBlockSize % abi::kPageSize == 0 && abi::kHeapBase % kBlockSize == 0);
  const std::uint64_t size = (bytes + kBlockSize - 1) & ~(kBlockSize - 1);
  if (size < bytes || size > abi::kHeapBase + abi::kHeapSize - next_heap_address) return 0;
  if (platform->pages_commit(next_heap_address, size, abi::kProtRead | abi::kProtWrite) < 0) return 0;
  const std::uint64_t memory = next_heap_address;
  next_heap_address += size;
  return memory;
}

// The collector describes each of its blocks in a header, and cannot give out free memory when there is no room for the
// header. It asks for such room a megabyte at a time; when that fails, for one header: which comes from here.
constexpr std::uint64_t kHeaderRoom = std::uint64_t{256} << 10;
constexpr std::uint64_t kLargestHeader = 4096;
std::uint64_t header_room = 0, header_room_used = 0;

std::uint64_t take_header_room(std::uint64_t bytes) {
  if (header_room == 0 || bytes > kLargestHeader || bytes > kHeaderRoom - header_room_used) return 0;
  const std::uint64_t memory = header_room + header_room_used;
  header_room_used += (bytes + 15) & ~std::uint64_t{15};
  return memory;
}

// What malloc and operator new give out when the collector has nothing left, to nobody else: C++ has no way to give up halfway, and
// what it makes on the way to telling a program that memory is used up is small. Begun anew when all of it was given back.
constexpr std::uint64_t kSpare = std::uint64_t{1} << 20;
std::uint64_t spare = 0, spare_used = 0, spare_objects = 0;

void* take_spare(std::size_t bytes) {
  const std::uint64_t size = (bytes + 15) & ~std::uint64_t{15};
  if (spare == 0 || size < bytes || size > kSpare - spare_used) return nullptr;
  void* memory = reinterpret_cast<void*>(spare + spare_used);
  spare_used += size;
  ++spare_objects;
  return memory;
}

bool is_spare(const void* memory) { return spare != 0 && reinterpret_cast<std::uint64_t>(memory) - spare < kSpare; }

void give_back_spare() {
  if (--spare_objects != 0) return;
  std::memset(reinterpret_cast<void*>(spare), 0, spare_used);
  spare_used = 0;
}

// The address behind what was asked for belongs to it too: containers keep such addresses, which would otherwise be references
// to whatever lies there. And malloc(0) answers memory of its own, as callers of realloc and new expect.
std::size_t with_its_end(std::size_t bytes) { return bytes + 1; }
void* allocate_with(void* (*allocate)(std::size_t), std::size_t bytes) {
  void* memory = allocate(with_its_end(bytes));
  if (memory == nullptr) memory = take_spare(bytes);
  if (memory != nullptr || collect_all == nullptr) return memory;
  collect_all();      // the collector does not because a request cannot be met
  return allocate(with_its_end(bytes));
}
void* allocate_scanned(std::size_t bytes) { return allocate_with(GC_malloc_uncollectable, bytes); }
// What C code asks for (the assembler does) holds no values: neither cleared nor scanned.
void* allocate_bytes(std::size_t bytes) { return allocate_with(GC_malloc_atomic_uncollectable, bytes); }
void* reallocate_bytes(void* old, std::size_t bytes) {
  void* memory = GC_realloc(old, with_its_end(bytes));
  if (memory != nullptr || collect_all == nullptr) return memory;
  collect_all();
  return GC_realloc(old, with_its_end(bytes));
}
void give_back(void* memory) { is_spare(memory) ? give_back_spare() : GC_free(memory); }

// Small objects that C++ gave back wait here, cleared, for the next request of their size: containers come and go far more often
// than memory does.
constexpr std::size_t kUnit = 16, kLargestKept = 512;
constexpr std::uint32_t kMostKept = 64;
struct Kept { Kept* next; };
struct KeptObjects {
  Kept* first;
  std::uint32_t count;
};
KeptObjects kept_objects[kLargestKept / kUnit + 1];   // by size

std::size_t size_class(std::size_t bytes) { return bytes / kUnit + 1; }   // with its end

void* take_kept(std::size_t bytes) {
  if (bytes >= kLargestKept) return nullptr;
  KeptObjects& kept = kept_objects[size_class(bytes)];
  if (kept.first == nullptr) return nullptr;
  Kept* object = kept.first;
  kept.first = object->next;
  --kept.count;
  object->next = nullptr;
  return object;
}

void give_back_sized(void* memory, std::size_t bytes) {
  if (memory == nullptr) return;
  if (bytes >= kLargestKept || is_spare(memory)) return give_back(memory);
  KeptObjects& kept = kept_objects[size_class(bytes)];
  if (kept.count == kMostKept) return give_back(memory);
  std::memset(memory, 0, bytes);
  auto* object = static_cast<Kept*>(memory);
  object->next = kept.first;
  kept.first = object;
  ++kept.count;
}

}  // namespace

std::uint64_t heap_end() { return next_heap_address; }

void collect_before_giving_up(void (*collect)()) { collect_all = collect; }

std::span<const std::byte> spare_in_use() { return {reinterpret_cast<const std::byte*>(spare), spare_used}; }

}  // namespace perdure::runtime

using perdure::runtime::allocate_bytes;
using perdure::runtime::allocate_scanned;
using perdure::runtime::commit_heap;
using perdure::runtime::give_back;
using perdure::runtime::give_back_sized;
using perdure::runtime::is_spare;
using perdure::runtime::reallocate_bytes;
using perdure::runtime::kSpare;
using perdure::runtime::spare;
using perdure::runtime::header_room;
using perdure::runtime::kHeaderRoom;
using perdure::runtime::take_header_room;
using perdure::runtime::take_kept;
using perdure::runtime::with_its_end;
using perdure::runtime::platform;
namespace abi = perdure::abi;

extern "C" {

// The collector's only source of memory, in its blocks (runtime/third_party/recipes/gc); null when the host has no more.
void* platform_get_mem(std::size_t bytes) {
  if (header_room == 0) header_room = commit_heap(kHeaderRoom);
  if (spare == 0) spare = commit_heap(kSpare);
  const std::uint64_t memory = commit_heap(bytes);
  return reinterpret_cast<void*>(memory != 0 ? memory : take_header_room(bytes));
}

void* platform_get_stack_bottom() { return reinterpret_cast<void*>(abi::kRuntimeStackTop); }

void* malloc(std::size_t bytes) { return allocate_bytes(bytes); }

void* calloc(std::size_t count, std::size_t size) {
  std::size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return nullptr;
  void* memory = allocate_bytes(bytes);
  return memory != nullptr ? std::memset(memory, 0, bytes) : nullptr;
}

void* realloc(void* old, std::size_t bytes) {
  if (old == nullptr) return allocate_bytes(bytes);
  if (!is_spare(old)) return reallocate_bytes(old, bytes);
  void* memory = allocate_bytes(bytes);
  if (memory == nullptr) return nullptr;
  std::memcpy(memory, old, std::min(bytes, spare + kSpare - reinterpret_cast<std::uint64_t>(old)));
  give_back(old);
  return memory;
}

void free(void* memory) { give_back(memory); }

}  // extern "C"

void* operator new(std::size_t bytes) {
  if (void* memory = take_kept(bytes)) return memory;
  void* memory = allocate_scanned(bytes);
  if (memory == nullptr) perdure::runtime::escape(perdure::runtime::Outcome::kNoMemory);
  return memory;
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocate_scanned(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return allocate_scanned(bytes); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t bytes) noexcept { give_back_sized(memory, bytes); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }
