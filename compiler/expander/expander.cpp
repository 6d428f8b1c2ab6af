#include "compiler/expander/expander.h"

#include "compiler/definitions.h"
#include "compiler/expander/macro.h"
#include "compiler/expander/suggestions.h"
#include "runtime/condition.h"
#include "runtime/global.h"
#include "runtime/machine.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

// A macro that expands into itself without end is stopped here.
constexpr int kMaximumExpansions = 2'000'000;

}  // namespace

Expander::Handler Expander::handler_of(Special special) {
  switch (special) {
    case Special::kQuote: return &Expander::quote;
    case Special::kQuasiquote: return &Expander::quasiquote;
    case Special::kLambda: return &Expander::lambda;
    case Special::kNamedLambda: return &Expander::named_lambda;
    case Special::kCaseLambda: return &Expander::case_lambda;
    case Special::kSet: return &Expander::set;
    case Special::kIf: return &Expander::if_form;
    case Special::kBegin: return &Expander::begin;
    case Special::kLet: return &Expander::let;
    case Special::kLetStar: return &Expander::let_star;
    case Special::kLetrec:
    case Special::kLetrecStar: return &Expander::letrec;
    case Special::kDo: return &Expander::do_loop;
    case Special::kCond: return &Expander::cond;
    case Special::kCase: return &Expander::case_form;
    case Special::kAnd: return &Expander::and_form;
    case Special::kOr: return &Expander::or_form;
    case Special::kWhen:
    case Special::kUnless: return &Expander::when_unless;
    case Special::kLetValues: return &Expander::let_values;
    case Special::kLetStarValues: return &Expander::let_star_values;
    case Special::kReceive: return &Expander::receive;
    case Special::kLetSyntax:
    case Special::kLetrecSyntax: return &Expander::let_syntax;
    case Special::kSyntaxError: return &Expander::syntax_error_form;
    case Special::kParameterize: return &Expander::parameterize;
    case Special::kGuard: return &Expander::guard;
    case Special::kDelay:
    case Special::kDelayForce: return &Expander::delay;
    case Special::kCondExpand: return &Expander::cond_expand;
    case Special::kInclude:
    case Special::kIncludeCi: return &Expander::include;
    case Special::kDefine: case Special::kDefineValues: case Special::kDefineRecordType: case Special::kDefineSyntax:
    case Special::kImport: case Special::kDefineLibrary: case Special::kDefineSystemLibrary:
      return &Expander::misplaced_definition;
    default: return &Expander::misplaced_word;
  }
}

Resolution Expander::look_up(Value identifier, Context context) {
  const Resolution found = resolve(identifier, context);
  const auto kind = found.denotation.kind;
  if (found.top == environment_ && is_symbol(found.symbol) && kind != Denotation::kSpecial && kind != Denotation::kVariable)
    mentioned_.push(found.symbol);
  return found;
}

Node* Expander::expand(Value form, Context context) {
  if (stack_is_low()) return fail("stack-overflow", "", "a form is nested too deeply"), nullptr;
  if (is_identifier(form)) return expand_reference(form, context);
  if (form.is_pair()) {
    Place place(*this, form);
    Denotation head;
    form = expand_head(form, context, &head);
    if (form == kRaise) return nullptr;
    if (!form.is_pair()) return expand(form, context);
    if (Location found = location_of(form); found.line) here_ = found;
    if (head.kind == Denotation::kSpecial) return (this->*handler_of(head.special))(form, context);
    return expand_application(form, context);
  }
  if (form == kNil) return bad(form, "() is not an expression; the empty list is written '()");
  return literal(form);
}

Value Expander::expand_head(Value form, Context context, Denotation* head) {
  for (;;) {
    *head = {};
    if (!form.is_pair() || !is_identifier(car(form))) return form;
    const Resolution found = look_up(car(form), context);
    *head = found.denotation;
    if (head->kind == Denotation::kNothing && !context.scope &&
        (found.symbol == keyword_symbol(Special::kImport) || found.symbol == keyword_symbol(Special::kDefineLibrary))) {
      // An empty environment has to be filled somehow.
      *head = Denotation::of(found.symbol == keyword_symbol(Special::kImport) ? Special::kImport : Special::kDefineLibrary);
    }
    if (head->kind != Denotation::kMacro) return form;
    if (++expansions_ > kMaximumExpansions) return bad(form, "macro expansion does not end"), kRaise;
    form = transcribe(head->macro(), form, context);
    if (form == kRaise) return kRaise;
  }
}

Node* Expander::expand_named(Value form, Context context, Value name) {
  Node* value = expand(form, context);
  if (value) name_procedure(value, base_symbol(name));
  return value;
}

// The procedure that a form ends in is known by the name its value is bound to.
void Expander::name_procedure(Node* node, Value name) {
  for (;;) {
    switch (node->kind) {
      case Kind::kLambda:
        if (as<Lambda>(node)->name == kFalse) as<Lambda>(node)->name = name;
        return;
      case Kind::kLet: node = as<Let>(node)->body; break;
      case Kind::kLetrec: node = as<Letrec>(node)->body; break;
      case Kind::kBegin: node = as<Begin>(node)->body.back(); break;
      default: return;
    }
  }
}

