// Symbols: the table of interned ones, and their primitives.
//
// The table is an open-addressing hash table (linear probing, a power of two, at most three quarters full) in a plain
// Scheme vector; an empty slot holds the fixnum 0. Symbols are never removed from it.
#include "runtime/data/symbols.h"

#include <algorithm>
#include <charconv>

#include "runtime/condition.h"
#include "runtime/data/hashing.h"
#include "runtime/data/text.h"
#include "runtime/heap.h"
#include "runtime/unicode/utf8.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kInitialCapacity = 4096;
constexpr Value kEmpty = fixnum(0);

Value table = kFalse;
std::uint64_t used = 0;
std::uint64_t generated = 0;  // names handed out by generate-uninterned-symbol

std::u32string_view name_of(Value symbol) { return view_of(as<Symbol>(symbol)->name); }

std::uint64_t symbol_hash(Value symbol) { return static_cast<std::uint64_t>(fixnum_value(as<Symbol>(symbol)->hash)); }

// The slot of the symbol of that name, or the empty one where it belongs.
Value* find_slot(Vector* slots, std::uint64_t capacity, std::u32string_view name, std::uint64_t hash) {
  for (std::uint64_t i = hash & (capacity - 1);; i = (i + 1) & (capacity - 1)) {
    Value* slot = slots->slots + i;
    if (*slot == kEmpty || (symbol_hash(*slot) == hash && name_of(*slot) == name)) return slot;
  }
}

bool make_room() {
  if (table == kFalse) {
    const Value first = make_vector(kInitialCapacity, kEmpty);
    if (first == kRaise) return false;
    table = first;
    return true;
  }
  const std::uint64_t capacity = length_of(table);
  if (used < capacity / 4 * 3) return true;
  const Value larger = make_vector(capacity * 2, kEmpty);
  if (larger == kRaise) return false;
  for (std::uint64_t i = 0; i < capacity; ++i) {
    const Value symbol = as<Vector>(table)->slots[i];
    if (symbol == kEmpty) continue;
    store_slot(find_slot(as<Vector>(larger), capacity * 2, name_of(symbol), symbol_hash(symbol)), symbol);
  }
  table = larger;
  return true;
}

void make_immutable(Value string) { as_object(string)->header |= kFlagImmutable << 8; }

// A symbol's name is a literal: symbol->string can hand it out uncopied.
Value immutable_copy(Value string) {
  if (is_immutable(string)) return string;
  const Value copy = make_string_utf32(as<String>(string)->chars, length_of(string));
  if (copy != kRaise) make_immutable(copy);
  return copy;
}

Value make_symbol(Value name, std::uint64_t hash) {
  const Value slots[] = {name, fixnum(static_cast<std::int64_t>(hash))};
  return make_object(Type::kSymbol, slots, 2);
}

// `string` is the name as a string if there is one already, else #f.
Value intern_chars(std::u32string_view name, Value string) {
  if (!make_room()) return kRaise;
  const std::uint64_t hash = string_hash(name);
  Value* slot = find_slot(as<Vector>(table), length_of(table), name, hash);
  if (*slot != kEmpty) return *slot;
  if (string == kFalse) string = make_string_utf32(name.data(), name.size());
  if (string != kRaise) string = immutable_copy(string);
  if (string == kRaise) return kRaise;
  const Value symbol = make_symbol(string, hash);
  if (symbol == kRaise) return kRaise;
  store_slot(slot, symbol);
  ++used;
  return symbol;
}

}  // namespace

Value intern(std::string_view utf8) {
  char32_t name[128];
  if (utf8.size() > std::size(name)) {
    const Value string = make_string_utf8(utf8);
    return string == kRaise ? kRaise : intern_string(string);
  }
  auto* at = reinterpret_cast<const unsigned char*>(utf8.data());
  const auto* end = at + utf8.size();
  std::size_t length = 0;
  for (; at != end; ++length) {
    const char32_t c = unicode::decode_utf8(at, end);
    name[length] = c <= unicode::kLastChar ? c : unicode::kReplacement;
    if (c == unicode::kIncomplete) at = end;
  }
  return intern_chars({name, length}, kFalse);
}

