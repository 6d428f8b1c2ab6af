#include "boot/hosted/checkpoint.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "boot/abi/address_map.h"
#include "boot/hosted/checkpoint_writer.h"
#include "boot/hosted/console.h"
#include "boot/hosted/domain.h"
#include "boot/hosted/events.h"
#include "boot/hosted/host.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/pager.h"
#include "boot/hosted/world_file.h"
#include "boot/hosted/world_store.h"
#include "boot/hosted/write_barrier.h"
#include "boot/store/requests.h"

namespace perdure::hosted {
namespace {

using namespace abi;

bool writable = false;
bool has_file = false;
std::vector<std::string> restart_command;
Ranges last_ranges;   // of the last call; empty: none yet
int put_off = 0;      // so many calls, since the last generation was begun
constexpr int kMostPutOff = 3;

// Pages that the file has and the world does not want to keep any more. They may be mappings of places that will be used anew.
void drop(std::uint64_t from, std::uint64_t end) {
  std::uint64_t run_end = 0;
  while (from < end && (from = find_in_file(from, end, &run_end)) < end) {
    restore_range(from, run_end - from);
    mark_dirty(from, run_end - from);
    for (; from < run_end; from += kPageSize)
      if (page_committed(from)) detach_page(from);
  }
}

void drop_outside(const Ranges& ranges) {
  std::uint64_t from = kWorldBase;
  for (const SaveRange& range : ranges) {
    drop(from, range.start);
    from = range.start + range.size;
  }
  drop(from, kStackEnd);
}

// Pages whose protection in the file is another now, or that are kept from now on, count as changed.
void take_in(const Ranges& ranges) {
  if (last_ranges.empty()) return;   // what is not in the file came since, and is dirty
  for (const SaveRange& range : ranges) {
    std::uint64_t at = range.start;
    const std::uint64_t end = range.start + range.size;
    while (at < end) {
      const SaveRange* old = range_of(last_ranges, at);
      const auto next = std::find_if(last_ranges.begin(), last_ranges.end(), [&](const SaveRange& r) { return r.start > at; });
      const std::uint64_t stop = std::min(end, old != nullptr ? old->start + old->size : next != last_ranges.end() ? next->start : end);
      if (old == nullptr || old->protection != range.protection) {
        restore_range(at, stop - at);
        mark_dirty(at, stop - at);
      }
      at = stop;
    }
  }
}

// Stacks are not watched. A world whose frames are in its heap leaves them out.
void mark_stacks(const Ranges& ranges) {
  for (const SaveRange& range : ranges)
    if (range.start + range.size > kStackBase) mark_dirty(range.start, range.size);
}

bool same(const Ranges& a, const Ranges& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const SaveRange& x, const SaveRange& y) {
    return x.start == y.start && x.size == y.size && x.protection == y.protection;
  });
}

constexpr const char* kSelf = "/proc/self/exe";

// The host forgets the world's memory by becoming a new one.
[[noreturn]] void start_again() {
  std::vector<char*> arguments;
  for (std::string& argument : restart_command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  restore_terminal();
  execv(kSelf, arguments.data());
  die(kExitUnavailable, std::string("the world is at the older generation, but the host cannot start it: ") + std::strerror(errno));
}

}  // namespace

void open_checkpoints(const std::vector<std::string>& restart) {
  has_file = true;
  writable = world_file().writable;
  restart_command = restart;
  if (writable) init_writer(paged_generation().number);
}

void finish_checkpoint() { await_writer(); }

namespace {

Status begin_generation(const SaveRequest* request, bool saves) {
  if (!writable) return kDenied;
  if (!ranges_are_valid(request->ranges, request->range_count)) return kInvalid;
  if (is_writing()) return kWouldBlock;
  const std::uint64_t start = monotonic_ns();
  Job job{covered_by(request->ranges, request->range_count), std::string(request->note, request->note_length), realtime_ns(), saves};
  if (!same(job.ranges, last_ranges)) {
    drop_outside(job.ranges);
    take_in(job.ranges);
    last_ranges = job.ranges;
  }
  mark_stacks(job.ranges);
  switch (freeze(request->ranges, request->range_count, saves || put_off == kMostPutOff)) {
    case Stop::kNoCopies: return kNoMemory;
    case Stop::kTooMuch:
      ++put_off;
      return start_closing(unused_of(request->ranges, request->range_count), start);
    case Stop::kDone: break;
  }
  put_off = 0;
  return start_generation(std::move(job), start);
}

}  // namespace

Status checkpoint(const SaveRequest* request) { return begin_generation(request, false); }

Status save_to_own_file(const SaveRequest* request) {
  const Status number = begin_generation(request, true);
  return number < 0 ? number : kOk;
}

Status store_state(StoreState* out) {
  *out = writer_state();
  if (!writable && has_file) out->committed = paged_generation().number;
  return kOk;
}

Status keep_generation(std::uint64_t number, std::uint32_t kept) {
  if (!writable) return kDenied;
  if (kept > 1) return kInvalid;
  return with_store([&](store::Store& store) { return store.keep(number, kept != 0); });
}

Status generations(GenerationInfo* out, std::uint64_t capacity) {
  if (!has_file) return kDenied;
  std::vector<store::Generation> all;
  // A table that is being replaced can look damaged. One that is damaged lacks some.
  if (retained_generations(&all) != store::Error::kNone && writable) {
    await_writer();
    retained_generations(&all);
  }
  const std::uint64_t count = std::min<std::uint64_t>(capacity, all.size());
  for (std::uint64_t i = 0; i < count; ++i) out[i] = store::info_of(all[all.size() - count + i]);
  return static_cast<Status>(count);
}

Status rollback(std::uint64_t number) {
  if (!writable || restart_command.empty()) return kDenied;
  if (access(kSelf, X_OK) != 0) return kDenied;
  const std::string note = "back to generation " + std::to_string(number);
  std::uint64_t made = 0;
  const Status status = with_store([&](store::Store& store) { return store.rollback(number, note.data(), note.size(), realtime_ns(), &made); });
  if (status != kOk) return status;
  destroy_domains();
  start_again();
}

}  // namespace perdure::hosted
