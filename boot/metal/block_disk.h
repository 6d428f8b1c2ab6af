// A disk that is read in 4 KiB pages into pages of physical memory: virtio-blk.
#pragma once

#include <cstdint>

#include "boot/metal/virtio.h"

namespace perdure::metal {

class BlockDisk {
 public:
  [[nodiscard]] bool start(VirtioTransport* transport);
  std::uint64_t page_count() const { return page_count_; }
  // Reads pages [first, first + count) of the disk, each into a frame of its own; frames in a row make one piece, and as
  // many pieces as the queue takes go into one request. Callable with interrupts off.
  [[nodiscard]] bool read(std::uint64_t first, const PhysicalAddress* targets, unsigned count);

 private:
  bool read_part(std::uint64_t first, const PhysicalAddress* targets, unsigned count, unsigned* done);

  // What the device reads and writes besides the data.
  struct Request {
    std::uint32_t type;
    std::uint32_t reserved;
    std::uint64_t sector;
    std::uint8_t status;
  };

  VirtioDevice device_;
  volatile Request* request_ = nullptr;
  std::uint64_t page_count_ = 0;
};

}  // namespace perdure::metal
