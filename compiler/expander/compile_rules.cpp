#include "compiler/expander/compile_rules.h"

#include <algorithm>

#include "runtime/condition.h"
#include "runtime/machine.h"

namespace perdure::compiler {

using namespace runtime;

bool RuleCompiler::compile(Value pattern, Value result, Rule* out) {
  out->pattern = compile_pattern(pattern, 0, false);
  if (!out->pattern) return false;
  out->result = compile_template(result, false);
  if (!out->result || !find_drivers(out->result)) return false;
  out->variables = static_cast<std::uint32_t>(variables_.size());
  out->renames = static_cast<std::uint32_t>(introduced_.size());
  out->introduced = static_cast<Value*>(allocate((introduced_.size() + 1) * sizeof(Value), true));
  if (!out->introduced) return false;
  std::ranges::copy(introduced_.span(), out->introduced);
  return true;
}

bool RuleCompiler::is_literal(Value identifier) const {
  return std::ranges::find(literals_, identifier) != literals_.end();
}

bool RuleCompiler::is_ellipsis(Value form) const {
  if (!is_identifier(form) || is_literal(form)) return false;
  return ellipsis_ == kFalse ? is_keyword(form, context_, Special::kEllipsis) : form == ellipsis_;
}

Pattern* RuleCompiler::new_pattern(Pattern::Kind kind) {
  auto* pattern = make_opaque<Pattern>();
  if (pattern) pattern->kind = kind;
  return pattern;
}

Template* RuleCompiler::new_template(Template::Kind kind) {
  auto* tree = make_opaque<Template>();
  if (tree) tree->kind = kind;
  return tree;
}

Value RuleCompiler::as_list(Value vector) {
  Value list = kNil;
  for (std::uint64_t i = length_of(vector); i > 0 && list != kRaise; --i)
    list = cons(runtime::as<Vector>(vector)->slots[i - 1], list);
  return list;
}

// --- patterns -----------------------------------------------------------------------------------------------------

Pattern* RuleCompiler::pattern_identifier(Value identifier, std::uint32_t depth) {
  if (is_literal(identifier)) {
    Pattern* literal = new_pattern(Pattern::kLiteral);
    if (literal) literal->datum = identifier;
    return literal;
  }
  if (is_ellipsis(identifier)) return wrong("an ellipsis must follow a pattern:", identifier);
  if (is_keyword(identifier, context_, Special::kUnderscore)) return new_pattern(Pattern::kAnything);
  for (const PatternVariable& known : variables_.span())
    if (known.identifier == identifier) return wrong("this pattern variable is named twice:", identifier);
  Pattern* pattern = new_pattern(Pattern::kVariable);
  if (!pattern) return nullptr;
  pattern->index = static_cast<std::uint32_t>(variables_.size());
  variables_.push({identifier, depth});
  return pattern;
}

Pattern* RuleCompiler::compile_pattern(Value form, std::uint32_t depth, bool behind_ellipsis) {
  if (stack_is_low()) return fail("stack-overflow", "syntax-rules", "a pattern is nested too deeply"), nullptr;
  if (is_identifier(form)) return pattern_identifier(form, depth);
  if (form == kNil) return new_pattern(Pattern::kNil);
  if (is_vector(form)) {
    const Value list = as_list(form);
    Pattern* vector = list == kRaise ? nullptr : new_pattern(Pattern::kVector);
    return vector && (vector->first = compile_pattern(list, depth, false)) ? vector : nullptr;
  }
  if (!form.is_pair()) {
    Pattern* datum = new_pattern(Pattern::kDatum);
    if (datum) datum->datum = form;
    return datum;
  }
  const bool repeated = cdr(form).is_pair() && is_ellipsis(car(cdr(form)));
  if (repeated && behind_ellipsis) return wrong("only one ellipsis may stand in one list of a pattern:", form);
  Pattern* pattern = new_pattern(repeated ? Pattern::kEllipsis : Pattern::kPair);
  if (!pattern) return nullptr;
  pattern->variables_begin = static_cast<std::uint32_t>(variables_.size());
  if (!(pattern->first = compile_pattern(car(form), depth + repeated, false))) return nullptr;
  pattern->variables_end = static_cast<std::uint32_t>(variables_.size());
  const Value rest = repeated ? cdr(cdr(form)) : cdr(form);
  if (repeated)
    for (Value at = rest; at.is_pair(); at = cdr(at)) ++pattern->index;
  pattern->rest = compile_pattern(rest, depth, behind_ellipsis || repeated);
  return pattern->rest ? pattern : nullptr;
}

// --- templates ----------------------------------------------------------------------------------------------------

Template* RuleCompiler::template_identifier(Value identifier) {
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    if (variables_[i].identifier != identifier) continue;
    Template* variable = new_template(Template::kVariable);
    if (variable) variable->index = static_cast<std::uint32_t>(i);
    return variable;
  }
  Template* rename = new_template(Template::kRename);
  if (!rename) return nullptr;
  const auto found = std::ranges::find(introduced_.span(), identifier);
  rename->index = static_cast<std::uint32_t>(found - introduced_.span().begin());
  if (rename->index == introduced_.size()) introduced_.push(identifier);
  return rename;
}

