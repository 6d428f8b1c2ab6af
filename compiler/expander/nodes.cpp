// Making core nodes, taking forms apart, and saying what is wrong with them.
#include <string>

#include "compiler/expander/expander.h"
#include "runtime/condition.h"
#include "runtime/global.h"
#include "runtime/io/source_map.h"

namespace perdure::compiler {

using namespace runtime;

Expander::Expander(Arena& arena, Value source) : arena_(arena), included_(arena), declarations_(arena), mentioned_(arena), changed_(arena) {
  if (SourceMap* map = SourceMap::from(source)) {
    map_ = map;
    source_name_ = map->source_name();
  } else if (is_string(source)) {
    source_name_ = source;
  }
  here_.source = source_name_;
}

Node* Expander::make_let(Variable* variable, Node* value, Node* body) {
  const auto variables = arena_.array<Variable*>(1);
  const auto values = arena_.array<Node*>(1);
  variables[0] = variable;
  values[0] = value;
  return node<Let>(Kind::kLet, variables, values, body);
}

Node* Expander::make_begin(std::span<Node*> nodes) {
  return nodes.size() == 1 ? nodes[0] : node<Begin>(Kind::kBegin, nodes);
}

Node* Expander::make_lambda(std::span<Variable*> required, Variable* rest, Node* body, Value name) {
  const auto clauses = arena_.array<Clause>(1);
  clauses[0] = {required, rest, body};
  return node<Lambda>(Kind::kLambda, clauses, name);
}

Node* Expander::call(Node* callee, std::initializer_list<Node*> arguments) {
  const auto copy = arena_.array<Node*>(arguments.size());
  std::size_t i = 0;
  for (Node* argument : arguments) {
    if (!argument) return nullptr;
    copy[i++] = argument;
  }
  return node<Call>(Kind::kCall, callee, copy);
}

Node* Expander::call_system(std::string_view name, std::initializer_list<Node*> arguments) {
  const Value symbol = intern(name);
  Global* global = symbol == kRaise ? nullptr : system_global(symbol);
  if (!global) return out_of_memory(), nullptr;
  return call(node<GlobalRef>(Kind::kGlobalRef, global), arguments);
}

Variable* Expander::bind(Scope* scope, Value identifier) {
  Variable* bound = variable(identifier);
  scope->entries = arena_.make<ScopeEntry>(identifier, Denotation::of(bound), scope->entries);
  return bound;
}

bool Expander::list_of(Value list, Forms* out) {
  std::size_t count = 0;
  Value slow = list;
  for (Value at = list; at.is_pair(); at = cdr(at)) {
    if (++count % 2 == 0) {
      slow = cdr(slow);
      if (slow == cdr(at)) return false;   // circular
    }
  }
  const auto forms = arena_.array<Value>(count);
  Value at = list;
  for (Value& form : forms) {
    form = car(at);
    at = cdr(at);
  }
  *out = forms;
  return at == kNil;
}

bool Expander::parts(Value form, std::size_t minimum, std::size_t maximum, Forms* out, std::string_view shape) {
  if (list_of(form, out) && out->size() >= minimum && out->size() <= maximum) return true;
  bad(form, std::string("must have the form ") + std::string(shape) + ", not", form);
  return false;
}

// --- errors -------------------------------------------------------------------------------------------------------

// "file.scm:3:5", or what of it is known
std::string Expander::place_text(Location location) {
  std::string out = is_string(location.source) ? string_utf8(location.source) : "";
  if (location.line) {
    if (!out.empty()) out += ':';
    out += std::to_string(location.line) + ':' + std::to_string(location.column);
  }
  return out;
}

std::string Expander::form_name(Value form) {
  Value head = form.is_pair() ? car(form) : form;
  head = base_symbol(head);
  return is_symbol(head) ? string_utf8(runtime::as<Symbol>(head)->name) : "";
}

// Where the reader found `form`: in the source, or in a file that it includes.
Location Expander::location_of(Value form) const {
  if (!form.is_pair()) return {};
  if (map_)
    if (const SourceLocation found = map_->find(form); found.line) return {.line = found.line, .column = found.column, .source = source_name_};
  for (const SourceMap* included : included_.span())
    if (const SourceLocation found = included->find(form); found.line)
      return {.line = found.line, .column = found.column, .source = included->source_name()};
  return {};
}

std::string Expander::place_text(Value form) const {
  const Location found = location_of(form);
  return found.line ? place_text(found) : "";
}

std::string Expander::place_prefix(Value form, Value irritant) const {
  std::string place = place_text(irritant);
  if (place.empty()) place = place_text(form);
  const bool is_made = place.empty() && macro_use_ != kFalse;   // by a macro
  if (is_made) place = place_text(macro_use_);
  if (place.empty()) place = place_text(here_);
  if (!place.empty()) place += ": ";
  return is_made ? place + "in the expansion of " + form_name(macro_use_) + ": " : place;
}

std::nullptr_t Expander::bad(Value form, std::string_view message, Value irritant) {
  const Value shown = strip(irritant);
  if (shown == kRaise) return nullptr;
  fail("syntax-error", form_name(form), place_prefix(form, irritant) + std::string(message), {shown});
  return nullptr;
}

std::nullptr_t Expander::bad(Value form, std::string_view message) {
  fail("syntax-error", form_name(form), place_prefix(form, kFalse) + std::string(message));
  return nullptr;
}

}  // namespace perdure::compiler
