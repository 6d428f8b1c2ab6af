// Core -> intermediate language: closures, boxes, loops and open-coded primitives become explicit.
#include <unordered_map>
#include <vector>

#include "compiler/analysis.h"
#include "compiler/compile.h"
#include "compiler/inline_table.h"
#include "compiler/ir.h"
#include "compiler/optimisations.h"
#include "runtime/machine.h"
#include "runtime/object.h"

namespace perdure::compiler {
namespace {

using runtime::Primitive;



// The body that is being lowered: where each variable it can name is found.
struct Scope {
  Body* body;
  const LambdaInfo* lambda;                          // null for the toplevel
  std::unordered_map<const Variable*, Local*> locals;
};

class Lowering {
 public:
  Lowering(Arena& arena, Analysis& analysis) : arena_(arena), analysis_(analysis) {}

  Function* toplevel(Node* node) {
    auto* function = arena_.make<Function>();
    function->name = runtime::kFalse;
    function->location = node->location;
    function->bodies = arena_.array<Body>(1);
    Scope scope{&function->bodies[0], nullptr, {}};
    scope_ = &scope;
    scope.body->code = lower(node);
    for (const LambdaInfo* each : made_)
      for (std::size_t i = 0; i < each->free.size(); ++i)
        if (known(each->free[i])) each->function->captured[i].procedure = Analysis::of(each->free[i]).lambda_info->function;
    return function;
  }

 private:
  Expr* make(Op op, const Node* source, std::size_t parts = 0) {
    auto* e = arena_.make<Expr>();
    e->op = op;
    e->location = source->location;
    e->parts = arena_.array<Expr*>(parts);
    return e;
  }
  Expr* constant(Value value, const Node* source) {
    Expr* e = make(Op::kConst, source);
    e->value = value;
    return e;
  }
  Expr* open(Inline op, const Node* source, std::initializer_list<Expr*> parts) {
    Expr* e = make(Op::kInline, source, parts.size());
    e->inlined = op;
    std::size_t i = 0;
    for (Expr* part : parts) e->parts[i++] = part;
    return e;
  }
  Local* new_local(Value name) {
    auto* local = arena_.make<Local>();
    local->index = scope_->body->local_count++;
    local->name = name;
    return local;
  }
  Local* bind(const Variable* v) { return scope_->locals[v] = new_local(v->name); }
  Expr* local(Local* l, const Node* source) {
    Expr* e = make(Op::kLocal, source);
    e->local = l;
    return e;
  }
  static bool known(const Variable* v) { return Analysis::of(v).lambda_info != nullptr; }
  static bool closureless(const Variable* v) { return known(v) && !Analysis::of(v).lambda_info->needs_closure; }

  Local* find(const Variable* v);
  Expr* closure_of(const Variable* v, const Node* source);
  Expr* lower(Node* node);
  Expr* lower_ref(Ref& ref);
  Expr* lower_set(Set& set);
  Expr* lower_begin(Begin& begin);
  Expr* lower_call(Call& call);
  Expr* lower_known_call(Call& call, Variable* callee);
  Expr* lower_primitive_call(Call& call, Global* global);
  Expr* chain(const InlineRow& row, const Primitive* primitive, Call& call);
  Expr* list_of(Call& call);
  Expr* lower_long_call(Call& call);
  Expr* compare_chain(const InlineRow& row, const Primitive* primitive, Call& call);
  Expr* compare_from(std::size_t i, const std::vector<Local*>& operands, const InlineRow& row, const Primitive* primitive, Call& call);
  Expr* lower_let(Let& let);
  Expr* lower_letrec(Letrec& letrec);
  Expr* lower_procedures(Letrec& letrec, Expr* inner = nullptr);
  Expr* lower_lambda(Lambda& lambda);
  Function* function_of(Lambda& lambda);
  void lower_clause(Lambda& lambda, const Clause& clause, Body& body);
  Expr* box_parameters(const Clause& clause, Node* code);

