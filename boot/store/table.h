// The table of retained generations in memory, and the way it gets to the file.
//
// A generation that is dropped goes on being read-only for a while: the older superblock still leads to it, and has to
// be good until a newer one is safe. So a slot passes through these states, one step with each superblock written:
//
//   free -> live -> leaving -> left -> free
//           drop()   |          |
//                    |          neither superblock names it: its pages can be had
//                    the superblock about to be written does not name it
//
// The same holds for the pages that held an older version of the table.
#pragma once

#include <cstdint>

#include "boot/store/device.h"
#include "boot/store/error.h"
#include "boot/store/format.h"
#include "boot/store/output.h"

namespace perdure::store {

enum class SlotState : std::uint8_t { kFree, kLive, kLeaving, kLeft };

struct TableMemory {
  Generation slots[kMaxGenerations];
  SlotState states[kMaxGenerations];
};

class Table {
 public:
  explicit Table(TableMemory* memory) : memory_(memory) {}

  // Reads the table of the superblock that counts. `scratch`: a page. A page that is damaged is an error; its
  // generations are lost, the others are there, and the next table written is whole.
  [[nodiscard]] Error load(const BlockDevice& device, const Superblock& superblock, void* scratch);
  // Adds what only the older superblock still names, as having left.
  void load_older(const BlockDevice& device, const Superblock& older, std::uint64_t current, void* scratch);
  // Takes the pages of the table.
  void count_pages(Space* space) const;

  Generation* find(std::uint64_t number);              // a live one, or null
  [[nodiscard]] bool add(const Generation& generation);    // false: no slot is free
  void drop(Generation* generation);
  void changed(const Generation* generation);          // its page has to be written
  std::uint64_t live_count() const;
  std::uint64_t page_reserve() const;                  // file pages that write() may need

  // Puts the pages that have changed to new places, and into the superblock.
  [[nodiscard]] Error write(Output* output, Superblock* superblock);
  // After that superblock is safe: each step above is done. Calls release(map) for what neither names now.
  template <typename F>
  void written(Space* space, F release) {
    for (std::uint64_t i = 0; i < older_count_; ++i) space->drop(older_pages_[i]);
    older_count_ = old_count_;
    old_count_ = 0;
    for (std::uint64_t i = 0; i < older_count_; ++i) older_pages_[i] = old_pages_[i];
    for (std::uint64_t i = 0; i < kMaxGenerations; ++i) {
      SlotState& state = memory_->states[i];
      if (state == SlotState::kLeft) {
        release(memory_->slots[i].map);
        state = SlotState::kFree;
      } else if (state == SlotState::kLeaving) {
        state = SlotState::kLeft;
      }
    }
  }
  // f(slot, state) for all that are not free.
  template <typename F>
  void for_each(F f) {
    for (std::uint64_t i = 0; i < kMaxGenerations; ++i)
      if (memory_->states[i] != SlotState::kFree) f(memory_->slots[i], memory_->states[i]);
  }

 private:
  TableMemory* memory_;
  TableEntry entries_[kTablePages] = {};
  bool dirty_[kTablePages] = {};
  std::uint64_t old_pages_[kTablePages] = {}, older_pages_[2 * kTablePages] = {};   // as leaving, left
  std::uint64_t old_count_ = 0, older_count_ = 0;
};

}  // namespace perdure::store
