// define-syntax, let-syntax, letrec-syntax, syntax-rules, syntax-error; and the use of macros.
#include <string>

#include "compiler/expander/compile_rules.h"
#include "compiler/expander/expander.h"
#include "compiler/expander/macro.h"
#include "runtime/condition.h"
#include "runtime/io/printer.h"

namespace perdure::compiler {

using namespace runtime;

// (syntax-rules [ellipsis] (literal ...) (pattern template) ...)
bool Expander::syntax_rules(Value form, Context context, Denotation* out) {
  Forms p, literals;
  if (!parts(form, 2, kAnyNumber, &p, "(syntax-rules (literal ...) (pattern template) ...)")) return false;
  Value ellipsis = kFalse;
  if (is_identifier(p[1])) {
    ellipsis = p[1];
    p = p.subspan(1);
    if (p.size() < 2) return bad(form, "a list of literals must follow the ellipsis"), false;
  }
  if (!list_of(p[1], &literals)) return bad(form, "a list of literals is needed, not", p[1]), false;
  for (Value literal : literals)
    if (!is_identifier(literal)) return bad(form, "a literal must be a name, not", literal), false;
  const Forms rules = p.subspan(2);
  auto* macro = make_opaque<Macro>(rules.size() * sizeof(Rule));
  if (!macro) return false;
  macro->context = context;
  macro->rule_count = rules.size();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    Forms r;
    if (!list_of(rules[i], &r) || r.size() != 2 || !r[0].is_pair())
      return bad(form, "a rule must have the form ((keyword . pattern) template), not", rules[i]), false;
    if ((macro->rules[i].source = strip(cdr(r[0]))) == kRaise) return false;
    RuleCompiler compiler(arena_, context, ellipsis, literals);
    if (!compiler.compile(cdr(r[0]), r[1], &macro->rules[i])) {
      const auto& problem = compiler.problem();
      if (!problem.message.empty()) bad(form, problem.message, problem.form == kFalse ? rules[i] : problem.form);
      return false;
    }
  }
  *out = Denotation::of(macro);
  return true;
}

// What a keyword is bound to: a set of rules, or another keyword.
bool Expander::macro_of(Value transformer, Value definition, Context context, Denotation* out) {
  Denotation head;
  const Value form = expand_head(transformer, context, &head);
  if (form == kRaise) return false;
  if (head.kind == Denotation::kSpecial && head.special == Special::kSyntaxRules) return syntax_rules(form, context, out);
  if (is_identifier(form)) {
    *out = resolve(form, context).denotation;
    out->imported = false;
    if (out->kind == Denotation::kMacro || out->kind == Denotation::kSpecial) return true;
  }
  return bad(definition, "(syntax-rules ...) is needed, not", form), false;
}

bool Expander::scan_define_syntax(Value form, Context context) {
  Forms p;
  if (!parts(form, 3, 3, &p, "(define-syntax name (syntax-rules ...))")) return false;
  if (!is_identifier(p[1])) return bad(form, "only a name can be defined, not", p[1]), false;
  Denotation macro;
  return macro_of(p[2], form, context, &macro) && declare_denotation(p[1], context, form, macro);
}

Node* Expander::let_syntax(Value form, Context context) {
  Forms p, bindings;
  const bool recursive = is_keyword(car(form), context, Special::kLetrecSyntax);
  if (!parts(form, 3, kAnyNumber, &p, "(let-syntax ((name (syntax-rules ...)) ...) body ...)")) return nullptr;
  if (!list_of(p[1], &bindings)) return bad(form, "a list of bindings (name (syntax-rules ...)) is needed, not", p[1]);
  const Context inner{new_scope(context), context.top};
  for (Value binding : bindings) {
    Forms b;
    if (!list_of(binding, &b) || b.size() != 2 || !is_identifier(b[0]))
      return bad(form, "a binding must have the form (name (syntax-rules ...)), not", binding);
    Denotation macro;
    if (!macro_of(b[1], form, recursive ? inner : context, &macro) || !declare_denotation(b[0], inner, form, macro))
      return nullptr;
  }
  return body(p.subspan(2), inner, form);
}

// (syntax-error "message" form ...): usually in a template, for uses that the macro refuses.
Node* Expander::syntax_error_form(Value form, Context) {
  Forms p;
  if (!parts(form, 2, kAnyNumber, &p, "(syntax-error \"message\" form ...)")) return nullptr;
  if (!is_string(p[1])) return bad(form, "the message must be a string, not", p[1]);
  const Value irritants = strip(cdr(cdr(form)));
  if (irritants == kRaise) return nullptr;
  raise(make_condition("syntax-error", "", place_prefix(form, kFalse) + string_utf8(p[1]), irritants));
  return nullptr;
}

// What the uses of a macro look like, for those that do not.
std::string Expander::shapes_of(const Macro* macro, Value form) {
  constexpr std::uint64_t kMostShown = 4;
  if (macro->rule_count == 0) return "this macro has no patterns and fits nothing";
  std::string text = macro->rule_count == 1 ? "must have the form " : "must have one of the forms ";
  for (std::uint64_t i = 0; i < macro->rule_count && i < kMostShown; ++i) {
    ByteBuffer shape;
    const Value whole = cons(base_symbol(car(form)), macro->rules[i].source);
    if (whole == kRaise || !print(whole, PrintMode::kWrite, shape, {.limit = 200})) break;
    (text += i ? ", " : "") += shape.text();
  }
  return macro->rule_count > kMostShown ? text + ", ..." : text;
}

Value Expander::transcribe(const Macro* macro, Value form, Context context) {
  if (!place_text(form).empty()) macro_use_ = form;
  for (std::uint64_t i = 0; i < macro->rule_count; ++i) {
    const Rule& rule = macro->rules[i];
    const auto matches = arena_.array<Match>(rule.variables);
    if (!match_pattern(arena_, macro, rule.pattern, cdr(form), context, matches.data())) continue;
    const auto aliases = arena_.array<Value>(rule.renames);
    for (Value& alias : aliases) alias = {0};
    if (rule.renames) made_aliases_ = true;
    std::string_view message;
    const Value result = instantiate(macro, rule, rule.result, matches.data(), aliases.data(), &message);
    if (result == kRaise && !message.empty()) bad(form, message);
    return result;
  }
  bad(form, shapes_of(macro, form) + ", not", form);
  return kRaise;
}

}  // namespace perdure::compiler
