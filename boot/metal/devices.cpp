#include "boot/metal/devices.h"

namespace perdure::metal {
namespace {

constinit BlockDisk disks[kMaxDisks];
unsigned disks_found = 0;
VirtioTransport* shares[kMaxShares];
unsigned shares_found = 0;
VirtioTransport* entropy = nullptr;

void sort_in(VirtioTransport* transport) {
  switch (transport->kind()) {
    case VirtioKind::kBlock:
      if (disks_found < kMaxDisks && disks[disks_found].start(transport)) ++disks_found;
      return;
    case VirtioKind::kFileSharing:
      if (shares_found < kMaxShares) shares[shares_found++] = transport;
      return;
    case VirtioKind::kEntropy: entropy = transport; return;
    default: return;
  }
}

}  // namespace

void find_devices() {
  find_virtio_pci(sort_in);
  find_virtio_mmio(sort_in);
}

unsigned disk_count() { return disks_found; }
BlockDisk& disk(unsigned index) { return disks[index]; }
VirtioTransport* share_transport(unsigned index) { return index < shares_found ? shares[index] : nullptr; }
VirtioTransport* entropy_transport() { return entropy; }

}  // namespace perdure::metal
