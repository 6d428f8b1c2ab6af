// Judging superblocks: which of the two counts, and what is wrong if none does.
#pragma once

#include "boot/store/device.h"
#include "boot/store/error.h"
#include "boot/store/format.h"

namespace perdure::store {

// Whether one superblock, read from a device of `device_pages`, can be used. The order of the questions matters for
// what the user is told: magic, format version (another version may keep its checksum elsewhere), checksum, numbers.
[[nodiscard]] Error check_superblock(const Superblock& superblock, std::uint64_t device_pages);

// Whether the numbers of a generation are possible in a file of `page_count` pages.
bool generation_is_sound(const Generation& generation, std::uint64_t page_count);

// Puts magic, version, page size and the checksum into a superblock otherwise filled in.
void seal_superblock(Superblock* superblock);

// Reads the superblock that counts. If the root of its page map is not what was written, the other one counts, as if it were
// damaged itself. `scratch` is a page. *used_fallback tells that the one not chosen is damaged.
[[nodiscard]] Error choose_superblock(const BlockDevice& device, Superblock* chosen, void* scratch, bool* used_fallback);

}  // namespace perdure::store
