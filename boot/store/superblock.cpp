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
  const MapRoot& map = s.map;
  if (s.page_size != kPageSize || s.flags != 0 || s.generation == 0) return false;
  if (s.note_length > kNoteSize || s.reserved != 0 || map.reserved != 0) return false;
  if (!zero(s.padding, sizeof s.padding)) return false;
  if (s.page_count < kSuperblockPages || s.previous_page >= s.page_count) return false;
  if (map.height == 0) return map.page == 0 && map.entry_count == 0;
  return map.height <= kMaxMapHeight && map.page >= kSuperblockPages && map.page < s.page_count;
}

std::uint64_t superblock_checksum(const Superblock& superblock) {
  return checksum(&superblock, offsetof(Superblock, checksum));
}

}  // namespace

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

}  // namespace perdure::store
