// A world file opened for writing: new generations, retained ones, free space.
//
// A generation is made of the pages that changed since the current one:
//
//   Store store(device, memory);
//   store.open();
//   store.begin(note, length, now);
//   store.write_pages(page, bytes, count, protection);  ...   each page at most once, in any order
//   store.write_zeros(page, count, protection);  store.remove(page, count);  ...
//   store.commit(&number);
//
// Pages and nodes of the map go to free places as the calls come. commit() writes the rest, flushes, writes the superblock,
// flushes. Until the second flush is done the file is what it was; a failure at any point leaves it so, and abandon() makes the store
// usable again. No page that one of the
// two superblocks leads to is ever written over.
//
// A call works as long as the device takes plus a time in proportion to the pages that changed, whatever the size of the world. Calls
// may come from any thread, one at a time; nothing is kept of the caller's memory, and nothing is allocated.
//
// Room: generations that are not kept are dropped as they age (retention.h), and from the oldest on when the device is full. What
// they alone held is used again two superblocks later.
#pragma once

#include <cstdint>

#include "boot/store/map_editor.h"
#include "boot/store/output.h"
#include "boot/store/page_digest.h"
#include "boot/store/space.h"
#include "boot/store/table.h"

namespace perdure::store {

struct StoreMemory {
  std::uint16_t* counts;        // zero at first, one for each page the file may grow to
  std::uint64_t counts_capacity;
  TableMemory* table;
  MapEntry* changes;            // as many changes as are merged at a time; more make fewer, larger merges
  std::uint64_t changes_capacity;   // at least 1
  void* buffer;                 // page aligned: what one write takes at most
  std::uint64_t buffer_pages;   // at least 1
  void* scratch;                // page aligned, Store::kScratchPages
};

class Store {
 public:
  static constexpr std::uint64_t kScratchPages = MapEditor::kScratchPages + kMaxMapHeight;
  static constexpr std::uint64_t kMostKept = 512;   // generations kept for ever

  Store(const BlockDevice& device, const StoreMemory& memory);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Reads superblocks, table and all maps, to know what is free.
  [[nodiscard]] Error open();
  bool used_fallback() const { return used_fallback_; }
  // How many nodes and table pages open() found damaged: older generations miss pages, or are lost. New ones are not concerned.
  std::uint64_t damaged_nodes() const { return damaged_nodes_; }
  const Generation& current() const { return superblock_.current; }
  const Superblock& superblock() const { return superblock_; }
  std::uint64_t free_pages() const { return space_.available(); }
  std::uint64_t used_pages() const { return space_.used(); }

  [[nodiscard]] Error begin(const char* note, std::uint64_t note_length, std::int64_t time_ns);
  [[nodiscard]] Error write_pages(std::uint64_t virtual_page, const void* pages, std::uint64_t count, std::uint32_t protection);
  // The same for one page, of which the digest is known.
  [[nodiscard]] Error write_page(std::uint64_t virtual_page, const void* page, const PageDigest& digest, std::uint32_t protection);
  [[nodiscard]] Error write_zeros(std::uint64_t virtual_page, std::uint64_t count, std::uint32_t protection);
  [[nodiscard]] Error remove(std::uint64_t virtual_page, std::uint64_t count);
  [[nodiscard]] Error commit(std::uint64_t* number);
  // Forgets a generation that was begun, or a call that failed: the same as open().
  [[nodiscard]] Error abandon();

  // A new generation with the contents of an older one. The ones in between stay, until room is needed.
  [[nodiscard]] Error rollback(std::uint64_t number, const char* note, std::uint64_t note_length, std::int64_t time_ns,
                               std::uint64_t* made);
  // Whether a generation is kept for ever.
  [[nodiscard]] Error keep(std::uint64_t number, bool kept);
  // The retained generations, the current one among them, by ascending number. Room for kMaxGenerations + 1.
  void history(Generation* generations, std::uint64_t* count);

 private:
  void count_tree(std::uint64_t page, std::uint64_t checksum, std::uint32_t level);
  void release_tree(std::uint64_t page, std::uint64_t checksum, std::uint32_t level);
  void release(const MapRoot& map);
  void count_older_superblock();
  [[nodiscard]] Error add_change(const MapEntry& change);
  [[nodiscard]] Error merge_changes();
  [[nodiscard]] Error commit_as(const Generation& generation);
  [[nodiscard]] Error write_superblock(const Generation& current);
  bool make_room();
  void thin_out(std::uint64_t newest);
  MapNode* walk_node(std::uint32_t level) { return static_cast<MapNode*>(memory_.scratch) + MapEditor::kScratchPages + level; }

  BlockDevice device_;
  StoreMemory memory_;
  Space space_;
  Output output_;
  MapEditor editor_;
  Table table_;
  Superblock superblock_;
  bool opened_ = false;
  bool used_fallback_ = false;
  std::uint64_t damaged_nodes_ = 0;

  // The generation that was begun.
  bool begun_ = false;
  bool owns_map_ = false;         // its map is not the current one's any more
  Generation next_ = {};
  std::uint64_t change_count_ = 0;
};

}  // namespace perdure::store
