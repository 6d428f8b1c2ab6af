#include "runtime/code_space.h"

#include <algorithm>
#include <vector>

#include "boot/abi/address_map.h"
#include "runtime/foreign/memory.h"
#include "runtime/global_call.h"
#include "runtime/support/panic.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kCommitStep = std::uint64_t{1} << 20;
constexpr std::uint64_t kCodeAlignment = 64;  // of the lines that processors fetch and keep decoded
std::uint64_t next = abi::kCodeBase;
std::uint64_t committed_end = abi::kCodeBase;

std::vector<CodeRecord>& records() {
  static std::vector<CodeRecord> all;
  return all;
}

std::vector<ClauseEntry>& clause_entries() {
  static std::vector<ClauseEntry> all;
  return all;
}

bool ensure_committed(std::uint64_t end) {
  if (end <= committed_end) return true;
  const std::uint64_t size = (end - committed_end + kCommitStep - 1) / kCommitStep * kCommitStep;
  if (committed_end + size > foreign_floor()) return false;
  if (platform->pages_commit(committed_end, size, abi::kProtRead | abi::kProtExecute) < 0) return false;
  committed_end += size;
  return true;
}

}  // namespace

std::uint64_t next_code_address() { return next; }
std::uint64_t code_committed() { return committed_end; }

bool install_code(std::span<const std::uint8_t> bytes, std::span<const CodeRecord> added) {
  if (!ensure_committed(next + bytes.size())) return false;
  if (platform->code_write(next, bytes.data(), bytes.size()) < 0) return false;
  next = (next + bytes.size() + kCodeAlignment - 1) & ~(kCodeAlignment - 1);
  records().insert(records().end(), added.begin(), added.end());
  return true;
}

void add_clause_entries(std::span<const ClauseEntry> added) {
  clause_entries().insert(clause_entries().end(), added.begin(), added.end());
}

std::uint64_t clause_entry(std::uint64_t entry, std::uint64_t count) {
  const auto& all = clause_entries();
  auto at = std::lower_bound(all.begin(), all.end(), entry, [](const ClauseEntry& each, std::uint64_t e) { return each.entry < e; });
  for (; at != all.end() && at->entry == entry; ++at)
    if (at->count == count) return at->address;
  return 0;
}

namespace {
constexpr std::uint8_t kJump = 0xe9;   // jmp rel32
}

void redirect_site(std::uint64_t site, std::uint64_t target) {
  const auto distance = static_cast<std::int32_t>(target - (site + sizeof(std::int32_t)));
  if (platform->code_write(site, &distance, sizeof distance) < 0) panic("no memory to change code");
}

bool redirect_code(std::uint64_t from, std::uint64_t to) {
  const auto distance = static_cast<std::int32_t>(to - (from + 5));
  std::uint8_t jump[5] = {kJump};
  __builtin_memcpy(jump + 1, &distance, sizeof distance);
  if (platform->code_write(from, jump, sizeof jump) < 0) return false;
  renew_all_calls();
  return true;
}

// No procedure of Scheme begins with a jump to another's entry but when redirected.
std::uint64_t final_entry(std::uint64_t entry) {
  for (;;) {
    const auto* code = reinterpret_cast<const std::uint8_t*>(entry);
    if (*code != kJump) return entry;
    std::int32_t distance;
    __builtin_memcpy(&distance, code + 1, sizeof distance);
    const std::uint64_t next_entry = entry + 5 + static_cast<std::uint64_t>(static_cast<std::int64_t>(distance));
    const CodeRecord* record = find_code(next_entry);
    if (record == nullptr || record->start != next_entry || record->minimum < 0) return entry;
    entry = next_entry;
  }
}

std::span<const CodeRecord> code_records() { return records(); }

const CodeRecord* find_code(std::uint64_t address) {
  const auto& all = records();
  auto after = std::upper_bound(all.begin(), all.end(), address,
                                [](std::uint64_t a, const CodeRecord& r) { return a < r.start; });
  if (after == all.begin()) return nullptr;
  const CodeRecord& candidate = *--after;
  return address < candidate.start + candidate.size ? &candidate : nullptr;
}

}  // namespace perdure::runtime
