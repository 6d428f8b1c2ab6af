#include "compiler/expander/macro.h"
#include "runtime/condition.h"
#include "runtime/machine.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

// Builds a list front to back.
class ListBuilder {
 public:
  bool push(Value v) {
    const Value cell = cons(v, kNil);
    if (cell == kRaise) return false;
    if (last_ == kNil) {
      first_ = cell;
    } else {
      store_slot(&as_pair(last_)->cdr, cell);
    }
    last_ = cell;
    return true;
  }
  Value finish(Value tail) {
    if (last_ == kNil) return tail;
    store_slot(&as_pair(last_)->cdr, tail);
    return first_;
  }

 private:
  Value first_ = kNil, last_ = kNil;
};

class Instantiation {
 public:
  Instantiation(const Macro* macro, const Rule& rule, Match* matches, Value* aliases, std::string_view* message)
      : macro_(macro), rule_(rule), matches_(matches), aliases_(aliases), message_(message) {}

  Value make(const Template* tree) {
    switch (tree->kind) {
      case Template::kConstant: return tree->datum;
      case Template::kVariable: return matches_[tree->index].form;
      case Template::kRename: return alias(tree->index);
      case Template::kVector: return vector_of(make(tree->first));
      case Template::kPair:
      case Template::kEllipsis: return list(tree);
    }
    return kRaise;
  }

 private:
  Value list(const Template* tree) {
    if (stack_is_low()) return fail("stack-overflow", "", "a macro's template is nested too deeply");
    ListBuilder builder;
    for (;; tree = tree->rest) {
      if (tree->kind == Template::kPair) {
        const Value element = make(tree->first);
        if (element == kRaise || !builder.push(element)) return kRaise;
      } else if (tree->kind == Template::kEllipsis) {
        if (!repeat(tree, &builder)) return kRaise;
      } else {
        const Value tail = make(tree);
        return tail == kRaise ? kRaise : builder.finish(tail);
      }
    }
  }

  bool repeat(const Template* tree, ListBuilder* builder) {
    const std::uint64_t count = matches_[tree->drivers[0]].several->count;
    Matches** columns = static_cast<Matches**>(__builtin_alloca(tree->driver_count * sizeof(Matches*)));
    for (std::uint64_t d = 0; d < tree->driver_count; ++d) {
      columns[d] = matches_[tree->drivers[d]].several;
      if (columns[d]->count != count) {
        *message_ = "sequences of different lengths are repeated together";
        return false;
      }
    }
    bool ok = true;
    for (std::uint64_t i = 0; ok && i < count; ++i) {
      for (std::uint64_t d = 0; d < tree->driver_count; ++d) matches_[tree->drivers[d]] = columns[d]->items[i];
      if (tree->first->kind == Template::kEllipsis && tree->first->rest == nullptr) {
        ok = repeat(tree->first, builder);   // x ... ...
      } else {
        const Value element = make(tree->first);
        ok = element != kRaise && builder->push(element);
      }
    }
    for (std::uint64_t d = 0; d < tree->driver_count; ++d) matches_[tree->drivers[d]].several = columns[d];
    return ok;
  }

  Value alias(std::uint32_t index) {
    Value& known = aliases_[index];
    if (known.bits == 0) {
      auto* fresh = make_opaque<Alias>(0, kFlagAlias);
      if (!fresh) return kRaise;
      fresh->original = rule_.introduced[index];
      fresh->context = macro_->context;
      known = object_value(fresh);
    }
    return known;
  }

  static Value vector_of(Value list) {
    if (list == kRaise) return kRaise;
    std::uint64_t count = 0;
    for (Value at = list; at.is_pair(); at = cdr(at)) ++count;
    const Value vector = make_vector(count, kFalse);
    if (vector == kRaise) return kRaise;
    for (std::uint64_t i = 0; i < count; ++i, list = cdr(list))
      store_slot(&runtime::as<Vector>(vector)->slots[i], car(list));
    return vector;
  }

  const Macro* macro_;
  const Rule& rule_;
  Match* matches_;
  Value* aliases_;
  std::string_view* message_;
};

}  // namespace

Value instantiate(const Macro* macro, const Rule& rule, const Template* tree, Match* matches, Value* aliases,
                  std::string_view* message) {
  return Instantiation(macro, rule, matches, aliases, message).make(tree);
}

}  // namespace perdure::compiler
