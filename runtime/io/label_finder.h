// Which parts of a datum need a datum label when it is written (R7RS 6.13.3).
#pragma once

#include "runtime/io/address_table.h"
#include "runtime/io/heap_stack.h"

namespace perdure::runtime {

// The parts of an object that are printed as data within it: how many, and each. Nothing for atoms.
std::uint64_t part_count(Value v);
Value part(Value v, std::uint64_t index);

// Fills a table whose keys are the objects that need a label; their words are 0.
class LabelFinder {
 public:
  enum class Sharing { kCycles, kAll };   // label only what contains itself, or all that occurs twice
  // False: with a condition pending (out of memory, or interrupted).
  bool find(Value root, Sharing sharing, AddressTable& labels);

 private:
  struct Visit {
    Value object;
    std::uint64_t next;         // part to go on with
  };
  enum State : std::uint64_t { kInProgress, kDone };
  bool visit(Value v, Sharing sharing, AddressTable& labels);

  HeapStack<Visit> stack_;
  AddressTable states_;
};

}  // namespace perdure::runtime
