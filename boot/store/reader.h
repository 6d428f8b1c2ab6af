// Reads one generation of a world file: finds the superblock that counts, the generation that is asked for, and answers for any
// page of the world where its bytes are.
//
// Nothing is allocated: map nodes are kept in memory the caller hands in (`NodeCache`), verified once when they are
// read. A cache with as many slots as the map has nodes never reads a node twice; a few slots work too. The reader does
// not read or verify pages of the world: that is the pager's act, at first touch, with page_checksum() and the entry
// found here.
//
//   Reader reader(device, cache);
//   if (Error error = reader.open(); error != Error::kNone) ...
//   MapEntry entry;
//   if (reader.lookup(address / kPageSize, &entry) == Error::kNone && entry.page_count() != 0) ...
#pragma once

#include <cstddef>
#include <cstdint>

#include "boot/store/device.h"
#include "boot/store/error.h"
#include "boot/store/format.h"

namespace perdure::store {

// Memory for map nodes. `tags` must be zero at first. Slots are direct mapped by file page.
struct NodeCache {
  MapNode* nodes;
  std::uint64_t* tags;      // file page held by the slot, 0: none
  std::uint64_t slots;      // at least 1
};

// Pages that follow one another in the world and in the file and share their protection.
struct Run {
  std::uint64_t virtual_page;
  std::uint64_t file_page;   // 0 for a run of zeros
  std::uint64_t page_count;  // 0: the page is not part of the world
  std::uint32_t protection;
  bool zeros;
};

class Reader {
 public:
  Reader(const BlockDevice& device, const NodeCache& cache) : device_(device), cache_(cache) {}

  // Reads both superblocks and chooses; then turns to the generation of that number, 0 for the current one. Afterwards
  // superblock() and generation() are valid; used_fallback() tells that the other superblock is damaged, or the newest generation's
  // map is, so that this may not be the newest (someone should be told).
  [[nodiscard]] Error open(std::uint64_t number = 0);
  const Superblock& superblock() const { return superblock_; }
  const Generation& generation() const { return generation_; }
  bool used_fallback() const { return used_fallback_; }

  // Turns to another generation of the same file. `page_count` as in the superblock that names it.
  void move_to(const Generation& generation, std::uint64_t page_count);
  // The same for the current generation of a superblock that was written since, history() included.
  void follow(const Superblock& superblock);

  // The retained generations, the current one among them, by ascending number. `generations`: room for kMaxGenerations + 1.
  [[nodiscard]] Error history(Generation* generations, std::uint64_t* count);

  // The entry that covers a virtual page. A page outside the world is no error: entry->page_count() is then 0.
  [[nodiscard]] Error lookup(std::uint64_t virtual_page, MapEntry* entry);

  // All entries that touch [first, end), ascending, at most `capacity`. A zero run may begin before `first` and end
  // after `end`. To go on after a full buffer, call again from the last entry's end_page().
  [[nodiscard]] Error scan(std::uint64_t first, std::uint64_t end, MapEntry* entries, std::uint64_t capacity,
                           std::uint64_t* count);

  // The longest run that begins with `virtual_page`, at most `limit` pages (1..); its checksums go to `checksums` unless that
  // is null or the run is zeros.
  [[nodiscard]] Error run_from(std::uint64_t virtual_page, std::uint64_t limit, Run* run, std::uint64_t* checksums);

  // The nodes on the way to a page, from the root on; each holds the keys below next_key that are not before it. The leaf
  // is named but not read.
  struct PathStep {
    std::uint64_t page;
    std::uint64_t next_key;
  };
  [[nodiscard]] Error path_to(std::uint64_t virtual_page, PathStep* path, std::uint32_t* length);

 private:
  struct Leaf {
    const MapNode* node;       // null: no key is <= the page
    std::uint64_t next_key;    // least key of the leaf after it; ~0: this is the last
  };
  template <typename F>
  [[nodiscard]] Error for_each_retained(F visit);
  [[nodiscard]] Error read_node(const MapEntry& from, std::uint32_t level, const MapNode** node);
  [[nodiscard]] Error find_leaf(std::uint64_t virtual_page, Leaf* leaf);

  BlockDevice device_;
  NodeCache cache_;
  Superblock superblock_;
  Generation generation_;
  bool used_fallback_ = false;
};

// Index of the last entry whose key is <= the page; -1 if there is none. `node` holds at least one entry.
std::int32_t find_entry(const MapNode& node, std::uint64_t virtual_page);

// Whether a table page is one that a writer could have put there, but for the generations in it.
bool table_page_is_sound(const TablePage& table, std::uint64_t page, std::uint32_t index);

// Whether a node is one that a writer could have put there: magic, place, level, count, ascending keys.
bool node_is_sound(const MapNode& node, std::uint64_t page, std::uint32_t level);

}  // namespace perdure::store
