#include "runtime/code_space.h"

#include <algorithm>
#include <vector>

#include <gc.h>

#include "boot/abi/address_map.h"
#include "runtime/foreign/memory.h"
#include "runtime/global_call.h"
#include "runtime/heap.h"
#include "runtime/late_marking.h"
#include "runtime/opened_code.h"
#include "runtime/support/panic.h"
#include "runtime/support/platform.h"
#include "runtime/unscanned.h"

// Built with the collector (runtime/third_party/recipes/gc): words it sees that point into the code from `start` on set a bit of
// `marks` for each sixteen bytes.
extern "C" void GC_watch_code(std::uint64_t start, std::uint64_t size, std::uint64_t* marks);

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kCommitStep = std::uint64_t{1} << 20;
constexpr std::uint64_t kCodeAlignment = 64;  // of the lines that processors fetch and keep decoded
constexpr std::uint64_t kMarkedBytes = 16;    // for each bit of marks
constexpr std::uint64_t kSmallestRoom = 1024;
std::uint64_t committed_end = abi::kCodeBase;
std::uint64_t piece_count = 0;
std::uint64_t saved_pieces = 0;   // that were there when the world was resumed
constexpr std::uint64_t kNowhere = ~std::uint64_t{0};
std::uint64_t watched_start = kNowhere, watched_size = 0;   // what is not for good: all from there to the end of the committed pages
std::uint64_t* marks = nullptr;
CodeRoom room = {};            // where code was
bool may_have_gaps = false;    // that are no smaller than kSmallestRoom, besides `room`
bool some_are_lost = false;
std::uint64_t losses = 0;

std::uint64_t aligned(std::uint64_t address) { return (address + kCodeAlignment - 1) & ~(kCodeAlignment - 1); }
std::uint64_t end_of(const CodeRecord& record) { return record.start + record.size; }

using CollectedRecords = std::vector<CodeRecord, Unscanned<CodeRecord>>;   // C1

std::vector<CodeRecord>& permanent() {
  static std::vector<CodeRecord> all;
  return all;
}
CollectedRecords& collected() {
  static CollectedRecords all;
  return all;
}

// Calls f(first, end) for the records of each piece.
template <class F> void each_piece(F f) {
  CodeRecord* at = collected().data();
  CodeRecord* const end = at + collected().size();
  while (at != end) {
    CodeRecord* next = at + 1;
    while (next != end && next->piece == at->piece) ++next;
    f(at, next);
    at = next;
  }
}

// --- rooms -----------------------------------------------------------------------------------------------------------

std::uint64_t end_of_code() {
  if (!collected().empty()) return aligned(end_of(collected().back()));
  return permanent().empty() ? abi::kCodeBase : aligned(end_of(permanent().back()));
}

std::uint64_t bytes_of_marks(std::uint64_t code_size) { return code_size / kMarkedBytes / 8 + 8; }

bool watch_code() {
  if (watched_start == kNowhere) return true;
  const std::uint64_t size = committed_end - watched_start;
  void* room_for_marks = GC_malloc_atomic_uncollectable(bytes_of_marks(size));
  if (room_for_marks == nullptr) return false;
  if (marks != nullptr) GC_free(marks);
  marks = static_cast<std::uint64_t*>(room_for_marks);
  watched_size = size;
  GC_watch_code(watched_start, watched_size, marks);
  return true;
}

// In order of their procedures' entries.
using ClauseEntries = std::vector<ClauseEntry, Unscanned<ClauseEntry>>;   // C1
ClauseEntries& clause_entries() {
  static ClauseEntries all;
  return all;
}
ClauseEntries::iterator clauses_from(std::uint64_t entry) {
  auto& all = clause_entries();
  return std::lower_bound(all.begin(), all.end(), entry, [](const ClauseEntry& each, std::uint64_t e) { return each.entry < e; });
}

