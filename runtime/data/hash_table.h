// Hash tables with the four equivalences that C++ knows: eq, eqv, equal, string.
//
// Invariants:
//   T1  Entries lie in the order of insertion: `entries` holds (key, value, hash) triples; a deleted one has the key
//       kUnbound. So listings do not depend on addresses, and a world built twice is the same.
//   T2  `index` is a bytevector of 32-bit slots, a power of two of them, at most half in use: 0 = empty, else 1 + the
//       number of an entry, live or deleted. Linear probing from the hash.
//   T3  `used` counts entries, `count` the live ones. When `entries` is full, the table is rebuilt from the live ones, in
//       twice the space if they are many: each insertion costs constant time on the whole.
#pragma once

#include <span>

#include "runtime/heap.h"
#include "runtime/primitive.h"

namespace perdure::runtime {

enum class TableKind : std::uint8_t { kEq, kEqv, kEqual, kString };

struct HashTable {
  std::uint64_t header;
  Value kind;     // of TableKind, as a fixnum
  Value count;
  Value used;
  Value entries;  // vector
  Value index;    // bytevector
};

inline bool is_hash_table(Value v) { return has_type(v, Type::kHashTable); }

// With room for `expected` entries.
Value make_hash_table(TableKind kind, std::uint64_t expected = 0);
// kUnbound: there is no such key. kRaise: memory is used up while comparing keys by equal?.
Value hash_table_get(Value table, Value key);
// False: memory is used up.
[[nodiscard]] bool hash_table_put(Value table, Value key, Value value);

std::span<const Primitive> hash_tables_primitives();

}  // namespace perdure::runtime
