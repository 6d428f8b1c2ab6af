#include "boot/metal/virtio.h"

#include "boot/metal/cpu.h"
#include "boot/metal/frames.h"

namespace perdure::metal {
namespace {
enum Status : std::uint8_t { kAcknowledge = 1, kDriver = 2, kDriverOk = 4, kFeaturesOk = 8, kFailed = 128 };
constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;
constexpr std::uint16_t kNext = 1, kDeviceWrites = 2;
constexpr std::uint16_t kNoInterrupt = 1;
}  // namespace

bool VirtioDevice::start(VirtioTransport* transport, std::uint64_t wanted) {
  transport_ = transport;
  transport->set_status(0);
  while (transport->status() != 0) cpu_pause();
  transport->set_status(kAcknowledge | kDriver);
  features_ = transport->device_features() & (wanted | kVersion1);
  if (!has(kVersion1)) return false;
  transport->set_driver_features(features_);
  transport->set_status(kAcknowledge | kDriver | kFeaturesOk);
  if (!(transport->status() & kFeaturesOk)) return false;

  const PhysicalAddress page = frames.allocate_zeroed();
  const std::uint16_t limit = transport->queue_limit(0);
  if (!page.value || limit < 2 * kBackgroundBuffers) return false;
  queue_size_ = limit < kMaxQueueSize ? limit : kMaxQueueSize;
  rings_ = direct<volatile Rings>(page);
  rings_->available.flags = kNoInterrupt;
  transport->enable_queue(0, queue_size_, page + offsetof(Rings, descriptors), page + offsetof(Rings, available),
                          page + offsetof(Rings, used));
  transport->set_status(kAcknowledge | kDriver | kFeaturesOk | kDriverOk);
  ready_ = true;
  return true;
}

void VirtioDevice::submit(VirtioLane which, std::span<const VirtioBuffer> buffers) {
  InterruptGuard guard;
  const std::uint16_t first = which == VirtioLane::kBackground ? most_buffers() : 0;
  std::uint16_t at = first;
  for (const VirtioBuffer& buffer : buffers) {
    volatile Descriptor& descriptor = rings_->descriptors[at++];
    const bool last = at - first == static_cast<int>(buffers.size());
    descriptor.address = buffer.address.value;
    descriptor.size = buffer.size;
    descriptor.flags = static_cast<std::uint16_t>((buffer.device_writes ? kDeviceWrites : 0) | (last ? 0 : kNext));
    descriptor.next = at;
  }
  lane(which).busy = true;
  rings_->available.ring[next_ % queue_size_] = first;
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  rings_->available.index = ++next_;
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  transport_->notify(0);
}

bool VirtioDevice::finished(VirtioLane which) {
  InterruptGuard guard;
  while (rings_->used.index != seen_) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    const volatile UsedElement& answer = rings_->used.ring[seen_++ % queue_size_];
    Lane& answered = lane(answer.id == 0 ? VirtioLane::kForeground : VirtioLane::kBackground);
    answered.busy = false;
    answered.bytes_written = answer.length;
  }
  return !lane(which).busy;
}

std::uint32_t VirtioDevice::transact(std::span<const VirtioBuffer> buffers) {
  submit(VirtioLane::kForeground, buffers);
  while (!finished(VirtioLane::kForeground)) cpu_pause();
  return lane(VirtioLane::kForeground).bytes_written;
}

std::uint32_t VirtioDevice::config32(unsigned offset) const {
  std::uint32_t value = 0;
  for (unsigned i = 4; i-- > 0;) value = value << 8 | transport_->config8(offset + i);
  return value;
}

std::uint64_t VirtioDevice::config64(unsigned offset) const {
  return config32(offset) | std::uint64_t{config32(offset + 4)} << 32;
}

}  // namespace perdure::metal