  Arena& arena_;
  Analysis& analysis_;
  Scope* scope_ = nullptr;
  std::unordered_map<const Variable*, LoopLabel*> labels_;
  std::vector<const LambdaInfo*> made_;   // of which there is a function
};

Local* Lowering::find(const Variable* v) {
  const auto row = scope_->locals.find(v);
  if (row != scope_->locals.end()) return row->second;
  // Not of this body: a captured one.
  for (std::size_t i = 0; i < scope_->lambda->free.size(); ++i) {
    if (scope_->lambda->free[i] != v) continue;
    Local* l = bind(v);
    l->captured = static_cast<std::int32_t>(i);
    return l;
  }
  __builtin_trap();  // an invariant of Analysis: every mention is bound here or captured
}

// The value of a variable bound to a known procedure that is no loop.
Expr* Lowering::closure_of(const Variable* v, const Node* source) {
  if (!closureless(v)) return local(find(v), source);
  Expr* e = make(Op::kClosure, source);
  e->function = function_of(*Analysis::of(v).lambda);
  return e;
}

Expr* Lowering::lower_ref(Ref& ref) {
  if (known(ref.variable)) return closure_of(ref.variable, &ref);
  Expr* e = local(find(ref.variable), &ref);
  if (!ref.variable->assigned) return e;
  if (!ref.variable->checked) return open(Inline::kBoxRef, &ref, {e});
  return open(Inline::kBoxRefChecked, &ref, {e, constant(ref.variable->name, &ref)});
}

Expr* Lowering::lower_set(Set& set) {
  Expr* value = lower(set.value);
  return open(Inline::kBoxSet, &set, {local(find(set.variable), &set), value});
}

Expr* Lowering::lower_begin(Begin& begin) {
  if (begin.body.size() == 1) return lower(begin.body[0]);
  Expr* e = make(Op::kSequence, &begin, begin.body.size());
  for (std::size_t i = 0; i < begin.body.size(); ++i) e->parts[i] = lower(begin.body[i]);
  return e;
}

Expr* Lowering::lower(Node* node) {
  switch (node->kind) {
    case Kind::kConst: return constant(as<Const>(node)->value, node);
    case Kind::kRef: return lower_ref(*as<Ref>(node));
    case Kind::kSet: return lower_set(*as<Set>(node));
    case Kind::kGlobalRef: {
      Expr* e = make(Op::kGlobal, node);
      e->global = as<GlobalRef>(node)->global;
      return e;
    }
    case Kind::kGlobalSet: {
      Expr* e = make(Op::kSetGlobal, node, 1);
      e->global = as<GlobalSet>(node)->global;
      e->parts[0] = lower(as<GlobalSet>(node)->value);
      return e;
    }
    case Kind::kDefine: {
      Expr* e = make(Op::kDefineGlobal, node, 1);
      e->global = as<Define>(node)->global;
      e->parts[0] = lower(as<Define>(node)->value);
      return e;
    }
    case Kind::kIf: {
      Expr* e = make(Op::kIf, node, 3);
      e->parts[0] = lower(as<If>(node)->test);
      e->parts[1] = lower(as<If>(node)->consequent);
      e->parts[2] = lower(as<If>(node)->alternative);
      return e;
    }
    case Kind::kBegin: return lower_begin(*as<Begin>(node));
    case Kind::kLambda: return lower_lambda(*as<Lambda>(node));
    case Kind::kCall: return lower_call(*as<Call>(node));
    case Kind::kLet: return lower_let(*as<Let>(node));
    case Kind::kLetrec: return lower_letrec(*as<Letrec>(node));
  }
  __builtin_unreachable();
}

// --- calls -------------------------------------------------------------------------------------------------------------
Expr* Lowering::lower_known_call(Call& call, Variable* callee) {
  const VariableInfo& info = Analysis::of(callee);
  if (info.loop) {
    Expr* e = make(Op::kGoto, &call, call.arguments.size());
    e->label = labels_.at(callee);
    for (std::size_t i = 0; i < call.arguments.size(); ++i) e->parts[i] = lower(call.arguments[i]);
    return e;
  }
  if (!is_on(Optimisation::kKnownCalls)) {
    Expr* e = make(Op::kCall, &call, call.arguments.size() + 1);
    e->parts[0] = closure_of(callee, &call);
    for (std::size_t i = 0; i < call.arguments.size(); ++i) e->parts[i + 1] = lower(call.arguments[i]);
    return e;
  }
  // parts[0] is the closure, a constant 0 when there is none to pass.
  Expr* e = make(Op::kCallKnown, &call, call.arguments.size() + 1);
  e->function = function_of(*info.lambda);
  e->function->known_calls = true;
  e->parts[0] = closureless(callee) ? constant(runtime::fixnum(0), &call) : local(find(callee), &call);
  for (std::size_t i = 0; i < call.arguments.size(); ++i) e->parts[i + 1] = lower(call.arguments[i]);
  return e;
}

// (+ a b c) -> (+ (+ a b) c); (- a) -> (- 0 a) is for fixnums only, so one operand stays with the primitive.
Expr* Lowering::chain(const InlineRow& row, const Primitive* primitive, Call& call) {
  Expr* sum = lower(call.arguments[0]);
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    sum = open(row.op, &call, {sum, lower(call.arguments[i])});
    sum->primitive = primitive;
    sum->domain = row.domain;
  }
  return sum;
}

// (list a b) -> (cons a (cons b '()))
Expr* Lowering::list_of(Call& call) {
  Expr* list = constant(runtime::kNil, &call);
  for (std::size_t i = call.arguments.size(); i-- > 0;) list = open(Inline::kCons, &call, {lower(call.arguments[i]), list});
  return list;
}

// Of (< a b c): the operands from the i-th on, which are locals.
Expr* Lowering::compare_from(std::size_t i, const std::vector<Local*>& operands, const InlineRow& row, const Primitive* primitive, Call& call) {
  Expr* pair = open(row.op, &call, {local(operands[i], &call), local(operands[i + 1], &call)});
  pair->primitive = primitive;
  pair->domain = row.domain;
  if (i + 2 == operands.size()) return pair;
  // Every operand must be a number, also after a pair that failed: the test of the others comes along.
  Expr* both = make(Op::kIf, &call, 3);
  Expr* after = make(Op::kSequence, &call, 2);
  after->parts[0] = compare_from(i + 1, operands, row, primitive, call);
  after->parts[1] = constant(runtime::kFalse, &call);
  both->parts[0] = pair;
  both->parts[1] = compare_from(i + 1, operands, row, primitive, call);
  both->parts[2] = after;
  return both;
}

// (< a b c): all operands are evaluated, then compared in pairs.
Expr* Lowering::compare_chain(const InlineRow& row, const Primitive* primitive, Call& call) {
  std::vector<Local*> operands;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) operands.push_back(new_local(runtime::kFalse));
  Expr* result = compare_from(0, operands, row, primitive, call);
  for (std::size_t i = operands.size(); i-- > 0;) {
    Expr* let = make(Op::kLet, &call, 2);
    let->local = operands[i];
    let->parts[0] = lower(call.arguments[i]);
    let->parts[1] = result;
    result = let;
  }
  return result;
}

