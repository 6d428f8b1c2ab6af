// The core language: what the expander makes and the optimiser and code generator take.
//
//   e ::= (const v) | (ref x) | (set! x e) | (global g) | (global-set! g e) | (define g e)
//       | (if e e e) | (begin e ... e) | (lambda clause ...) | (call e e ...)
//       | (let ((x e) ...) e) | (letrec* ((x e) ...) e) | (receive (x ...) e e)
//   clause ::= ((x ... [. x]) e)
//
// - Every variable is one Variable object, bound exactly once: no two binding forms share one, names are for people.
// - `let` evaluates right-hand sides in any order, before the body; `letrec*` in order, and may refer to earlier and
//   (under a lambda) later ones; a read of a variable before its initialisation must raise "unassigned variable".
// - `receive` binds two or more variables to as many values; another number of values must raise. simplify makes it.
// - `define` also names its value. A `begin` is never empty.
// Nodes live in an Arena and die with it; the arena's memory is scanned by the collector.
#pragma once

#include <cstdint>
#include <span>

#include "compiler/arena.h"
#include "runtime/global.h"
#include "runtime/value.h"

namespace perdure::compiler {

using runtime::Global;
using runtime::Value;

// A procedure that was opened at its call (definitions.h): without that it would have a frame.
struct Opened {
  Value procedure;           // (name source . line)
  const Opened* outer;       // what else was opened of those that would have frames below it; or null
  mutable bool goes_on = false;   // who called it goes on after it, though the body of a `receive` was moved into it
};

struct Location {
  std::uint32_t line = 0;           // from 1; 0: unknown
  std::uint32_t column : 31 = 0;    // from 1
  bool last : 1 = false;            // a call there is the last that the opened procedure does, and would end its frame
  Value source = runtime::kFalse;   // name of the file, a string; #f: unknown
  const Opened* opened = nullptr;   // what the node belongs to
};

// Those that would have frames during a call there.
inline const Opened* below_call(const Location& here) { return here.last && here.opened != nullptr ? here.opened->outer : here.opened; }

struct Lambda;

struct Variable {
  Value name;                     // a symbol
  bool assigned = false;          // some set! names it (the expander sets this)
  bool checked = false;           // a read may come before the initialisation (set by fix_letrec)
  void* info = nullptr;           // scratch of the pass that is running
};

enum class Kind : std::uint8_t {
  kConst, kRef, kSet, kGlobalRef, kGlobalSet, kDefine, kIf, kBegin, kLambda, kCall, kLet, kLetrec, kReceive,
};

struct Node {
  Kind kind;
  Location location;
};

struct Const : Node { Value value; };
struct Ref : Node { Variable* variable; };
struct Set : Node { Variable* variable; Node* value; };
struct GlobalRef : Node { Global* global; };
struct GlobalSet : Node { Global* global; Node* value; };   // raises if the global is unbound
// Calls of what is defined may be opened in other forms (definitions.h).
enum class Keep : std::uint8_t {
  kNot,
  kGuarded,   // while it is what it was: of a top level
  kLasting,   // nobody else can assign or define it: of the system, or of a library
};
struct Define : Node {
  Global* global;
  Node* value;
  Keep keep = Keep::kNot;
};
struct If : Node { Node* test; Node* consequent; Node* alternative; };
struct Begin : Node { std::span<Node*> body; };
struct Clause {
  std::span<Variable*> required;
  Variable* rest = nullptr;       // or null
  Node* body = nullptr;
};
struct Lambda : Node {
  std::span<Clause> clauses;      // one for lambda, any number for case-lambda: the first that fits is taken
  Value name;                     // symbol or #f
  void* info = nullptr;           // scratch of the pass that is running
};
struct Call : Node { Node* callee; std::span<Node*> arguments; };
struct Let : Node { std::span<Variable*> variables; std::span<Node*> values; Node* body; };
struct Letrec : Node {
  std::span<Variable*> variables;
  std::span<Node*> values;
  Node* body;
  bool at_once = false;           // letrec: no initialiser may read any of the variables, not even earlier ones
};

struct Receive : Node { std::span<Variable*> variables; Node* value; Node* body; };

template <class T> T* as(Node* node) { return static_cast<T*>(node); }
template <class T> const T* as(const Node* node) { return static_cast<const T*>(node); }

// The tree as a Scheme form, for tests of passes and for (%expand form). Variables are written `name.N`, numbered as
// they are met; globals by their bare name; constants that would read as something else are quoted.
Value core_to_datum(const Node* node);

}  // namespace perdure::compiler
