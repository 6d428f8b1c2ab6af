// The inside of hash tables, shared by the table itself and its primitives.
#pragma once

#include "runtime/data/hash_table.h"

namespace perdure::runtime {

// Words of an entry (T1).
enum EntryWord : std::uint64_t { kKey, kValue, kHash, kEntryWords };

inline std::uint64_t count_of(const HashTable* t) { return static_cast<std::uint64_t>(fixnum_value(t->count)); }
inline std::uint64_t used_of(const HashTable* t) { return static_cast<std::uint64_t>(fixnum_value(t->used)); }
inline Value* entry_of(const HashTable* t, std::uint64_t number) { return as<Vector>(t->entries)->slots + number * kEntryWords; }

struct Lookup {
  Value* entry;        // null: not there
  std::uint64_t hash;
  bool failed;         // a condition is pending
};
Lookup find_entry(HashTable* t, Value key);

// False with a pending condition.
[[nodiscard]] bool delete_entry(HashTable* t, Value key);
[[nodiscard]] bool clear_entries(HashTable* t);
// The newest live entry; null: there is none. Deleted ones behind it are given up, so that taking out one after the other
// costs constant time each.
Value* newest_entry(HashTable* t);

}  // namespace perdure::runtime
