// The walk of simplify, and what it keeps of variables. Private to simplify*.cpp; what the pass does is said in simplify.cpp.
#pragma once


#include "compiler/compile.h"
#include "compiler/recording.h"
#include "runtime/object.h"

namespace perdure::compiler {

// What is known of a variable (Variable::info during this pass).
struct Usage {
  std::uint32_t references = 0;
  std::uint32_t tests = 0;       // of them: in (procedure? variable), and where that is false
  bool is_procedure = false;     // it is bound to a lambda for good: references are without tests from then on
  Node* stands_for = nullptr;    // a constant or a reference that takes its place
  Lambda* only_call = nullptr;   // the lambda it is bound to, while its one use may still be a call
  bool opened = false;           // that call was opened: the lambda is nowhere else
  Lambda* small = nullptr;       // the procedure it is bound to, if copies of that may stand at its calls
  std::span<const std::uint64_t> words;   // and how copies are made (recording.h)
  std::uint32_t size = 0;        // of its body
  std::span<Variable*> parts;    // what (%values-ref variable i n) stand for, n of them, if every mention is such a one
  std::uint32_t taken = 0;       // how many of those there are
  bool received = false;         // the parts are bound
};

class Simplifier {
 public:
  Simplifier(Arena& arena, Value source) : arena_(arena), source_(source) {}

  Node* run(Node* node);

 private:
  enum class Want { kValue, kTruth, kEffect };

  // --- how variables are used (simplify_usage.cpp)
  Usage& of(Variable* v) {
    if (v->info == nullptr) {
      v->info = arena_.make<Usage>();
      seen_.push_back(v);
    }
    return *static_cast<Usage*>(v->info);
  }
  void count(Node* node);
  static void note_tests(Usage& usage, std::uint32_t count);
  void note_define(const Define& define);
  static Variable* tested_variable(Node* node);
  static Variable* lost_branch(Node* node, Node** child);
  void note_procedure(Variable* v, const Node* value);

  // --- the walk (simplify.cpp)
  Node* simplify(Node* node, Want want);
  Node* simplify_ref(Ref& ref);
  Node* simplify_if(If& node, Want want);
  Node* simplify_begin(Begin& begin, Want want);
  Node* simplify_let(Let& let, Want want);
  bool settle(Variable* v, Node* value, PassVector<Node*>& effects);
  Node* wrap(std::span<Variable*> variables, std::span<Node*> values, PassVector<std::size_t>& kept, PassVector<Node*>& effects, Node* body,
             const Node* source);
  Node* simplify_call(Call& call, Want want);
  Node* as_or(Let& let, Want want);
  Node* sequence(PassVector<Node*>& steps, const Node* source);

  // --- procedures in place of their calls (simplify_opening.cpp)
  Node* open(Call& call, Lambda& lambda, Want want);
  void consider_copies(Variable* variable, Node* value);
  Node* open_copy(Call& call, Want want);
  Node* stand_in(Call& call, std::span<const std::uint64_t> words, const Location& place, std::uint32_t size, Want want);

  // --- definitions in place of their calls in other forms (simplify_definitions.cpp)
  Node* simplify_define(Define& define);
  bool is_known_procedure(Node* node);
  bool calls_known(const Call& call, const RecordedClause& clause);
  Node* open_definition(Call& call, Want want);
  Node* open_behind_guard(Call& call, const RecordedClause& recorded, Want want);
  Location inside(const Call& call);
  bool has_changed(const If& node);

  // --- several values (simplify_values.cpp)
  void note_part(const Call& call);
  Variable* received_part(const Call& call);
  Node* as_receive(Let& let);
  Node* open_receiver(Call& call);
  Node* simplify_receive(Receive& receive, Want want);
  Node* deliver(Node* value, Receive& receive, Variable* join, Want want);
  Node* bind_values(std::span<Node*> values, Receive& receive, Want want);
  Node* call_join(Variable* join, std::span<Node*> arguments, const Node* source);

  // --- what is known without running (simplify_constants.cpp)
  Node* constant(Value v, const Node* source) { return arena_.make<Const>(Node{Kind::kConst, source->location}, v); }
  Node* fold(Call& call);
  bool is_boolean(const Node* node) const;
  bool is_idle(const Node* node) const;

  Arena& arena_;
  Value source_;                 // of the form
  PassVector<Variable*> seen_;
  PassSet<const Global*> defined_;
  PassSet<const Node*> guarded_;   // calls that stay, behind a guard
  std::uint32_t depth_ = 0;      // of lambdas
  std::uint32_t budget_ = 0;     // how many nodes may still be copied
};

// The primitive that is called, if that is known; else null (simplify_constants.cpp).
const runtime::Primitive* called_primitive(const Node* node);

}  // namespace perdure::compiler
