// Where the pairs of a datum were read: pair -> line and column.
//
// A map is a heap object (Type::kOpaque), so it can travel through Scheme code from the reader to the compiler. It
// keeps its data alive: drop the map after compiling.
//
// What is read in a row lies in a row, nearly always: places are in blocks, one for each stretch of memory that has pairs of the
// map. So the map of a large file takes little more than a word for each pair, and finds most of them where it found the last one.
#pragma once

#include "runtime/io/address_table.h"

namespace perdure::runtime {

// Both count from 1; line 0 means unknown.
struct SourceLocation {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

class SourceMap {
 public:
  // A new empty map, or kRaise. `source_name`: string or #f.
  static Value create(Value source_name);
  // Null when `v` is not a source map.
  static SourceMap* from(Value v);

  Value source_name() const { return source_name_; }
  SourceLocation find(Value pair) const;
  // False: out of memory (pending). The pair must be part of a datum that is kept, or is to be.
  bool add(Value pair, SourceLocation location);
  bool keep(Value datum);

 private:
  std::uint64_t header_;
  Value mark_;                  // the symbol that tells source maps from other opaque objects
  Value source_name_;
  struct Block;
  std::uint64_t* place_of(Value pair) const;   // null: in none of its blocks

  Value data_ = kNil;           // what must live as long as the map: otherwise other pairs might come to lie where those were
  AddressTable blocks_;         // number of a stretch -> Block*
  mutable std::uint64_t last_stretch_ = 0;
  mutable Block* last_block_ = nullptr;
};

}  // namespace perdure::runtime
