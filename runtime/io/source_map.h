// Where the pairs of a datum were read: pair -> line and column.
//
// A map is a heap object (Type::kOpaque), so it can travel through Scheme code from the reader to the compiler. It
// keeps its pairs alive: drop the map after compiling.
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
  // False: out of memory (pending).
  bool add(Value pair, SourceLocation location);
  // Gives `copy` the location of `original`: for an expander that rebuilds forms.
  bool copy_location(Value original, Value copy);
  std::uint64_t size() const { return table_.size(); }

 private:
  std::uint64_t header_;
  Value mark_;                  // the symbol that tells source maps from other opaque objects
  Value source_name_;
  AddressTable table_;
};

}  // namespace perdure::runtime
