#include "boot/store/superblock.h"

#include "boot/abi/world.h"
#include "boot/store/checksum.h"

namespace perdure::store {
namespace {

bool zero(const void* bytes, std::size_t count) {
  const auto* byte = static_cast<const std::uint8_t*>(bytes);
  for (std::size_t i = 0; i < count; ++i)
    if (byte[i] != 0) return false;
  return true;
}

bool plausible(const Superblock& s) {
  if (s.page_size != kPageSize || s.flags != 0 || s.sequence == 0 || s.page_count < kSuperblockPages) return false;
  if (s.generation_count > kMaxGenerations || !zero(s.padding, sizeof s.padding)) return false;
  for (const TableEntry& entry : s.table) {
    if (entry.page >= s.page_count || entry.page == 1 || (entry.page == 0 && entry.checksum != 0)) return false;
  }
  return generation_is_sound(s.current, s.page_count);
}

std::uint64_t superblock_checksum(const Superblock& superblock) {
  return checksum(&superblock, offsetof(Superblock, checksum));
}

Error read_superblock(const BlockDevice& device, std::uint64_t page, Superblock* superblock) {
  if (!device.read(device.context, page, 1, superblock)) return Error::kReadFailed;
  return check_superblock(*superblock, device.page_count(device.context));
}

Error check_root(const BlockDevice& device, const MapRoot& map, void* scratch) {
  if (map.height == 0) return Error::kNone;
  if (!device.read(device.context, map.page, 1, scratch)) return Error::kReadFailed;
  return page_checksum(scratch) == map.checksum ? Error::kNone : Error::kBadNode;
}

// Two kinds of trouble: the one that says more. (A torn newer superblock over an older format is still damage.)
Error worse(Error first, Error second) {
  if (first == Error::kNotAWorld) return second;
  return first == Error::kBadSuperblock && second != Error::kNotAWorld ? second : first;
}

}  // namespace

bool generation_is_sound(const Generation& g, std::uint64_t page_count) {
  const MapRoot& map = g.map;
  if (g.number == 0 || g.parent >= g.number || (g.flags & ~kGenerationKept) != 0) return false;
  if (g.note_length > kNoteSize || map.reserved != 0) return false;
  if (map.height == 0) return map.page == 0 && map.entry_count == 0 && g.page_count == 0;
  return map.height <= kMaxMapHeight && map.page >= kSuperblockPages && map.page < page_count;
}

Error check_superblock(const Superblock& superblock, std::uint64_t device_pages) {
  if (superblock.magic != kSuperblockMagic) return Error::kNotAWorld;
  if (superblock.format_version != kFormatVersion) return Error::kOtherFormat;
  if (superblock.checksum != superblock_checksum(superblock)) return Error::kBadSuperblock;
  if (superblock.abi_version != abi::kAbiVersion) return Error::kOtherAbi;
  if (!plausible(superblock)) return Error::kBadSuperblock;
  if (superblock.page_count > device_pages) return Error::kTruncated;
  return Error::kNone;
}

void seal_superblock(Superblock* superblock) {
  superblock->magic = kSuperblockMagic;
  superblock->format_version = kFormatVersion;
  superblock->page_size = kPageSize;
  superblock->checksum = superblock_checksum(*superblock);
}

// Both are read even when the first is good: only together do they tell which is newer.
Error choose_superblock(const BlockDevice& device, Superblock* chosen, void* scratch, bool* used_fallback) {
  const std::uint64_t device_pages = device.page_count(device.context);
  if (device_pages == 0) return Error::kNotAWorld;
  if (device_pages < kSuperblockPages) {
    const Error error = read_superblock(device, 0, chosen);
    return error == Error::kNone ? Error::kTruncated : error;
  }
  auto* second = static_cast<Superblock*>(scratch);
  const Error errors[kSuperblockPages] = {read_superblock(device, 0, chosen), read_superblock(device, 1, second)};
  const bool both = errors[0] == Error::kNone && errors[1] == Error::kNone;
  *used_fallback = !both;
  if (errors[0] != Error::kNone && errors[1] != Error::kNone) return worse(errors[0], errors[1]);
  std::uint64_t best = errors[0] != Error::kNone || (both && second->sequence > chosen->sequence) ? 1 : 0;
  if (best == 1) *chosen = *second;
  Error error = check_root(device, chosen->current.map, scratch);
  if (error == Error::kNone || !both) return error;
  *used_fallback = true;
  if (Error other = read_superblock(device, 1 - best, chosen); other != Error::kNone) return other;
  return check_root(device, chosen->current.map, scratch) == Error::kNone ? Error::kNone : error;
}

}  // namespace perdure::store
