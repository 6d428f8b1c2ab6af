#include "boot/metal/generation_writer.h"

#include <cstring>

#include "boot/metal/background.h"
#include "boot/metal/clock.h"
#include "boot/metal/dirty_pages.h"
#include "boot/metal/frames.h"
#include "boot/metal/range_changes.h"
#include "boot/metal/world_file.h"
#include "boot/metal/world_memory.h"
#include "boot/metal/world_store.h"
#include "boot/store/page_digest.h"
#include "boot/store/requests.h"

namespace perdure::metal {
namespace {

using store::Error;

constexpr std::uint64_t kRangePages = 8;
constexpr std::uint64_t kMostRanges = kRangePages * kPageSize / sizeof(abi::SaveRange);

struct Ranges {
  abi::SaveRange* list = nullptr;
  std::uint64_t count = 0;
};
// Of the newest generation, once this host has written one (before that its map tells), and of the one being written.
Ranges before, wanted;
bool know_before = false;
char note[store::kNoteSize];
std::uint64_t note_length = 0;
std::int64_t stopped_at = 0;      // the time of day

WriterState state;
PhysicalAddress spare;            // a page that is only on its way

// Ascending, so that the file has pages in the order of their addresses.
void sort_pages(PendingList list) {
  std::uint64_t* pages = list.pages;
  const auto sift = [pages](std::uint64_t root, std::uint64_t end) {
    for (std::uint64_t child; (child = 2 * root + 1) < end; root = child) {
      if (child + 1 < end && pages[child] < pages[child + 1]) ++child;
      if (pages[root] >= pages[child]) return;
      const std::uint64_t held = pages[root];
      pages[root] = pages[child];
      pages[child] = held;
    }
  };
  constexpr std::uint64_t kBetweenPauses = 64;
  const auto pause = [](std::uint64_t i) { if (i % kBetweenPauses == 0) background.pause_if_due(); };
  for (std::uint64_t i = list.count / 2; i-- > 0; pause(i)) sift(i, list.count);
  for (std::uint64_t end = list.count; end-- > 1; pause(end)) {
    const std::uint64_t held = pages[0];
    pages[0] = pages[end];
    pages[end] = held;
    sift(0, end);
  }
}

std::uint64_t first_pending_from(std::uint64_t page) {
  const PendingList list = pending_pages();
  std::uint64_t low = 0, high = list.count;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (list.pages[middle] < page) low = middle + 1;
    else high = middle;
  }
  return low;
}

bool is_pending_page(std::uint64_t page) {
  const std::uint64_t at = first_pending_from(page);
  return at < pending_pages().count && pending_pages().pages[at] == page;
}

// What was written to and is the same again costs no room in the file.
Error write_page(std::uint64_t page, PhysicalAddress frame) {
  const std::uint32_t protection = store::range_of(wanted.list, wanted.count, page * kPageSize)->protection;
  const store::PageDigest digest = frame.value ? store::digest_of(direct(frame)) : store::kZeroPage;
  store::MapEntry held;
  if (Error error = world_reader().lookup(page, &held); error != Error::kNone) return error;
  if (held.page_count() != 0 && held.protection() == protection && store::holds(held, digest)) return Error::kNone;
  ++state.pages_written;
  return world_store().write_page(page, direct(frame), digest, protection);
}

Error write_kept_pages() {
  Error error = Error::kNone;
  for (KeptPage kept; error == Error::kNone && take_kept(&kept);) {
    error = write_page(kept.page, kept.frame);
    if (kept.frame.value) frames.release(kept.frame);
    background.pause_if_due();
  }
  return error;
}

Error write_pending_pages() {
  const PendingList list = pending_pages();
  for (std::uint64_t i = 0; i < list.count; ++i) {
    if (Error error = write_kept_pages(); error != Error::kNone) return error;
    const WorldEntry entry = entry_of(list.pages[i]);
    if (!entry.pending) continue;
    begin_writing(list.pages[i]);
    if (Error error = write_page(list.pages[i], entry.frame); error != Error::kNone) return error;
    end_writing();
    background.pause_if_due();
  }
  return write_kept_pages();
}

// Whatever of a stretch was not dirty at the stop.
Error write_zeros_around(const Stretch& stretch) {
  const PendingList list = pending_pages();
  std::uint64_t i = first_pending_from(stretch.first);
  for (std::uint64_t at = stretch.first; at < stretch.end; ++i) {
    const std::uint64_t next = i < list.count && list.pages[i] < stretch.end ? list.pages[i] : stretch.end;
    if (Error error = world_store().write_zeros(at, next - at, stretch.protection); error != Error::kNone) return error;
    at = next + 1;
  }
  return Error::kNone;
}

Error remove(const Stretch& stretch) {
  const std::uint64_t count = stretch.end - stretch.first;
  if (!keep_in_memory(stretch.first, count)) return Error::kBadPage;
  return world_store().remove(stretch.first, count);
}

// A page that the map has already, with another protection. What it holds now may be newer than the stop; the file's bytes are right.
Error write_again(const store::MapEntry& entry, std::uint32_t protection) {
  if (is_pending_page(entry.virtual_page)) return Error::kNone;
  if (!read_world_pages(entry.file_page(), &spare, 1)) return Error::kReadFailed;
  const store::PageDigest digest = store::digest_of(direct(spare));
  if (!store::holds(entry, digest)) return Error::kBadPage;
  ++state.pages_written;
  return world_store().write_page(entry.virtual_page, direct(spare), digest, protection);
}

Error change_protection(const Stretch& stretch) {
  for (std::uint64_t page = stretch.first; page < stretch.end;) {
    store::MapEntry entry;
    if (Error error = world_reader().lookup(page, &entry); error != Error::kNone) return error;
    if (entry.page_count() == 0) return Error::kBadNode;
    const std::uint64_t end = entry.end_page() < stretch.end ? entry.end_page() : stretch.end;
    const Error error = entry.is_zero_run() ? write_zeros_around({page, end, stretch.protection}) : write_again(entry, stretch.protection);
    if (error != Error::kNone) return error;
    page = end;
    background.pause_if_due();
  }
  return Error::kNone;
}

Error write_range_changes() {
  Covering in_file = know_before ? Covering(before.list, before.count) : Covering(&world_reader(), [] { background.pause_if_due(); });
  Covering now(wanted.list, wanted.count);
  const Error error = for_each_range_change(in_file, now, [](RangeChange change, const Stretch& stretch) {
    switch (change) {
      case RangeChange::kAdded: return write_zeros_around(stretch);
      case RangeChange::kRemoved: return remove(stretch);
      default: return change_protection(stretch);
    }
  });
  if (error == Error::kNone && !know_before) note_file_pages(in_file.pages());
  return error;
}

Error open_store() {
  if (Error error = open_world_store(); error != Error::kNone) return error;
  return world_store().current().number == state.committed ? Error::kNone : Error::kBadSuperblock;
}

Error write_all() {
  if (Error error = open_store(); error != Error::kNone) return error;
  sort_pages(pending_pages());
  if (Error error = world_store().begin(note, note_length, stopped_at); error != Error::kNone) return error;
  if (Error error = write_pending_pages(); error != Error::kNone) return error;
  if (Error error = write_range_changes(); error != Error::kNone) return error;
  std::uint64_t number = 0;
  return world_store().commit(&number);
}

void write_generation() {
  const Error error = write_all();
  if (error == Error::kNone) {
    state.committed = world_store().current().number;
    world_moved_to(world_store().superblock());
    const Ranges old = before;
    before = wanted;
    wanted = old;
    know_before = true;
  } else {
    give_back_pending();
    close_world_store();
  }
  state.pending = 0;
  state.last = status_of(error);
}

// For the calls that wait: what they ask for, and what came of it.
std::uint64_t asked_number = 0;
bool asked_kept = false;
Error answer = Error::kNone;

Error wait_for(void (*work)()) {
  background.finish();
  background.start(work);
  background.finish();
  if (answer != Error::kNone && answer != Error::kNoGeneration) close_world_store();
  return answer;
}

}  // namespace

