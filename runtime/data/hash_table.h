// Hash tables with the four equivalences that C++ knows: eq, eqv, equal, string.
//
// Invariants:
//   T1  Entries lie in the order of insertion: `entries` holds pairs of key and value; a deleted one has the key kUnbound, and its
//       hash as its value. So listings do not depend on addresses, and a world built twice is the same.
//   T2  `index` is a bytevector of 64-bit slots, a power of two of them: 0 = empty; else the low half is 1 + the number of an entry,
//       live or deleted, or kDropped, and the high half the key's hash. A key is looked for from the slot that its hash says on, in
//       steps that the hash says too: keys whose hashes agree in a few bits part at once. So the hash of a small integer may be that
//       integer, and tables of integers that count up are filled and read from one end to the other.
//   T3  `count` counts live entries, `used` all, `linked` slots that are not empty. When those are half of all, the table is rebuilt
//       from the live entries, in more space if they are many: each insertion costs constant time on the whole.
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
  Value linked;
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