Template* RuleCompiler::compile_template(Value form, bool escaped) {
  if (stack_is_low()) return fail("stack-overflow", "syntax-rules", "a template is nested too deeply"), nullptr;
  if (is_identifier(form)) {
    if (!escaped && is_ellipsis(form)) return wrong("an ellipsis must follow a template:", form);
    return template_identifier(form);
  }
  if (form.is_pair()) return template_list(form, escaped);
  if (is_vector(form)) {
    const Value list = as_list(form);
    Template* elements = list == kRaise ? nullptr : compile_template(list, escaped);
    if (elements && elements->kind != Template::kConstant) {
      Template* vector = new_template(Template::kVector);
      if (vector) vector->first = elements;
      return vector;
    }
    if (!elements) return nullptr;
  }
  Template* constant = new_template(Template::kConstant);
  if (constant) constant->datum = form;
  return constant;
}

Template* RuleCompiler::template_list(Value form, bool escaped) {
  // (... template): ellipses within have no meaning
  if (!escaped && is_ellipsis(car(form))) {
    if (!cdr(form).is_pair() || cdr(cdr(form)) != kNil) return wrong("must have the form (... template):", form);
    return compile_template(car(cdr(form)), true);
  }
  Template* first = compile_template(car(form), escaped);
  if (!first) return nullptr;
  Value rest = cdr(form);
  Template* tree = new_template(Template::kPair);
  if (!tree) return nullptr;
  tree->first = first;
  for (bool again = false; !escaped && rest.is_pair() && is_ellipsis(car(rest)); rest = cdr(rest), again = true) {
    if (again) {
      Template* outer = new_template(Template::kEllipsis);
      if (!outer) return nullptr;
      outer->first = tree;
      tree = outer;
    }
    tree->kind = Template::kEllipsis;
  }
  tree->rest = compile_template(rest, escaped);
  if (!tree->rest) return nullptr;
  if (tree->kind == Template::kPair && first->kind == Template::kConstant && tree->rest->kind == Template::kConstant) {
    tree->kind = Template::kConstant;
    tree->datum = form;
  }
  return tree;
}

// --- which variables each ellipsis of a template repeats ------------------------------------------------------------

// The greatest number of ellipses that a variable within `tree` still needs.
std::uint32_t RuleCompiler::deepest(const Template* tree) const {
  std::uint32_t depth = 0;
  for (; tree; tree = tree->rest) {
    if (tree->kind == Template::kVariable) return std::max(depth, variables_[tree->index].depth);
    if (tree->first) depth = std::max(depth, deepest(tree->first));
  }
  return depth;
}

void RuleCompiler::collect_drivers(const Template* tree, ArenaVector<std::uint32_t>* drivers) const {
  for (; tree; tree = tree->rest) {
    if (tree->kind == Template::kVariable) {
      const auto known = drivers->span();
      const bool is_new = std::ranges::find(known, tree->index) == known.end();
      if (is_new && variables_[tree->index].depth > 0) drivers->push(tree->index);
      return;
    }
    if (tree->kind == Template::kEllipsis && deepest(tree->first) <= 1) continue;   // has to be repeated there
    if (tree->first) collect_drivers(tree->first, drivers);
  }
}

bool RuleCompiler::drive(Template* ellipsis) {
  ArenaVector<std::uint32_t> found(arena_);
  collect_drivers(ellipsis->first, &found);
  const auto drivers = found.span();
  if (drivers.empty()) return wrong("a template before an ellipsis has no variable to repeat", kFalse), false;
  ellipsis->driver_count = drivers.size();
  ellipsis->drivers = static_cast<std::uint32_t*>(allocate(drivers.size() * sizeof(std::uint32_t), false));
  if (!ellipsis->drivers) return false;
  std::ranges::copy(drivers, ellipsis->drivers);
  for (std::uint32_t v : drivers) --variables_[v].depth;
  const bool ok = find_drivers(ellipsis->first);
  for (std::uint32_t v : drivers) ++variables_[v].depth;
  return ok;
}

bool RuleCompiler::find_drivers(Template* tree) {
  for (; tree; tree = tree->rest) {
    switch (tree->kind) {
      case Template::kVariable:
        if (variables_[tree->index].depth == 0) return true;
        return wrong("this pattern variable needs an ellipsis after it:", variables_[tree->index].identifier), false;
      case Template::kEllipsis:
        if (!drive(tree)) return false;
        break;
      case Template::kPair:
      case Template::kVector:
        if (!find_drivers(tree->first)) return false;
        break;
      case Template::kConstant:
      case Template::kRename: return true;
    }
  }
  return true;
}

}  // namespace perdure::compiler
