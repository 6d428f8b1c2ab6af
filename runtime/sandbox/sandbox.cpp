#include "runtime/sandbox/sandbox.h"

#include <cstring>

#include "runtime/condition.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/object.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kBytes = sizeof(Sandbox) + alignof(Sandbox);

// Those that were not destroyed: pairs of a sandbox and the bytes of all its ranges, as they were when the world was last written;
// or #f.
Value sandboxes = kNil;
bool slot_used[abi::kSlotCount];

abi::Status create_domain(std::uint64_t slot) {
  abi::Status status = platform->domain_create(slot);
  if (status != abi::kExists) return status;
  platform->domain_destroy(slot);      // of a world that went on here before this one, which went back to an older state
  return platform->domain_create(slot);
}

Value entry_of(Value bytevector) {
  for (Value list = sandboxes; list.is_pair(); list = cdr(list))
    if (car(car(list)) == bytevector) return car(list);
  return kFalse;
}

// In the place of the one before, if that is as large: then only pages that differ are written with the world.
Value copy_of(const Sandbox& sandbox, Value before) {
  const bool fits = before != kFalse && length_of(before) == sandbox.memory_used;
  const Value copy = fits ? before : make_bytevector(sandbox.memory_used, 0);
  if (copy == kRaise) return kFalse;
  std::uint8_t* to = as<Bytevector>(copy)->bytes;
  for (std::size_t i = 0; i < sandbox.range_count; ++i) {
    const SandboxRange& range = sandbox.ranges[i];
    if (platform->domain_read(sandbox.slot, sandbox.start_of(range), to, range.size()) < 0) return kFalse;
    to += range.size();
  }
  return copy;
}

abi::Status restore_pages(const Sandbox& sandbox, Value copy) {
  const std::uint8_t* from = as<Bytevector>(copy)->bytes;
  for (std::size_t i = 0; i < sandbox.range_count; ++i) {
    const SandboxRange& range = sandbox.ranges[i];
    abi::Status status = platform->domain_map(sandbox.slot, sandbox.start_of(range), range.size(), range.protection);
    if (status == abi::kOk) status = platform->domain_write(sandbox.slot, sandbox.start_of(range), from, range.size(), 1);
    if (status < 0) return status;
    from += range.size();
  }
  return abi::kOk;
}

std::size_t index_of_range(const Sandbox& sandbox, std::uint64_t address) {
  for (std::size_t i = 0; i < sandbox.range_count; ++i)
    if (sandbox.contains(sandbox.ranges[i], address)) return i;
  return sandbox.range_count;
}

bool overlaps(const Sandbox& sandbox, std::uint64_t start, std::uint64_t size) {
  for (std::size_t i = 0; i < sandbox.range_count; ++i) {
    const std::uint64_t other = sandbox.start_of(sandbox.ranges[i]);
    if (start < other + sandbox.ranges[i].size() && other < start + size) return true;
  }
  return false;
}

// There is room for it. All are of whole pages.
void put_range(Sandbox& sandbox, std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  SandboxRange& range = sandbox.ranges[sandbox.range_count++];
  range.first = static_cast<std::uint32_t>((start - sandbox.slot_start()) / abi::kPageSize);
  range.count = static_cast<std::uint32_t>(size / abi::kPageSize);
  range.protection = protection;
}

// The same; fresh pages usually follow the last ones.
void add_range(Sandbox& sandbox, std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  if (sandbox.range_count) {
    SandboxRange& last = sandbox.ranges[sandbox.range_count - 1];
    if (sandbox.start_of(last) + last.size() == start && last.protection == protection) {
      last.count += static_cast<std::uint32_t>(size / abi::kPageSize);
      return;
    }
  }
  put_range(sandbox, start, size, protection);
}

}  // namespace

bool is_sandbox(Value v) { return is_bytevector(v) && length_of(v) == kBytes; }

abi::Status map_pages(Sandbox& sandbox, std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  if (overlaps(sandbox, start, size)) return abi::kExists;
  if (size > sandbox.memory_limit || sandbox.memory_used > sandbox.memory_limit - size || sandbox.range_count == std::size(sandbox.ranges))
    return abi::kNoSpace;
  const abi::Status status = platform->domain_map(sandbox.slot, start, size, protection);
  if (status < 0) return status;
  add_range(sandbox, start, size, protection);
  sandbox.memory_used += size;
  sandbox.is_copied = 0;
  return abi::kOk;
}

