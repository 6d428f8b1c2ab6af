// import (R7RS 5.2): import sets, and their bindings in an Environment.
#include <string>

#include "compiler/expander/expander.h"
#include "compiler/expander/library.h"
#include "compiler/expander/suggestions.h"
#include "runtime/condition.h"
#include "runtime/global.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

std::string with_suggestion(std::string message, const std::string& suggestion) {
  return suggestion.empty() ? message : message + " (similar: " + suggestion + ")";
}

}  // namespace

// Has `name` a file? Then this expansion fails, and is tried again when the file has been loaded.
bool Expander::want_library(Value name, Value form) {
  const LibraryFile found = find_library_file(name, source_of(form));
  if (found.file.empty()) return false;
  const Value folder = make_string_utf8(found.folder);
  const Value file = folder == kRaise ? kRaise : make_string_utf8(found.file);
  const Value where = file == kRaise ? kRaise : cons(folder, file);
  wanted_ = where == kRaise ? kRaise : cons(name, where);
  if (wanted_ != kRaise) bad(form, "this library is not loaded:", name);
  return true;
}

bool Expander::import_library(Value name, Value form, ArenaVector<Import>* out) {
  if (!is_library_name(name)) return bad(form, "the name of a library is a list of symbols and numbers, not", name), false;
  const Library* library = find_library(name);
  if (!library && want_library(name, form)) return false;
  if (!library) return bad(form, with_suggestion("there is no library", suggest_library(name)), name), false;
  for (Value at = library->exports; at.is_pair(); at = cdr(at)) {
    const Value internal = cdr(car(at));
    Denotation found = environment_find(library->environment, internal);
    if (found.kind == Denotation::kNothing) {
      // Declared before it is defined.
      Global* global = environment_reference(library->environment, internal);
      if (!global) return out_of_memory(), false;
      found = Denotation::of(global);
    }
    found.imported = true;
    found.forward = false;
    out->push({car(car(at)), found});
  }
  return true;
}

// (only set name ...), (except set name ...), (prefix set prefix), (rename set (from to) ...)
bool Expander::import_modified(Forms p, Value form, ArenaVector<Import>* out) {
  ArenaVector<Import> all(arena_);
  if (!import_set(p[1], form, &all)) return false;
  const auto find = [&](Value name) -> Import* {
    for (Import& import : all.span())
      if (import.name == name) return &import;
    Suggestions near(is_symbol(name) ? string_utf8(runtime::as<Symbol>(name)->name) : "");
    for (const Import& import : all.span())
      if (import.name != kFalse) near.offer(string_utf8(runtime::as<Symbol>(import.name)->name));
    bad(form, with_suggestion("the library does not export this name", near.phrase()) + ':', name);
    return nullptr;
  };
  if (is_word(p[0], "only")) {
    for (Value name : p.subspan(2)) {
      const Import* found = find(name);
      if (!found) return false;
      out->push(*found);
    }
    return true;
  }
  if (is_word(p[0], "except")) {
    for (Value name : p.subspan(2)) {
      Import* found = find(name);
      if (!found) return false;
      found->name = kFalse;
    }
  } else if (is_word(p[0], "prefix")) {
    if (p.size() != 3 || !is_symbol(p[2])) return bad(form, "must have the form (prefix import-set name)"), false;
    const std::string prefix = string_utf8(runtime::as<Symbol>(p[2])->name);
    for (Import& import : all.span()) {
      import.name = intern(prefix + string_utf8(runtime::as<Symbol>(import.name)->name));
      if (import.name == kRaise) return false;
    }
  } else {
    const auto targets = arena_.array<Import*>(p.size() - 2);
    for (std::size_t i = 2; i < p.size(); ++i) {
      Forms names;
      if (!list_of(p[i], &names) || names.size() != 2 || !is_symbol(names[0]) || !is_symbol(names[1]))
        return bad(form, "a renaming must have the form (from to), not", p[i]), false;
      if (!(targets[i - 2] = find(names[0]))) return false;
    }
    for (std::size_t i = 2; i < p.size(); ++i) targets[i - 2]->name = car(cdr(p[i]));
  }
  for (const Import& import : all.span())
    if (import.name != kFalse) out->push(import);
  return true;
}

bool Expander::import_set(Value set, Value form, ArenaVector<Import>* out) {
  Forms p;
  if (!list_of(set, &p) || p.empty()) return bad(form, "an import set is needed, not", set), false;
  // (rename x) with a symbol or number would be the name of a library.
  if (p.size() >= 2 && p[1].is_pair())
    for (std::string_view modifier : {"only", "except", "prefix", "rename"})
      if (is_word(p[0], modifier)) return import_modified(p, form, out);
  return import_library(set, form, out);
}

bool Expander::bind_import(Environment* environment, const Import& import) {
  const Denotation known = environment_find(environment, import.name);
  if (known.same_as(import.denotation) && known.kind != Denotation::kNothing && !known.forward) return true;
  // Code that mentioned the name before it was imported.
  if (known.forward && import.denotation.kind == Denotation::kGlobal)
    set_global(known.global(), import.denotation.global()->value);
  return bind_top(environment, import.name, import.denotation);
}

bool Expander::import_into(Environment* environment, Value sets, Value form) {
  sets = strip(sets);
  Forms list;
  if (sets == kRaise) return false;
  if (!list_of(sets, &list)) return bad(form, "must have the form (import import-set ...)"), false;
  ArenaVector<Import> imports(arena_);
  for (Value set : list)
    if (!import_set(set, form, &imports)) return false;
  for (const Import& import : imports.span())
    if (!bind_import(environment, import)) return false;
  return true;
}

bool Expander::scan_import(Value form, Environment* environment) {
  if (environment->is_fixed) return bad(form, "nothing can be imported into this environment"), false;
  return import_into(environment, cdr(form), form);
}

}  // namespace perdure::compiler
