// A disk of 4 KiB pages: virtio-blk.
//
// Reading for the pager waits. Writing, flushing and whatever else the background does is begun and asked after later; the
// pager's requests pass it by.
#pragma once

#include <cstdint>

#include "boot/metal/virtio.h"

namespace perdure::metal {

enum class DiskAction : std::uint32_t { kRead = 0, kWrite = 1, kFlush = 4 };

class BlockDisk {
 public:
  [[nodiscard]] bool start(VirtioTransport* transport);
  std::uint64_t page_count() const { return page_count_; }
  bool writable() const { return writable_; }

  // Reads pages [first, first + count) of the disk, each into a frame of its own; frames in a row make one piece, and as
  // many pieces as the queue takes go into one request. Callable with interrupts off.
  [[nodiscard]] bool read(std::uint64_t first, const PhysicalAddress* targets, unsigned count);

  // One action at a time, with pages that lie in a row in memory. After background_finished(), whether it went well. A flush that went
  // well means: what was written before would survive a power cut.
  void begin_background(DiskAction action, std::uint64_t first, PhysicalAddress pages, std::uint64_t count);
  bool background_finished();
  bool background_went_well() const { return background_->status == 0; }

 private:
  bool read_part(std::uint64_t first, const PhysicalAddress* targets, unsigned count, unsigned* done);

  // What the device reads and writes besides the data.
  struct Request {
    std::uint32_t type;
    std::uint32_t reserved;
    std::uint64_t sector;
    std::uint8_t status;
  };
  static void fill(volatile Request* request, DiskAction action, std::uint64_t page);

  VirtioDevice device_;
  volatile Request* request_ = nullptr;
  volatile Request* background_ = nullptr;
  std::uint64_t page_count_ = 0;
  bool writable_ = false, flushes_ = false;
};

}  // namespace perdure::metal
