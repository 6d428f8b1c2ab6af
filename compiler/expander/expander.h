// One expansion: a form and its context in, core language out.
//
// Every method that can fail answers null (or false, or kRaise) with a pending condition, and its callers pass it on.
// Files: expander.cpp (expressions, calls, variables), procedures.cpp, body.cpp (definitions, top level and bodies),
// binding_forms.cpp, conditionals.cpp, quotation.cpp, values_forms.cpp, record_types.cpp, control_forms.cpp,
// syntax_forms.cpp (define-syntax and relatives), libraries.cpp, imports.cpp, include.cpp.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "compiler/core.h"
#include "compiler/expand.h"
#include "compiler/expander/environment.h"
#include "compiler/expander/syntax.h"
#include "runtime/utf8_string.h"

namespace perdure::runtime {
class SourceMap;
}

namespace perdure::compiler {

using Forms = std::span<Value>;

struct Formals {
  std::span<Value> required;
  Value rest = runtime::kFalse;   // identifier or #f
};

// A definition or an expression of a body or of the top level. All definitions of a body are declared before any
// expression in it is expanded, so each waits here.
struct Item {
  enum Kind : std::uint8_t {
    kExpression,   // form
    kDefine,       // target <- form
    kProcedure,    // target <- procedure of form, which is (define (name . formals) body ...)
    kReady,        // target <- node; without a target: node
    kValues,       // at top level: globals <- the values of form
  } kind;
  Value form;
  Context context;
  Variable* variable = nullptr;   // target in a body
  Global* global = nullptr;       // target at top level
  Value name = runtime::kFalse;   // of the target: a symbol
  Node* node = nullptr;
  Location location = {};
  Value macro_use = runtime::kFalse;
  Formals formals = {};           // of kValues
  std::span<Global*> globals = {};
};
using Items = ArenaVector<Item>;

// A top-level name that this expansion declared, and what it meant before.
struct Declaration {
  Environment* environment;
  Value symbol;
  Denotation before;
};

class Expander {
 public:
  Expander(Arena& arena, Value source);
  Node* toplevel(Value form, Environment* environment);
  // The same, and what names had to do with it. False when memory is used up.
  bool tell_names(NameUse* names);
  // Imports for (environment spec ...).
  bool import_into(Environment* environment, Value import_sets, Value form);
  // After a failure: (name folder . file) of a library that has to be loaded first, or #f.
  Value wanted() const { return wanted_; }

 private:
  using Handler = Node* (Expander::*)(Value form, Context context);
  static Handler handler_of(Special special);

  Resolution look_up(Value identifier, Context context);   // and remembers what the form mentions of its environment

  // --- expressions
  Node* expand(Value form, Context context);
  Node* expand_named(Value form, Context context, Value name);   // a procedure takes that name
  Node* expand_reference(Value identifier, Context context);
  Node* expand_application(Value form, Context context);
  Node* expand_sequence(Forms forms, Context context, Value whole);
  // Expands macro calls at the head until none is left; kRaise: error.
  Value expand_head(Value form, Context context, Denotation* head);
  Value transcribe(const Macro* macro, Value form, Context context);

  Node* quote(Value, Context);
  Node* quasiquote(Value, Context);
  Node* lambda(Value, Context);
  Node* named_lambda(Value, Context);
  Node* case_lambda(Value, Context);
  Node* misplaced_definition(Value, Context);
  Node* misplaced_word(Value, Context);
  Node* keyword_not_imported(Value form, Value symbol);
  Node* set(Value, Context);
  Node* if_form(Value, Context);
  Node* begin(Value, Context);
  Node* let(Value, Context);
  Node* let_star(Value, Context);
  Node* letrec(Value, Context);
  Node* do_loop(Value, Context);
  Node* cond(Value, Context);
  Node* case_form(Value, Context);
  Node* and_form(Value, Context);
  Node* or_form(Value, Context);
  Node* when_unless(Value, Context);
  Node* let_values(Value, Context);
  Node* let_star_values(Value, Context);
  Node* receive(Value, Context);
  Node* let_syntax(Value, Context);
  Node* syntax_error_form(Value, Context);
  Node* parameterize(Value, Context);
  Node* guard(Value, Context);
  Node* delay(Value, Context);
  Node* cond_expand(Value, Context);
  Node* include(Value, Context);

