#include "boot/store/writer.h"

#include <cstring>

#include "boot/store/checksum.h"
#include "boot/store/superblock.h"

namespace perdure::store {
namespace {

std::uint8_t* page_of(void* buffer, std::uint64_t index) { return static_cast<std::uint8_t*>(buffer) + index * kPageSize; }

}  // namespace

bool page_is_zero(const void* page) {
  const auto* words = static_cast<const std::uint64_t*>(page);
  for (std::size_t i = 0; i < kPageSize / 8; i += 8) {
    if ((words[i] | words[i + 1] | words[i + 2] | words[i + 3] | words[i + 4] | words[i + 5] | words[i + 6] |
         words[i + 7]) != 0)
      return false;
  }
  return true;
}

void set_note(Generation* generation, const char* note, std::uint64_t length) {
  generation->note_length = static_cast<std::uint32_t>(length < kNoteSize ? length : kNoteSize);
  std::memset(generation->note, 0, kNoteSize);
  if (generation->note_length != 0) std::memcpy(generation->note, note, generation->note_length);
}

Error Writer::begin() {
  if (memory_.buffer_pages < kSuperblockPages) return Error::kNoRoom;
  const bool fresh = device_.page_count(device_.context) == 0;
  std::memset(memory_.buffer, 0, kSuperblockPages * kPageSize);
  if (!device_.write(device_.context, 0, kSuperblockPages, memory_.buffer)) return Error::kWriteFailed;
  // What is overwritten from here on must not be under an old superblock any more, even after a power cut.
  return fresh || device_.flush(device_.context) ? Error::kNone : Error::kWriteFailed;
}

Error Writer::flush_buffer() {
  if (buffered_ == 0) return Error::kNone;
  if (!device_.write(device_.context, next_page_, buffered_, memory_.buffer)) return Error::kWriteFailed;
  next_page_ += buffered_;
  buffered_ = 0;
  return Error::kNone;
}

// A zero run grows as long as zero pages follow: it is one entry however long.
Error Writer::add_entry(const MapEntry& entry) {
  if (entry_count_ != 0) {
    MapEntry& last = memory_.entries[entry_count_ - 1];
    if (entry.is_zero_run() && last.location == entry.location && last.end_page() == entry.virtual_page) {
      last.checksum += entry.checksum;
      return Error::kNone;
    }
  }
  if (entry_count_ == memory_.capacity) return Error::kNoRoom;
  memory_.entries[entry_count_++] = entry;
  return Error::kNone;
}

Error Writer::add_zeros(std::uint64_t virtual_page, std::uint64_t page_count, std::uint32_t protection) {
  if (virtual_page < last_end_) return Error::kBadOrder;
  if (page_count == 0) return Error::kNone;
  last_end_ = virtual_page + page_count;
  world_pages_ += page_count;
  return add_entry({virtual_page, kLocationZeroRun | protection, page_count});
}

Error Writer::add_pages(std::uint64_t virtual_page, const void* pages, std::uint64_t page_count,
                        std::uint32_t protection) {
  if (virtual_page < last_end_) return Error::kBadOrder;
  for (std::uint64_t i = 0; i < page_count; ++i) {
    // Copied first, then looked at: the page may change between two looks, the copy does not.
    std::uint8_t* copy = page_of(memory_.buffer, buffered_);
    std::memcpy(copy, static_cast<const std::uint8_t*>(pages) + i * kPageSize, kPageSize);
    if (page_is_zero(copy)) {
      if (Error error = add_zeros(virtual_page + i, 1, protection); error != Error::kNone) return error;
      continue;
    }
    const std::uint64_t location = (next_page_ + buffered_) << kLocationPageShift | protection;
    if (Error error = add_entry({virtual_page + i, location, page_checksum(copy)}); error != Error::kNone) return error;
    last_end_ = virtual_page + i + 1;
    ++world_pages_;
    if (++buffered_ == memory_.buffer_pages)
      if (Error error = flush_buffer(); error != Error::kNone) return error;
  }
  return Error::kNone;
}

// Turns the first *count entries into nodes of one level, and leaves one entry per node in their place: an entry
// for a node is stored at an index no greater than that of the first entry the node took, so nothing unread is overwritten.
Error Writer::write_level(std::uint32_t level, std::uint64_t* count) {
  std::uint64_t nodes = 0;
  for (std::uint64_t first = 0; first < *count; first += kNodeEntries) {
    const std::uint64_t left = *count - first;
    auto* node = reinterpret_cast<MapNode*>(page_of(memory_.buffer, buffered_));
    std::memset(node, 0, sizeof *node);
    node->magic = kNodeMagic;
    node->level = static_cast<std::uint16_t>(level);
    node->count = static_cast<std::uint16_t>(left < kNodeEntries ? left : kNodeEntries);
    node->page = next_page_ + buffered_;
    std::memcpy(node->entries, memory_.entries + first, node->count * sizeof(MapEntry));
    memory_.entries[nodes++] = {node->entries[0].virtual_page, node->page << kLocationPageShift, page_checksum(node)};
    if (++buffered_ == memory_.buffer_pages)
      if (Error error = flush_buffer(); error != Error::kNone) return error;
  }
  *count = nodes;
  return Error::kNone;
}

Error Writer::write_map(MapRoot* root) {
  *root = {0, 0, entry_count_, 0, 0};
  if (entry_count_ == 0) return Error::kNone;
  std::uint64_t count = entry_count_;
  do {
    if (Error error = write_level(root->height++, &count); error != Error::kNone) return error;
  } while (count > 1);
  root->page = memory_.entries[0].file_page();
  root->checksum = memory_.entries[0].checksum;
  return flush_buffer();
}

Error Writer::finish(const WorldInfo& info) {
  MapRoot root;
  if (Error error = write_map(&root); error != Error::kNone) return error;
  if (Error error = flush_buffer(); error != Error::kNone) return error;
  // Everything the superblock names must be safe before it says so.
  if (!device_.flush(device_.context)) return Error::kWriteFailed;

  auto* superblock = static_cast<Superblock*>(memory_.buffer);
  std::memset(superblock, 0, sizeof *superblock);
  superblock->abi_version = info.abi_version;
  superblock->sequence = 1;
  superblock->page_count = next_page_;
  std::memcpy(superblock->build_id, info.build_id, kBuildIdSize);
  Generation& generation = superblock->current;
  generation.number = 1;
  generation.created_ns = info.created_ns;
  generation.page_count = generation.pages_changed = world_pages_;
  generation.map = root;
  set_note(&generation, info.note, info.note_length);
  seal_superblock(superblock);
  std::memcpy(page_of(memory_.buffer, 1), superblock, sizeof *superblock);
  if (!device_.write(device_.context, 0, kSuperblockPages, superblock)) return Error::kWriteFailed;
  return device_.flush(device_.context) ? Error::kNone : Error::kWriteFailed;
}

}  // namespace perdure::store
