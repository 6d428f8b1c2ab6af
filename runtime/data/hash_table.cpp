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
constexpr std::uint64_t kGrowsFast = 256;   // smaller tables grow fourfold, others twofold

TableKind kind_of(const HashTable* t) { return static_cast<TableKind>(fixnum_value(t->kind)); }

// Where to look for what has this hash.
class Probe {
 public:
  Probe(Value index, std::uint32_t hash)
      : slots_(reinterpret_cast<Slot*>(as<Bytevector>(index)->bytes)), mask_(length_of(index) / sizeof(Slot) - 1), hash_(hash), at_(hash & mask_) {}

  Slot& slot() const { return slots_[at_]; }
  void next() { at_ = (at_ + (hash_ * kHashFactor >> 32 | 1)) & mask_; }

 private:
  Slot* slots_;
  std::uint64_t mask_, hash_, at_;
};

std::uint64_t capacity_of(const HashTable* t) { return length_of(t->entries) / kEntryWords; }

// Is a key of the table the same only as what is the same word?
bool is_compared_by_word(TableKind kind, Value key) {
  switch (kind) {
    case TableKind::kEq: return true;
    case TableKind::kEqv: return !key.is_object() || is_symbol(key);
    case TableKind::kEqual: return !key.is_pair() && (!key.is_object() || is_symbol(key));
    default: return false;
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

Value* find_word(const HashTable* t, Value key, std::uint32_t hash) {
  for (Probe probe(t->index, hash); probe.slot().entry != 0; probe.next()) {
    if (probe.slot().hash != hash || probe.slot().entry == kDropped) continue;
    Value* const entry = entry_of(t, probe.slot().entry - 1);
    if (entry[kKey] == key) return entry;
  }
  return nullptr;
}

Lookup find_same(const HashTable* t, TableKind kind, Value key, std::uint32_t hash) {
  for (Probe probe(t->index, hash); probe.slot().entry != 0; probe.next()) {
    if (probe.slot().hash != hash || probe.slot().entry == kDropped) continue;
    Value* const entry = entry_of(t, probe.slot().entry - 1);
    if (entry[kKey] == kUnbound) continue;
    const Value answer = same_key(kind, entry[kKey], key);
    if (answer == kRaise) return {nullptr, true};
    if (answer == kTrue) return {entry, false};
  }
  return {nullptr, false};
}

// Half of the index can be filled.
bool allocate_space(std::uint64_t capacity, Value* entries, Value* index) {
  if (capacity > kLargestCapacity) {
    out_of_memory();
    return false;
  }
  *entries = make_vector(capacity * kEntryWords, fixnum(0));
  if (*entries == kRaise) return false;
  *index = make_bytevector(capacity * 2 * sizeof(Slot), 0);
  return *index != kRaise;
}

void link(Value index, std::uint32_t hash, std::uint64_t number) {
  Probe probe(index, hash);
  while (probe.slot().entry != 0) probe.next();
  probe.slot() = {static_cast<std::uint32_t>(number + 1), hash};
}

// Gives up the last entry, a deleted one, but for its slot in the index, which others may have been put behind.
void drop_last(HashTable* t) {
  const std::uint64_t last = used_of(t) - 1;
  Probe probe(t->index, static_cast<std::uint32_t>(fixnum_value(entry_of(t, last)[kValue])));
  while (probe.slot().entry != last + 1) probe.next();
  probe.slot() = {kDropped, 0};
  t->used = fixnum(static_cast<std::int64_t>(last));
}

// The live entries move to the front of `entries`; those of before get their new numbers as values.
std::uint64_t move_entries(HashTable* t, Value entries) {
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; i < used_of(t); ++i) {
    Value* from = entry_of(t, i);
    if (from[kKey] == kUnbound) continue;
    Value* to = as<Vector>(entries)->slots + next * kEntryWords;
    store_slot(to + kKey, from[kKey]);
    store_slot(to + kValue, from[kValue]);
    from[kValue] = fixnum(static_cast<std::int64_t>(next++));
  }
  return next;
}

bool rebuild(HashTable* t) {
  std::uint64_t capacity = capacity_of(t);
  if (count_of(t) * 2 > capacity) capacity *= capacity < kGrowsFast ? 4 : 2;  // else it is full of deleted entries
  Value entries, index;
  if (!allocate_space(capacity, &entries, &index)) return false;
  const Value used = fixnum(static_cast<std::int64_t>(move_entries(t, entries)));
  const auto* slots = reinterpret_cast<const Slot*>(as<Bytevector>(t->index)->bytes);
  for (std::uint64_t i = 0; i < length_of(t->index) / sizeof(Slot); ++i) {
    if (slots[i].entry == 0 || slots[i].entry == kDropped) continue;
    const Value* entry = entry_of(t, slots[i].entry - 1);
    if (entry[kKey] != kUnbound) link(index, slots[i].hash, static_cast<std::uint64_t>(fixnum_value(entry[kValue])));
  }
  store_slot(&t->entries, entries);
  store_slot(&t->index, index);
  t->used = t->linked = used;
  return true;
}

}  // namespace