// Is it (%record type field ...) with a type that is known, and as many fields as that has?
bool makes_record(const Call& call) {
  if (call.arguments[0]->kind != Kind::kConst) return false;
  const Value type = static_cast<const Const*>(call.arguments[0])->value;
  return runtime::has_type(type, runtime::Type::kRecordType) &&
         runtime::as<runtime::RecordType>(type)->field_count == runtime::fixnum(static_cast<std::int64_t>(call.arguments.size() - 1));
}

Expr* Lowering::lower_primitive_call(Call& call, Global* global) {
  const Primitive* primitive = global->integrable;
  const std::size_t count = call.arguments.size();
  const InlineRow row = is_on(Optimisation::kOpenCoding) ? inline_row(primitive) : InlineRow{};
  if (row.op != Inline::kNone) {
    if (row.chain == InlineRow::kFold && count >= 2) return chain(row, primitive, call);
    if (row.chain == InlineRow::kCompare && count > 2 && count <= 4) return compare_chain(row, primitive, call);
    if (row.chain == InlineRow::kList && count >= 1 && count <= 8) return list_of(call);
    const bool several = row.chain == InlineRow::kSeveral && count >= 2 && count <= 8;
    const bool up_to = row.chain == InlineRow::kUpTo && count >= 1 && count <= row.arguments &&
                       (row.op != Inline::kMakeRecord || makes_record(call));
    if (several || up_to || (count == row.arguments && row.chain < InlineRow::kSeveral)) {
      Expr* e = make(Op::kInline, &call, count);
      e->inlined = row.op;
      e->primitive = primitive;
      e->domain = row.domain;
      for (std::size_t i = 0; i < count; ++i) e->parts[i] = lower(call.arguments[i]);
      return e;
    }
  }
  const bool variadic = primitive->maximum == runtime::kVariadic;
  const std::size_t most = variadic ? runtime::kRegisterArguments : primitive->maximum;
  if (!is_on(Optimisation::kDirectCalls) || count < primitive->minimum || count > most) return nullptr;
  Expr* e = make(Op::kPrimitive, &call, variadic ? count : most);
  e->primitive = primitive;
  for (std::size_t i = 0; i < e->parts.size(); ++i)
    e->parts[i] = i < count ? lower(call.arguments[i]) : constant(runtime::kDefault, &call);
  return e;
}

