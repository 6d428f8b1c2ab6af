#include "runtime/data/hash_table.h"

#include "runtime/condition.h"
#include "runtime/data/equality.h"
#include "runtime/data/hashing.h"
#include "runtime/data/hash_table_internal.h"
#include "runtime/data/text.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kSmallestCapacity = 8;
constexpr std::uint64_t kLargestCapacity = std::uint64_t{1} << 30;

TableKind kind_of(const HashTable* t) { return static_cast<TableKind>(fixnum_value(t->kind)); }

std::uint32_t* index_of(const HashTable* t) { return reinterpret_cast<std::uint32_t*>(as<Bytevector>(t->index)->bytes); }
std::uint64_t index_mask(const HashTable* t) { return length_of(t->index) / sizeof(std::uint32_t) - 1; }
std::uint64_t capacity_of(const HashTable* t) { return length_of(t->entries) / kEntryWords; }

std::uint64_t hash_key(TableKind kind, Value key) {
  switch (kind) {
    case TableKind::kEq: return eq_hash(key);
    case TableKind::kEqv: return eqv_hash(key);
    case TableKind::kString: return string_hash(view_of(key));
    default: return equal_hash(key);
  }
}

Value same_key(TableKind kind, Value a, Value b) {
  if (a == b) return kTrue;
  switch (kind) {
    case TableKind::kEq: return kFalse;
    case TableKind::kEqv: return boolean(is_eqv(a, b));
    case TableKind::kString: return boolean(view_of(a) == view_of(b));
    default: return equal(a, b);
  }
}

// Entries are filled up to the capacity, the index to half: its size is twice the capacity.
bool allocate_space(std::uint64_t capacity, Value* entries, Value* index) {
  if (capacity > kLargestCapacity) {
    out_of_memory();
    return false;
  }
  *entries = make_vector(capacity * kEntryWords, fixnum(0));
  if (*entries == kRaise) return false;
  *index = make_bytevector(capacity * 2 * sizeof(std::uint32_t), 0);
  return *index != kRaise;
}

void link(HashTable* t, std::uint64_t hash, std::uint64_t number) {
  std::uint32_t* index = index_of(t);
  std::uint64_t i = hash & index_mask(t);
  while (index[i] != 0) i = (i + 1) & index_mask(t);
  index[i] = static_cast<std::uint32_t>(number + 1);
}

// Gives up the last entry, and its place in the index: what was probed for beyond that place moves up.
void drop_last(HashTable* t) {
  const std::uint64_t last = used_of(t) - 1, mask = index_mask(t);
  std::uint32_t* index = index_of(t);
  auto home = [&](std::uint64_t number) { return static_cast<std::uint64_t>(fixnum_value(entry_of(t, number)[kHash])) & mask; };
  std::uint64_t hole = home(last);
  while (index[hole] != last + 1) hole = (hole + 1) & mask;
  for (std::uint64_t i = (hole + 1) & mask; index[i] != 0; i = (i + 1) & mask)
    if (((i - home(index[i] - 1)) & mask) >= ((i - hole) & mask)) {
      index[hole] = index[i];
      hole = i;
    }
  index[hole] = 0;
  t->used = fixnum(static_cast<std::int64_t>(last));
}

bool rebuild(HashTable* t) {
  const Value old_entries = t->entries;
  const std::uint64_t used = used_of(t), count = count_of(t);
  std::uint64_t capacity = capacity_of(t);
  if (count * 2 > capacity) capacity *= 2;  // else it is full of deleted entries
  Value entries, index;
  if (!allocate_space(capacity, &entries, &index)) return false;
  store_slot(&t->entries, entries);
  store_slot(&t->index, index);
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; i < used; ++i) {
    const Value* from = as<Vector>(old_entries)->slots + i * kEntryWords;
    if (from[kKey] == kUnbound) continue;
    Value* to = entry_of(t, next);
    for (std::uint64_t word = 0; word < kEntryWords; ++word) store_slot(to + word, from[word]);
    link(t, static_cast<std::uint64_t>(fixnum_value(from[kHash])), next++);
  }
  t->used = fixnum(static_cast<std::int64_t>(next));
  return true;
}

}  // namespace

Value make_hash_table(TableKind kind, std::uint64_t expected) {
  std::uint64_t capacity = kSmallestCapacity;
  while (capacity < expected && capacity < kLargestCapacity) capacity *= 2;
  Value entries, index;
  if (!allocate_space(capacity, &entries, &index)) return kRaise;
  const Value slots[] = {fixnum(static_cast<std::int64_t>(kind)), fixnum(0), fixnum(0), entries, index};
  return make_object(Type::kHashTable, slots, 5);
}

Lookup find_entry(HashTable* t, Value key) {
  const TableKind kind = kind_of(t);
  const std::uint64_t hash = hash_key(kind, key), mask = index_mask(t);
  const Value wanted = fixnum(static_cast<std::int64_t>(hash));
  const std::uint32_t* const index = index_of(t);
  Value* const entries = entry_of(t, 0);
  for (std::uint64_t i = hash & mask; index[i] != 0; i = (i + 1) & mask) {
    Value* const entry = entries + (index[i] - 1) * kEntryWords;
    if (entry[kHash] != wanted || entry[kKey] == kUnbound) continue;
    const Value answer = same_key(kind, entry[kKey], key);
    if (answer == kRaise) return {nullptr, hash, true};
    if (answer == kTrue) return {entry, hash, false};
  }
  return {nullptr, hash, false};
}

Value hash_table_get(Value table, Value key) {
  const Lookup found = find_entry(as<HashTable>(table), key);
  if (found.failed) return kRaise;
  return found.entry ? found.entry[kValue] : kUnbound;
}

bool hash_table_put(Value table, Value key, Value value) {
  auto* t = as<HashTable>(table);
  const Lookup found = find_entry(t, key);
  if (found.failed) return false;
  if (found.entry) {
    store_slot(found.entry + kValue, value);
    return true;
  }
  if (used_of(t) == capacity_of(t) && !rebuild(t)) return false;
  const std::uint64_t number = used_of(t);
  Value* entry = entry_of(t, number);
  store_slot(entry + kKey, key);
  store_slot(entry + kValue, value);
  store_slot(entry + kHash, fixnum(static_cast<std::int64_t>(found.hash)));
  link(t, found.hash, number);
  t->used = fixnum(static_cast<std::int64_t>(number + 1));
  t->count = fixnum(static_cast<std::int64_t>(count_of(t) + 1));
  return true;
}

bool delete_entry(HashTable* t, Value key) {
  const Lookup found = find_entry(t, key);
  if (found.failed) return false;
  if (!found.entry) return true;
  store_slot(found.entry + kKey, kUnbound);
  store_slot(found.entry + kValue, kFalse);
  t->count = fixnum(static_cast<std::int64_t>(count_of(t) - 1));
  return true;
}

Value* newest_entry(HashTable* t) {
  for (; used_of(t) > 0; drop_last(t)) {
    Value* entry = entry_of(t, used_of(t) - 1);
    if (entry[kKey] != kUnbound) return entry;
  }
  return nullptr;
}

bool clear_entries(HashTable* t) {
  Value entries, index;
  if (!allocate_space(kSmallestCapacity, &entries, &index)) return false;
  store_slot(&t->entries, entries);
  store_slot(&t->index, index);
  t->count = t->used = fixnum(0);
  return true;
}

}  // namespace perdure::runtime
