// Makes a new page map from an old one and a list of changes, without touching the old one: nodes on the way to a
// change are written anew, all others are shared.
//
// References (space.h): a new node is born with one, which goes to the node or root that names it; so do those of the new
// pages among the changes. What a new node keeps of an old one gets one more.
#pragma once

#include <cstdint>

#include "boot/store/device.h"
#include "boot/store/error.h"
#include "boot/store/format.h"
#include "boot/store/output.h"

namespace perdure::store {

// A change is a MapEntry: a page, a run of zeros, or with this bit a run of pages that leave the world (`checksum` is
// their number). The bit never reaches a file.
inline constexpr std::uint64_t kLocationGone = 16;

class MapEditor {
 public:
  // `scratch`: page aligned, kScratchPages.
  static constexpr std::uint64_t kScratchPages = kMaxMapHeight + 2 * (kMaxMapHeight + 1);
  MapEditor(const BlockDevice& device, Space* space, Output* output, void* scratch);

  // `changes` ascend and do not overlap. *page_count is that of the old world, and becomes that of the new one. After an error
  // references are missing: all have to be counted anew.
  [[nodiscard]] Error apply(const MapRoot& old, const MapEntry* changes, std::uint64_t count, MapRoot* result,
                            std::uint64_t* page_count);

 private:
  // What is left of a node or of the list of changes: a run may be used up in pieces.
  struct Source {
    const MapEntry* next;
    const MapEntry* end;
    std::uint64_t from;       // pages of *next below it are used up
    bool empty() const { return next == end; }
    std::uint64_t start() const { return next->virtual_page > from ? next->virtual_page : from; }
    MapEntry piece(std::uint64_t until) const;
    void skip_to(std::uint64_t page);
  };

  [[nodiscard]] Error edit(const MapEntry& from, std::uint32_t level, std::uint64_t end);
  [[nodiscard]] Error edit_leaf(const MapEntry* entries, std::uint32_t count, std::uint64_t end);
  [[nodiscard]] Error keep_child(const MapEntry& child, std::uint32_t level);
  [[nodiscard]] Error append(std::uint32_t level, const MapEntry& entry, bool is_new);
  [[nodiscard]] Error emit(std::uint32_t level, std::uint64_t count);
  [[nodiscard]] Error close(std::uint32_t level);
  [[nodiscard]] Error finish(MapRoot* result);
  bool changes_before(std::uint64_t page) const;
  MapNode* input(std::uint32_t level) { return scratch_ + level; }
  MapEntry* pending(std::uint32_t level) { return reinterpret_cast<MapEntry*>(scratch_ + kMaxMapHeight + 2 * level); }

  BlockDevice device_;
  Space* space_;
  Output* output_;
  MapNode* scratch_;
  Source changes_ = {};
  std::uint64_t pending_count_[kMaxMapHeight + 1] = {};   // entries of nodes to come
  std::uint64_t entry_count_ = 0;
  std::uint64_t page_count_ = 0;
};

}  // namespace perdure::store