bool ensure_committed(std::uint64_t end) {
  if (end <= committed_end) return true;
  const std::uint64_t size = (end - committed_end + kCommitStep - 1) / kCommitStep * kCommitStep;
  if (committed_end + size > foreign_floor()) return false;
  if (platform->pages_commit(committed_end, size, abi::kProtRead | abi::kProtExecute) < 0) return false;
  committed_end += size;
  if (watch_code()) return true;
  committed_end -= size;
  platform->pages_release(committed_end, size);
  return false;
}

void fill_with_breakpoints(std::uint64_t start, std::uint64_t end) {
  constexpr std::uint8_t kBreakpoint = 0xcc;
  std::uint8_t bytes[512];
  __builtin_memset(bytes, kBreakpoint, sizeof bytes);
  for (std::uint64_t size; start < end; start += size) {
    size = std::min<std::uint64_t>(end - start, sizeof bytes);
    platform->code_write(start, bytes, size);
  }
}

void forget_lost_pieces() {
  forget_sites_of_lost_code();
  forget_lost_opened_code();
  std::erase_if(clause_entries(), [](const ClauseEntry& each) { return is_lost_code(each.entry); });
  auto& all = collected();
  for (const CodeRecord& each : all)
    if (each.lost) fill_with_breakpoints(each.start, end_of(each));
  std::erase_if(all, [](const CodeRecord& each) { return each.lost; });
  some_are_lost = false;
}

CodeRoom largest_gap() {
  CodeRoom largest = {};
  std::uint64_t at = watched_start;
  for (const CodeRecord& each : collected()) {
    if (each.start > at && each.start - at > largest.size) largest = {at, each.start - at};
    at = aligned(end_of(each));
  }
  return largest;
}

}  // namespace

CodeRoom code_room_at_end() {
  const std::uint64_t start = end_of_code();
  return {start, foreign_floor() - start};
}

CodeRoom code_room() {
  if (some_are_lost) {
    forget_lost_pieces();
    room = {};
    may_have_gaps = true;
  }
  if (room.size < kSmallestRoom && may_have_gaps) {
    room = largest_gap();
    may_have_gaps = room.size >= kSmallestRoom;
  }
  return room.size < kSmallestRoom ? code_room_at_end() : room;
}

std::uint64_t code_committed() { return committed_end; }
std::uint64_t code_losses() { return losses; }

void resume_code() { saved_pieces = piece_count; }

void keep_code_for_good() {
  watched_start = end_of_code();
  if (!watch_code()) panic("out of memory");
}

void make_room_for_code(std::size_t records, std::size_t clause_entry_count) {
  if (watched_start == kNowhere) make_room(permanent(), records);
  else make_room(collected(), records);
  make_room(clause_entries(), clause_entry_count);
}

bool install_code(std::uint64_t start, std::span<const std::uint8_t> bytes, std::span<CodeRecord> added) {
  if (!ensure_committed(start + bytes.size())) return false;
  if (platform->code_write(start, bytes.data(), bytes.size()) < 0) return false;
  for (CodeRecord& each : added) each.piece += piece_count;
  piece_count = added.back().piece + 1;
  if (watched_start == kNowhere) {
    permanent().insert(permanent().end(), added.begin(), added.end());
    return true;
  }
  auto& all = collected();
  const auto after = std::upper_bound(all.begin(), all.end(), start, [](std::uint64_t a, const CodeRecord& r) { return a < r.start; });
  all.insert(after, added.begin(), added.end());
  const std::uint64_t used = aligned(bytes.size());
  if (start == room.start) {
    room = {start + used, room.size - std::min(used, room.size)};
  } else {   // there are no gaps, or not for pieces of such size: not to be tried again until some are lost
    room = {};
    may_have_gaps = false;
  }
  return true;
}

void add_clause_entries(std::span<const ClauseEntry> added) {
  auto& all = clause_entries();
  if (!added.empty()) all.insert(clauses_from(added.front().entry), added.begin(), added.end());
}

std::uint64_t clause_entry(std::uint64_t entry, std::uint64_t count) {
  const auto& all = clause_entries();
  for (auto at = clauses_from(entry); at != all.end() && at->entry == entry; ++at)
    if (at->count == count) return at->address;
  return 0;
}

