// Hash tables in Scheme: the procedures that call no procedure; the rest is world/tables.scm.
#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/data/fixed_string.h"
#include "runtime/data/hash_table_internal.h"

namespace perdure::runtime {
namespace {

constexpr std::string_view kKindNames[] = {"eq", "eqv", "equal", "string"};

Value make_sized(std::string_view who, int position, TableKind kind, Value expected) {
  std::uint64_t size = 0;
  if (expected != kDefault && !take_count(who, position, expected, &size)) return kRaise;
  return make_hash_table(kind, size);
}

template <FixedString kName, TableKind kKind> Value make_table(Value expected) {
  return make_sized(kName.view(), 1, kKind, expected);
}
template <FixedString kName, TableKind kKind> Primitive constructor() {
  return primitive(kName.view(), make_table<kName, kKind>, 0);
}

HashTable* take_table(std::string_view who, Value table) {
  if (is_hash_table(table)) return as<HashTable>(table);
  wrong_type(who, 1, "hash table", table);
  return nullptr;
}

// The table, if `key` can be one of its keys.
HashTable* take_table_and_key(std::string_view who, Value table, Value key) {
  HashTable* t = take_table(who, table);
  if (!t || t->kind != fixnum(static_cast<std::int64_t>(TableKind::kString))) return t;
  return check_string(who, 2, key) ? t : nullptr;
}

// The list of what `make` makes of each live entry, in order.
template <class Make> Value list_entries(std::string_view who, Value table, Make make) {
  const HashTable* t = take_table(who, table);
  if (!t) return kRaise;
  Value list = kNil;
  for (std::uint64_t i = used_of(t); i-- > 0;) {
    const Value* entry = entry_of(t, i);
    if (entry[kKey] == kUnbound) continue;
    const Value item = make(entry);
    if (item == kRaise) return kRaise;
    list = cons(item, list);
    if (list == kRaise) return kRaise;
  }
  return list;
}

}  // namespace

Value prim_hash_table_p(Value v) { return boolean(is_hash_table(v)); }

// (%make-hash-table kind [expected]): kind is eq, eqv, equal or string.
Value prim_make_hash_table(Value kind, Value expected) {
  for (std::size_t i = 0; i < std::size(kKindNames); ++i)
    if (kind == intern(kKindNames[i])) return make_sized("%make-hash-table", 2, static_cast<TableKind>(i), expected);
  return wrong_type("%make-hash-table", 1, "one of the symbols eq, eqv, equal, string", kind);
}

Value prim_hash_table_kind(Value table) {
  const HashTable* t = take_table("%hash-table-kind", table);
  return t ? intern(kKindNames[fixnum_value(t->kind)]) : kRaise;
}

Value prim_hash_table_ref_default(Value table, Value key, Value otherwise) {
  if (!take_table_and_key("hash-table-ref/default", table, key)) return kRaise;
  const Value v = hash_table_get(table, key);
  return v == kUnbound ? otherwise : v;
}

Value prim_hash_table_contains_p(Value table, Value key) {
  HashTable* t = take_table_and_key("hash-table-contains?", table, key);
  if (!t) return kRaise;
  const Lookup found = find_entry(t, key);
  return found.failed ? kRaise : boolean(found.entry != nullptr);
}

Value prim_hash_table_set(Value table, Value key, Value v) {
  if (!take_table_and_key("hash-table-set!", table, key)) return kRaise;
  return hash_table_put(table, key, v) ? kUnspecific : kRaise;
}

Value prim_hash_table_delete(Value table, Value key) {
  HashTable* t = take_table_and_key("hash-table-delete!", table, key);
  return t && delete_entry(t, key) ? kUnspecific : kRaise;
}

Value prim_hash_table_size(Value table) {
  const HashTable* t = take_table("hash-table-size", table);
  return t ? t->count : kRaise;
}

Value prim_hash_table_clear(Value table) {
  HashTable* t = take_table("hash-table-clear!", table);
  return t && clear_entries(t) ? kUnspecific : kRaise;
}

// Takes out the newest association: (key . value), or #f if there is none.
Value prim_hash_table_pop(Value table) {
  HashTable* t = take_table("%hash-table-pop!", table);
  if (!t) return kRaise;
  const Value* entry = newest_entry(t);
  if (!entry) return kFalse;
  const Value pair = cons(entry[kKey], entry[kValue]);
  return pair != kRaise && delete_entry(t, entry[kKey]) ? pair : kRaise;
}

Value prim_hash_table_copy(Value table) {
  const HashTable* t = take_table("hash-table-copy", table);
  if (!t) return kRaise;
  const Value copy = make_hash_table(static_cast<TableKind>(fixnum_value(t->kind)), count_of(t));
  if (copy == kRaise) return kRaise;
  for (std::uint64_t i = 0; i < used_of(t); ++i) {
    const Value* entry = entry_of(t, i);
    if (entry[kKey] != kUnbound && !hash_table_put(copy, entry[kKey], entry[kValue])) return kRaise;
  }
  return copy;
}

Value prim_hash_table_to_alist(Value table) {
  return list_entries("hash-table->alist", table, [](const Value* entry) { return cons(entry[kKey], entry[kValue]); });
}
Value prim_hash_table_keys(Value table) {
  return list_entries("hash-table-keys", table, [](const Value* entry) { return entry[kKey]; });
}
Value prim_hash_table_values(Value table) {
  return list_entries("hash-table-values", table, [](const Value* entry) { return entry[kValue]; });
}

std::span<const Primitive> hash_tables_primitives() {
  static const Primitive rows[] = {
      primitive("hash-table?", prim_hash_table_p, 1, kPure | kNoRaise | kPredicate),
      primitive("%make-hash-table", prim_make_hash_table, 1),
      primitive("%hash-table-kind", prim_hash_table_kind),
      constructor<"make-hash-table", TableKind::kEqual>(),
      constructor<"make-equal-hash-table", TableKind::kEqual>(),
      constructor<"make-eq-hash-table", TableKind::kEq>(),
      constructor<"make-eqv-hash-table", TableKind::kEqv>(),
      constructor<"make-string-hash-table", TableKind::kString>(),
      primitive("hash-table-ref/default", prim_hash_table_ref_default),
      primitive("hash-table-contains?", prim_hash_table_contains_p, 2, kPredicate),
      primitive("hash-table-exists?", prim_hash_table_contains_p, 2, kPredicate),
      primitive("hash-table-set!", prim_hash_table_set),
      primitive("hash-table-delete!", prim_hash_table_delete),
      primitive("hash-table-size", prim_hash_table_size),
      primitive("hash-table-count", prim_hash_table_size),
      primitive("hash-table-clear!", prim_hash_table_clear),
      primitive("%hash-table-pop!", prim_hash_table_pop),
      primitive("hash-table-copy", prim_hash_table_copy),
      primitive("hash-table->alist", prim_hash_table_to_alist),
      primitive("hash-table-keys", prim_hash_table_keys),
      primitive("hash-table-values", prim_hash_table_values),
  };
  return rows;
}

}  // namespace perdure::runtime