  // --- pieces
  Node* named_let(Forms parts, Value form, Context context);
  std::optional<Clause> clause(Value formals, Forms body, Value form, Context context);
  Node* procedure(Value formals, Forms body, Value form, Context context, Value name);
  bool parse_formals(Value formals, Value form, Formals* out);
  bool check_distinct(std::span<const Value> identifiers, std::string_view what, Value form);
  struct Binding { Value identifier, init; };
  bool parse_bindings(Value bindings, Value form, ArenaVector<Binding>* out);
  Node* cond_clauses(Forms clauses, Value form, Context context, Node* otherwise);
  Node* case_test(Variable* key, Forms data);
  Node* receiver_call(Forms parts, Variable* value, Value clause, Value form, Context context);
  Node* quasi(Value template_form, int depth, Value whole, Context context);
  Node* quasi_list(Value template_form, int depth, Value whole, Context context);
  Node* quasi_pair(Value cell, Node* first, Node* rest, bool splice);
  Node* values_element(Variable* values, std::size_t index, const Formals& formals);
  Node* values_tail(Variable* values, const Formals& formals);
  bool bind_formals(const Formals& formals, Variable* values, Scope* scope, ArenaVector<Variable*>* variables,
                    ArenaVector<Node*>* nodes);
  bool feature_holds(Value requirement, Value form, Context context, bool* answer);
  bool select_features(Value form, Context context, Forms* selected);
  bool include_forms(Value form, Forms* forms);
  std::string source_of(Value form) const;
  bool read_included(Value path, bool fold_case, Value form, ArenaVector<Value>* forms);

  // --- definitions
  Node* body(Forms forms, Context context, Value form);
  bool scan(Value form, Context context, Items* items);
  bool scan_form(Value form, Context context, Items* items);
  bool scan_all(Forms forms, Context context, Items* items);
  bool scan_define(Value form, Context context, Items* items);
  bool scan_define_values(Value form, Context context, Items* items);
  bool scan_record_type(Value form, Context context, Items* items);
  bool scan_define_syntax(Value form, Context context);
  Node* item_value(const Item& item);
  // Makes `identifier` a new variable here: of the scope, or of the Environment at top level.
  bool declare(Value identifier, Context context, Value form, Item* item);
  bool may_define(Environment* environment, Value identifier, Value form);
  bool declare_denotation(Value identifier, Context context, Value form, Denotation denotation);
  bool bind_top(Environment* environment, Value identifier, Denotation denotation);
  Node* values_definition(const Item& item);
  Node* body_items(Items& items, std::size_t definitions);
  Keep keep_of(const Global* global, bool in_library) const;
  Node* toplevel_items(Items& items, bool in_library);
  void undo_declarations();

  // --- macros
  bool macro_of(Value transformer, Value definition, Context context, Denotation* out);
  bool syntax_rules(Value form, Context context, Denotation* out);

  // --- libraries
  struct Import { Value name; Denotation denotation; };
  struct LibraryParts;
  bool scan_import(Value form, Environment* environment);
  bool scan_define_library(Value form, Context context, Items* items);
  bool scan_system_library(Value form, Context context);
  bool import_set(Value set, Value form, ArenaVector<Import>* out);
  bool import_modified(Forms parts, Value form, ArenaVector<Import>* out);
  bool import_library(Value name, Value form, ArenaVector<Import>* out);
  bool want_library(Value name, Value form);
  bool bind_import(Environment* environment, const Import& import);
  bool parse_exports(Forms specs, Value form, Value* exports);
  bool collect_declarations(Forms declarations, Value form, Context context, LibraryParts* parts);

