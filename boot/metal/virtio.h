// Virtio devices, version 1 only: finding them, agreeing on features, and one request at a time in each of two lanes.
//
// The kernel's needs are few (a disk that is read in large pieces by the page-fault handler and written in the background, file
// sharing, entropy), so requests are made one by one and polled: no interrupts, and usable where interrupts are off. The
// second lane is for what may take long: the first does not wait for it, and is used at the same time. Source: Virtio 1.1 (OASIS), chapters 2 and 4.
#pragma once

#include <cstdint>
#include <cstddef>
#include <span>

#include "boot/metal/layout.h"

namespace perdure::metal {

enum class VirtioKind : std::uint32_t { kNone = 0, kBlock = 2, kEntropy = 4, kFileSharing = 9 };

// The register blocks of a device, whatever bus it is on.
class VirtioTransport {
 public:
  virtual VirtioKind kind() const = 0;
  virtual void set_status(std::uint8_t status) = 0;      // 0 resets
  virtual std::uint8_t status() = 0;
  virtual std::uint64_t device_features() = 0;
  virtual void set_driver_features(std::uint64_t features) = 0;
  virtual std::uint16_t queue_limit(std::uint16_t queue) = 0;
  virtual void enable_queue(std::uint16_t queue, std::uint16_t size, PhysicalAddress descriptors,
                            PhysicalAddress available, PhysicalAddress used) = 0;
  virtual void notify(std::uint16_t queue) = 0;
  virtual std::uint8_t config8(unsigned offset) = 0;     // device-specific configuration

 protected:
  ~VirtioTransport() = default;
};

struct VirtioBuffer {
  PhysicalAddress address;
  std::uint32_t size;
  bool device_writes;
};

enum class VirtioLane : unsigned { kForeground, kBackground };

class VirtioDevice {
 public:
  static constexpr std::uint16_t kMaxQueueSize = 128;
  static constexpr std::uint16_t kBackgroundBuffers = 4;   // the most of a request in that lane
  std::uint16_t most_buffers() const { return static_cast<std::uint16_t>(queue_size_ - kBackgroundBuffers); }

  // Resets the device, accepts `wanted` features (those it has) and sets up queue 0. False: it will not work with us.
  [[nodiscard]] bool start(VirtioTransport* transport, std::uint64_t wanted);
  bool started() const { return ready_; }
  bool has(std::uint64_t feature) const { return (features_ & feature) != 0; }
  VirtioTransport* transport() const { return transport_; }

  // Buffers the device reads come before those it writes; at most most_buffers(). Waits for the answer and tells how
  // many bytes the device wrote.
  std::uint32_t transact(std::span<const VirtioBuffer> buffers);
  // The same without waiting. One request in a lane at a time.
  void submit(VirtioLane lane, std::span<const VirtioBuffer> buffers);
  bool finished(VirtioLane lane);
  std::uint32_t bytes_written(VirtioLane which) { return lane(which).bytes_written; }

  std::uint32_t config32(unsigned offset) const;
  std::uint64_t config64(unsigned offset) const;

 private:
  struct Descriptor {
    std::uint64_t address;
    std::uint32_t size;
    std::uint16_t flags;
    std::uint16_t next;
  };
  struct Available {
    std::uint16_t flags;
    std::uint16_t index;
    std::uint16_t ring[kMaxQueueSize];
  };
  struct UsedElement {
    std::uint32_t id;
    std::uint32_t length;
  };
  struct Used {
    std::uint16_t flags;
    std::uint16_t index;
    UsedElement ring[kMaxQueueSize];
  };
  // All three rings in one page.
  struct Rings {
    Descriptor descriptors[kMaxQueueSize];
    Available available;
    alignas(4) Used used;
  };
  static_assert(sizeof(Rings) <= kPageSize);
  struct Lane {
    bool busy = false;
    std::uint32_t bytes_written = 0;
  };
  Lane& lane(VirtioLane which) { return lanes_[static_cast<unsigned>(which)]; }

  VirtioTransport* transport_ = nullptr;
  volatile Rings* rings_ = nullptr;
  std::uint16_t queue_size_ = 0;
  std::uint64_t features_ = 0;
  std::uint16_t next_ = 0;            // requests made so far, as the ring counts them
  std::uint16_t seen_ = 0;            // answers taken note of
  Lane lanes_[2];
  bool ready_ = false;
};

// Looks at all places where a device may be, and calls found(transport) for each one of a kind we know.
using VirtioFound = void (*)(VirtioTransport* transport);
void find_virtio_mmio(VirtioFound found);
void find_virtio_pci(VirtioFound found);

}  // namespace perdure::metal
