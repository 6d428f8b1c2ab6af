#include "boot/store/table.h"

#include <cstring>

#include "boot/store/checksum.h"
#include "boot/store/reader.h"
#include "boot/store/superblock.h"

namespace perdure::store {
namespace {

// Null: it is not what was written.
const TablePage* read_table_page(const BlockDevice& device, const TableEntry& entry, std::uint32_t index, void* scratch) {
  if (!device.read(device.context, entry.page, 1, scratch)) return nullptr;
  const auto* table = static_cast<const TablePage*>(scratch);
  return page_checksum(table) == entry.checksum && table_page_is_sound(*table, entry.page, index) ? table : nullptr;
}

}  // namespace

Error Table::load(const BlockDevice& device, const Superblock& superblock, void* scratch) {
  Error result = Error::kNone;
  std::memset(memory_->states, 0, sizeof memory_->states);
  std::memcpy(entries_, superblock.table, sizeof entries_);
  std::memset(dirty_, 0, sizeof dirty_);
  old_count_ = older_count_ = 0;
  for (std::uint32_t i = 0; i < kTablePages; ++i) {
    if (entries_[i].page == 0) continue;
    const TablePage* table = read_table_page(device, entries_[i], i, scratch);
    if (table == nullptr) {
      result = Error::kBadTable;
      dirty_[i] = true;
    }
    for (std::uint64_t k = 0; table != nullptr && k < kTableSlots; ++k) {
      const Generation& generation = table->slots[k];
      if (generation.number == 0) continue;
      if (!generation_is_sound(generation, superblock.page_count) || generation.number >= superblock.current.number) {
        result = Error::kBadTable;
        dirty_[i] = true;
        continue;
      }
      memory_->slots[i * kTableSlots + k] = generation;
      memory_->states[i * kTableSlots + k] = SlotState::kLive;
    }
  }
  return result;
}

void Table::load_older(const BlockDevice& device, const Superblock& older, std::uint64_t current, void* scratch) {
  const auto take = [&](const Generation& generation) {
    if (generation.number == current || find(generation.number) != nullptr) return;
    if (!generation_is_sound(generation, older.page_count)) return;
    for (std::uint64_t i = 0; i < kMaxGenerations; ++i) {
      if (memory_->states[i] != SlotState::kFree) continue;
      memory_->slots[i] = generation;
      memory_->states[i] = SlotState::kLeft;
      return;
    }
  };
  take(older.current);
  for (std::uint32_t i = 0; i < kTablePages; ++i) {
    const TableEntry& entry = older.table[i];
    if (entry.page == 0 || entry.page == entries_[i].page) continue;
    const TablePage* table = read_table_page(device, entry, i, scratch);
    if (table == nullptr) continue;
    older_pages_[older_count_++] = entry.page;
    for (const Generation& generation : table->slots)
      if (generation.number != 0) take(generation);
  }
}

void Table::count_pages(Space* space) const {
  for (const TableEntry& entry : entries_)
    if (entry.page != 0 && space->valid(entry.page)) space->add(entry.page);
  for (std::uint64_t i = 0; i < older_count_; ++i)
    if (space->valid(older_pages_[i])) space->add(older_pages_[i]);
}

Generation* Table::find(std::uint64_t number) {
  for (std::uint64_t i = 0; i < kMaxGenerations; ++i)
    if (memory_->states[i] == SlotState::kLive && memory_->slots[i].number == number) return &memory_->slots[i];
  return nullptr;
}

bool Table::add(const Generation& generation) {
  for (std::uint64_t i = 0; i < kMaxGenerations; ++i) {
    if (memory_->states[i] != SlotState::kFree) continue;
    memory_->slots[i] = generation;
    memory_->states[i] = SlotState::kLive;
    changed(&memory_->slots[i]);
    return true;
  }
  return false;
}

void Table::drop(Generation* generation) {
  memory_->states[generation - memory_->slots] = SlotState::kLeaving;
  changed(generation);
}

void Table::changed(const Generation* generation) { dirty_[static_cast<std::size_t>(generation - memory_->slots) / kTableSlots] = true; }

std::uint64_t Table::live_count() const {
  std::uint64_t count = 0;
  for (SlotState state : memory_->states) count += state == SlotState::kLive;
  return count;
}

// Every page there is, twice: the old ones are free only two superblocks later.
std::uint64_t Table::page_reserve() const {
  std::uint64_t pages = 1;
  for (const TableEntry& entry : entries_) pages += entry.page != 0;
  return 2 * pages;
}

Error Table::write(Output* output, Superblock* superblock) {
  for (std::uint32_t i = 0; i < kTablePages; ++i) {
    if (!dirty_[i]) continue;
    dirty_[i] = false;
    if (entries_[i].page != 0) old_pages_[old_count_++] = entries_[i].page;
    entries_[i] = {0, 0};
    std::uint64_t live = 0;
    for (std::uint64_t k = 0; k < kTableSlots; ++k) live += memory_->states[i * kTableSlots + k] == SlotState::kLive;
    if (live == 0) continue;
    void* memory = nullptr;
    if (Error error = output->take(&memory, &entries_[i].page); error != Error::kNone) return error;
    auto* table = static_cast<TablePage*>(memory);
    std::memset(table, 0, sizeof *table);
    table->magic = kTableMagic;
    table->index = i;
    table->page = entries_[i].page;
    for (std::uint64_t k = 0; k < kTableSlots; ++k)
      if (memory_->states[i * kTableSlots + k] == SlotState::kLive) table->slots[k] = memory_->slots[i * kTableSlots + k];
    entries_[i].checksum = page_checksum(table);
  }
  superblock->generation_count = live_count();
  std::memcpy(superblock->table, entries_, sizeof entries_);
  return Error::kNone;
}

}  // namespace perdure::store