Node* Expander::expand_reference(Value identifier, Context context) {
  const Resolution found = look_up(identifier, context);
  switch (found.denotation.kind) {
    case Denotation::kVariable: return ref(found.denotation.variable());
    case Denotation::kGlobal: return node<GlobalRef>(Kind::kGlobalRef, found.denotation.global());
    case Denotation::kMacro:
    case Denotation::kSpecial: return bad(identifier, "a syntactic keyword is not a value:", identifier);
    case Denotation::kNothing: break;
  }
  Global* global = environment_reference(found.top, found.symbol);
  if (!global) return out_of_memory(), nullptr;
  return node<GlobalRef>(Kind::kGlobalRef, global);
}

Node* Expander::expand_application(Value form, Context context) {
  Forms parts;
  if (!list_of(form, &parts)) return bad(form, "a call must be a proper list:", form);
  if (is_identifier(parts[0])) {
    const Resolution head = resolve(parts[0], context);
    if (head.denotation.kind == Denotation::kNothing && is_keyword_symbol(head.symbol))
      return keyword_not_imported(form, head.symbol);
  }
  Node* callee = expand(parts[0], context);
  if (!callee) return nullptr;
  const auto arguments = arena_.array<Node*>(parts.size() - 1);
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (!(arguments[i] = expand(parts[i + 1], context))) return nullptr;
  return node<Call>(Kind::kCall, callee, arguments);
}

Node* Expander::expand_sequence(Forms forms, Context context, Value whole) {
  if (forms.empty()) return bad(whole, "at least one expression is needed");
  const auto nodes = arena_.array<Node*>(forms.size());
  for (std::size_t i = 0; i < forms.size(); ++i)
    if (!(nodes[i] = expand(forms[i], context))) return nullptr;
  return make_begin(nodes);
}

Node* Expander::set(Value form, Context context) {
  Forms p;
  if (!parts(form, 3, 3, &p, "(set! name value)")) return nullptr;
  if (!is_identifier(p[1])) return bad(form, "only a variable can be assigned, not", p[1]);
  const Resolution found = resolve(p[1], context);
  const Denotation& d = found.denotation;
  if (d.kind == Denotation::kMacro || d.kind == Denotation::kSpecial)
    return bad(form, "a syntactic keyword cannot be assigned:", p[1]);
  if (d.kind == Denotation::kGlobal && d.imported)
    return bad(form, "an imported variable cannot be assigned (define makes a new one):", p[1]);
  Node* value = expand(p[2], context);
  if (!value) return nullptr;
  if (d.kind == Denotation::kVariable) {
    d.variable()->assigned = true;
    return node<Set>(Kind::kSet, d.variable(), value);
  }
  Global* global = environment_reference(found.top, found.symbol);
  if (d.kind == Denotation::kGlobal) global = d.global();
  if (!global) return out_of_memory(), nullptr;
  if (is_opened(global)) return bad(form, "its code stands in procedures that are compiled already:", p[1]);
  return node<GlobalSet>(Kind::kGlobalSet, global, value);
}

Node* Expander::if_form(Value form, Context context) {
  Forms p;
  if (!parts(form, 3, 4, &p, "(if test consequent [alternative])")) return nullptr;
  Node* test = expand(p[1], context);
  if (!test) return nullptr;
  Node* consequent = expand(p[2], context);
  if (!consequent) return nullptr;
  Node* alternative = p.size() == 4 ? expand(p[3], context) : unspecific();
  return alternative ? make_if(test, consequent, alternative) : nullptr;
}

Node* Expander::begin(Value form, Context context) {
  Forms p;
  if (!parts(form, 2, kAnyNumber, &p, "(begin expression ...)")) return nullptr;
  return expand_sequence(p.subspan(1), context, form);
}

Node* Expander::misplaced_definition(Value form, Context) {
  return bad(form, "a definition cannot stand where an expression is needed");
}

// A word that only some forms know.
Node* Expander::misplaced_word(Value form, Context context) {
  switch (resolve(car(form), context).denotation.special) {
    case Special::kElse: return bad(form, "this stands only before the last clause's expressions in cond, case and guard");
    case Special::kArrow: return bad(form, "this stands only within a clause of cond, case or guard");
    case Special::kUnquote: case Special::kUnquoteSplicing: return bad(form, "this stands only within a quasiquote");
    case Special::kSyntaxRules: return bad(form, "this stands only where a keyword is defined, as in define-syntax");
    default: return bad(form, "this stands only within the rules of syntax-rules");
  }
}

// A head that means nothing but is spelled like a keyword: the library or environment does not import it.
Node* Expander::keyword_not_imported(Value form, Value symbol) {
  const std::string exporters = libraries_exporting(symbol);
  return bad(form, "this keyword is not imported" + (exporters.empty() ? "" : "; it is exported by " + exporters));
}

}  // namespace perdure::compiler
