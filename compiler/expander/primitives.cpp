// What Scheme code may ask of the expander: environments, libraries, expansions; and the parts of multiple values that
// let-values and its relatives expand into.
#include "compiler/expand.h"
#include "compiler/expander/expander.h"
#include "compiler/expander/library.h"
#include "compiler/expander/suggestions.h"
#include "runtime/condition.h"
#include "runtime/global.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

Value check_environment(std::string_view who, int position, Value v) {
  return is_environment(v) ? v : wrong_type(who, position, "environment", v);
}

// --- environments -------------------------------------------------------------------------------------------------

Value prim_is_environment(Value v) { return boolean(is_environment(v)); }
Value prim_system_environment() { return system_environment(); }
Value prim_interaction_environment() { return interaction_environment(); }

Value prim_set_interaction_environment(Value environment) {
  if (check_environment("%set-interaction-environment!", 1, environment) == kRaise) return kRaise;
  set_interaction_environment(environment);
  return kUnspecific;
}

Value prim_make_environment(Value parent) {
  if (parent == kDefault) parent = kFalse;
  if (parent != kFalse && check_environment("%make-environment", 1, parent) == kRaise) return kRaise;
  return make_environment(parent);
}

// The environment; or (name folder . file) of a library that has to be loaded first.
Value import_all(Value environment, Value sets) {
  if (environment == kRaise || sets == kRaise) return kRaise;
  Arena arena;
  Expander expander(arena, kFalse);
  bool done = false;
  if (!attempt([&] { done = expander.import_into(as_environment(environment), sets, intern("import")); })) return kRaise;
  if (done) return environment;
  if (!expander.wanted().is_pair()) return kRaise;
  take_pending_condition();
  return expander.wanted();
}

Value fixed(Value environment) {
  if (is_environment(environment)) as_environment(environment)->is_fixed = true;
  return environment;
}

Value list_of_arguments(const Value* arguments, std::uint64_t count) {
  Value list = kNil;
  while (count > 0 && list != kRaise) list = cons(arguments[--count], list);
  return list;
}

// (%make-import-environment import-set ...)
Value prim_environment(const Value* arguments, std::uint64_t count) {
  return fixed(import_all(make_environment(kFalse), list_of_arguments(arguments, count)));
}

// (%environment-import! environment import-set ...)
Value prim_environment_import(const Value* arguments, std::uint64_t count) {
  if (check_environment("%environment-import!", 1, arguments[0]) == kRaise) return kRaise;
  return import_all(arguments[0], list_of_arguments(arguments + 1, count - 1));
}

// The environment of a standard version: 5 is (scheme r5rs), 7 all of the system.
Value prim_report_environment(Value version) {
  if (version == fixnum(7) || version == kDefault) return fixed(make_environment(system_environment()));
  if (version != fixnum(5)) return wrong_type("scheme-report-environment", 1, "number 5 or 7", version);
  const Value name = cons(intern("scheme"), cons(intern("r5rs"), kNil));
  return fixed(import_all(make_environment(kFalse), list_of_arguments(&name, 1)));
}

// The syntax alone.
Value prim_null_environment(Value version) {
  if (version != fixnum(5) && version != fixnum(7) && version != kDefault)
    return wrong_type("null-environment", 1, "number 5 or 7", version);
  const Value environment = make_environment(kFalse);
  return environment != kRaise && bind_keywords(as_environment(environment)) ? fixed(environment) : kRaise;
}

// All names that mean something in `environment`, those of its parents too.
Value prim_environment_names(Value environment) {
  if (check_environment("%environment-names", 1, environment) == kRaise) return kRaise;
  Value names = kNil;
  Environment* first = as_environment(environment);
  for (Environment* at = first; at; at = at->parent) {
    each_binding(at, [&](Value symbol, const Denotation& d) {
      const bool unbound = d.kind == Denotation::kGlobal && d.global()->value == kUnbound;
      bool shadowed = false;
      for (Environment* inner = first; inner != at; inner = inner->parent)
        shadowed = shadowed || environment_find(inner, symbol).pointer != d.pointer;
      if (!unbound && !shadowed && names != kRaise) names = cons(symbol, names);
    });
  }
  return names;
}

// What a name is bound to: its value, or `otherwise` if it has none (a keyword's too).
Value prim_environment_value(Value environment, Value symbol, Value otherwise) {
  if (check_environment("%environment-value", 1, environment) == kRaise) return kRaise;
  if (!is_symbol(symbol)) return wrong_type("%environment-value", 2, "symbol", symbol);
  const Global* global = environment_global(environment, symbol);
  if (!global || global->value == kUnbound) return otherwise == kDefault ? kFalse : otherwise;
  return global->value;
}

