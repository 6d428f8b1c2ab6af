// The inside of hash tables, shared by the table itself and its primitives.
#pragma once

#include "runtime/data/hash_table.h"

namespace perdure::runtime {

// Words of an entry (T1).
enum EntryWord : std::uint64_t { kKey, kValue, kEntryWords };

// Of the index (T2).
struct Slot {
  std::uint32_t entry;
  std::uint32_t hash;
};
inline constexpr std::uint32_t kDropped = ~std::uint32_t{0};

// Of hashes, and of the steps in which a hash is looked for.
inline constexpr std::uint64_t kHashFactor = 0x9e37'79b9'7f4a'7c15;
inline constexpr std::uint32_t kFixnumHashFactor = 0x9e37'79b1;

inline std::uint64_t count_of(const HashTable* t) { return static_cast<std::uint64_t>(fixnum_value(t->count)); }
inline std::uint64_t used_of(const HashTable* t) { return static_cast<std::uint64_t>(fixnum_value(t->used)); }
inline Value* entry_of(const HashTable* t, std::uint64_t number) { return as<Vector>(t->entries)->slots + number * kEntryWords; }

struct Lookup {
  Value* entry;   // null: not there, or a condition is pending
  bool failed;
};
std::uint32_t hash_key(const HashTable* t, Value key);
Lookup find_entry(const HashTable* t, Value key, std::uint32_t hash);
inline Lookup find_entry(const HashTable* t, Value key) { return find_entry(t, key, hash_key(t, key)); }

// False with a pending condition.
[[nodiscard]] bool delete_entry(HashTable* t, Value key);
[[nodiscard]] bool clear_entries(HashTable* t);
// The newest live entry; null: there is none. Deleted ones behind it are given up, so that taking out one after the other
// costs constant time each.
Value* newest_entry(HashTable* t);

}  // namespace perdure::runtime
