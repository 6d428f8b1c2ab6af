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

// Both are read even when the first is good: only together do they tell which is newer.
Error Reader::open() {
  const std::uint64_t device_pages = device_.page_count(device_.context);
  if (device_pages == 0) return Error::kNotAWorld;
  Error errors[kSuperblockPages];
  Superblock* other = reinterpret_cast<Superblock*>(&cache_.nodes[0]);  // a slot serves as scratch, and is empty after
  cache_.tags[0] = 0;
  if (!device_.read(device_.context, 0, 1, &superblock_)) return Error::kReadFailed;
  errors[0] = check_superblock(superblock_, device_pages);
  if (device_pages == 1) return errors[0] == Error::kNone ? Error::kTruncated : errors[0];
  if (!device_.read(device_.context, 1, 1, other)) return Error::kReadFailed;
  errors[1] = check_superblock(*other, device_pages);

  used_fallback_ = (errors[0] == Error::kNone) != (errors[1] == Error::kNone);
  if (errors[0] == Error::kNone && errors[1] == Error::kNone) {
    if (other->generation > superblock_.generation) std::memcpy(&superblock_, other, sizeof superblock_);
    return Error::kNone;
  }
  if (errors[0] == Error::kNone) return Error::kNone;
  if (errors[1] == Error::kNone || errors[0] == Error::kNotAWorld) {
    std::memcpy(&superblock_, other, sizeof superblock_);
    return errors[1];
  }
  // Two kinds of trouble: the one that says more. (A torn newer superblock over an older format is still damage.)
  return errors[0] == Error::kBadSuperblock && errors[1] != Error::kNotAWorld ? errors[1] : errors[0];
}

Error Reader::read_node(const MapEntry& from, std::uint32_t level, const MapNode** node) {
  const std::uint64_t page = from.file_page();
  if (page < kSuperblockPages || page >= superblock_.page_count) return Error::kBadNode;
  const std::uint64_t slot = page % cache_.slots;
  MapNode* held = &cache_.nodes[slot];
  if (cache_.tags[slot] != page) {
    cache_.tags[slot] = 0;
    if (!device_.read(device_.context, page, 1, held)) return Error::kReadFailed;
    if (page_checksum(held) != from.checksum) return Error::kBadNode;
    cache_.tags[slot] = page;
  }
  // Checked also for a node in the cache: a map that names a node twice, at two levels, is damage too.
  if (!node_is_sound(*held, page, level)) return Error::kBadNode;
  *node = held;
  return Error::kNone;
}

Error Reader::find_leaf(std::uint64_t virtual_page, Leaf* leaf) {
  *leaf = {nullptr, ~std::uint64_t{0}};
  const MapRoot& map = superblock_.map;
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
