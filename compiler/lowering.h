// The walk of lower, and how it makes expressions. Private to lower*.cpp.
#pragma once


#include "compiler/analysis.h"
#include "compiler/compile.h"
#include "compiler/inline_table.h"
#include "compiler/ir.h"

namespace perdure::compiler {

class Lowering {
 public:
  Lowering(Arena& arena, Analysis& analysis) : arena_(arena), analysis_(analysis) {}

  Function* toplevel(Node* node);

 private:
  // The body that is being lowered: where each variable it can name is found.
  struct Scope {
    Body* body;
    const LambdaInfo* lambda;                          // null for the toplevel
    PassVector<std::pair<const Variable*, VariableInfo>> captured = {};   // that were found here: what was known of them outside
  };

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
  Local* bind(const Variable* v) {
    VariableInfo& info = Analysis::of(v);
    info.scope = scope_;
    return info.local = new_local(v->name);
  }
  Expr* local(Local* l, const Node* source) {
    Expr* e = make(Op::kLocal, source);
    e->local = l;
    return e;
  }
  static bool known(const Variable* v) { return Analysis::of(v).lambda_info != nullptr; }
  static bool closureless(const Variable* v) { return known(v) && !Analysis::of(v).lambda_info->needs_closure; }

  // --- expressions and let (lower.cpp)
  Local* find(const Variable* v);
  Expr* lower(Node* node);
  Expr* lower_ref(Ref& ref);
  Expr* lower_set(Set& set);
  Expr* lower_begin(Begin& begin);
  Expr* lower_let(Let& let);
  Expr* lower_receive(Receive& receive);
  Expr* lower_parts_of_values(Receive& receive, Expr* values);

  // --- calls (lower_calls.cpp)
  Expr* lower_call(Call& call);
  Expr* lower_known_call(Call& call, Variable* callee);
  Expr* lower_primitive_call(Call& call, Global* global);
  Expr* lower_long_call(Call& call);
  Expr* lower_apply(Call& call, Global* global);
  Expr* chain(const InlineRow& row, const runtime::Primitive* primitive, Call& call);
  Expr* list_of(Call& call);
  Expr* compare_chain(const InlineRow& row, const runtime::Primitive* primitive, Call& call);
  Expr* compare_characters(const PassVector<Local*>& operands, const InlineRow& row, const runtime::Primitive* primitive, Call& call);
  Expr* compare_from(std::size_t i, const PassVector<Local*>& operands, const InlineRow& row, const runtime::Primitive* primitive, Call& call);

  // --- procedures and loops (lower_procedures.cpp)
  Expr* closure_of(const Variable* v, const Node* source);
  Expr* lower_letrec(Letrec& letrec);
  Expr* lower_procedures(Letrec& letrec, Expr* inner = nullptr);
  Expr* lower_lambda(Lambda& lambda);
  Function* function_of(Lambda& lambda);
  void lower_clause(Lambda& lambda, const Clause& clause, Body& body);
  Expr* box_parameters(const Clause& clause, Node* code);

  Arena& arena_;
  Analysis& analysis_;
  Scope* scope_ = nullptr;
  PassVector<const LambdaInfo*> made_;   // of which there is a function
};

}  // namespace perdure::compiler