Value prim_is_bound(Value environment, Value symbol) {
  if (check_environment("%environment-bound?", 1, environment) == kRaise) return kRaise;
  if (!is_symbol(symbol)) return wrong_type("%environment-bound?", 2, "symbol", symbol);
  const Denotation found = environment_find(as_environment(environment), symbol);
  return boolean(found.kind != Denotation::kNothing &&
                 (found.kind != Denotation::kGlobal || found.global()->value != kUnbound));
}

// For a person who used an unbound variable: a phrase, or #f.
Value prim_suggest(Value symbol) {
  const std::string text = is_symbol(symbol) ? suggest_variable(symbol) : "";
  return text.empty() ? kFalse : make_string_utf8(text);
}

// Is the name a syntactic keyword?
Value prim_is_keyword(Value environment, Value symbol) {
  if (check_environment("%environment-keyword?", 1, environment) == kRaise) return kRaise;
  if (!is_symbol(symbol)) return wrong_type("%environment-keyword?", 2, "symbol", symbol);
  const Denotation found = environment_find(as_environment(environment), symbol);
  return boolean(found.kind == Denotation::kMacro || found.kind == Denotation::kSpecial);
}

// --- libraries ----------------------------------------------------------------------------------------------------

Value prim_library_names() {
  Value names = kNil;
  for (Library* library = first_library(); library && names != kRaise; library = library->next)
    names = cons(library->name, names);
  return names;
}

Value named_library(std::string_view who, Value name) {
  if (!is_library_name(name)) return wrong_type(who, 1, "name of a library (a list of symbols and numbers)", name);
  return find_library(name) ? kTrue : fail("error", who, "there is no library", {name});
}

Value prim_library_exists(Value name) { return boolean(is_library_name(name) && find_library(name)); }

// The names that a library exports.
Value prim_library_exports(Value name) {
  if (named_library("%library-exports", name) == kRaise) return kRaise;
  Value names = kNil;
  for (Value at = find_library(name)->exports; at.is_pair() && names != kRaise; at = cdr(at))
    names = cons(car(car(at)), names);
  return names;
}

// Those of them that have neither a value nor a meaning as keyword: for checks of the system's own libraries.
Value prim_library_missing(Value name) {
  if (named_library("%library-missing", name) == kRaise) return kRaise;
  const Library* library = find_library(name);
  Value names = kNil;
  for (Value at = library->exports; at.is_pair() && names != kRaise; at = cdr(at)) {
    const Value bound = prim_is_bound(environment_value(library->environment), cdr(car(at)));
    if (bound == kFalse) names = cons(car(car(at)), names);
  }
  return names;
}

// (%register-library! name environment exports): exports is a list of names and (name . exported-name).
Value prim_register_library(Value name, Value environment, Value exports) {
  if (!is_library_name(name)) return wrong_type("%register-library!", 1, "name of a library", name);
  if (check_environment("%register-library!", 2, environment) == kRaise) return kRaise;
  Value list = kNil;
  for (Value at = exports; at != kNil; at = cdr(at)) {
    const Value spec = at.is_pair() ? car(at) : at;
    const Value internal = spec.is_pair() ? car(spec) : spec, external = spec.is_pair() ? cdr(spec) : spec;
    if (!at.is_pair() || !is_symbol(internal) || !is_symbol(external))
      return wrong_type("%register-library!", 3, "list of symbols and (name . exported-name)", spec);
    const Value pair = cons(external, internal);
    if (pair == kRaise || (list = cons(pair, list)) == kRaise) return kRaise;
  }
  return register_library(name, as_environment(environment), list) ? kUnspecific : kRaise;
}

// (%alias-library! alias name): a second name of a library.
Value prim_alias_library(Value alias, Value name) {
  if (!is_library_name(alias)) return wrong_type("%alias-library!", 1, "name of a library", alias);
  const Library* library = is_library_name(name) ? find_library(name) : nullptr;
  if (!library) return fail("error", "%alias-library!", "there is no library", {name});
  return register_library(alias, library->environment, library->exports) ? kUnspecific : kRaise;
}

// After its loading failed.
Value prim_forget_library(Value name) {
  if (!is_library_name(name)) return wrong_type("%forget-library!", 1, "name of a library", name);
  forget_library(name);
  return kUnspecific;
}

