#include "boot/metal/pager.h"

#include "boot/metal/background.h"
#include "boot/metal/block_disk.h"
#include "boot/metal/console.h"
#include "boot/metal/cpu.h"
#include "boot/metal/dirty_pages.h"
#include "boot/metal/text.h"
#include "boot/metal/world_file.h"
#include "boot/metal/world_memory.h"
#include "boot/store/checksum.h"

namespace perdure::metal {
namespace {

// A request costs as much as reading a hundred pages, so pages that lie beside the wanted one in the file come along. At the
// start nearly all of them will be needed; later a quarter of a megabyte is enough to come near the disk's full speed.
constexpr std::uint64_t kBefore = 16, kEntries = 64, kEntriesAtStart = 256;
constexpr std::uint64_t kReadsAtStart = 8;
constexpr std::uint64_t kZeroAround = 8;

PagerCounts counts;

WorldEntry state_of(std::uint64_t address) { return entry_of(address / kPageSize); }

bool is_untold(const WorldEntry& entry) { return !entry.committed && !entry.released; }

[[nodiscard]] bool map_frame(std::uint64_t address, const WorldEntry& state) {
  if (!machine_tables.set(address, 0, encode(state))) return false;
  if (state.counted) page_got_frame();
  return true;
}

// Pages of the world that are adjacent in the file, whatever lies between them in the world.
struct Batch {
  std::uint64_t file_page;
  unsigned count, target;                  // how many; which of them was touched
  std::uint64_t pages[kEntriesAtStart];    // of the world, like the two below
  std::uint64_t checksums[kEntriesAtStart];
  std::uint32_t protection[kEntriesAtStart];
  PhysicalAddress frames[kEntriesAtStart];
};
Batch batch;      // one at a time: this runs with interrupts off

// Whether the page's bytes are still to be read from the file, and with which protection it will be mapped.
bool wants_reading(const store::MapEntry& entry, std::uint32_t* protection) {
  if (entry.is_zero_run()) return false;
  const WorldEntry state = state_of(entry.virtual_page * kPageSize);
  *protection = state.committed ? state.protection : entry.protection();
  return is_untold(state) || (state.committed && state.from_file && !state.resident);
}

// Of ascending entries, the stretch around `target` that the file has in one piece.
void gather(const store::MapEntry* entries, std::uint64_t target, std::uint64_t count) {
  batch.count = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint32_t protection;
    if (entries[i].is_zero_run()) continue;
    const bool follows = batch.count && entries[i].file_page() == batch.file_page + batch.count;
    if (!wants_reading(entries[i], &protection) || (batch.count && !follows)) {
      if (i > target) return;
      batch.count = 0;
      if (!wants_reading(entries[i], &protection)) continue;
    }
    if (batch.count == 0) batch.file_page = entries[i].file_page();
    if (i == target) batch.target = batch.count;
    batch.pages[batch.count] = entries[i].virtual_page;
    batch.checksums[batch.count] = entries[i].checksum;
    batch.protection[batch.count++] = protection;
  }
}

// Maps the pages whose checksum is right; false if the one that was touched is not among them.
bool map_batch(bool written) {
  bool target_mapped = false;
  for (unsigned i = 0; i < batch.count; ++i) {
    WorldEntry state{.committed = true, .resident = true, .from_file = true, .counted = true,
                           .protection = batch.protection[i], .frame = batch.frames[i]};
    const bool sound = store::page_checksum(direct(batch.frames[i])) == batch.checksums[i];
    if (sound) note_coming(batch.pages[i], &state, written && i == batch.target);
    if (sound && map_frame(batch.pages[i] * kPageSize, state)) {
      target_mapped |= i == batch.target;
      ++counts.pages_read;
    } else {
      frames.release(batch.frames[i]);    // a damaged neighbour is told of when it is touched itself
    }
  }
  return target_mapped;
}

FaultAnswer read_batch(bool written) {
  const std::uint64_t target = batch.pages[batch.target] * kPageSize;
  for (unsigned i = 0; i < batch.count; ++i) {
    batch.frames[i] = frames.allocate();
    if (!batch.frames[i].value) {
      while (i-- > 0) frames.release(batch.frames[i]);
      return FaultAnswer::kNoMemory;
    }
  }
  ++counts.reads;
  if (!read_world_pages(batch.file_page, batch.frames, batch.count)) {
    report_damage(target, "a page cannot be read");
    return FaultAnswer::kDamaged;
  }
  if (map_batch(written)) return FaultAnswer::kResolved;
  report_damage(target, store::describe(store::Error::kBadPage));
  return FaultAnswer::kDamaged;
}

// `state`: what the page's entry says so far.
[[nodiscard]] bool map_zero_page(std::uint64_t address, WorldEntry state, bool written) {
  state.frame = frames.allocate_zeroed();
  if (!state.frame.value) return false;
  state.committed = state.resident = true;
  state.released = false;
  note_coming(address / kPageSize, &state, written);
  if (!map_frame(address, state)) {
    frames.release(state.frame);
    return false;
  }
  ++counts.zero_pages;
  return true;
}

// Zero pages at `address`, and right after it if they are committed too.
FaultAnswer map_zeros(std::uint64_t address, WorldEntry state, bool written) {
  state.counted = true;
  if (!map_zero_page(address, state, written)) return FaultAnswer::kNoMemory;
  for (std::uint64_t i = 1; i < kZeroAround; ++i) {
    const WorldEntry next = state_of(address + i * kPageSize);
    if (!next.committed || next.resident || next.from_file || next.protection != state.protection) break;
    if (!map_zero_page(address + i * kPageSize, next, written)) break;
  }
  return FaultAnswer::kResolved;
}

// A stack page without an entry, or one that was released.
FaultAnswer map_stack_page(std::uint64_t address, WorldEntry state, std::uint32_t access) {
  state.protection = abi::kProtRead | abi::kProtWrite;
  if (!is_stack_address(address) || access == abi::kProtExecute) return FaultAnswer::kNotOurs;
  if (!lend_stack_page()) {
    background.finish();      // gives back what it borrowed
    state.pending = false;
    if (!lend_stack_page()) return FaultAnswer::kNoMemory;
  }
  if (map_zero_page(address, state, access == abi::kProtWrite)) return FaultAnswer::kResolved;
  take_back_stack_page();
  return FaultAnswer::kNoMemory;
}

FaultAnswer bring_in(std::uint64_t address, const WorldEntry& state, std::uint32_t access) {
  const bool written = access == abi::kProtWrite;
  if (state.committed && !state.from_file) return map_zeros(address, state, written);
  if (state.released) return map_stack_page(address, state, access);

  static store::MapEntry entries[kEntriesAtStart];
  const std::uint64_t page = address / kPageSize, first = page - page % kBefore;
  const std::uint64_t wanted = counts.reads < kReadsAtStart ? kEntriesAtStart : kEntries;
  std::uint64_t count = 0;
  if (const store::Error error = world_reader().scan(first, abi::kWorldEnd / kPageSize, entries, wanted, &count); error != store::Error::kNone) {
    report_damage(address, store::describe(error));
    return FaultAnswer::kDamaged;
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const store::MapEntry& entry = entries[i];
    if (page < entry.virtual_page || page >= entry.end_page()) continue;
    const std::uint32_t protection = state.committed ? state.protection : entry.protection();
    if (!WorldEntry{.protection = protection}.allows(access)) return FaultAnswer::kNotOurs;
    if (entry.is_zero_run()) return map_zeros(address, {.committed = true, .protection = protection}, written);
    gather(entries, i, count);
    return read_batch(written);
  }
  return map_stack_page(address, state, access);
}

}  // namespace

