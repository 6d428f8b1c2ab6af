#include "boot/store/reader.h"

#include <cstring>

#include "boot/store/checksum.h"
#include "boot/store/superblock.h"

namespace perdure::store {

std::int32_t find_entry(const MapNode& node, std::uint64_t virtual_page) {
  std::int32_t low = 0, high = node.count;  // the answer is in [low - 1, high - 1]
  while (low < high) {
    const std::int32_t middle = (low + high) / 2;
    if (node.entries[middle].virtual_page <= virtual_page) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}

bool node_is_sound(const MapNode& node, std::uint64_t page, std::uint32_t level) {
  if (node.magic != kNodeMagic || node.page != page || node.level != level) return false;
  if (node.count == 0 || node.count > kNodeEntries) return false;
  for (std::uint32_t i = 1; i < node.count; ++i)
    if (node.entries[i - 1].virtual_page >= node.entries[i].virtual_page) return false;
  return true;
}

bool table_page_is_sound(const TablePage& table, std::uint64_t page, std::uint32_t index) {
  if (table.magic != kTableMagic || table.page != page || table.index != index) return false;
  for (std::uint8_t byte : table.padding)
    if (byte != 0) return false;
  return true;
}

Error Reader::open(std::uint64_t number) {
  cache_.tags[0] = 0;   // its slot serves as scratch
  if (Error error = choose_superblock(device_, &superblock_, &cache_.nodes[0], &used_fallback_); error != Error::kNone) return error;
  generation_ = superblock_.current;
  if (number == 0 || number == generation_.number) return Error::kNone;
  bool found = false;
  const Error error = for_each_retained([&](const Generation& generation) {
    if (generation.number == number) generation_ = generation;
    found |= generation.number == number;
  });
  if (found) return Error::kNone;
  return error != Error::kNone ? error : Error::kNoGeneration;
}

void Reader::move_to(const Generation& generation, std::uint64_t page_count) {
  generation_ = generation;
  superblock_.page_count = page_count;
  std::memset(cache_.tags, 0, cache_.slots * sizeof *cache_.tags);   // freed nodes may have been written over
}

void Reader::follow(const Superblock& superblock) {
  superblock_ = superblock;
  move_to(superblock.current, superblock.page_count);
}

// Goes on after a damaged page of the table, but answers so.
template <typename F>
Error Reader::for_each_retained(F visit) {
  Error result = Error::kNone;
  for (std::uint32_t i = 0; i < kTablePages; ++i) {
    const TableEntry& entry = superblock_.table[i];
    if (entry.page == 0) continue;
    cache_.tags[0] = 0;
    const auto& table = reinterpret_cast<const TablePage&>(cache_.nodes[0]);
    if (!device_.read(device_.context, entry.page, 1, &cache_.nodes[0])) return Error::kReadFailed;
    if (page_checksum(&table) != entry.checksum || !table_page_is_sound(table, entry.page, i)) {
      result = Error::kBadTable;
      continue;
    }
    for (const Generation& generation : table.slots) {
      if (generation.number == 0) continue;
      if (generation_is_sound(generation, superblock_.page_count)) visit(generation);
      else result = Error::kBadTable;
    }
  }
  return result;
}

Error Reader::history(Generation* generations, std::uint64_t* count) {
  *count = 0;
  const auto insert = [&](const Generation& generation) {
    std::uint64_t at = (*count)++;
    for (; at > 0 && generations[at - 1].number > generation.number; --at) generations[at] = generations[at - 1];
    generations[at] = generation;
  };
  const Error error = for_each_retained(insert);
  insert(superblock_.current);
  return error;
}

Error Reader::read_node(const MapEntry& from, std::uint32_t level, const MapNode** node) {
  const std::uint64_t page = from.file_page();
  if (page < kSuperblockPages || page >= superblock_.page_count) return Error::kBadNode;
  const std::uint64_t slot = page % cache_.slots;
  MapNode* held = &cache_.nodes[slot];
  if (cache_.tags[slot] != page) {
    cache_.tags[slot] = 0;
    if (!device_.read(device_.context, page, 1, held)) return Error::kReadFailed;
    if (page_checksum(held) != from.checksum || !node_is_sound(*held, page, level)) return Error::kBadNode;
    cache_.tags[slot] = page;
  }
  if (held->level != level) return Error::kBadNode;      // a map that names a node twice, at two levels, is damage too
  *node = held;
  return Error::kNone;
}

Error Reader::path_to(std::uint64_t virtual_page, PathStep* path, std::uint32_t* length) {
  *length = 0;
  const MapRoot& map = generation_.map;
  MapEntry at = {0, map.page << kLocationPageShift, map.checksum};
  std::uint64_t next_key = ~std::uint64_t{0};
  for (std::uint32_t level = map.height; level-- > 0;) {
    path[(*length)++] = {at.file_page(), next_key};
    if (level == 0) break;
    const MapNode* node = nullptr;
    if (Error error = read_node(at, level, &node); error != Error::kNone) return error;
    const std::int32_t index = find_entry(*node, virtual_page);
    if (index + 1 < node->count) next_key = node->entries[index + 1].virtual_page;
    if (index < 0) break;
    at = node->entries[index];
  }
  return Error::kNone;
}

Error Reader::find_leaf(std::uint64_t virtual_page, Leaf* leaf) {
  *leaf = {nullptr, ~std::uint64_t{0}};
  const MapRoot& map = generation_.map;
  if (map.height == 0) return Error::kNone;
  MapEntry at = {0, map.page << kLocationPageShift, map.checksum};
  for (std::uint32_t level = map.height; level-- > 0;) {
    const MapNode* node = nullptr;
    if (Error error = read_node(at, level, &node); error != Error::kNone) return error;
    if (level == 0) {
      leaf->node = node;
      return Error::kNone;
    }
    const std::int32_t index = find_entry(*node, virtual_page);
    if (index + 1 < node->count) leaf->next_key = node->entries[index + 1].virtual_page;
    if (index < 0) return Error::kNone;
    at = node->entries[index];
  }
  return Error::kBadNode;
}

Error Reader::lookup(std::uint64_t virtual_page, MapEntry* entry) {
  *entry = {virtual_page, kLocationZeroRun, 0};
  Leaf leaf;
  if (Error error = find_leaf(virtual_page, &leaf); error != Error::kNone) return error;
  if (leaf.node == nullptr) return Error::kNone;
  const std::int32_t index = find_entry(*leaf.node, virtual_page);
  if (index >= 0 && virtual_page < leaf.node->entries[index].end_page()) *entry = leaf.node->entries[index];
  return Error::kNone;
}

Error Reader::scan(std::uint64_t first, std::uint64_t end, MapEntry* entries, std::uint64_t capacity,
                   std::uint64_t* count) {
  *count = 0;
  for (std::uint64_t key = first; key < end && *count < capacity;) {
    Leaf leaf;
    if (Error error = find_leaf(key, &leaf); error != Error::kNone) return error;
    std::int32_t index = leaf.node != nullptr ? find_entry(*leaf.node, key) : 0;
    if (index < 0 || (leaf.node != nullptr && leaf.node->entries[index].end_page() <= key)) ++index;
    for (; leaf.node != nullptr && index < leaf.node->count && *count < capacity; ++index) {
      if (leaf.node->entries[index].virtual_page >= end) return Error::kNone;
      entries[(*count)++] = leaf.node->entries[index];
    }
    key = leaf.next_key;
  }
  return Error::kNone;
}

Error Reader::run_from(std::uint64_t virtual_page, std::uint64_t limit, Run* run, std::uint64_t* checksums) {
  *run = {virtual_page, 0, 0, 0, false};
  while (run->page_count < limit) {
    const std::uint64_t page = virtual_page + run->page_count;
    Leaf leaf;
    if (Error error = find_leaf(page, &leaf); error != Error::kNone) return error;
    std::int32_t index = leaf.node != nullptr ? find_entry(*leaf.node, page) : -1;
    if (index < 0 || leaf.node->entries[index].end_page() <= page) return Error::kNone;
    for (; index < leaf.node->count && run->page_count < limit; ++index) {
      const MapEntry& entry = leaf.node->entries[index];
      if (run->page_count == 0) {
        const std::uint64_t pages = entry.end_page() - page;
        *run = {virtual_page, entry.file_page(), pages < limit ? pages : limit, entry.protection(), entry.is_zero_run()};
        if (run->zeros) return Error::kNone;
        if (checksums != nullptr) checksums[0] = entry.checksum;
        continue;
      }
      if (entry.is_zero_run() || entry.protection() != run->protection ||
          entry.virtual_page != virtual_page + run->page_count || entry.file_page() != run->file_page + run->page_count)
        return Error::kNone;
      if (checksums != nullptr) checksums[run->page_count] = entry.checksum;
      ++run->page_count;
    }
  }
  return Error::kNone;
}

}  // namespace perdure::store
