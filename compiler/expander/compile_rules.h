// Patterns and templates of syntax-rules -> the trees of macro.h.
#pragma once

#include "compiler/expander/macro.h"

namespace perdure::compiler {

class RuleCompiler {
 public:
  // What is wrong, if compile() answers false: a message (empty: a condition is pending already) and the guilty form.
  struct Problem {
    std::string_view message;
    Value form = runtime::kFalse;
  };

  // `ellipsis`: the identifier that stands for ..., or #f for ... itself.
  RuleCompiler(Arena& arena, Context context, Value ellipsis, std::span<const Value> literals)
      : arena_(arena), context_(context), ellipsis_(ellipsis), literals_(literals), variables_(arena), introduced_(arena) {}

  bool compile(Value pattern, Value result, Rule* out);
  const Problem& problem() const { return problem_; }

 private:
  struct PatternVariable { Value identifier; std::uint32_t depth; };

  bool is_literal(Value identifier) const;
  bool is_ellipsis(Value form) const;
  Pattern* compile_pattern(Value form, std::uint32_t depth, bool behind_ellipsis);
  Pattern* pattern_identifier(Value identifier, std::uint32_t depth);
  Template* compile_template(Value form, bool escaped);
  Template* template_identifier(Value identifier);
  Template* template_list(Value form, bool escaped);
  bool find_drivers(Template* tree);
  bool drive(Template* ellipsis);
  void collect_drivers(const Template* tree, ArenaVector<std::uint32_t>* drivers) const;
  std::uint32_t deepest(const Template* tree) const;
  Value as_list(Value vector);
  std::nullptr_t wrong(std::string_view message, Value form) {
    problem_ = {message, form};
    return nullptr;
  }
  Pattern* new_pattern(Pattern::Kind kind);
  Template* new_template(Template::Kind kind);

  Arena& arena_;
  Context context_;
  Value ellipsis_;
  std::span<const Value> literals_;
  ArenaVector<PatternVariable> variables_;   // depth: how many ellipses are still to be driven, in find_drivers
  ArenaVector<Value> introduced_;
  Problem problem_;
};

}  // namespace perdure::compiler
