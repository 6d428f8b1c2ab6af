#include "boot/metal/pager.h"

#include "boot/metal/block_disk.h"
#include "boot/metal/console.h"
#include "boot/metal/cpu.h"
#include "boot/metal/text.h"
#include "boot/metal/world_file.h"
#include "boot/metal/world_memory.h"
#include "boot/store/checksum.h"

namespace perdure::metal {
namespace {

// 128 KiB: large enough to come near the disk's full speed, small enough not to read much in vain.
constexpr std::uint64_t kAround = 32;
constexpr std::uint64_t kZeroAround = 8;
static_assert(kAround <= BlockDisk::kMaxPages);

PagerCounts counts;

WorldEntry state_of(std::uint64_t address) {
  const Leaf leaf = machine_tables.find(address);
  return leaf.level == 0 ? decode(leaf.entry) : WorldEntry{};
}

bool is_untold(const WorldEntry& entry) { return !entry.committed && !entry.released; }

void report_damage(std::uint64_t address, const char* what) {
  Line line;
  line << "perdure: " << world_name() << ": " << what << " (address " << Hex{address, 16} << ")";
  error_line(line.view());
}

[[nodiscard]] bool map_frame(std::uint64_t address, PhysicalAddress frame, std::uint32_t protection, bool from_file) {
  return machine_tables.set(address, 0, encode({.committed = true, .resident = true, .from_file = from_file,
                                                .protection = protection, .frame = frame}));
}

// Adjacent pages of the world and the file that are to be read in one piece.
struct Batch {
  std::uint64_t first_page = 0, file_page = 0;
  unsigned count = 0;
  std::uint64_t checksums[kAround];
  std::uint32_t protection[kAround];
  PhysicalAddress frames[kAround];
};

// Whether the page's bytes are still to be read from the file, and with which protection it will be mapped.
bool wants_reading(const store::MapEntry& entry, std::uint32_t* protection) {
  if (entry.is_zero_run()) return false;
  const WorldEntry state = state_of(entry.virtual_page * kPageSize);
  *protection = state.committed ? state.protection : entry.protection();
  return is_untold(state) || (state.committed && state.from_file && !state.resident);
}

// The entries of a window that make one batch with the entry `target`.
Batch gather(const store::MapEntry* entries, std::uint64_t target, std::uint64_t count) {
  const auto follows = [&](std::uint64_t i) {
    return entries[i].virtual_page == entries[i - 1].virtual_page + 1 && entries[i].file_page() == entries[i - 1].file_page() + 1;
  };
  std::uint32_t protection;
  std::uint64_t first = target, end = target + 1;
  while (first > 0 && wants_reading(entries[first - 1], &protection) && follows(first)) --first;
  while (end < count && wants_reading(entries[end], &protection) && follows(end)) ++end;
  Batch batch;
  batch.first_page = entries[first].virtual_page;
  batch.file_page = entries[first].file_page();
  for (std::uint64_t i = first; i < end; ++i) {
    batch.checksums[batch.count] = entries[i].checksum;
    wants_reading(entries[i], &batch.protection[batch.count++]);
  }
  return batch;
}

// Maps the pages whose checksum is right; false if `target` is not among them.
bool map_batch(const Batch& batch, std::uint64_t target) {
  bool target_mapped = false;
  for (unsigned i = 0; i < batch.count; ++i) {
    const std::uint64_t page = batch.first_page + i;
    if (store::page_checksum(direct(batch.frames[i])) == batch.checksums[i] &&
        map_frame(page * kPageSize, batch.frames[i], batch.protection[i], true)) {
      target_mapped |= page == target;
      ++counts.pages_read;
    } else {
      frames.release(batch.frames[i]);    // a damaged neighbour is told of when it is touched itself
    }
  }
  return target_mapped;
}

FaultAnswer read_batch(Batch& batch, std::uint64_t target) {
  for (unsigned i = 0; i < batch.count; ++i) {
    batch.frames[i] = frames.allocate();
    if (!batch.frames[i].value) {
      while (i-- > 0) frames.release(batch.frames[i]);
      return FaultAnswer::kNoMemory;
    }
  }
  if (!read_world_pages(batch.file_page, batch.frames, batch.count)) {
    report_damage(target * kPageSize, "a page cannot be read");
    return FaultAnswer::kDamaged;
  }
  if (map_batch(batch, target)) return FaultAnswer::kResolved;
  report_damage(target * kPageSize, store::describe(store::Error::kBadPage));
  return FaultAnswer::kDamaged;
}

// Zero pages at `address` and, if they are committed too, right after it.
FaultAnswer map_zeros(std::uint64_t address, std::uint32_t protection) {
  for (std::uint64_t i = 0; i < kZeroAround; ++i, address += kPageSize) {
    if (i > 0) {
      const WorldEntry next = state_of(address);
      if (!next.committed || next.resident || next.from_file || next.protection != protection) break;
    }
    PhysicalAddress frame = frames.allocate_zeroed();
    if (frame.value && !map_frame(address, frame, protection, false)) {
      frames.release(frame);
      frame = {0};
    }
    if (!frame.value) return i ? FaultAnswer::kResolved : FaultAnswer::kNoMemory;
    ++counts.zero_pages;
  }
  return FaultAnswer::kResolved;
}

// A page without an entry: a zero page of the file's, a stack page, or nothing.
FaultAnswer map_untold_zeros(std::uint64_t address, const store::MapEntry* entry, std::uint32_t access) {
  WorldEntry state{.protection = entry ? entry->protection() : std::uint32_t{abi::kProtRead | abi::kProtWrite}};
  if ((!entry && !is_stack_address(address)) || !state.allows(access)) return FaultAnswer::kNotOurs;
  const FaultAnswer answer = map_zeros(address, state.protection);
  if (answer == FaultAnswer::kResolved) charge_page_unasked();
  return answer;
}

FaultAnswer bring_in(std::uint64_t address, const WorldEntry& state, std::uint32_t access) {
  if (state.committed && !state.from_file) return map_zeros(address, state.protection);
  if (state.released) return is_stack_address(address) ? map_untold_zeros(address, nullptr, access) : FaultAnswer::kNotOurs;

  static store::MapEntry entries[kAround];
  const std::uint64_t page = address / kPageSize, window = round_down(page, kAround);
  std::uint64_t count = 0;
  if (const store::Error error = world_reader().scan(window, window + kAround, entries, kAround, &count); error != store::Error::kNone) {
    report_damage(address, store::describe(error));
    return FaultAnswer::kDamaged;
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const store::MapEntry& entry = entries[i];
    if (page < entry.virtual_page || page >= entry.end_page()) continue;
    if (entry.is_zero_run()) return map_untold_zeros(address, &entry, access);
    if (!WorldEntry{.protection = state.committed ? state.protection : entry.protection()}.allows(access)) return FaultAnswer::kNotOurs;
    Batch batch = gather(entries, i, count);
    return read_batch(batch, page);
  }
  return map_untold_zeros(address, nullptr, access);
}

}  // namespace

FaultAnswer resolve_page_fault(std::uint64_t address, std::uint64_t error) {
  if (address < abi::kWorldBase || address >= abi::kWorldEnd || is_guard_page(address)) return FaultAnswer::kNotOurs;
  const std::uint32_t access = error & 16 ? abi::kProtExecute : error & 2 ? abi::kProtWrite : abi::kProtRead;
  ++counts.faults;
  address = round_down(address, kPageSize);
  const WorldEntry state = state_of(address);
  if (state.committed && !state.allows(access)) return FaultAnswer::kNotOurs;
  if (!state.resident) return bring_in(address, state, access);
  invalidate_page(address);      // the tables allow it: the processor remembered something older
  return FaultAnswer::kResolved;
}

PhysicalAddress frame_of(std::uint64_t address) {
  InterruptGuard guard;
  WorldEntry state = state_of(address);
  if (!state.resident && !is_guard_page(address)) {
    if (bring_in(round_down(address, kPageSize), state, abi::kProtRead) != FaultAnswer::kResolved) return {0};
    state = state_of(address);
  }
  return state.frame;
}

bool is_resident(std::uint64_t address) { return state_of(address).resident; }

bool is_untouched_zero(std::uint64_t address) {
  InterruptGuard guard;      // the page-fault handler uses the same reader
  const WorldEntry state = state_of(address);
  if (state.resident) return false;
  if (!is_untold(state)) return !state.from_file;
  store::MapEntry entry;
  return world_reader().lookup(address / kPageSize, &entry) == store::Error::kNone &&
         (entry.page_count() == 0 || entry.is_zero_run());
}

const PagerCounts& pager_counts() { return counts; }

}  // namespace perdure::metal
