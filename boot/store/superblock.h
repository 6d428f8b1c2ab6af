// Judging superblocks: which of the two counts, and what is wrong if none does.
#pragma once

#include "boot/store/error.h"
#include "boot/store/format.h"

namespace perdure::store {

// Whether one superblock, read from a device of `device_pages`, can be used. The order of the questions matters for
// what the user is told: magic, format version (another version may keep its checksum elsewhere), checksum, numbers.
[[nodiscard]] Error check_superblock(const Superblock& superblock, std::uint64_t device_pages);

// Puts magic, versions, page size and the checksum into a superblock otherwise filled in.
void seal_superblock(Superblock* superblock);

}  // namespace perdure::store
