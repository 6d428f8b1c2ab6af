#include "compiler/expander/macro.h"
#include "runtime/data/equality.h"
#include "runtime/machine.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

class Matcher {
 public:
  Matcher(Arena& arena, const Macro* macro, Context use, Match* matches)
      : arena_(arena), macro_(macro), use_(use), matches_(matches) {}

  bool match(const Pattern* pattern, Value form) {
    if (stack_is_low()) return false;
    for (;;) {
      switch (pattern->kind) {
        case Pattern::kAnything: return true;
        case Pattern::kVariable: matches_[pattern->index].form = form; return true;
        case Pattern::kLiteral:
          return is_identifier(form) && same_meaning(pattern->datum, macro_->context, form, use_);
        case Pattern::kDatum: return equal(pattern->datum, form) == kTrue;
        case Pattern::kNil: return form == kNil;
        case Pattern::kVector: return is_vector(form) && match(pattern->first, elements(form));
        case Pattern::kEllipsis: return match_ellipsis(pattern, form);
        case Pattern::kPair:
          if (!form.is_pair() || !match(pattern->first, car(form))) return false;
          pattern = pattern->rest;
          form = cdr(form);
      }
    }
  }

 private:
  static Value elements(Value vector) {
    Value list = kNil;
    for (std::uint64_t i = length_of(vector); i > 0 && list != kRaise; --i)
      list = cons(runtime::as<Vector>(vector)->slots[i - 1], list);
    return list;
  }

  // The number of pairs; a circular list counts as none.
  static std::uint64_t pairs_of(Value form) {
    std::uint64_t count = 0;
    Value slow = form;
    for (; form.is_pair(); form = cdr(form)) {
      if (++count % 2 == 0 && (slow = cdr(slow)) == cdr(form)) return 0;
    }
    return count;
  }

  // As many repetitions as leave enough for the patterns behind the ellipsis.
  bool match_ellipsis(const Pattern* pattern, Value form) {
    const std::uint64_t available = pairs_of(form), behind = pattern->index;
    if (available < behind) return false;
    const std::uint64_t count = available - behind;
    const std::uint32_t begin = pattern->variables_begin, end = pattern->variables_end;
    const auto columns = arena_.array<Matches>(end - begin);
    for (Matches& column : columns) column = {count, arena_.array<Match>(count).data()};
    for (std::uint64_t i = 0; i < count; ++i, form = cdr(form)) {
      if (!match(pattern->first, car(form))) return false;
      for (std::uint32_t v = begin; v < end; ++v) columns[v - begin].items[i] = matches_[v];
    }
    for (std::uint32_t v = begin; v < end; ++v) matches_[v].several = &columns[v - begin];
    return match(pattern->rest, form);
  }

  Arena& arena_;
  const Macro* macro_;
  Context use_;
  Match* matches_;
};

}  // namespace

bool match_pattern(Arena& arena, const Macro* macro, const Pattern* pattern, Value form, Context use, Match* matches) {
  return Matcher(arena, macro, use, matches).match(pattern, form);
}

}  // namespace perdure::compiler