void report_damage(std::uint64_t address, const char* what) {
  Line line;
  line << "perdure: " << world_name() << ": " << what << " (address " << Hex{address, 16} << ", generation "
       << world_reader().generation().number << ")";
  error_line(line.view());
}

FaultAnswer resolve_page_fault(std::uint64_t address, std::uint64_t error) {
  if (address < abi::kWorldBase || address >= abi::kWorldEnd || is_guard_page(address)) return FaultAnswer::kNotOurs;
  const std::uint32_t access = error & 16 ? abi::kProtExecute : error & 2 ? abi::kProtWrite : abi::kProtRead;
  ++counts.faults;
  address = round_down(address, kPageSize);
  const WorldEntry state = state_of(address);
  if (state.committed && !state.allows(access)) return FaultAnswer::kNotOurs;
  if (!state.resident) return bring_in(address, state, access);
  if (access == abi::kProtWrite && !state.writable_now()) make_writable(address / kPageSize, state);
  else invalidate_page(address);      // the tables allow it: the processor remembered something older
  return FaultAnswer::kResolved;
}

bool bring_in(std::uint64_t address) {
  InterruptGuard guard;
  address = round_down(address, kPageSize);
  const WorldEntry state = state_of(address);
  return state.resident || (!is_guard_page(address) && bring_in(address, state, abi::kProtRead) == FaultAnswer::kResolved);
}

PhysicalAddress frame_to_write(std::uint64_t address) {
  InterruptGuard guard;
  if (!bring_in(address)) return {0};
  WorldEntry state = state_of(address);
  if (!state.dirty || state.pending) make_writable(address / kPageSize, state);
  state = state_of(address);
  state.changed = true;      // what is written under another address is not seen in this entry
  if (!machine_tables.set(address, 0, encode(state))) return {0};
  return state.frame;
}

bool is_resident(std::uint64_t address) { return state_of(address).resident; }

bool is_untouched_zero(std::uint64_t address) {
  InterruptGuard guard;      // the page-fault handler uses the same reader
  const WorldEntry state = state_of(address);
  if (state.resident) return false;
  if (!is_untold(state)) return state.released || !state.from_file;
  store::MapEntry entry;
  return world_reader().lookup(address / kPageSize, &entry) == store::Error::kNone &&
         (entry.page_count() == 0 || entry.is_zero_run());
}

const PagerCounts& pager_counts() { return counts; }

}  // namespace perdure::metal