// More arguments than the argument buffer is certain to hold (machine.h, M6): they travel as a list.
Expr* Lowering::lower_long_call(Call& call) {
  Expr* e = make(Op::kCallGlobal, &call, 2);
  e->global = runtime::system_global("%apply");
  e->parts[0] = lower(call.callee);
  e->parts[1] = list_of(call);
  return e;
}

Expr* Lowering::lower_call(Call& call) {
  if (call.arguments.size() > kMostArguments) return lower_long_call(call);
  if (call.callee->kind == Kind::kRef) {
    Variable* callee = as<Ref>(call.callee)->variable;
    if (known(callee) && fits(Analysis::of(callee).lambda, call.arguments.size())) return lower_known_call(call, callee);
  }
  if (call.callee->kind == Kind::kGlobalRef) {
    Global* global = as<GlobalRef>(call.callee)->global;
    if (global->integrable != nullptr)
      if (Expr* e = lower_primitive_call(call, global)) return e;
    Expr* e = make(Op::kCallGlobal, &call, call.arguments.size());
    e->global = global;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) e->parts[i] = lower(call.arguments[i]);
    return e;
  }
  Expr* e = make(Op::kCall, &call, call.arguments.size() + 1);
  e->parts[0] = lower(call.callee);
  for (std::size_t i = 0; i < call.arguments.size(); ++i) e->parts[i + 1] = lower(call.arguments[i]);
  return e;
}

// --- bindings ----------------------------------------------------------------------------------------------------------
Expr* Lowering::lower_let(Let& let) {
  // A procedure bound by let is a group of one.
  std::vector<std::size_t> procedures, others;
  for (std::size_t i = 0; i < let.variables.size(); ++i)
    (known(let.variables[i]) ? procedures : others).push_back(i);
  std::vector<Expr*> values;
  for (const std::size_t i : others) {
    Expr* value = lower(let.values[i]);
    if (let.variables[i]->assigned) value = open(Inline::kMakeBox, &let, {value});
    values.push_back(value);
  }
  std::vector<Local*> locals;
  for (const std::size_t i : others) locals.push_back(bind(let.variables[i]));
  Expr* body;
  if (procedures.empty()) {
    body = lower(let.body);
  } else {
    Letrec group{{Kind::kLetrec, let.location}, arena_.array<Variable*>(procedures.size()),
                 arena_.array<Node*>(procedures.size()), let.body};
    for (std::size_t i = 0; i < procedures.size(); ++i) {
      group.variables[i] = let.variables[procedures[i]];
      group.values[i] = let.values[procedures[i]];
    }
    body = lower_letrec(group);
  }
  for (std::size_t i = others.size(); i-- > 0;) {
    Expr* e = make(Op::kLet, &let, 2);
    e->local = locals[i];
    e->parts[0] = values[i];
    e->parts[1] = body;
    body = e;
  }
  return body;
}

// All values are lambdas (fix_letrec). Loops become labels, the others closures around them.
Expr* Lowering::lower_letrec(Letrec& letrec) {
  std::vector<std::size_t> loops;
  for (std::size_t i = 0; i < letrec.variables.size(); ++i)
    if (Analysis::of(letrec.variables[i]).loop) loops.push_back(i);
  if (loops.empty()) return lower_procedures(letrec);
  Expr* e = make(Op::kLoop, &letrec, 1);
  e->labels = arena_.array<LoopLabel*>(loops.size());
  for (std::size_t i = 0; i < loops.size(); ++i) {
    const Clause& clause = as<Lambda>(letrec.values[loops[i]])->clauses[0];
    auto* label = arena_.make<LoopLabel>();
    label->name = letrec.variables[loops[i]]->name;
    label->parameters = arena_.array<Local*>(clause.required.size());
    for (std::size_t j = 0; j < clause.required.size(); ++j) label->parameters[j] = bind(clause.required[j]);
    labels_[letrec.variables[loops[i]]] = label;
    e->labels[i] = label;
  }
  // Procedures of the group may be called by the loops, never the other way round: they are made first.
  Expr* inner = e;
  if (loops.size() < letrec.variables.size()) inner = lower_procedures(letrec, e);
  for (std::size_t i = 0; i < loops.size(); ++i) {
    const Clause& clause = as<Lambda>(letrec.values[loops[i]])->clauses[0];
    e->labels[i]->body = box_parameters(clause, clause.body);
  }
  e->parts[0] = lower(letrec.body);
  return inner;
}