bool start_generation_writer() {
  const PhysicalAddress memory = frames.allocate_contiguous(2 * kRangePages);
  spare = frames.allocate();
  if (!memory.value || !spare.value || !start_world_store()) return false;
  wanted.list = direct<abi::SaveRange>(memory);
  before.list = direct<abi::SaveRange>(memory + kRangePages * kPageSize);
  state.committed = world_reader().generation().number;
  return true;
}

abi::Status begin_generation(const abi::SaveRequest& request) {
  if (request.range_count > kMostRanges || lost_track()) return abi::kNoMemory;
  std::memcpy(wanted.list, request.ranges, request.range_count * sizeof(abi::SaveRange));
  wanted.count = request.range_count;
  if (!store::ranges_are_valid(wanted.list, wanted.count, abi::kWorldEnd)) return abi::kInvalid;
  note_length = request.note_length < sizeof note ? request.note_length : sizeof note;
  std::memcpy(note, request.note, note_length);
  stopped_at = realtime_ns();
  take_dirty(wanted.list, wanted.count);
  state.pending = state.committed + 1;
  state.pages_written = 0;
  background.start(write_generation);
  return static_cast<abi::Status>(state.pending);
}

WriterState writer_state() {
  const store::Superblock& superblock = world_reader().superblock();
  state.free_pages = world_store_is_open() ? world_store().free_pages() : world_disk()->page_count() - superblock.page_count;
  return state;
}

store::Error keep_in_file(std::uint64_t number, bool kept) {
  asked_number = number;
  asked_kept = kept;
  return wait_for([] {
    answer = open_store();
    if (answer == Error::kNone) answer = world_store().keep(asked_number, asked_kept);
  });
}

store::Error roll_back_file(std::uint64_t number) {
  asked_number = number;
  return wait_for([] {
    std::uint64_t made = 0;
    answer = open_store();
    if (answer == Error::kNone) answer = world_store().rollback(asked_number, "", 0, realtime_ns(), &made);
    if (answer != Error::kNone) return;
    state.committed = made;
    world_moved_to(world_store().superblock());
    know_before = false;
  });
}

abi::Status status_of(store::Error error) {
  switch (error) {
    case Error::kNone: return abi::kOk;
    case Error::kNoGeneration: return abi::kNotFound;
    case Error::kDiskFull:
    case Error::kTooManyKept: return abi::kNoSpace;
    case Error::kNoRoom: return abi::kNoMemory;
    default: return abi::kIo;
  }
}

}  // namespace perdure::metal
