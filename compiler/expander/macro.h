// syntax-rules (R7RS 4.3.2), compiled when the macro is defined: patterns and templates become small trees in which
// pattern variables and introduced identifiers are numbered.
//
// Source of the extensions that R7RS leaves open: a variable may stand under more ellipses than its pattern gave it; it
// is then repeated along the outermost ones, unless an inner ellipsis would be left with nothing to repeat (as in
// ((a b ...) ...) for (a ...) (b ...)).
#pragma once

#include "compiler/expander/syntax.h"

namespace perdure::compiler {

struct Pattern {
  enum Kind : std::uint32_t {
    kAnything,    // _
    kVariable,    // index
    kLiteral,     // datum: an identifier of the macro's context
    kDatum,       // datum, compared by equal?
    kNil,
    kPair,        // first . rest
    kEllipsis,    // first ... then `index` further elements and the tail: rest
    kVector,      // first: pattern of the elements as a list
  };
  std::uint64_t header;
  Kind kind;
  std::uint32_t index;
  Value datum;
  Pattern* first;
  Pattern* rest;
  std::uint32_t variables_begin, variables_end;   // the variables within `first` of an ellipsis
};

struct Template {
  enum Kind : std::uint32_t {
    kConstant,    // datum
    kVariable,    // index
    kRename,      // index: an introduced identifier
    kPair,        // first . rest
    kEllipsis,    // first, repeated along the drivers, spliced before rest
    kVector,      // first: template of the elements as a list
  };
  std::uint64_t header;
  Kind kind;
  std::uint32_t index;
  Value datum;
  Template* first;
  Template* rest;
  std::uint32_t* drivers;        // the variables that are repeated
  std::uint64_t driver_count;
};

struct Rule {
  Value source;                  // the pattern as it was written, without the keyword
  Pattern* pattern;              // of all but the keyword
  Template* result;
  std::uint32_t variables;
  std::uint32_t renames;
  Value* introduced;             // identifiers, by number
};

struct Macro {
  std::uint64_t header;
  Context context;               // of the definition
  std::uint64_t rule_count;
  Rule rules[1];
};

// A variable's match: a form, or for one under an ellipsis the matches of the repetitions.
union Match {
  Value form;
  struct Matches* several;
};
struct Matches {
  std::uint64_t count;
  Match* items;
};

// Is `form` (without its keyword) what `pattern` wants? Fills in `matches`.
bool match_pattern(Arena& arena, const Macro* macro, const Pattern* pattern, Value form, Context use, Match* matches);

// The form that a template makes of matches. `aliases`: one slot for each introduced identifier, zero at first.
// kRaise: memory is used up, or *message tells what is wrong.
Value instantiate(const Macro* macro, const Rule& rule, const Template* tree, Match* matches, Value* aliases,
                  std::string_view* message);

}  // namespace perdure::compiler
