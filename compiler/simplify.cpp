// core -> core: what can be decided now is not left to the running program.
//
// One walk from the outside in carries constants and copies to their uses, opens calls of lambdas (those written in
// place, and those bound to a variable that is used once, in a call), folds primitives of constants, drops code that
// has no effect and no use, and turns (let ((t a)) (if t t b)), which is what `or` means, into (if a #t b) where only
// the truth of it matters. Small procedures are copied to all their calls, as long as the budget of the program lasts: it
// grows with the program, so the walk stays linear (after Waddell and Dybvig, "Fast and effective procedure inlining", 1997).
// So are procedures of the system and of libraries (definitions.h); those that call what is passed to them, if that is known.
#include <unordered_set>
#include <vector>

#include "compiler/analysis.h"
#include "compiler/compile.h"
#include "compiler/definitions.h"
#include "compiler/optimisations.h"
#include "compiler/recording.h"
#include "compiler/walk.h"
#include "runtime/condition.h"
#include "runtime/object.h"

namespace perdure::compiler {
namespace {

using runtime::Primitive;

// What is known of a variable (Variable::info during this pass).
struct Usage {
  std::uint32_t references = 0;
  std::uint32_t tests = 0;       // of them: in (procedure? variable), and where that is false
  bool is_procedure = false;     // it is bound to a lambda for good: references are without tests from then on
  Node* stands_for = nullptr;    // a constant or a reference that takes its place
  Lambda* only_call = nullptr;   // the lambda it is bound to, while its one use may still be a call
  bool opened = false;           // that call was opened: the lambda is nowhere else
  Lambda* small = nullptr;       // the procedure it is bound to, if copies of that may stand at its calls
  std::span<std::uint64_t> words;   // and how copies are made (recording.h)
  std::uint32_t size = 0;        // of its body
};

// A call takes about as much code as a body of a dozen nodes; what is known at the call makes larger ones shrink.
constexpr std::uint32_t kMostCopied = 32;
// Of definitions of other forms, unless they are passed known procedures.
constexpr std::uint32_t kMostOpened = 20;
// For small programs, in which there is time enough.
constexpr std::uint32_t kLeastBudget = 500;

class Simplifier {
 public:
  explicit Simplifier(Arena& arena) : arena_(arena) {}

  Node* run(Node* node) {
    begin_definitions();
    budget_ = kLeastBudget;
    count(node);
    node = simplify(node, Want::kValue);
    for (Variable* each : seen_) each->info = nullptr;
    return node;
  }

 private:
  enum class Want { kValue, kTruth, kEffect };

  Usage& of(Variable* v) {
    if (v->info == nullptr) {
      v->info = arena_.make<Usage>();
      seen_.push_back(v);
    }
    return *static_cast<Usage*>(v->info);
  }

  void count(Node* node) {
    ++budget_;
    switch (node->kind) {
      case Kind::kRef: ++of(as<Ref>(node)->variable).references; break;
      case Kind::kGlobalSet: note_assignment(as<GlobalSet>(node)->global); break;
      case Kind::kDefine: note_define(*as<Define>(node)); break;
      default: break;
    }
    for_each_child(node, [this, node](Node*& child) {
      if (Variable* tested = lost_branch(node, &child)) {
        const std::uint32_t before = of(tested).references;
        count(child);
        note_tests(of(tested), of(tested).references - before);
      } else {
        count(child);
      }
    });
    if (Variable* tested = tested_variable(node)) note_tests(of(tested), 1);
  }
  static void note_tests(Usage& usage, std::uint32_t count) {
    if (usage.is_procedure) usage.references -= count; else usage.tests += count;
  }
  void note_define(const Define& define) {
    if (!defined_.insert(define.global).second) note_assignment(define.global);
  }
  static Variable* tested_variable(Node* node);
  static Variable* lost_branch(Node* node, Node** child);
  void note_procedure(Variable* v, const Node* value);