abi::Status unmap_pages(Sandbox& sandbox, std::uint64_t start, std::uint64_t size) {
  const std::size_t at = index_of_range(sandbox, start);
  if (at == sandbox.range_count) return abi::kInvalid;
  const SandboxRange whole = sandbox.ranges[at];
  const std::uint64_t whole_start = sandbox.start_of(whole), before = start - whole_start;
  if (size > whole.size() - before) return abi::kInvalid;
  const std::uint64_t after = whole.size() - before - size;
  if (before && after && sandbox.range_count == std::size(sandbox.ranges)) return abi::kNoMemory;
  const abi::Status status = platform->domain_map(sandbox.slot, start, size, abi::kProtNone);
  if (status < 0) return status;
  sandbox.ranges[at] = sandbox.ranges[--sandbox.range_count];
  if (before) put_range(sandbox, whole_start, before, whole.protection);
  if (after) put_range(sandbox, start + size, after, whole.protection);
  sandbox.memory_used -= size;
  sandbox.is_copied = 0;
  return abi::kOk;
}

Value make_sandbox(std::uint64_t memory_limit, std::uint64_t slot) {
  if (slot == kAnySlot) {
    slot = 0;
    while (slot < abi::kSlotCount && slot_used[slot]) ++slot;
    if (slot == abi::kSlotCount) return fail("out-of-memory", "make-sandbox", "all slots are in use");
  } else if (slot_used[slot]) {
    return fail("error", "make-sandbox", "the extension is linked for a slot that is in use:", {fixnum(static_cast<std::int64_t>(slot))});
  }
  const Value bytevector = make_bytevector(kBytes, 0);
  if (bytevector == kRaise) return kRaise;
  const Value entry = cons(bytevector, kFalse);
  const Value list = entry == kRaise ? kRaise : cons(entry, sandboxes);
  if (list == kRaise) return kRaise;
  if (create_domain(slot) < 0) return fail("out-of-memory", "make-sandbox", "the host has no memory for a domain");
  slot_used[slot] = true;
  sandboxes = list;
  Sandbox& sandbox = *sandbox_of(bytevector);
  sandbox.slot = slot;
  sandbox.live = 1;
  sandbox.resume_count = resume_count();
  sandbox.memory_limit = memory_limit;
  sandbox.heap_next = sandbox.slot_start() + kHeapOffset;
  sandbox.push_pointer = sandbox.slot_start() + kStackTop;
  return bytevector;
}

void destroy_sandbox(Value bytevector) {
  Sandbox& sandbox = *sandbox_of(bytevector);
  if (!sandbox.live) return;
  sandbox.live = 0;
  if (sandbox.resume_count == resume_count()) platform->domain_destroy(sandbox.slot);
  sandbox.resume_count = ~std::uint64_t{0};
  slot_used[sandbox.slot] = false;
  for (Value list = sandboxes, previous = kFalse; list.is_pair(); previous = list, list = cdr(list)) {
    if (car(car(list)) != bytevector) continue;
    if (previous == kFalse) sandboxes = cdr(list);
    else store_slot(&as_pair(previous)->cdr, cdr(list));
    return;
  }
}

abi::Status ensure_domain(Value bytevector) {
  Sandbox& sandbox = *sandbox_of(bytevector);
  if (!sandbox.live) return abi::kNotFound;
  if (sandbox.resume_count == resume_count()) return abi::kOk;
  const Value entry = entry_of(bytevector);
  if (entry == kFalse || cdr(entry) == kFalse) return abi::kNotFound;      // there was no memory to save it
  abi::Status status = create_domain(sandbox.slot);
  if (status == abi::kOk) status = restore_pages(sandbox, cdr(entry));
  if (status < 0) {
    platform->domain_destroy(sandbox.slot);
    return status;
  }
  sandbox.resume_count = resume_count();
  return abi::kOk;
}

void copy_sandboxes_for_saving() {
  for (Value list = sandboxes; list.is_pair(); list = cdr(list)) {
    const Value entry = car(list);
    Sandbox& sandbox = *sandbox_of(car(entry));
    if (sandbox.resume_count != resume_count() || sandbox.is_copied) continue;
    store_slot(&as_pair(entry)->cdr, copy_of(sandbox, cdr(entry)));
    sandbox.is_copied = cdr(entry) != kFalse;
  }
}

void forget_sandbox_copies() {
  for (Value list = sandboxes; list.is_pair(); list = cdr(list)) {
    Sandbox& sandbox = *sandbox_of(car(car(list)));
    if (sandbox.resume_count != resume_count()) continue;
    as_pair(car(list))->cdr = kFalse;
    sandbox.is_copied = 0;
  }
}

}  // namespace perdure::runtime
