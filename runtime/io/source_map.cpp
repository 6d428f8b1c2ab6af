#include "runtime/io/source_map.h"

#include <new>

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kWords = sizeof(SourceMap) / sizeof(std::uint64_t) - 1;

Value mark_symbol() { return intern("source-map"); }

}  // namespace

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

bool SourceMap::add(Value pair, SourceLocation location) {
  return table_.insert(pair, std::uint64_t{location.line} << 32 | location.column);
}

SourceLocation SourceMap::find(Value pair) const {
  const std::uint64_t* word = table_.find(pair);
  if (word == nullptr) return {};
  return {static_cast<std::uint32_t>(*word >> 32), static_cast<std::uint32_t>(*word)};
}

bool SourceMap::copy_location(Value original, Value copy) {
  const SourceLocation location = find(original);
  return location.line == 0 || add(copy, location);
}

}  // namespace perdure::runtime
