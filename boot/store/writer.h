// Writes a complete world file in one piece: pages first, then the map, a flush, and last the superblock.
//
// Until finish() has answered kNone the target holds no valid superblock, so an interrupted write is never taken for
// a world. Nothing is allocated; the caller hands in the memory:
//   entries   one per page that may turn out not to be zero, and one per run of zeros between them: `capacity` of at least the
//             number of pages handed to add_pages() is always enough
//   buffer    page aligned, `buffer_pages` >= 2: pages are copied here before they are summed and written, so that a page that
//             changes under way (a stack, an event page) is still whole in the file; more pages mean larger writes
#pragma once

#include <cstdint>

#include "boot/store/device.h"
#include "boot/store/error.h"
#include "boot/store/format.h"

namespace perdure::store {

struct WriterMemory {
  MapEntry* entries;
  std::uint64_t capacity;
  void* buffer;
  std::uint64_t buffer_pages;
};

// What the superblock says about the world.
struct WorldInfo {
  std::uint32_t abi_version;
  std::int64_t created_ns;
  const char* build_id;          // kBuildIdSize bytes, zero padded
  const char* note;
  std::uint64_t note_length;     // cut at kNoteSize
};

bool page_is_zero(const void* page);

// Cut at kNoteSize.
void set_note(Generation* generation, const char* note, std::uint64_t length);

class Writer {
 public:
  Writer(const BlockDevice& device, const WriterMemory& memory) : device_(device), memory_(memory) {}

  // Wipes what the target may still carry as superblocks; flushes that, unless the target is empty.
  [[nodiscard]] Error begin();
  // `pages` holds page_count pages for the addresses from virtual_page on; calls ascend by address. Pages of zeros
  // are recorded, not written.
  [[nodiscard]] Error add_pages(std::uint64_t virtual_page, const void* pages, std::uint64_t page_count,
                                std::uint32_t protection);
  // The same for pages known to be zero, without looking at them.
  [[nodiscard]] Error add_zeros(std::uint64_t virtual_page, std::uint64_t page_count, std::uint32_t protection);
  [[nodiscard]] Error finish(const WorldInfo& info);

  std::uint64_t pages_written() const { return next_page_ + buffered_; }

 private:
  [[nodiscard]] Error add_entry(const MapEntry& entry);
  [[nodiscard]] Error flush_buffer();
  [[nodiscard]] Error write_level(std::uint32_t level, std::uint64_t* count);
  [[nodiscard]] Error write_map(MapRoot* root);

  BlockDevice device_;
  WriterMemory memory_;
  std::uint64_t entry_count_ = 0;
  std::uint64_t next_page_ = kSuperblockPages;  // file page of the first page in the buffer
  std::uint64_t buffered_ = 0;
  std::uint64_t world_pages_ = 0;
  std::uint64_t last_end_ = 0;                  // virtual page after the last one added
};

}  // namespace perdure::store