  // --- making nodes
  template <class T, class... Fields> T* node(Kind kind, Fields... fields) {
    return arena_.make<T>(Node{kind, here_}, fields...);
  }
  Node* constant(Value value) { return node<Const>(Kind::kConst, value); }
  Node* unspecific() { return constant(runtime::kUnspecific); }
  Node* ref(Variable* variable) { return node<Ref>(Kind::kRef, variable); }
  Node* make_if(Node* test, Node* consequent, Node* alternative) {
    return node<If>(Kind::kIf, test, consequent, alternative);
  }
  Node* make_let(Variable* variable, Node* value, Node* body);
  Node* make_begin(std::span<Node*> nodes);
  Node* make_lambda(std::span<Variable*> required, Variable* rest, Node* body, Value name);
  Node* call(Node* callee, std::initializer_list<Node*> arguments);
  // A call of the runtime's own procedure of that name, whatever the name means to the program.
  Node* call_system(std::string_view name, std::initializer_list<Node*> arguments);
  Variable* variable(Value identifier) { return arena_.make<Variable>(base_symbol(identifier)); }
  Variable* temporary(std::string_view name) { return arena_.make<Variable>(name_symbol(name)); }
  // For people; #f when memory is used up.
  static Value name_symbol(std::string_view name) {
    const Value symbol = runtime::intern(name);
    return symbol == runtime::kRaise ? runtime::kFalse : symbol;
  }
  void name_procedure(Node* node, Value name);
  Scope* new_scope(Context context) { return arena_.make<Scope>(context.scope, nullptr); }
  Variable* bind(Scope* scope, Value identifier);

  // --- reading forms
  bool list_of(Value list, Forms* out);            // false: not a proper list (no condition is made)
  bool parts(Value form, std::size_t minimum, std::size_t maximum, Forms* out, std::string_view shape);
  Value strip(Value datum);                        // aliases back to what was written
  Node* literal(Value datum);                      // the constant; immutable if it stands in a source text
  void freeze(Value datum);

  // --- errors: all answer "failed"
  std::nullptr_t bad(Value form, std::string_view message, Value irritant);
  std::nullptr_t bad(Value form, std::string_view message);
  Location location_of(Value form) const;
  static std::string place_text(Location location);
  std::string place_text(Value form) const;
  std::string place_prefix(Value form, Value irritant) const;
  std::string shapes_of(const Macro* macro, Value form);
  static std::string form_name(Value form);            // of its head

  // Restores the place that nodes and errors are given when a form is done.
  class Place {
   public:
    Place(Expander& expander, Value form)
        : expander_(expander), outer_(expander.here_), outer_use_(expander.macro_use_) {
      if (Location found = expander.location_of(form); found.line) {
        expander.here_ = found;
        expander.macro_use_ = runtime::kFalse;
      }
    }
    ~Place() {
      expander_.here_ = outer_;
      expander_.macro_use_ = outer_use_;
    }

   private:
    Expander& expander_;
    Location outer_;
    Value outer_use_;
  };

  Arena& arena_;
  Value source_name_ = runtime::kFalse;
  const runtime::SourceMap* map_ = nullptr;
  ArenaVector<runtime::SourceMap*> included_;
  Location here_;
  Value macro_use_ = runtime::kFalse;   // the form of the source text that is being expanded, if a macro's use
  ArenaVector<Declaration> declarations_;
  Environment* environment_ = nullptr;  // of the form
  ArenaVector<Value> mentioned_;        // in it: variables and macros
  ArenaVector<Value> changed_;          // in it: names that mean something else now
  bool made_aliases_ = false;
  int expansions_ = 0;
  Value wanted_ = runtime::kFalse;
};

inline constexpr std::size_t kAnyNumber = ~std::size_t{0};

}  // namespace perdure::compiler
