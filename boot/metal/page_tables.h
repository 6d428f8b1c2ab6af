// x86-64 page tables as a template over the memory they live in, so that a unit test can run them on an array and look at
// every write. Knows nothing of what the pages mean; TLB flushes are the caller's.
//
// Memory provides
//   std::uint64_t load(PhysicalAddress table, unsigned index) const;
//   void store(PhysicalAddress table, unsigned index, std::uint64_t entry);
//   PhysicalAddress allocate_table();      // 512 zero entries; {0} when there is no memory
//
// Invariants:
//   T1  A table is complete (zero, or a split copy of the large page before it) before an entry points to it, so that
//       the processor sees at every moment either the old mapping or the new one.
//   T2  Entries above the leaves allow everything but user access, or everything in tables that are made for ring 3; the leaf
//       alone decides. A reader who trusts nothing (audit, below) combines all levels all the same.
//   T3  Non-present leaf entries belong to the caller, all 63 bits of them.
// Source: Intel SDM volume 3, chapter 4.5.
#pragma once

#include <cstdint>

#include "boot/metal/layout.h"

namespace perdure::metal {

inline constexpr std::uint64_t kEntryPresent = 1;
inline constexpr std::uint64_t kEntryWritable = 2;
inline constexpr std::uint64_t kEntryUser = 4;
inline constexpr std::uint64_t kEntryWriteThrough = 8;
inline constexpr std::uint64_t kEntryCacheDisable = 16;
inline constexpr std::uint64_t kEntryAccessed = 32;
inline constexpr std::uint64_t kEntryDirty = 64;
inline constexpr std::uint64_t kEntryLarge = 128;
inline constexpr std::uint64_t kEntryNoExecute = std::uint64_t{1} << 63;
inline constexpr std::uint64_t kEntryAddress = 0x000f'ffff'ffff'f000;

// Pages come in three sizes: level 0 is 4 KiB, 1 is 2 MiB, 2 is 1 GiB.
constexpr std::uint64_t level_size(unsigned level) { return std::uint64_t{1} << (12 + 9 * level); }
constexpr unsigned level_index(std::uint64_t address, unsigned level) { return address >> (12 + 9 * level) & 511; }

// Addresses have 48 bits; bit 47 is copied upwards.
constexpr std::uint64_t canonical(std::uint64_t address) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(address << 16) >> 16);
}

struct Leaf {
  std::uint64_t entry = 0;
  unsigned level = 0;
};

// What the processor would allow for an address, all levels taken together.
struct Rights {
  bool present = false, writable = false, executable = false, user = false;
};

template <class Memory>
class PageTables {
 public:
  constexpr PageTables(Memory& memory, PhysicalAddress root, bool for_user = false)
      : memory_(&memory), root_(root), inner_(kEntryPresent | kEntryWritable | (for_user ? kEntryUser : 0)) {}
  PhysicalAddress root() const { return root_; }

  // The leaf entry that covers an address; zero where there is no table.
  Leaf find(std::uint64_t address) const {
    PhysicalAddress table = root_;
    for (unsigned level = 3;; --level) {
      const std::uint64_t entry = memory_->load(table, level_index(address, level));
      if (is_leaf(entry, level) || !(entry & kEntryPresent)) return {entry, level};
      table = table_of(entry);
    }
  }

  // Sets one leaf, making the tables above it; a large page in the way is an error of the caller unless `level` is
  // larger. False: no memory for a table, and nothing changed.
  [[nodiscard]] bool set(std::uint64_t address, unsigned level, std::uint64_t entry) {
    PhysicalAddress table = root_;
    for (unsigned above = 3; above > level; --above)
      if (!descend(&table, address, above)) return false;
    memory_->store(table, level_index(address, level), entry);
    return true;
  }

  // Replaces each 4 KiB leaf e of `count` pages by change(address, e). With `create` the tables are made as needed;
  // without it, pages that have no table are passed over. False: out of memory part of the way.
  template <class Change>
  [[nodiscard]] bool update(std::uint64_t address, std::uint64_t count, bool create, Change change) {
    const std::uint64_t end = address + count * kPageSize;
    while (address < end) {
      const std::uint64_t table_end = round_down(address, level_size(1)) + level_size(1);
      const std::uint64_t stop = table_end < end ? table_end : end;
      PhysicalAddress table = create ? leaf_table(address) : existing_leaf_table(address);
      if (!table.value && create) return false;
      if (table.value)
        for (; address < stop; address += kPageSize) update_entry(table, address, change);
      address = stop;
    }
    return true;
  }

  // The table that held the leaf asked for last: most often the next one's too.
  struct LeafTable {
    std::uint64_t region = ~std::uint64_t{0};
    PhysicalAddress table{0};
  };
  // Replaces the 4 KiB leaf e of one page, if there is a table for it, by change(address, e).
  template <class Change>
  void update_one(std::uint64_t address, LeafTable* last, Change change) {
    const std::uint64_t region = round_down(address, level_size(1));
    if (region != last->region) *last = {region, existing_leaf_table(address)};
    if (last->table.value) update_entry(last->table, address, change);
  }

