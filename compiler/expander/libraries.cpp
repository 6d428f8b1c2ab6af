// define-library (R7RS 5.6), and the compact declaration of the system's own libraries.
#include "compiler/expander/expander.h"
#include "compiler/expander/library.h"
#include "runtime/condition.h"

namespace perdure::compiler {

using namespace runtime;

struct Expander::LibraryParts {
  explicit LibraryParts(Arena& arena) : imports(arena), body(arena) {}
  ArenaVector<Value> imports;   // import forms
  ArenaVector<Value> body;
  Value exports = kNil;         // list of (external . internal)
};

namespace {

constexpr std::string_view kDeclarations =
    "a declaration must be one of export, import, begin, include, include-ci, include-library-declarations and "
    "cond-expand, not";

}  // namespace

// Adds `name` or (rename internal external), ... in front of *exports.
bool Expander::parse_exports(Forms specs, Value form, Value* exports) {
  for (Value spec : specs) {
    Value internal = spec, external = spec;
    Forms p;
    if (list_of(spec, &p) && p.size() == 3 && is_word(p[0], "rename")) {
      internal = p[1];
      external = p[2];
    }
    if (!is_symbol(internal) || !is_symbol(external))
      return bad(form, "an export must be a name or (rename name exported-name), not", spec), false;
    for (Value at = *exports; at.is_pair(); at = cdr(at))
      if (car(car(at)) == external) return bad(form, "this name is exported twice:", external), false;
    const Value pair = cons(external, internal);
    if (pair == kRaise || (*exports = cons(pair, *exports)) == kRaise) return false;
  }
  return true;
}

bool Expander::collect_declarations(Forms declarations, Value form, Context context, LibraryParts* out) {
  for (Value declaration : declarations) {
    Place place(*this, declaration);
    Forms p;
    if (!list_of(declaration, &p) || p.empty()) return bad(form, kDeclarations, declaration), false;
    Forms more;
    if (is_word(p[0], "export")) {
      const Value specs = strip(cdr(declaration));
      if (specs == kRaise || !list_of(specs, &more) || !parse_exports(more, form, &out->exports)) return false;
    } else if (is_word(p[0], "import")) {
      out->imports.push(declaration);
    } else if (is_word(p[0], "begin")) {
      for (Value each : p.subspan(1)) out->body.push(each);
    } else if (is_word(p[0], "include") || is_word(p[0], "include-ci")) {
      if (!include_forms(declaration, &more)) return false;
      for (Value each : more) out->body.push(each);
    } else if (is_word(p[0], "include-library-declarations")) {
      if (!include_forms(declaration, &more) || !collect_declarations(more, form, context, out)) return false;
    } else if (is_word(p[0], "cond-expand")) {
      if (!select_features(declaration, context, &more) || !collect_declarations(more, form, context, out)) return false;
    } else {
      return bad(form, kDeclarations, declaration), false;
    }
  }
  return true;
}

bool Expander::scan_define_library(Value form, Context context, Items* items) {
  Forms p;
  if (!parts(form, 2, kAnyNumber, &p, "(define-library name declaration ...)")) return false;
  const Value name = strip(p[1]);
  if (!is_library_name(name)) return bad(form, "the name of a library is a list of symbols and numbers, not", p[1]), false;
  LibraryParts found(arena_);
  if (!collect_declarations(p.subspan(2), form, context, &found)) return false;
  Environment* environment = create_environment(nullptr);
  if (!environment) return false;
  for (Value import : found.imports.span())
    if (!import_into(environment, cdr(import), import)) return false;

  Items body(arena_);
  if (!scan_all(found.body.span(), {nullptr, environment}, &body)) return false;
  Node* evaluation = toplevel_items(body, true);
  if (!evaluation) return false;
  for (Value at = found.exports; at.is_pair(); at = cdr(at)) {
    const Denotation exported = environment_find(environment, cdr(car(at)));
    if (exported.kind == Denotation::kNothing || exported.forward)
      return bad(form, "this name is exported but not defined:", cdr(car(at))), false;
  }
  if (!register_library(name, environment, found.exports)) return false;
  items->push({.kind = Item::kReady, .form = form, .context = context, .node = evaluation, .location = here_});
  return true;
}

// (%define-system-library name export ...): names of the environment it stands in.
bool Expander::scan_system_library(Value form, Context context) {
  Forms p;
  if (!parts(form, 2, kAnyNumber, &p, "(%define-system-library name export ...)")) return false;
  if (!is_library_name(p[1])) return bad(form, "the name of a library is a list of symbols and numbers, not", p[1]), false;
  Value exports = kNil;
  return parse_exports(p.subspan(2), form, &exports) && register_library(p[1], context.top, exports);
}

}  // namespace perdure::compiler
