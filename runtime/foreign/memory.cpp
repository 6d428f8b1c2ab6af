#include "runtime/foreign/memory.h"

#include <algorithm>
#include <cstring>

#include "boot/abi/address_map.h"
#include "runtime/code_space.h"
#include "runtime/foreign/stack.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kCodeEnd = abi::kCodeBase + abi::kCodeSize;
std::uint64_t lowest = kCodeEnd;

struct Hole { std::uint64_t start, size; };

std::vector<Hole>& holes() {
  static std::vector<Hole> all;
  return all;
}
std::vector<ForeignRange>& ranges() {
  static std::vector<ForeignRange> all;
  return all;
}

std::uint64_t round_up(std::uint64_t bytes) { return (bytes + abi::kPageSize - 1) & ~(abi::kPageSize - 1); }

}  // namespace

std::uint64_t foreign_floor() { return lowest; }
const std::vector<ForeignRange>& foreign_ranges() { return ranges(); }

std::uint64_t reserve_foreign(std::uint64_t bytes) {
  if (bytes == 0 || bytes > abi::kCodeSize) return 0;
  const std::uint64_t size = round_up(bytes);
  const auto hole = std::find_if(holes().begin(), holes().end(), [&](const Hole& h) { return h.size >= size; });
  if (hole != holes().end()) {
    hole->size -= size;
    const std::uint64_t start = hole->start + hole->size;
    if (hole->size == 0) holes().erase(hole);
    return start;
  }
  if (lowest - code_committed() < size) return 0;
  lowest -= size;
  return lowest;
}

void unreserve_foreign(std::uint64_t start, std::uint64_t bytes) {
  holes().push_back({start, round_up(bytes)});
  // What lies lowest goes back to compiled code.
  for (bool found = true; found;) {
    found = false;
    for (auto hole = holes().begin(); hole != holes().end(); ++hole) {
      if (hole->start != lowest) continue;
      lowest += hole->size;
      holes().erase(hole);
      found = true;
      break;
    }
  }
}

abi::Status commit_foreign(std::uint64_t start, std::uint64_t bytes, std::uint32_t protection, bool scanned) {
  const std::uint64_t size = round_up(bytes);
  const abi::Status status = platform->pages_commit(start, size, protection);
  const auto after = std::find_if(ranges().begin(), ranges().end(), [&](const ForeignRange& r) { return r.start > start; });
  if (status >= 0) ranges().insert(after, {start, size, protection, scanned});
  return status;
}

void release_foreign(std::uint64_t start, std::uint64_t bytes) {
  const std::uint64_t end = start + round_up(bytes);
  std::erase_if(ranges(), [&](const ForeignRange& r) {
    if (r.start < start || r.start >= end) return false;
    platform->pages_release(r.start, r.size);
    return true;
  });
}

bool write_foreign(std::uint64_t address, const void* bytes, std::uint64_t count) {
  if (count == 0) return true;
  for (const ForeignRange& r : ranges()) {
    if (address < r.start || address >= r.start + r.size || count > r.start + r.size - address) continue;
    if (r.protection & abi::kProtWrite) std::memcpy(reinterpret_cast<void*>(address), bytes, count);
    else return platform->code_write(address, bytes, count) >= 0;
    return true;
  }
  return false;
}

void push_foreign_roots(void (*push)(void* from, void* to)) {
  for (const ForeignRange& r : ranges())
    if (r.scanned) push(reinterpret_cast<void*>(r.start), reinterpret_cast<void*>(r.start + r.size));
  push_foreign_stacks(push);
}

}  // namespace perdure::runtime