// Closures for the group's procedures, around `inner` (or the group's body when null).
Expr* Lowering::lower_procedures(Letrec& letrec, Expr* inner) {
  std::vector<Local*> locals;
  std::vector<Lambda*> lambdas;
  for (std::size_t i = 0; i < letrec.variables.size(); ++i) {
    Variable* v = letrec.variables[i];
    if (Analysis::of(v).loop || closureless(v)) continue;
    locals.push_back(bind(v));
    lambdas.push_back(as<Lambda>(letrec.values[i]));
  }
  if (locals.empty()) return inner != nullptr ? inner : lower(letrec.body);
  Expr* e = make(Op::kFix, &letrec, 1);
  e->locals = arena_.array<Local*>(locals.size());
  e->closures = arena_.array<Expr*>(locals.size());
  for (std::size_t i = 0; i < locals.size(); ++i) {
    e->locals[i] = locals[i];
    e->closures[i] = lower_lambda(*lambdas[i]);
  }
  e->parts[0] = inner != nullptr ? inner : lower(letrec.body);
  return e;
}

// --- procedures --------------------------------------------------------------------------------------------------------
Expr* Lowering::lower_lambda(Lambda& lambda) {
  const LambdaInfo& info = analysis_.of(&lambda);
  Expr* e = make(Op::kClosure, &lambda, info.free.size());
  e->function = function_of(lambda);
  for (std::size_t i = 0; i < info.free.size(); ++i) e->parts[i] = local(find(info.free[i]), &lambda);
  return e;
}

Function* Lowering::function_of(Lambda& lambda) {
  LambdaInfo& info = analysis_.of(&lambda);
  if (info.function != nullptr) return info.function;
  auto* function = info.function = arena_.make<Function>();
  function->name = lambda.name;
  function->location = lambda.location;
  made_.push_back(&info);
  function->captured_count = static_cast<std::uint32_t>(info.free.size());
  function->only_known_calls = info.variable != nullptr && !Analysis::of(info.variable).escapes && is_on(Optimisation::kKnownCalls);
  function->captured = arena_.array<Captured>(info.free.size());
  for (std::size_t i = 0; i < info.free.size(); ++i)
    function->captured[i] = {info.free[i]->name, info.free[i]->assigned};
  function->bodies = arena_.array<Body>(lambda.clauses.size());
  for (std::size_t i = 0; i < lambda.clauses.size(); ++i) lower_clause(lambda, lambda.clauses[i], function->bodies[i]);
  return function;
}

void Lowering::lower_clause(Lambda& lambda, const Clause& clause, Body& body) {
  const LambdaInfo& info = analysis_.of(&lambda);
  Scope scope{&body, &info, {}};
  Scope* outer = std::exchange(scope_, &scope);
  if (!info.free.empty()) body.self = new_local(runtime::kFalse);
  body.required = arena_.array<Local*>(clause.required.size());
  for (std::size_t i = 0; i < clause.required.size(); ++i) body.required[i] = bind(clause.required[i]);
  if (clause.rest != nullptr) body.rest = bind(clause.rest);
  body.code = box_parameters(clause, clause.body);
  scope_ = outer;
}

// Parameters that are assigned move into boxes before `code` runs.
Expr* Lowering::box_parameters(const Clause& clause, Node* code) {
  std::vector<std::pair<Local*, Local*>> boxes;
  auto add = [&](Variable* v) {
    if (v == nullptr || !v->assigned) return;
    Local* value = scope_->locals.at(v);
    boxes.emplace_back(value, bind(v));
  };
  for (Variable* each : clause.required) add(each);
  add(clause.rest);
  Expr* e = lower(code);
  for (std::size_t i = boxes.size(); i-- > 0;) {
    Expr* let = make(Op::kLet, code, 2);
    let->local = boxes[i].second;
    let->parts[0] = open(Inline::kMakeBox, code, {local(boxes[i].first, code)});
    let->parts[1] = e;
    e = let;
  }
  return e;
}

}  // namespace

Function* lower(Arena& arena, Node* node) {
  Analysis analysis(arena, node);
  return Lowering(arena, analysis).toplevel(node);
}

}  // namespace perdure::compiler
