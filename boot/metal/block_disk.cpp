#include "boot/metal/block_disk.h"

#include <cstddef>

#include "boot/metal/frames.h"

// Source: Virtio 1.1, chapter 5.2.
namespace perdure::metal {
namespace {
constexpr std::uint64_t kSectorSize = 512;
constexpr std::uint32_t kTypeRead = 0;
constexpr std::uint8_t kStatusOk = 0, kStatusUnset = 0xff;
constexpr unsigned kHeaderSize = 16;
}  // namespace

bool BlockDisk::start(VirtioTransport* transport) {
  if (!device_.start(transport, 0)) return false;
  const PhysicalAddress page = frames.allocate_zeroed();
  if (!page.value) return false;
  request_ = direct<volatile Request>(page);
  page_count_ = device_.config64(0) * kSectorSize / kPageSize;
  return true;
}

bool BlockDisk::read(std::uint64_t first, const PhysicalAddress* targets, unsigned count) {
  if (first > page_count_ || count > page_count_ - first) return false;
  for (unsigned done = 0; done < count;) {
    unsigned part = 0;
    if (!read_part(first + done, targets + done, count - done, &part)) return false;
    done += part;
  }
  return true;
}

bool BlockDisk::read_part(std::uint64_t first, const PhysicalAddress* targets, unsigned count, unsigned* done) {
  request_->type = kTypeRead;
  request_->sector = first * (kPageSize / kSectorSize);
  request_->status = kStatusUnset;
  const PhysicalAddress request = physical_of(const_cast<Request*>(request_));
  const unsigned most = device_.queue_size() - 1u;      // one is left for the status
  VirtioBuffer buffers[VirtioDevice::kMaxQueueSize];
  unsigned used = 0, i = 0;
  buffers[used++] = {request, kHeaderSize, false};
  for (; i < count; ++i) {
    VirtioBuffer& last = buffers[used - 1];
    if (last.device_writes && last.address + last.size == targets[i]) last.size += kPageSize;
    else if (used < most) buffers[used++] = {targets[i], kPageSize, true};
    else break;
  }
  buffers[used++] = {request + offsetof(Request, status), 1, true};
  device_.transact({buffers, used});
  *done = i;
  return request_->status == kStatusOk;
}

}  // namespace perdure::metal
