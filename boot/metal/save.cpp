#include "boot/metal/save.h"

#include <cstring>

#include "boot/abi/world.h"
#include "boot/metal/clock.h"
#include "boot/metal/files.h"
#include "boot/metal/kernel_space.h"
#include "boot/metal/pager.h"
#include "boot/metal/text.h"
#include "boot/metal/world_memory.h"
#include "boot/store/writer.h"

namespace perdure::metal {
namespace {

constexpr std::uint64_t kBufferPages = 64;

struct Target {
  Share* share;
  Share::Fid fid;
  abi::Status status = abi::kOk;       // why a write failed
};

bool write_pages(void* context, std::uint64_t first, std::uint64_t count, const void* buffer) {
  auto& target = *static_cast<Target*>(context);
  const abi::Status written = target.share->write(target.fid, first * kPageSize, buffer, count * kPageSize);
  if (written < 0) target.status = written;
  return written == static_cast<abi::Status>(count * kPageSize);
}

bool flush_pages(void* context) {
  auto& target = *static_cast<Target*>(context);
  const abi::Status status = target.share->flush(target.fid);
  if (status < 0) target.status = status;
  return status == abi::kOk;
}

std::uint64_t no_pages(void*) { return 0; }

// Calls visit(first page's address, pages, zero) for the stretches of a range that are alike. False: visit said so.
template <class Visit>
bool for_each_stretch(const abi::SaveRange& range, Visit visit) {
  for (std::uint64_t at = range.start, end = range.start + range.size; at < end;) {
    const bool zero = is_untouched_zero(at);
    std::uint64_t stop = at + kPageSize;
    while (stop < end && is_untouched_zero(stop) == zero) stop += kPageSize;
    if (!visit(at, (stop - at) / kPageSize, zero)) return false;
    at = stop;
  }
  return true;
}

// Room for the writer's entries: one for each page that will be looked at, one for each stretch of zeros.
std::uint64_t count_entries(const abi::SaveRequest& request) {
  std::uint64_t entries = 0;
  for (std::uint64_t i = 0; i < request.range_count; ++i)
    for_each_stretch(request.ranges[i], [&](std::uint64_t, std::uint64_t pages, bool zero) {
      entries += zero ? 1 : pages;
      return true;
    });
  return entries;
}

abi::Status status_of(store::Error error, const Target& target) {
  if (error == store::Error::kNone) return abi::kOk;
  if (target.status < 0) return target.status;
  return error == store::Error::kNoRoom ? abi::kNoMemory : error == store::Error::kBadOrder ? abi::kInvalid : abi::kIo;
}

abi::Status write_world(const abi::SaveRequest& request, Target& target) {
  const std::uint64_t capacity = count_entries(request) + 1;
  const std::uint64_t entry_pages = capacity * sizeof(store::MapEntry) / kPageSize + 1;
  if (!can_borrow_frames(entry_pages + kBufferPages)) return abi::kNoMemory;
  ScratchMemory entries(entry_pages);
  ScratchMemory buffer(kBufferPages);
  if (!entries.data() || !buffer.data()) return abi::kNoMemory;
  const store::BlockDevice device{&target, nullptr, write_pages, flush_pages, no_pages, nullptr};
  store::Writer writer(device, {static_cast<store::MapEntry*>(entries.data()), capacity, buffer.data(), kBufferPages});

  store::Error error = writer.begin();
  for (std::uint64_t i = 0; i < request.range_count && error == store::Error::kNone; ++i) {
    const abi::SaveRange& range = request.ranges[i];
    for_each_stretch(range, [&](std::uint64_t start, std::uint64_t pages, bool zero) {
      error = zero ? writer.add_zeros(start / kPageSize, pages, range.protection)
                   : writer.add_pages(start / kPageSize, reinterpret_cast<const void*>(start), pages, range.protection);
      return error == store::Error::kNone;
    });
  }
  if (error == store::Error::kNone)
    error = writer.finish({abi::kAbiVersion, realtime_ns(), abi::world_descriptor()->build_id, request.note, request.note_length});
  return status_of(error, target);
}

}  // namespace

abi::Status save_world(const abi::SaveRequest* request) {
  const Place place = find_place({request->name, request->name_length}, true);
  if (place.status < 0) return place.status;
  Text<1024> temporary;
  temporary << place.path << ".tmp";
  if (temporary.view().size() != place.path.size() + 4) return abi::kInvalid;

  const abi::Status fid = place.share->open(temporary.view(), abi::kFileWrite | abi::kFileCreate | abi::kFileTruncate);
  if (fid < 0) return fid;
  Target target{place.share, static_cast<Share::Fid>(fid)};
  abi::Status status = write_world(*request, target);
  place.share->close(target.fid);
  if (status == abi::kOk) status = place.share->rename(temporary.view(), place.path);
  if (status < 0) (void)place.share->remove(temporary.view());
  return status;
}

}  // namespace perdure::metal
