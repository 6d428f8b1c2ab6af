// A table keyed by eq?-identity, in the heap: value -> a word of the owner's. Keeps its keys alive.
#pragma once

#include <cstdint>

#include "runtime/heap.h"

namespace perdure::runtime {

class AddressTable {
 public:
  std::uint64_t size() const { return count_; }
  // The word of `key`; null when it is not there. Valid until the next insert().
  std::uint64_t* find(Value key) const;
  // Puts or replaces. False: out of memory (pending).
  bool insert(Value key, std::uint64_t word);

 private:
  struct Entry {
    Value key;                  // the fixnum 0 is no key: the entry is free
    std::uint64_t word;
  };
  struct Block {
    std::uint64_t header;
    Entry entries[1];
  };
  Entry* entry_for(Value key) const;
  bool grow();

  Value block_ = kFalse;        // an opaque object: Block
  std::uint64_t capacity_ = 0;  // a power of two, or 0
  std::uint64_t count_ = 0;
};

}  // namespace perdure::runtime