  Node* constant(Value v, const Node* source) { return arena_.make<Const>(Node{Kind::kConst, source->location}, v); }

  Node* simplify(Node* node, Want want);
  Node* simplify_ref(Ref& ref);
  Node* simplify_if(If& node, Want want);
  Node* simplify_begin(Begin& begin, Want want);
  Node* simplify_let(Let& let, Want want);
  Node* simplify_call(Call& call, Want want);
  Node* open(Call& call, Lambda& lambda, Want want);
  Node* open_receiver(Call& call);
  void consider_copies(Variable* variable, Node* value);
  Node* open_copy(Call& call, Want want);
  bool is_known_procedure(Node* node);
  Node* open_definition(Call& call, Want want);
  Node* stand_in(Call& call, std::span<const std::uint64_t> words, std::uint32_t size, Want want);
  Node* simplify_define(Define& define);
  Node* fold(Call& call);
  Node* as_or(Let& let, Want want);
  bool is_boolean(const Node* node) const;
  bool is_idle(const Node* node) const;
  Node* sequence(std::vector<Node*>& steps, const Node* source);

  Arena& arena_;
  std::vector<Variable*> seen_;
  std::unordered_set<const Global*> defined_;
  std::uint32_t depth_ = 0;      // of lambdas
  std::uint32_t budget_ = 0;     // how many nodes may still be copied
};

const Primitive* called_primitive(const Node* node) {
  if (node->kind != Kind::kCall) return nullptr;
  const Node* callee = as<Call>(node)->callee;
  return callee->kind == Kind::kGlobalRef ? static_cast<const GlobalRef*>(callee)->global->integrable : nullptr;
}

// Of (procedure? variable).
Variable* Simplifier::tested_variable(Node* node) {
  const Primitive* primitive = called_primitive(node);
  if (primitive == nullptr || primitive->name != "procedure?" || !is_on(Optimisation::kFolding)) return nullptr;
  const auto arguments = as<Call>(node)->arguments;
  return arguments.size() == 1 && arguments[0]->kind == Kind::kRef ? as<Ref>(arguments[0])->variable : nullptr;
}

// Is `child` the branch of an `if` that is for a variable that holds no procedure? Which variable?
Variable* Simplifier::lost_branch(Node* node, Node** child) {
  if (node->kind != Kind::kIf) return nullptr;
  auto* branch = as<If>(node);
  Node* test = branch->test;
  Node** lost = &branch->alternative;
  for (const Primitive* p; (p = called_primitive(test)) != nullptr && p->name == "not" && as<Call>(test)->arguments.size() == 1;) {
    test = as<Call>(test)->arguments[0];
    lost = lost == &branch->alternative ? &branch->consequent : &branch->alternative;
  }
  return child == lost ? tested_variable(test) : nullptr;
}

bool Simplifier::is_boolean(const Node* node) const {
  if (node->kind == Kind::kConst) {
    const Value v = as<Const>(node)->value;
    return v == runtime::kTrue || v == runtime::kFalse;
  }
  const Primitive* primitive = called_primitive(node);
  return primitive != nullptr && (primitive->flags & runtime::kPredicate);
}

// Can it be left out when nobody wants its value?
bool Simplifier::is_idle(const Node* node) const {
  if (!is_on(Optimisation::kDeadCode)) return false;
  switch (node->kind) {
    case Kind::kConst: case Kind::kLambda: return true;
    case Kind::kRef: return !as<Ref>(node)->variable->checked;
    case Kind::kGlobalRef: return as<GlobalRef>(node)->global->value != runtime::kUnbound;
    default: return false;
  }
}

Node* Simplifier::simplify(Node* node, Want want) {
  switch (node->kind) {
    case Kind::kRef: return simplify_ref(*as<Ref>(node));
    case Kind::kIf: return simplify_if(*as<If>(node), want);
    case Kind::kBegin: return simplify_begin(*as<Begin>(node), want);
    case Kind::kLet: return simplify_let(*as<Let>(node), want);
    case Kind::kCall: return simplify_call(*as<Call>(node), want);
    case Kind::kLetrec: {
      auto* letrec = as<Letrec>(node);
      for (std::size_t i = 0; i < letrec->values.size(); ++i) note_procedure(letrec->variables[i], letrec->values[i]);
      for (Node*& each : letrec->values) each = simplify(each, Want::kValue);
      letrec->body = simplify(letrec->body, want);
      return node;
    }
    case Kind::kDefine: return simplify_define(*as<Define>(node));
    case Kind::kLambda:
      ++depth_;
      for_each_child(node, [this](Node*& child) { child = simplify(child, Want::kValue); });
      --depth_;
      return node;
    default:
      for_each_child(node, [this](Node*& child) { child = simplify(child, Want::kValue); });
      return node;
  }
}

Node* Simplifier::simplify_define(Define& define) {
  define.value = simplify(define.value, Want::kValue);
  if (define.lasting && define.value->kind == Kind::kLambda && is_on(Optimisation::kDefinitions))
    keep_definition(define.global, *as<Lambda>(define.value));
  return &define;
}

Node* Simplifier::simplify_ref(Ref& ref) {
  Node* other = of(ref.variable).stands_for;
  if (other == nullptr) return &ref;
  if (other->kind == Kind::kConst) return constant(as<Const>(other)->value, &ref);
  if (other->kind == Kind::kGlobalRef) return arena_.make<GlobalRef>(Node{Kind::kGlobalRef, ref.location}, as<GlobalRef>(other)->global);
  ref.variable = as<Ref>(other)->variable;
  return &ref;
}

Node* Simplifier::simplify_if(If& node, Want want) {
  node.test = simplify(node.test, is_on(Optimisation::kTruth) ? Want::kTruth : Want::kValue);
  if (node.test->kind == Kind::kConst && is_on(Optimisation::kFolding))
    return simplify(as<Const>(node.test)->value != runtime::kFalse ? node.consequent : node.alternative, want);
  node.consequent = simplify(node.consequent, want);
  node.alternative = simplify(node.alternative, want);
  return &node;
}

Node* Simplifier::sequence(std::vector<Node*>& steps, const Node* source) {
  if (steps.size() == 1) return steps[0];
  auto body = arena_.array<Node*>(steps.size());
  std::copy(steps.begin(), steps.end(), body.begin());
  return arena_.make<Begin>(Node{Kind::kBegin, source->location}, body);
}

Node* Simplifier::simplify_begin(Begin& begin, Want want) {
  std::vector<Node*> steps;
  for (std::size_t i = 0; i < begin.body.size(); ++i) {
    const bool last = i + 1 == begin.body.size();
    Node* step = simplify(begin.body[i], last ? want : Want::kEffect);
    if (last || !is_idle(step)) steps.push_back(step);
  }
  return sequence(steps, &begin);
}

// (let ((t a)) (if t t b)), if that is what it is and `a` may become a test.
Node* Simplifier::as_or(Let& let, Want want) {
  if (!is_on(Optimisation::kTruth) || let.variables.size() != 1 || let.body->kind != Kind::kIf) return nullptr;
  const auto* body = as<If>(let.body);
  Variable* t = let.variables[0];
  auto is_t = [t](Node* node) { return node->kind == Kind::kRef && as<Ref>(node)->variable == t; };
  if (t->assigned || of(t).references != 2 || !is_t(body->test) || !is_t(body->consequent)) return nullptr;
  if (want != Want::kTruth && !is_boolean(let.values[0])) return nullptr;
  return arena_.make<If>(Node{Kind::kIf, let.location}, let.values[0], constant(runtime::kTrue, &let), body->alternative);
}

Node* Simplifier::simplify_let(Let& let, Want want) {
  if (Node* test = as_or(let, want)) return simplify(test, want);
  std::vector<Node*> effects;
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < let.variables.size(); ++i) {
    Variable* v = let.variables[i];
    Usage& usage = of(v);
    note_procedure(v, let.values[i]);
    // A lambda with one use waits: if that use is a call, it is simplified there.
    if (let.values[i]->kind == Kind::kLambda && usage.references == 1 && !v->assigned && is_on(Optimisation::kOpening)) {
      usage.only_call = as<Lambda>(let.values[i]);
      kept.push_back(i);
      continue;
    }
    Node* value = let.values[i] = simplify(let.values[i], usage.references == 0 && !v->assigned ? Want::kEffect : Want::kValue);
    if (v->assigned) {
      kept.push_back(i);
    } else if (usage.references == 0 && is_on(Optimisation::kDeadCode)) {
      if (!is_idle(value)) effects.push_back(value);
    } else if (!is_on(Optimisation::kCopies)) {
      kept.push_back(i);
    } else if (value->kind == Kind::kConst || (value->kind == Kind::kGlobalRef && is_known_procedure(value))) {
      usage.stands_for = value;
    } else if (value->kind == Kind::kRef && !as<Ref>(value)->variable->assigned) {
      usage.stands_for = value;
      Usage& other = of(as<Ref>(value)->variable);
      other.references += usage.references - 1;
      if (other.is_procedure) other.references -= usage.tests; else other.tests += usage.tests;
    } else {
      kept.push_back(i);
      consider_copies(v, value);
    }
  }
  Node* body = simplify(let.body, want);
  std::erase_if(kept, [&](std::size_t i) {
    const Usage& usage = of(let.variables[i]);
    return usage.opened || (usage.small != nullptr && usage.references == 0);
  });
  for (const std::size_t i : kept)
    if (of(let.variables[i]).only_call != nullptr) let.values[i] = simplify(let.values[i], Want::kValue);
  if (!kept.empty()) {
    auto variables = arena_.array<Variable*>(kept.size());
    auto values = arena_.array<Node*>(kept.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      variables[i] = let.variables[kept[i]];
      values[i] = let.values[kept[i]];
    }
    body = arena_.make<Let>(Node{Kind::kLet, let.location}, variables, values, body);
  }
  effects.push_back(body);
  return sequence(effects, &let);
}

// A call of a lambda whose parameters it fits: a let.
Node* Simplifier::open(Call& call, Lambda& lambda, Want want) {
  Clause& clause = lambda.clauses[0];
  Node* let = arena_.make<Let>(Node{Kind::kLet, call.location}, clause.required, call.arguments, clause.body);
  return simplify(let, want);
}

// A small procedure that is called in several places, or might be.
void Simplifier::consider_copies(Variable* variable, Node* value) {
  if (value->kind != Kind::kLambda || !is_on(Optimisation::kInlining)) return;
  auto* lambda = as<Lambda>(value);
  if (lambda->clauses.size() != 1 || lambda->clauses[0].rest != nullptr) return;
  // Copies of what holds procedures would be procedures that stand at one place of the source, which redefinition (redo.h)
  // could not tell apart.
  const auto recorded = record(lambda->clauses[0], {kMostCopied});
  if (!recorded) return;
  Usage& usage = of(variable);
  usage.small = lambda;
  usage.size = recorded->size;
  usage.words = arena_.array<std::uint64_t>(recorded->words.size());
  std::copy(recorded->words.begin(), recorded->words.end(), usage.words.begin());
}

// A copy of a clause in place of a call.
Node* Simplifier::stand_in(Call& call, std::span<const std::uint64_t> words, std::uint32_t size, Want want) {
  const std::uint32_t left = budget_ - size;
  const Clause copy = play(arena_, words, call.location);
  count(copy.body);
  budget_ = left;
  return simplify(arena_.make<Let>(Node{Kind::kLet, call.location}, copy.required, call.arguments, copy.body), want);
}

Node* Simplifier::open_copy(Call& call, Want want) {
  Usage& usage = of(as<Ref>(call.callee)->variable);
  if (usage.small == nullptr || !fits(usage.small, call.arguments.size()) || budget_ < usage.size) return nullptr;
  --usage.references;
  return stand_in(call, usage.words, usage.size, want);
}

// For certain, and as long as the code lives that is made of it.
bool Simplifier::is_known_procedure(Node* node) {
  if (node->kind == Kind::kLambda) return true;
  if (node->kind == Kind::kGlobalRef) {
    const Global* global = as<GlobalRef>(node)->global;
    return global->integrable != nullptr || holds_kept_procedure(global);
  }
  if (node->kind != Kind::kRef) return false;
  const Usage& usage = of(as<Ref>(node)->variable);
  return usage.stands_for != nullptr ? is_known_procedure(usage.stands_for) : usage.is_procedure;
}

Node* Simplifier::open_definition(Call& call, Want want) {
  // What runs once is not worth it; and errors are to say in which procedure of a library they happened.
  if (depth_ == 0 || call.callee->kind != Kind::kGlobalRef || !is_on(Optimisation::kDefinitions)) return nullptr;
  const Global* global = as<GlobalRef>(call.callee)->global;
  const KeptClause* clause = kept_clause(global, call.arguments.size());
  if (clause == nullptr || clause->takes_more || budget_ < clause->recorded.size) return nullptr;
  const RecordedClause& body = clause->recorded;
  bool calls_known = false;
  for (std::size_t i = 0; i < call.arguments.size() && i < 32; ++i)
    calls_known = calls_known || ((body.called >> i & 1) != 0 && is_known_procedure(call.arguments[i]));
  if (!calls_known && (body.has_procedures || body.size > kMostOpened)) return nullptr;
  note_opened(global);
  return stand_in(call, body.words, body.size, want);
}

// `v` is bound to `value`.
void Simplifier::note_procedure(Variable* v, const Node* value) {
  if (value->kind != Kind::kLambda || v->assigned || !is_on(Optimisation::kFolding)) return;
  Usage& usage = of(v);
  usage.is_procedure = true;
  usage.references -= usage.tests;
}

// (call-with-values producer (lambda (x y ...) body)): the values are taken apart where they arrive.
Node* Simplifier::open_receiver(Call& call) {
  if (call.callee->kind != Kind::kGlobalRef || call.arguments.size() != 2) return nullptr;
  static Global* const call_with_values = runtime::system_global("call-with-values");
  static Global* const values_ref = runtime::system_global("%values-ref");
  if (as<GlobalRef>(call.callee)->global != call_with_values || call.arguments[1]->kind != Kind::kLambda) return nullptr;
  auto* receiver = as<Lambda>(call.arguments[1]);
  const std::size_t count = receiver->clauses[0].required.size();
  if (receiver->clauses.size() != 1 || receiver->clauses[0].rest != nullptr || count < 2) return nullptr;
  const Location here = call.location;
  auto* holder = arena_.make<Variable>();
  holder->name = runtime::kFalse;
  of(holder).references = static_cast<std::uint32_t>(count);
  auto parts = arena_.array<Node*>(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto operands = arena_.array<Node*>(3);
    operands[0] = arena_.make<Ref>(Node{Kind::kRef, here}, holder);
    operands[1] = constant(runtime::fixnum(static_cast<std::int64_t>(i)), &call);
    operands[2] = constant(runtime::fixnum(static_cast<std::int64_t>(count)), &call);
    parts[i] = arena_.make<Call>(Node{Kind::kCall, here}, arena_.make<GlobalRef>(Node{Kind::kGlobalRef, here}, values_ref), operands);
  }
  Node* body = arena_.make<Let>(Node{Kind::kLet, here}, receiver->clauses[0].required, parts, receiver->clauses[0].body);
  auto variables = arena_.array<Variable*>(1);
  auto values = arena_.array<Node*>(1);
  variables[0] = holder;
  values[0] = arena_.make<Call>(Node{Kind::kCall, here}, call.arguments[0], std::span<Node*>{});
  return arena_.make<Let>(Node{Kind::kLet, here}, variables, values, body);
}

Node* Simplifier::simplify_call(Call& call, Want want) {
  const bool opening = is_on(Optimisation::kOpening);
  if (Node* let = opening ? open_receiver(call) : nullptr) return simplify(let, want);
  if (opening && call.callee->kind == Kind::kLambda && fits(as<Lambda>(call.callee), call.arguments.size()))
    return open(call, *as<Lambda>(call.callee), want);
  if (call.callee->kind == Kind::kRef) call.callee = simplify_ref(*as<Ref>(call.callee));
  if (Node* copy = open_definition(call, want)) return copy;
  if (call.callee->kind == Kind::kRef) {
    Usage& usage = of(as<Ref>(call.callee)->variable);
    if (usage.only_call != nullptr && usage.references == 1 && fits(usage.only_call, call.arguments.size())) {
      Lambda* lambda = std::exchange(usage.only_call, nullptr);
      usage.opened = true;
      return open(call, *lambda, want);
    }
    if (Node* copy = open_copy(call, want)) return copy;
  }
  call.callee = simplify(call.callee, Want::kValue);
  // `not` only looks at truth.
  const Primitive* primitive = called_primitive(&call);
  const Want operand = primitive != nullptr && primitive->name == "not" && is_on(Optimisation::kTruth) ? Want::kTruth : Want::kValue;
  for (Node*& each : call.arguments) each = simplify(each, operand);
  if (primitive != nullptr && primitive->name == "procedure?" && call.arguments.size() == 1 && is_on(Optimisation::kFolding) &&
      is_known_procedure(call.arguments[0]))
    return constant(runtime::kTrue, &call);
  if (Node* folded = fold(call)) return folded;
  return &call;
}

// A pure primitive of constants, when its answer is no heap object (whose identity might matter).
Node* Simplifier::fold(Call& call) {
  const Primitive* primitive = called_primitive(&call);
  if (!is_on(Optimisation::kFolding) || primitive == nullptr || !(primitive->flags & runtime::kPure) || call.arguments.size() > 3) return nullptr;
  const std::size_t count = call.arguments.size();
  Value v[3] = {runtime::kDefault, runtime::kDefault, runtime::kDefault};
  for (std::size_t i = 0; i < count; ++i) {
    if (call.arguments[i]->kind != Kind::kConst) return nullptr;
    v[i] = as<Const>(call.arguments[i])->value;
  }
  if (count < primitive->minimum || (primitive->maximum != runtime::kVariadic && count > primitive->maximum)) return nullptr;
  Value answer = runtime::kRaise;
  switch (primitive->maximum) {
    case 1: answer = reinterpret_cast<runtime::Fn1>(primitive->function)(v[0]); break;
    case 2: answer = reinterpret_cast<runtime::Fn2>(primitive->function)(v[0], v[1]); break;
    case 3: answer = reinterpret_cast<runtime::Fn3>(primitive->function)(v[0], v[1], v[2]); break;
    case runtime::kVariadic: answer = reinterpret_cast<runtime::FnN>(primitive->function)(v, count); break;
    default: return nullptr;
  }
  if (answer == runtime::kRaise) {
    runtime::take_pending_condition();  // it will be raised when the program gets there
    return nullptr;
  }
  const bool plain = answer.is_fixnum() || answer.is_immediate() || answer.is_self_tagged_flonum();
  return plain ? constant(answer, &call) : nullptr;
}

}  // namespace

Node* simplify(Arena& arena, Node* node) { return Simplifier(arena).run(node); }

}  // namespace perdure::compiler
