#include "runtime/io/source_map.h"

#include <new>

#include "runtime/machine.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kWords = sizeof(SourceMap) / sizeof(std::uint64_t) - 1;

constexpr std::uint64_t kPairs = 64;   // that find place in a stretch of memory

// A fixnum; those of two stretches are as far apart as two objects are.
Value key_of(std::uint64_t stretch) { return fixnum(static_cast<std::int64_t>(2 * stretch)); }

Value mark_symbol() {
  static const Value mark = intern("source-map");
  return mark;
}

}  // namespace

// Not scanned.
struct SourceMap::Block {
  std::uint64_t header;
  std::uint64_t places[kPairs];   // line and column, one for each granule; 0: no pair of the map
};

Value SourceMap::create(Value source_name) {
  void* memory = allocate(sizeof(SourceMap), true);
  const Value mark = mark_symbol();
  if (!memory || mark == kRaise) return kRaise;
  auto* map = new (memory) SourceMap;
  map->header_ = header(Type::kOpaque, kWords);
  map->mark_ = mark;
  map->source_name_ = source_name;
  return object_value(map);
}

SourceMap* SourceMap::from(Value v) {
  if (!has_type(v, Type::kOpaque) || length_of(v) != kWords) return nullptr;
  auto* map = as<SourceMap>(v);
  return map->mark_ == mark_symbol() ? map : nullptr;
}

std::uint64_t* SourceMap::place_of(Value pair) const {
  const std::uint64_t stretch = pair.bits / kGranule / kPairs;
  if (stretch != last_stretch_) {
    const std::uint64_t* found = blocks_.find(key_of(stretch));
    if (found == nullptr) return nullptr;
    last_stretch_ = stretch;
    last_block_ = reinterpret_cast<Block*>(*found);
  }
  return &last_block_->places[pair.bits / kGranule % kPairs];
}

bool SourceMap::add(Value pair, SourceLocation location) {
  std::uint64_t* place = place_of(pair);
  if (place == nullptr) {
    auto* block = static_cast<Block*>(allocate(sizeof(Block), false));
    if (block == nullptr) return false;
    *block = {header(Type::kOpaque, kPairs), {}};
    if (!blocks_.insert(key_of(pair.bits / kGranule / kPairs), reinterpret_cast<std::uint64_t>(block))) return false;
    place = place_of(pair);
  }
  *place = std::uint64_t{location.line} << 32 | location.column;
  return true;
}

bool SourceMap::keep(Value datum) {
  const Value data = cons(datum, data_);
  if (data == kRaise) return false;
  data_ = data;
  return true;
}

SourceLocation SourceMap::find(Value pair) const {
  const std::uint64_t* place = place_of(pair);
  if (place == nullptr) return {};
  return {static_cast<std::uint32_t>(*place >> 32), static_cast<std::uint32_t>(*place)};
}

}  // namespace perdure::runtime
