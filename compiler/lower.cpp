// Core -> intermediate language: closures, boxes, loops and open-coded primitives become explicit.
#include "compiler/lowering.h"
#include "compiler/optimisations.h"
#include "runtime/machine.h"
#include "runtime/object.h"

namespace perdure::compiler {

Function* Lowering::toplevel(Node* node) {
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

Local* Lowering::find(const Variable* v) {
  if (Analysis::of(v).scope == scope_) return Analysis::of(v).local;
  // Not of this body: a captured one.
  for (std::size_t i = 0; i < scope_->lambda->free.size(); ++i) {
    if (scope_->lambda->free[i] != v) continue;
    scope_->captured.emplace_back(v, Analysis::of(v));
    Local* l = bind(v);
    l->captured = static_cast<std::int32_t>(i);
    return l;
  }
  __builtin_trap();  // an invariant of Analysis: every mention is bound here or captured
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
    case Kind::kReceive: return lower_receive(*as<Receive>(node));
  }
  __builtin_unreachable();
}

Expr* Lowering::lower_let(Let& let) {
  // A procedure bound by let is a group of one.
  PassVector<std::size_t> procedures, others;
  for (std::size_t i = 0; i < let.variables.size(); ++i)
    (known(let.variables[i]) ? procedures : others).push_back(i);
  PassVector<Expr*> values;
  for (const std::size_t i : others) {
    Expr* value = lower(let.values[i]);
    if (let.variables[i]->assigned) value = open(Inline::kMakeBox, &let, {value});
    values.push_back(value);
  }
  PassVector<Local*> locals;
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

// The call's values arrive in registers; those of anything else, as an object that is taken apart.
Expr* Lowering::lower_receive(Receive& receive) {
  Expr* value = lower(receive.value);
  const bool in_registers = is_on(Optimisation::kValues) && is_call(value) && receive.variables.size() <= runtime::kRegisterArguments;
  if (!in_registers) return lower_parts_of_values(receive, value);
  Expr* e = make(Op::kReceive, &receive, 2);
  e->locals = arena_.array<Local*>(receive.variables.size());
  for (std::size_t i = 0; i < receive.variables.size(); ++i) e->locals[i] = bind(receive.variables[i]);
  e->parts[0] = value;
  e->parts[1] = box_parameters({receive.variables}, receive.body);
  return e;
}

Expr* Lowering::lower_parts_of_values(Receive& receive, Expr* values) {
  static const runtime::Primitive* const values_ref = runtime::system_global("%values-ref")->integrable;
  Local* holder = new_local(runtime::kFalse);
  const auto count = static_cast<std::int64_t>(receive.variables.size());
  PassVector<Local*> locals;
  for (Variable* each : receive.variables) locals.push_back(bind(each));
  Expr* body = box_parameters({receive.variables}, receive.body);
  for (std::int64_t i = count; i-- > 0;) {
    Expr* e = make(Op::kLet, &receive, 2);
    e->local = locals[static_cast<std::size_t>(i)];
    e->parts[0] = open(Inline::kValuesRef, &receive, {local(holder, &receive), constant(runtime::fixnum(i), &receive), constant(runtime::fixnum(count), &receive)});
    e->parts[0]->primitive = values_ref;
    e->parts[1] = body;
    body = e;
  }
  Expr* e = make(Op::kLet, &receive, 2);
  e->local = holder;
  e->parts[0] = values;
  e->parts[1] = body;
  return e;
}

Function* lower(Arena& arena, Node* node) {
  Analysis analysis(arena, node);
  return Lowering(arena, analysis).toplevel(node);
}

}  // namespace perdure::compiler
