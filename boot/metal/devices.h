// Which virtio devices this machine has, by what they are for.
#pragma once

#include <string_view>

#include "boot/metal/block_disk.h"
#include "boot/metal/virtio.h"

namespace perdure::metal {

inline constexpr unsigned kMaxDisks = 4;
inline constexpr unsigned kMaxShares = 6;

// Looks on all buses. Disks are started; shares wait until someone asks (share.h).
void find_devices();

unsigned disk_count();
BlockDisk& disk(unsigned index);
// Null: none (left).
VirtioTransport* share_transport(unsigned index);
VirtioTransport* entropy_transport();

}  // namespace perdure::metal
