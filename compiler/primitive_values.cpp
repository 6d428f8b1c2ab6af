#include "compiler/primitive_values.h"

#include "compiler/compile.h"
#include "compiler/inline_table.h"
#include "compiler/ir.h"
#include "runtime/heap.h"
#include "runtime/machine.h"

namespace perdure::compiler {
namespace {

using runtime::Primitive;

// For the counts of arguments from `fewest` to `most` there is code that has no call in it but the one of the C++.
struct Counts {
  std::size_t fewest, most;
};

Counts opened_counts(const Primitive& primitive) {
  constexpr Counts kNone{1, 0};
  const InlineRow row = inline_row(&primitive);
  if (primitive.name.starts_with('%')) return kNone;
  switch (row.op) {
    case Inline::kNone: case Inline::kSearch: case Inline::kReadPort: case Inline::kWritePort: case Inline::kMakeVector:
    case Inline::kMakeValues:
      return kNone;
    case Inline::kDivide: return row.domain == Type::kFlonum ? Counts{2, 2} : kNone;
    case Inline::kList: return {1, 3};
    default: return {row.arguments, row.arguments};
  }
}

// (case-lambda ((a) (primitive a)) ((a b) (primitive a b)) ...)
Lambda* lambda_of(Arena& arena, const Primitive& primitive, Global* global, Counts counts) {
  auto* lambda = arena.make<Lambda>(Lambda{{Kind::kLambda, {}}, arena.array<Clause>(counts.most - counts.fewest + 1), runtime::intern(primitive.name)});
  for (std::size_t count = counts.fewest; count <= counts.most; ++count) {
    Clause& clause = lambda->clauses[count - counts.fewest];
    clause.required = arena.array<Variable*>(count);
    auto* call = arena.make<Call>(Call{{Kind::kCall, {}}, arena.make<GlobalRef>(GlobalRef{{Kind::kGlobalRef, {}}, global}), arena.array<Node*>(count)});
    for (std::size_t i = 0; i < count; ++i) {
      clause.required[i] = arena.make<Variable>(Variable{runtime::intern("argument")});
      call->arguments[i] = arena.make<Ref>(Ref{{Kind::kRef, {}}, clause.required[i]});
    }
    clause.body = call;
  }
  return lambda;
}

}  // namespace

runtime::Value procedure_of(const Primitive& primitive) {
  const Value otherwise = runtime::make_primitive_procedure(&primitive);
  const Counts counts = opened_counts(primitive);
  if (counts.fewest > counts.most) return otherwise;
  Arena arena;
  Function* toplevel = lower(arena, lambda_of(arena, primitive, runtime::system_global(primitive.name), counts));
  functions_of(toplevel)[1]->otherwise = otherwise;
  infer_types(toplevel);
  const Value thunk = generate(arena, toplevel, runtime::kFalse);
  if (thunk == runtime::kRaise) runtime::report_early_condition();
  return runtime::stubs.enter(thunk);
}

}  // namespace perdure::compiler
