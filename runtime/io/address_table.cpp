#include "runtime/io/address_table.h"

#include "runtime/machine.h"

namespace perdure::runtime {

// Sixteen granules that lie together share a group of entries that lie together, in an order of that group's own: what is read or
// printed was mostly made in a row, and so finds its entries in the caches. An odd step comes by every entry, and the table is
// never full, so this ends.
AddressTable::Entry* AddressTable::entry_for(Value key) const {
  constexpr std::uint64_t kGroup = 16, kStep = kGroup + 1;
  Entry* entries = as<Block>(block_)->entries;
  const std::uint64_t granule = key.bits / kGranule;
  const std::uint64_t hash = granule / kGroup * 0x9e37'79b9'7f4a'7c15;
  for (std::uint64_t i = (hash >> 32) * kGroup + ((granule ^ hash >> 60) % kGroup);; i += kStep) {
    Entry* entry = entries + (i & (capacity_ - 1));
    if (entry->key == key || entry->key.bits == 0) return entry;
  }
}

std::uint64_t* AddressTable::find(Value key) const {
  if (capacity_ == 0) return nullptr;
  Entry* entry = entry_for(key);
  return entry->key.bits == 0 ? nullptr : &entry->word;
}

bool AddressTable::insert(Value key, std::uint64_t word) {
  if (count_ * 4 >= capacity_ * 3 && !grow()) return false;
  Entry* entry = entry_for(key);
  if (entry->key.bits == 0) ++count_;
  *entry = {key, word};
  return true;
}

bool AddressTable::grow() {
  const std::uint64_t old_capacity = capacity_;
  const Entry* old = old_capacity ? as<Block>(block_)->entries : nullptr;
  const std::uint64_t capacity = old_capacity ? old_capacity * 2 : 64;
  auto* fresh = static_cast<Block*>(allocate(sizeof(std::uint64_t) + capacity * sizeof(Entry), true));
  if (!fresh) return false;
  fresh->header = header(Type::kOpaque, capacity * sizeof(Entry) / sizeof(std::uint64_t));
  block_ = object_value(fresh);
  capacity_ = capacity;
  for (std::uint64_t i = 0; i < old_capacity; ++i)
    if (old[i].key.bits != 0) *entry_for(old[i].key) = old[i];
  return true;
}

}  // namespace perdure::runtime