  // Replaces each 4 KiB leaf e of [start, end) that has a table by change(address, e). The range is of whole top-level entries.
  template <class Change>
  void update_all(std::uint64_t start, std::uint64_t end, Change change) {
    for (std::uint64_t at = start; at < end; at += level_size(3)) {
      const std::uint64_t entry = memory_->load(root_, level_index(at, 3));
      if (entry & kEntryPresent) update_below(table_of(entry), 2, at, change);
    }
  }

  // Calls visit(first address, leaf entry, level, rights) for each present leaf.
  template <class Visit>
  void for_each_present(Visit visit) const {
    walk(root_, 3, 0, {true, true, true, true}, visit);
  }

  Rights rights(std::uint64_t address) const {
    Rights all{true, true, true, true};
    PhysicalAddress table = root_;
    for (unsigned level = 3;; --level) {
      const std::uint64_t entry = memory_->load(table, level_index(address, level));
      all = combine(all, entry);
      if (!all.present || is_leaf(entry, level)) return all;
      table = table_of(entry);
    }
  }

 private:
  static bool is_leaf(std::uint64_t entry, unsigned level) {
    return level == 0 || ((entry & kEntryPresent) && (entry & kEntryLarge));
  }
  static PhysicalAddress table_of(std::uint64_t entry) { return {entry & kEntryAddress}; }

  static Rights combine(Rights above, std::uint64_t entry) {
    if (!(entry & kEntryPresent)) return {};
    return {true, above.writable && (entry & kEntryWritable), above.executable && !(entry & kEntryNoExecute),
            above.user && (entry & kEntryUser)};
  }

  bool descend(PhysicalAddress* table, std::uint64_t address, unsigned level) {
    const unsigned index = level_index(address, level);
    const std::uint64_t entry = memory_->load(*table, index);
    if (entry & kEntryPresent) {
      *table = table_of(entry);
      return !(entry & kEntryLarge);
    }
    const PhysicalAddress made = memory_->allocate_table();
    if (!made.value) return false;
    memory_->store(*table, index, made.value | inner_);
    *table = made;
    return true;
  }

  PhysicalAddress leaf_table(std::uint64_t address) {
    PhysicalAddress table = root_;
    for (unsigned level = 3; level > 0; --level)
      if (!descend(&table, address, level)) return {0};
    return table;
  }

  PhysicalAddress existing_leaf_table(std::uint64_t address) const {
    PhysicalAddress table = root_;
    for (unsigned level = 3; level > 0; --level) {
      const std::uint64_t entry = memory_->load(table, level_index(address, level));
      if (!(entry & kEntryPresent) || (entry & kEntryLarge)) return {0};
      table = table_of(entry);
    }
    return table;
  }

  template <class Change>
  void update_entry(PhysicalAddress table, std::uint64_t address, Change& change) {
    const unsigned index = level_index(address, 0);
    const std::uint64_t before = memory_->load(table, index);
    const std::uint64_t after = change(address, before);
    if (after != before) memory_->store(table, index, after);
  }

  template <class Change>
  void update_below(PhysicalAddress table, unsigned level, std::uint64_t base, Change& change) {
    for (unsigned index = 0; index < 512; ++index) {
      const std::uint64_t address = base + index * level_size(level);
      const std::uint64_t entry = memory_->load(table, index);
      if (level == 0) update_entry(table, address, change);
      else if ((entry & kEntryPresent) && !(entry & kEntryLarge)) update_below(table_of(entry), level - 1, address, change);
    }
  }

  template <class Visit>
  void walk(PhysicalAddress table, unsigned level, std::uint64_t base, Rights above, Visit& visit) const {
    for (unsigned index = 0; index < 512; ++index) {
      const std::uint64_t entry = memory_->load(table, index);
      if (!(entry & kEntryPresent)) continue;
      const std::uint64_t address = canonical(base + index * level_size(level));
      const Rights here = combine(above, entry);
      if (is_leaf(entry, level)) visit(address, entry, level, here);
      else walk(table_of(entry), level - 1, address, here, visit);
    }
  }

  Memory* memory_;
  PhysicalAddress root_;
  std::uint64_t inner_;
};

// The W^X check: every present page of the tables, no exception. A page that could be written and executed fails; so does
// one that is executable or writable for user code before there is any.
struct AuditResult {
  std::uint64_t pages = 0;               // leaves looked at
  std::uint64_t violations = 0;
  std::uint64_t first_violation = 0;     // its address
};

template <class Memory>
AuditResult audit(const PageTables<Memory>& tables) {
  AuditResult result;
  tables.for_each_present([&](std::uint64_t address, std::uint64_t, unsigned, Rights rights) {
    ++result.pages;
    if ((rights.writable && rights.executable) || rights.user) {
      if (result.violations++ == 0) result.first_violation = address;
    }
  });
  return result;
}

}  // namespace perdure::metal
