// A hash table from objects, by identity, to values, in an arena.
#pragma once

#include "compiler/expander/syntax.h"

namespace perdure::compiler {

class ValueMap {
 public:
  explicit ValueMap(Arena& arena) : arena_(arena) {}

  const Value* find(Value key) const {
    if (entries_.empty()) return nullptr;
    const Entry& entry = entries_[slot(entries_, key)];
    return entry.key == key ? &entry.value : nullptr;
  }
  void insert(Value key, Value value) {
    if (count_ * 2 >= entries_.size()) grow();
    Entry& entry = entries_[slot(entries_, key)];
    if (entry.key.bits == 0) ++count_;
    entry = {key, value};
  }
  // False if it was there already.
  bool add(Value key) {
    if (find(key)) return false;
    insert(key, runtime::kTrue);
    return true;
  }

 private:
  struct Entry { Value key, value; };
  static std::size_t slot(std::span<const Entry> entries, Value key) {
    const std::size_t mask = entries.size() - 1;
    std::size_t i = (key.bits * 0x9e37'79b9'7f4a'7c15 >> 32) & mask;
    while (entries[i].key.bits != 0 && entries[i].key != key) i = (i + 1) & mask;
    return i;
  }
  void grow() {
    const auto larger = arena_.array<Entry>(entries_.empty() ? 16 : entries_.size() * 2);
    for (Entry& entry : larger) entry = {};
    for (const Entry& entry : entries_)
      if (entry.key.bits != 0) larger[slot(larger, entry.key)] = entry;
    entries_ = larger;
  }

  Arena& arena_;
  std::span<Entry> entries_;
  std::size_t count_ = 0;
};

}  // namespace perdure::compiler
