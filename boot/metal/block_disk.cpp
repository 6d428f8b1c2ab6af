#include "boot/metal/block_disk.h"

#include <cstddef>

#include "boot/metal/frames.h"

// Source: Virtio 1.1, chapter 5.2.
namespace perdure::metal {
namespace {
constexpr std::uint64_t kSectorSize = 512;
constexpr std::uint64_t kReadOnly = 1 << 5, kFlushes = 1 << 9;     // features
constexpr std::uint8_t kStatusOk = 0, kStatusError = 1, kStatusUnset = 0xff;
constexpr unsigned kHeaderSize = 16;

PhysicalAddress physical(const volatile void* pointer) { return physical_of(const_cast<const void*>(pointer)); }
}  // namespace

bool BlockDisk::start(VirtioTransport* transport) {
  if (!device_.start(transport, kReadOnly | kFlushes)) return false;
  const PhysicalAddress page = frames.allocate_zeroed();
  if (!page.value) return false;
  request_ = direct<volatile Request>(page);
  background_ = request_ + 1;
  page_count_ = device_.config64(0) * kSectorSize / kPageSize;
  writable_ = !device_.has(kReadOnly);
  flushes_ = device_.has(kFlushes);      // without it what is written is safe already
  return true;
}

void BlockDisk::fill(volatile Request* request, DiskAction action, std::uint64_t page) {
  request->type = static_cast<std::uint32_t>(action);
  request->sector = page * (kPageSize / kSectorSize);
  request->status = kStatusUnset;
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
  fill(request_, DiskAction::kRead, first);
  const PhysicalAddress request = physical(request_);
  const unsigned most = device_.most_buffers() - 1u;      // one is left for the status
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

void BlockDisk::begin_background(DiskAction action, std::uint64_t first, PhysicalAddress pages, std::uint64_t count) {
  fill(background_, action, first);
  if (first > page_count_ || count > page_count_ - first) background_->status = kStatusError;
  else if (action == DiskAction::kFlush && !flushes_) background_->status = kStatusOk;
  if (background_->status != kStatusUnset) return;
  const PhysicalAddress request = physical(background_);
  VirtioBuffer buffers[3];
  unsigned used = 0;
  buffers[used++] = {request, kHeaderSize, false};
  if (count) buffers[used++] = {pages, static_cast<std::uint32_t>(count * kPageSize), action == DiskAction::kRead};
  buffers[used++] = {request + offsetof(Request, status), 1, true};
  device_.submit(VirtioLane::kBackground, {buffers, used});
}

bool BlockDisk::background_finished() { return device_.finished(VirtioLane::kBackground); }

}  // namespace perdure::metal