// --- entries that lead elsewhere -----------------------------------------------------------------------------------

void redirect_site(std::uint64_t site, std::uint64_t target) {
  const auto distance = static_cast<std::int32_t>(target - (site + sizeof(std::int32_t)));
  if (platform->code_write(site, &distance, sizeof distance) < 0) panic("no memory to change code");
}

bool redirect_code(std::uint64_t from, std::uint64_t to) {
  constexpr std::uint8_t kJump = 0xe9;   // jmp rel32
  const auto distance = static_cast<std::int32_t>(to - (from + 5));
  std::uint8_t jump[5] = {kJump};
  __builtin_memcpy(jump + 1, &distance, sizeof distance);
  if (platform->code_write(from, jump, sizeof jump) < 0) return false;
  const_cast<CodeRecord*>(find_code(from))->successor = to;
  return true;
}

std::uint64_t final_entry(std::uint64_t entry) {
  for (;;) {
    const CodeRecord* record = find_code(entry);
    if (record == nullptr || record->successor == 0) return entry;
    entry = record->successor;
  }
}

// --- what is known -------------------------------------------------------------------------------------------------

std::span<const CodeRecord> permanent_code_records() { return permanent(); }
std::span<const CodeRecord> collected_code_records() { return collected(); }

bool is_lost_code(std::uint64_t address) { return address >= watched_start && find_code(address) == nullptr; }

const CodeRecord* find_code(std::uint64_t address) {
  const auto all = address >= watched_start ? collected_code_records() : permanent_code_records();
  auto after = std::upper_bound(all.begin(), all.end(), address,
                                [](std::uint64_t a, const CodeRecord& r) { return a < r.start; });
  if (after == all.begin()) return nullptr;
  const CodeRecord& candidate = *--after;
  return !candidate.lost && address < end_of(candidate) ? &candidate : nullptr;
}

// --- collecting ------------------------------------------------------------------------------------------------------

namespace {

constexpr std::uint64_t kBits = 64;

void note(std::uint64_t address) {
  const std::uint64_t offset = address - watched_start;
  if (offset < watched_size) marks[offset / kMarkedBytes / kBits] |= std::uint64_t{1} << (offset / kMarkedBytes % kBits);
}

bool is_noted(std::uint64_t start, std::uint64_t end) {
  const std::uint64_t first = (start - watched_start) / kMarkedBytes, last = (end - 1 - watched_start) / kMarkedBytes;
  for (std::uint64_t word = first / kBits; word <= last / kBits; ++word) {
    std::uint64_t bits = marks[word];
    if (word == first / kBits) bits &= ~std::uint64_t{0} << first % kBits;
    if (word == last / kBits) bits &= ~std::uint64_t{0} >> (kBits - 1 - last % kBits);
    if (bits != 0) return true;
  }
  return false;
}

}  // namespace

void forget_reached_code() {
  if (watched_size != 0) __builtin_memset(marks, 0, bytes_of_marks(watched_size));
  for (CodeRecord& each : collected()) each.reached = 0;
}

bool mark_from_reached_code() {
  bool more = false;
  each_piece([&](CodeRecord* first, CodeRecord* end) {
    if (first->reached || first->lost) return;
    const bool is_old = collects_only_young() && first->piece < saved_pieces;
    if (!is_old && !is_noted(first->start, end_of(end[-1]))) return;
    more = true;
    for (CodeRecord* each = first; each != end; ++each) {
      each->reached = 1;
      mark_late(each->name);
      mark_late(each->source);
      mark_late(each->literals);
      if (each->successor != 0) note(each->successor);
    }
  });
  return more;
}

void lose_unreached_code() {
  bool any = false;
  for (CodeRecord& each : collected()) {
    if (each.reached || each.lost) continue;
    each.lost = any = true;
  }
  if (!any) return;
  some_are_lost = true;
  ++losses;
}

}  // namespace perdure::runtime
