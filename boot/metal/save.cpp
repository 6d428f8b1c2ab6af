#include "boot/metal/save.h"

#include <cstring>
#include <new>

#include "boot/abi/world.h"
#include "boot/metal/background.h"
#include "boot/metal/checkpoint.h"
#include "boot/metal/clock.h"
#include "boot/metal/cpu.h"
#include "boot/metal/dirty_pages.h"
#include "boot/metal/files.h"
#include "boot/metal/generation_writer.h"
#include "boot/metal/kernel_space.h"
#include "boot/metal/pager.h"
#include "boot/metal/text.h"
#include "boot/metal/world_file.h"
#include "boot/metal/world_memory.h"
#include "boot/store/checksum.h"
#include "boot/store/requests.h"
#include "boot/store/writer.h"

namespace perdure::metal {
namespace {

using store::Error;

constexpr std::uint64_t kBufferPages = 64;
constexpr std::uint64_t kReadPages = 32;      // of the world's file at a time
constexpr VirtioLane kLane = VirtioLane::kBackground;

// The file that is being written.
struct Target {
  Share* share = nullptr;
  Share::Fid fid = 0, folder = 0;
  char name[256];
  std::size_t name_length = 0;
  abi::Status status = abi::kOk;       // why a write failed
};
Target target;

// What it is to hold: the ranges, and what the stop noted of their pages. Lies in `memory`, with room for the writer's entries.
struct Contents {
  abi::SaveRange* ranges;
  std::uint64_t range_count;
  std::uint64_t* noted;
  store::MapEntry* entries;
  std::uint64_t capacity;
  void* buffer;
  char build_id[store::kBuildIdSize];
  char note[store::kNoteSize];
  std::uint64_t note_length;
  std::int64_t time;
};
Contents contents;
alignas(ScratchMemory) std::uint8_t memory_storage[sizeof(ScratchMemory)];
ScratchMemory* memory = nullptr;

// A stretch of the world's file.
PhysicalAddress read_frames[kReadPages];
std::uint64_t read_first = 0, read_count = 0;
store::MapEntry last_entry;      // a long run of zeros is looked up once

SaveState state;
bool to_own_file = false;      // the last one was a generation

using TemporaryName = Text<sizeof target.name + 4>;
void put_temporary_name(TemporaryName* text) { *text << std::string_view(target.name, target.name_length) << ".tmp"; }

bool write_pages(void*, std::uint64_t first, std::uint64_t count, const void* buffer) {
  const abi::Status written = target.share->write(target.fid, first * kPageSize, buffer, count * kPageSize, kLane);
  if (written < 0) target.status = written;
  return written == static_cast<abi::Status>(count * kPageSize);
}

bool flush_pages(void*) {
  const abi::Status status = target.share->flush(target.fid, kLane);
  if (status < 0) target.status = status;
  return status == abi::kOk;
}

std::uint64_t no_pages(void*) { return 0; }

// --- what a page held at the stop -------------------------------------------------------------------------------------------

// Pages of a world's file mostly follow one another as they do in the world.
const std::uint8_t* read_from_file(const store::MapEntry& entry) {
  const std::uint64_t page = entry.file_page();
  if (page < read_first || page >= read_first + read_count) {
    const std::uint64_t left = world_reader().superblock().page_count - page;
    read_first = page;
    read_count = left < kReadPages ? left : kReadPages;
    if (!read_world_pages(page, read_frames, static_cast<unsigned>(read_count))) read_count = 0;
    if (read_count == 0) return nullptr;
  }
  const auto* bytes = direct(read_frames[page - read_first]);
  if (store::page_checksum(bytes) == entry.checksum) return bytes;
  report_damage(entry.virtual_page * kPageSize, store::describe(Error::kBadPage));
  return nullptr;
}

Error add_from_file(store::Writer& writer, std::uint64_t page, std::uint32_t protection) {
  if (page < last_entry.virtual_page || page >= last_entry.end_page())
    if (const Error error = world_reader().lookup(page, &last_entry); error != Error::kNone) return error;
  if (last_entry.page_count() == 0 || last_entry.is_zero_run()) return writer.add_zeros(page, 1, protection);
  const std::uint8_t* bytes = read_from_file(last_entry);
  return bytes ? writer.add_pages(page, bytes, 1, protection) : Error::kReadFailed;
}

Error add_page(store::Writer& writer, std::uint64_t page, const WorldEntry& noted, std::uint32_t protection) {
  if (noted.resident) return writer.add_pages(page, direct(noted.frame), 1, protection);
  const bool in_file = noted.committed ? noted.from_file : !noted.released;
  return in_file ? add_from_file(writer, page, protection) : writer.add_zeros(page, 1, protection);
}

// All pages are let go, whatever became of the file.
Error add_pages(store::Writer& writer, Error error) {
  const std::uint64_t* noted = contents.noted;
  for (const abi::SaveRange* range = contents.ranges; range != contents.ranges + contents.range_count; ++range)
    for (std::uint64_t page = range->start / kPageSize, end = page + range->size / kPageSize; page < end; ++page, ++noted) {
      if (error == Error::kNone) error = add_page(writer, page, decode(*noted), range->protection);
      let_go(page, *noted);
      background.pause_if_due();
    }
  return error;
}

// --- in the background ------------------------------------------------------------------------------------------------------

abi::Status status_of(Error error) {
  if (error == Error::kNone) return abi::kOk;
  if (target.status < 0) return target.status;
  return error == Error::kNoRoom ? abi::kNoMemory : error == Error::kBadOrder ? abi::kInvalid : abi::kIo;
}

abi::Status write_contents() {
  const store::BlockDevice device{nullptr, nullptr, write_pages, flush_pages, no_pages, nullptr};
  store::Writer writer(device, {contents.entries, contents.capacity, contents.buffer, kBufferPages});
  Error error = add_pages(writer, writer.begin());
  end_snapshot();
  if (error == Error::kNone)
    error = writer.finish({abi::kAbiVersion, contents.time, contents.build_id, contents.note, contents.note_length});
  return status_of(error);
}

void give_memory_back() {
  memory->~ScratchMemory();
  memory = nullptr;
  for (PhysicalAddress& frame : read_frames) {
    if (frame.value) frames.release(frame);
    frame = {0};
  }
}

void write_file() {
  abi::Status status = write_contents();
  give_memory_back();
  TemporaryName temporary;
  put_temporary_name(&temporary);
  target.share->close(target.fid, kLane);
  if (status == abi::kOk)
    status = target.share->rename(target.folder, temporary.view(), target.folder, {target.name, target.name_length}, kLane);
  if (status < 0) (void)target.share->remove_in(target.folder, temporary.view(), kLane);
  target.share->close(target.folder, kLane);
  state = {false, status};
}

// --- the stop ---------------------------------------------------------------------------------------------------------------

// Names and memory; nothing of the world is touched yet.
abi::Status take_memory(const abi::SaveRequest& request) {
  std::uint64_t pages = 0;
  for (std::uint64_t i = 0; i < request.range_count; ++i) pages += request.ranges[i].size / kPageSize;
  contents.capacity = pages + 1;
  const std::uint64_t range_bytes = request.range_count * sizeof(abi::SaveRange), noted_bytes = pages * sizeof(std::uint64_t);
  const std::uint64_t tables = (range_bytes + noted_bytes + contents.capacity * sizeof(store::MapEntry)) / kPageSize + 1;
  if (!can_borrow_frames(tables + kBufferPages + kReadPages)) return abi::kNoMemory;
  memory = new (memory_storage) ScratchMemory(kBufferPages + tables);
  bool enough = memory->data() != nullptr;
  for (PhysicalAddress& frame : read_frames) enough &= (frame = frames.allocate()).value != 0;
  if (!enough) {
    give_memory_back();
    return abi::kNoMemory;
  }
  contents.buffer = memory->data();
  contents.ranges = reinterpret_cast<abi::SaveRange*>(static_cast<std::uint8_t*>(memory->data()) + kBufferPages * kPageSize);
  contents.noted = reinterpret_cast<std::uint64_t*>(contents.ranges + request.range_count);
  contents.entries = reinterpret_cast<store::MapEntry*>(contents.noted + pages);
  return abi::kOk;
}

abi::Status begin(const abi::SaveRequest& request) {
  if (!background.make_stack()) return abi::kNoMemory;
  if (const abi::Status status = take_memory(request); status < 0) return status;
  contents.range_count = request.range_count;
  std::memcpy(contents.ranges, request.ranges, request.range_count * sizeof(abi::SaveRange));
  contents.note_length = request.note_length < sizeof contents.note ? request.note_length : sizeof contents.note;
  std::memcpy(contents.note, request.note, contents.note_length);
  std::memcpy(contents.build_id, abi::world_descriptor()->build_id, sizeof contents.build_id);
  contents.time = realtime_ns();
  read_count = 0;
  last_entry = {};
  take_snapshot(contents.ranges, contents.range_count, contents.noted);
  state.saving = true;
  background.start(write_file);
  go_on_beside_world();
  return abi::kOk;
}

abi::Status open_target(const Place& place) {
  std::string_view name;
  const abi::Status folder = place.share->open_parent(place.path, &name);
  if (folder < 0) return folder;
  const std::string_view path = place.path.substr(0, static_cast<std::size_t>(name.data() + name.size() - place.path.data()));
  Text<1024> temporary;
  temporary << path << ".tmp";
  abi::Status fid = abi::kInvalid;
  if (name.size() < sizeof target.name && temporary.view().size() == path.size() + 4) {
    target = {place.share, 0, static_cast<Share::Fid>(folder), {}, name.size(), abi::kOk};
    std::memcpy(target.name, name.data(), name.size());
    fid = place.share->open(temporary.view(), abi::kFileWrite | abi::kFileCreate | abi::kFileTruncate);
  }
  if (fid < 0) place.share->close(static_cast<Share::Fid>(folder));
  else target.fid = static_cast<Share::Fid>(fid);
  return fid;
}

}  // namespace

abi::Status save_world(const abi::SaveRequest* request) {
  if (background.running()) return abi::kWouldBlock;
  if (!store::ranges_are_valid(request->ranges, request->range_count, abi::kWorldEnd)) return abi::kInvalid;
  const Place place = find_place({request->name, request->name_length}, true);
  if (place.status < 0) return place.status;
  to_own_file = tracking() && is_world_file(place);
  if (to_own_file) {
    const abi::Status number = checkpoint(request);
    return number < 0 ? number : abi::kOk;
  }
  if (const abi::Status status = open_target(place); status < 0) return status;
  InterruptGuard guard;
  const abi::Status status = begin(*request);
  if (status < 0) {
    TemporaryName temporary;
    put_temporary_name(&temporary);
    target.share->close(target.fid);
    (void)target.share->remove_in(target.folder, temporary.view(), VirtioLane::kForeground);
    target.share->close(target.folder);
  }
  return status;
}

SaveState save_state() {
  if (!to_own_file) return state;
  const WriterState generation = writer_state();
  return {generation.pending != 0, generation.last};
}

}  // namespace perdure::metal
