// What a leaf of the world's half of the page tables says about its page, present or not.
//
// A zero entry means "as the world file says"; anything that ever happened to a page since then is written in its
// entry, so there is no second book of what is committed.
//
//     0 ----------------- touch, commit, protect ------------> committed
//     committed -- touch --> committed + resident (with a frame)
//     committed -- release --> released: never again what the file says
//     released -- commit, or touch of a stack --> committed, as zeros
//
// What checkpoints need to know is there too (dirty_pages.h). A page can only be written while it is dirty and not pending:
//
//     clean -- write --> dirty -- checkpoint() --> pending -- its bytes are in the file --> clean
//                                                  pending -- write, release: the bytes are kept aside --> dirty
#pragma once

#include <cstdint>

#include "boot/abi/platform.h"
#include "boot/metal/page_tables.h"

namespace perdure::metal {

struct WorldEntry {
  bool committed = false;
  bool resident = false;           // `frame` holds the page
  bool from_file = false;          // the file has bytes for it, or is getting them; not resident without that: zeros
  bool released = false;           // the file has this page, but it counts no more
  bool counted = false;            // in the account (memory_account.h): all committed pages but stack pages that came unasked
  bool dirty = false;              // changed since the last checkpoint, and on the list; always where nothing is tracked
  bool pending = false;            // what it holds now belongs to the checkpoint, or the complete file, that is being written
  bool changed = false;            // since the world was resumed: the processor's own bit, kept when the entry is made anew
  std::uint32_t protection = 0;    // abi::Protection
  PhysicalAddress frame{0};

  constexpr bool allows(std::uint32_t access) const {
    if (access & abi::kProtWrite) return protection & abi::kProtWrite;
    if (access & abi::kProtExecute) return protection & abi::kProtExecute;
    return protection != abi::kProtNone;
  }
  constexpr bool writable_now() const { return (protection & abi::kProtWrite) && dirty && !pending; }
};

namespace world_entry_bits {
// Bits 9..11 and 52..58 are left to software in present entries; `released` is only used in entries that are not.
inline constexpr std::uint64_t kCommitted = 1 << 9, kFromFile = 1 << 10, kResident = 1 << 11, kReleased = 1 << 8;
inline constexpr std::uint64_t kCounted = std::uint64_t{1} << 55, kDirty = std::uint64_t{1} << 56, kPending = std::uint64_t{1} << 57;
inline constexpr std::uint64_t kChanged = std::uint64_t{1} << 58;
inline constexpr unsigned kProtectionShift = 52;
}  // namespace world_entry_bits

constexpr std::uint64_t encode(const WorldEntry& entry) {
  using namespace world_entry_bits;
  const std::uint64_t change = (entry.dirty ? kDirty : 0) | (entry.pending ? kPending : 0);
  if (entry.released) return kReleased | change;
  if (!entry.committed) return 0;
  std::uint64_t bits = kCommitted | change | std::uint64_t{entry.protection} << kProtectionShift;
  if (entry.from_file) bits |= kFromFile;
  if (entry.counted) bits |= kCounted;
  if (entry.changed) bits |= kChanged;
  if (!entry.resident) return bits;
  bits |= kResident | entry.frame.value;
  if (entry.protection == abi::kProtNone) return bits;
  bits |= kEntryPresent;
  if (entry.writable_now()) bits |= kEntryWritable;
  if (!(entry.protection & abi::kProtExecute)) bits |= kEntryNoExecute;
  return bits;
}

constexpr WorldEntry decode(std::uint64_t bits) {
  using namespace world_entry_bits;
  WorldEntry entry;
  entry.dirty = bits & kDirty;
  entry.pending = bits & kPending;
  if (!(bits & kCommitted)) {
    entry.released = bits & kReleased;
    return entry;
  }
  entry.committed = true;
  entry.from_file = bits & kFromFile;
  entry.resident = bits & kResident;
  entry.counted = bits & kCounted;
  entry.changed = (bits & kChanged) || ((bits & kEntryPresent) && (bits & kEntryDirty));
  entry.protection = static_cast<std::uint32_t>(bits >> kProtectionShift & 7);
  if (entry.resident) entry.frame = {bits & kEntryAddress};
  return entry;
}

}  // namespace perdure::metal