Value make_hash_table(TableKind kind, std::uint64_t expected) {
  std::uint64_t capacity = kSmallestCapacity;
  while (capacity < expected && capacity < kLargestCapacity) capacity *= 2;
  Value entries, index;
  if (!allocate_space(capacity, &entries, &index)) return kRaise;
  const Value slots[] = {fixnum(static_cast<std::int64_t>(kind)), fixnum(0), fixnum(0), fixnum(0), entries, index};
  return make_object(Type::kHashTable, slots, 6);
}

// Compiled code computes this too (compiler/stubs_tables.cpp) for what is compared by word.
std::uint32_t hash_key(const HashTable* t, Value key) {
  const TableKind kind = kind_of(t);
  if (kind == TableKind::kString) return static_cast<std::uint32_t>(string_hash(view_of(key)));
  if (key.is_fixnum()) {
    const std::int64_t n = fixnum_value(key);
    return static_cast<std::uint32_t>(n) ^ static_cast<std::uint32_t>(n >> 32) * kFixnumHashFactor;
  }
  if (is_symbol(key)) return static_cast<std::uint32_t>(fixnum_value(as<Symbol>(key)->hash));
  if (is_compared_by_word(kind, key)) return static_cast<std::uint32_t>((key.bits ^ key.bits >> 32) * kHashFactor >> 32);
  return static_cast<std::uint32_t>(kind == TableKind::kEqv ? eqv_hash(key) : equal_hash(key));
}

Lookup find_entry(const HashTable* t, Value key, std::uint32_t hash) {
  const TableKind kind = kind_of(t);
  return is_compared_by_word(kind, key) ? Lookup{find_word(t, key, hash), false} : find_same(t, kind, key, hash);
}

Value hash_table_get(Value table, Value key) {
  const Lookup found = find_entry(as<HashTable>(table), key);
  if (found.failed) return kRaise;
  return found.entry ? found.entry[kValue] : kUnbound;
}

bool hash_table_put(Value table, Value key, Value value) {
  auto* t = as<HashTable>(table);
  const std::uint32_t hash = hash_key(t, key);
  const Lookup found = find_entry(t, key, hash);
  if (found.failed) return false;
  if (found.entry) {
    store_slot(found.entry + kValue, value);
    return true;
  }
  const auto one_more = [](Value n) { return fixnum(fixnum_value(n) + 1); };
  if (t->linked == fixnum(static_cast<std::int64_t>(capacity_of(t))) && !rebuild(t)) return false;
  Value* entry = entry_of(t, used_of(t));
  store_slot(entry + kKey, key);
  store_slot(entry + kValue, value);
  link(t->index, hash, used_of(t));
  t->used = one_more(t->used);
  t->linked = one_more(t->linked);
  t->count = one_more(t->count);
  return true;
}

bool delete_entry(HashTable* t, Value key) {
  const std::uint32_t hash = hash_key(t, key);
  const Lookup found = find_entry(t, key, hash);
  if (found.failed) return false;
  if (!found.entry) return true;
  store_slot(found.entry + kKey, kUnbound);
  store_slot(found.entry + kValue, fixnum(hash));
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
  t->count = t->used = t->linked = fixnum(0);
  return true;
}

}  // namespace perdure::runtime
