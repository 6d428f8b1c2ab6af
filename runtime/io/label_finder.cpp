#include "runtime/io/label_finder.h"

#include "runtime/machine.h"

namespace perdure::runtime {
namespace {

// Is it a tree of few parts? Most of what is printed is, and needs no table.
constexpr int kSmallSize = 10'000;
constexpr int kSmallDepth = 12;

bool is_small(Value v, int& budget, int depth) {
  if (depth == 0) return false;
  for (; --budget > 0; v = cdr(v)) {
    if (!v.is_pair()) {
      const std::uint64_t count = part_count(v);
      if (count > static_cast<std::uint64_t>(budget)) return false;
      for (std::uint64_t i = 0; i < count; ++i)
        if (!is_small(part(v, i), budget, depth - 1)) return false;
      return true;
    }
    if (!is_small(car(v), budget, depth - 1)) return false;
  }
  return false;
}

}  // namespace

std::uint64_t part_count(Value v) {
  if (v.is_pair()) return 2;
  if (!v.is_object()) return 0;
  if (is_record(v)) return static_cast<std::uint64_t>(fixnum_value(as<RecordType>(as<Record>(v)->type)->shown_fields));
  switch (type_of(v)) {
    case Type::kVector: case Type::kValues: case Type::kBox: return length_of(v);
    case Type::kCondition: return 2;
    default: return 0;
  }
}

Value part(Value v, std::uint64_t index) {
  if (v.is_pair()) return index == 0 ? car(v) : cdr(v);
  if (is_record(v)) return as<Record>(v)->fields[index];
  if (has_type(v, Type::kCondition)) return index == 0 ? as<Condition>(v)->message : as<Condition>(v)->irritants;
  return as<Vector>(v)->slots[index];  // a vector, values or a box
}

bool LabelFinder::find(Value root, Sharing sharing, AddressTable& labels) {
  int budget = kSmallSize;
  if (sharing == Sharing::kCycles && is_small(root, budget, kSmallDepth)) return true;
  if (!visit(root, sharing, labels)) return false;
  constexpr std::uint64_t kStepsBetweenPolls = 1024;
  for (std::uint64_t steps = 1; !stack_.empty(); ++steps) {
    if (steps % kStepsBetweenPolls == 0 && interrupt_pending()) return interrupted_primitive() != kRaise;
    Visit& top = stack_.top();
    const Value object = top.object;
    if (top.next == part_count(object)) {
      *states_.find(object) = kDone;
      stack_.drop();
    } else if (!visit(part(object, top.next++), sharing, labels)) {
      return false;
    }
  }
  return true;
}

// Meeting an object that is in progress is meeting it within itself.
bool LabelFinder::visit(Value v, Sharing sharing, AddressTable& labels) {
  if (part_count(v) == 0) return true;
  const std::uint64_t* state = states_.find(v);
  if (state == nullptr) return states_.insert(v, kInProgress) && stack_.push({v, 0});
  if (sharing == Sharing::kAll || *state == kInProgress) return labels.insert(v, 0);
  return true;
}

}  // namespace perdure::runtime
