// cond-expand (R7RS 4.2.1).
#include "compiler/expand.h"
#include "compiler/expander/expander.h"
#include "compiler/expander/library.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

constexpr std::string_view kFeatures[] = {
    "r7rs", "exact-closed", "exact-complex", "ieee-float", "full-unicode", "ratios", "x86-64", "little-endian",
    "regexp-non-greedy", "regexp-look-around", "regexp-unicode", "perdure", "perdure-0.1",
};

}  // namespace

std::span<const std::string_view> feature_names() { return kFeatures; }

bool Expander::feature_holds(Value requirement, Value form, Context context, bool* answer) {
  if (is_identifier(requirement)) {
    *answer = is_word(requirement, "else");
    for (std::string_view feature : kFeatures) *answer = *answer || is_word(requirement, feature);
    return true;
  }
  Forms p;
  if (list_of(requirement, &p) && !p.empty()) {
    const bool is_and = is_word(p[0], "and");
    if (is_and || is_word(p[0], "or")) {
      *answer = is_and;
      for (std::size_t i = 1; i < p.size() && *answer == is_and; ++i)
        if (!feature_holds(p[i], form, context, answer)) return false;
      return true;
    }
    if (is_word(p[0], "not") && p.size() == 2) {
      if (!feature_holds(p[1], form, context, answer)) return false;
      *answer = !*answer;
      return true;
    }
    if (is_word(p[0], "library") && p.size() == 2) {
      const Value name = strip(p[1]);
      if (!is_library_name(name)) return bad(form, "the name of a library is a list of symbols and numbers, not", name), false;
      *answer = find_library(name) != nullptr;
      return *answer || !want_library(name, form);
    }
  }
  return bad(form, "a requirement must be a name, (library name), (and ...), (or ...), (not requirement) or else, not",
             requirement), false;
}

// The forms of the first clause whose requirement holds; none if no clause does.
bool Expander::select_features(Value form, Context context, Forms* selected) {
  Forms p;
  if (!parts(form, 1, kAnyNumber, &p, "(cond-expand (requirement form ...) ...)")) return false;
  *selected = {};
  for (Value clause : p.subspan(1)) {
    Forms c;
    bool holds = false;
    if (!list_of(clause, &c) || c.empty())
      return bad(form, "a clause must have the form (requirement form ...), not", clause), false;
    if (!feature_holds(c[0], form, context, &holds)) return false;
    if (!holds) continue;
    *selected = c.subspan(1);
    return true;
  }
  return true;
}

Node* Expander::cond_expand(Value form, Context context) {
  Forms selected;
  if (!select_features(form, context, &selected)) return nullptr;
  return selected.empty() ? unspecific() : expand_sequence(selected, context, form);
}

}  // namespace perdure::compiler