Value intern_string(Value string) {
  return intern_chars(view_of(string), string);
}

Value make_uninterned_symbol(Value name) {
  name = immutable_copy(name);
  if (name == kRaise) return kRaise;
  const Value symbol = make_symbol(name, string_hash(view_of(name)));
  if (symbol != kRaise) as_object(symbol)->header |= kFlagUninterned << 8;
  return symbol;
}

Value generate_symbol(std::u32string_view prefix) {
  char digits[24];
  const std::size_t count = static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, ++generated).ptr - digits);
  const Value name = make_unfilled_string(prefix.size() + count);
  if (name == kRaise) return kRaise;
  char32_t* out = as<String>(name)->chars;
  std::copy_n(digits, count, out + prefix.copy(out, prefix.size()));
  return make_uninterned_symbol(name);
}

bool is_interned(Value symbol) { return !(header_flags(as_object(symbol)->header) & kFlagUninterned); }

// --- primitives ------------------------------------------------------------------------------------------------

Value prim_symbol_p(Value v) { return boolean(is_symbol(v)); }

Value prim_symbol_to_string(Value symbol) {
  if (!is_symbol(symbol)) return wrong_type("symbol->string", 1, "symbol", symbol);
  return as<Symbol>(symbol)->name;
}

Value prim_string_to_symbol(Value string) {
  if (!is_string(string)) return wrong_type("string->symbol", 1, "string", string);
  return intern_string(string);
}

Value prim_string_to_uninterned_symbol(Value string) {
  if (!is_string(string)) return wrong_type("string->uninterned-symbol", 1, "string", string);
  return make_uninterned_symbol(string);
}

Value prim_generate_uninterned_symbol(Value prefix) {
  if (prefix == kDefault) return generate_symbol(U"g");
  if (is_symbol(prefix)) return generate_symbol(name_of(prefix));
  if (!is_string(prefix)) return wrong_type("generate-uninterned-symbol", 1, "string or symbol", prefix);
  return generate_symbol(view_of(prefix));
}

Value prim_symbol_interned_p(Value symbol) {
  if (!is_symbol(symbol)) return wrong_type("symbol-interned?", 1, "symbol", symbol);
  return boolean(is_interned(symbol));
}

Value prim_symbol_append(const Value* symbols, std::uint64_t count) {
  std::uint64_t length = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!is_symbol(symbols[i])) return wrong_type("symbol-append", static_cast<int>(i + 1), "symbol", symbols[i]);
    length += name_of(symbols[i]).size();
  }
  const Value name = make_unfilled_string(length);
  if (name == kRaise) return kRaise;
  char32_t* out = as<String>(name)->chars;
  for (std::uint64_t i = 0; i < count; ++i) out += name_of(symbols[i]).copy(out, name_of(symbols[i]).size());
  return intern_string(name);
}

Value prim_symbol_less_p(const Value* symbols, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i)
    if (!is_symbol(symbols[i])) return wrong_type("symbol<?", static_cast<int>(i + 1), "symbol", symbols[i]);
  for (std::uint64_t i = 1; i < count; ++i)
    if (!(name_of(symbols[i - 1]) < name_of(symbols[i]))) return kFalse;
  return kTrue;
}

std::span<const Primitive> symbols_primitives() {
  static const Primitive rows[] = {
      primitive("symbol?", prim_symbol_p, 1, kPure | kNoRaise | kPredicate),
      primitive("symbol->string", prim_symbol_to_string, 1, kPure),
      primitive("string->symbol", prim_string_to_symbol),
      primitive("intern", prim_string_to_symbol),
      primitive("string->uninterned-symbol", prim_string_to_uninterned_symbol),
      primitive("generate-uninterned-symbol", prim_generate_uninterned_symbol, 0),
      primitive("gensym", prim_generate_uninterned_symbol, 0),
      primitive("symbol-interned?", prim_symbol_interned_p, 1, kPure | kPredicate),
      primitive("symbol-append", prim_symbol_append),
      primitive("symbol<?", prim_symbol_less_p, 1, kPure | kPredicate),
  };
  return rows;
}

}  // namespace perdure::runtime