Value prim_set_library_folders(Value folders) {
  for (Value at = folders; at != kNil; at = cdr(at))
    if (!at.is_pair() || !is_string(car(at))) return wrong_type("%set-library-folders!", 1, "list of strings", folders);
  set_library_folders(folders);
  return kUnspecific;
}

// --- expansion ----------------------------------------------------------------------------------------------------

// (%expand form [environment]): the core language as a form. Definitions of macros take effect.
Value prim_expand(Value form, Value environment) {
  if (environment == kDefault) environment = interaction_environment();
  if (check_environment("%expand", 2, environment) == kRaise) return kRaise;
  Arena arena;
  const Node* node = expand_toplevel(arena, form, environment);
  Value shown = kRaise;
  return node != nullptr && attempt([&] { shown = core_to_datum(node); }) ? shown : kRaise;
}

Value prim_features() {
  Value list = kNil;
  const auto names = feature_names();
  for (std::size_t i = names.size(); i > 0 && list != kRaise; --i) list = cons(intern(names[i - 1]), list);
  return list;
}

// --- multiple values (values_forms.cpp) -----------------------------------------------------------------------------

std::span<const Value> values_of(const Value& v) {
  if (!has_type(v, Type::kValues)) return {&v, 1};
  return {runtime::as<Values>(v)->slots, length_of(v)};
}

Value wrong_count(std::int64_t expected, bool at_least, std::size_t got) {
  std::string message = at_least ? "at least " : "";
  message += std::to_string(expected) + (expected == 1 ? " value was" : " values were") + " expected, got";
  return fail("arity-error", "values", message, {fixnum(static_cast<std::int64_t>(got))});
}

Value prim_values_tail(Value v, Value from) {
  if (!from.is_fixnum() || fixnum_value(from) < 0) return wrong_type("%values-tail", 2, "index", from);
  const auto values = values_of(v);
  const auto first = static_cast<std::size_t>(fixnum_value(from));
  if (first > values.size()) return wrong_count(fixnum_value(from), true, values.size());
  return list_of_arguments(values.data() + first, values.size() - first);
}

Value prim_check_values(Value v, Value count) {
  if (!count.is_fixnum()) return wrong_type("%check-values", 2, "fixnum", count);
  const auto got = values_of(v).size();
  return static_cast<std::int64_t>(got) == fixnum_value(count) ? v : wrong_count(fixnum_value(count), false, got);
}

}  // namespace

Value values_ref(Value v, Value index, Value count) {
  if (!index.is_fixnum() || !count.is_fixnum()) return wrong_type("%values-ref", 2, "fixnum", index);
  const auto values = values_of(v);
  const std::int64_t n = fixnum_value(count), i = fixnum_value(index), expected = n < 0 ? ~n : n;
  const auto got = static_cast<std::int64_t>(values.size());
  if (n < 0 ? got < expected : got != expected) return wrong_count(expected, n < 0, values.size());
  if (i < 0 || i >= got) return out_of_range("%values-ref", 2, index, 0, got - 1);
  return values[static_cast<std::size_t>(i)];
}

namespace {

const Primitive kPrimitives[] = {
    primitive("environment?", prim_is_environment, 1, kPure | kNoRaise | kPredicate),
    primitive("system-environment", prim_system_environment),
    primitive("interaction-environment", prim_interaction_environment),
    primitive("%set-interaction-environment!", prim_set_interaction_environment),
    primitive("%make-environment", prim_make_environment, 0),
    primitive("%make-import-environment", prim_environment),
    primitive("%environment-import!", prim_environment_import, 1),
    primitive("scheme-report-environment", prim_report_environment, 0),
    primitive("null-environment", prim_null_environment, 0),
    primitive("%environment-names", prim_environment_names),
    primitive("%environment-value", prim_environment_value, 2),
    primitive("%environment-bound?", prim_is_bound),
    primitive("%environment-keyword?", prim_is_keyword),
    primitive("%suggest", prim_suggest),
    primitive("%library-names", prim_library_names),
    primitive("%library?", prim_library_exists),
    primitive("%library-exports", prim_library_exports),
    primitive("%library-missing", prim_library_missing),
    primitive("%register-library!", prim_register_library),
    primitive("%alias-library!", prim_alias_library),
    primitive("%forget-library!", prim_forget_library),
    primitive("%set-library-folders!", prim_set_library_folders),
    primitive("%expand", prim_expand, 1),
    primitive("%features", prim_features),
    primitive("%values-ref", values_ref),
    primitive("%values-tail", prim_values_tail),
    primitive("%check-values", prim_check_values),
};

}  // namespace

std::span<const Primitive> expander_primitives() { return kPrimitives; }

}  // namespace perdure::compiler
