// Closures: those that live with their code, and those that are made when the program gets there, alone or in groups.
#include "compiler/codegen/body.h"

#include "compiler/compile.h"
#include "runtime/heap.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;

namespace {

std::uint64_t closure_bytes(const Function* function) {
  return (offsetof(runtime::Closure, captured) + 8 * function->captured_count + 15) & ~std::uint64_t{15};
}

}  // namespace

// rax <- a new closure of `function`, its captured words still to be filled.
void BodyGenerator::allocate_closure(Function* function) {
  allocate(closure_bytes(function), false);
  a_.mov(r11d, static_cast<std::uint32_t>(runtime::header(runtime::Type::kClosure, function->captured_count)));
  a_.mov(qword_ptr(rax), r11);
  a_.lea(r11, ptr(unit_.entry(function)));
  a_.mov(qword_ptr(rax, offsetof(runtime::Closure, entry)), r11);
  if (function->captured_count % 2 != 0)   // what fills the last granule
    a_.mov(qword_ptr(rax, static_cast<int>(offsetof(runtime::Closure, captured) + 8 * function->captured_count)), 0);
  a_.add(rax, static_cast<int>(runtime::kTagClosure));
}

void BodyGenerator::fill_closure(const Gp& closure, Expr* e) {
  for (std::size_t i = 0; i < e->parts.size(); ++i) {
    pin(static_cast<int>(closure.id()));
    const Result value{Result::kEntity, {}, e->parts[i]->local->index, e->parts[i]->type};
    a_.mov(qword_ptr(closure, static_cast<int>(offsetof(runtime::Closure, captured) + 8 * i - runtime::kTagClosure)), gpr_of(value));
    unpin_all();
  }
}

Result BodyGenerator::generate_closure(Expr* e, LiveSet live) {
  if (e->function->captured_count == 0)
    return {Result::kConstant, unit_.static_closure(e->function), 0, Type::kProcedure};
  // Untagged flonums are boxed before the closure exists: boxing may collect, and uses rax.
  for (Expr* each : e->parts) gpr_of({Result::kEntity, {}, each->local->index, each->type}), unpin_all();
  allocate_closure(e->function);
  const Result closure = hold({Result::kInRax, {}, 0, Type::kProcedure});
  fill_closure(gpq(state_.find(closure.id)->gpr), e);
  prune(live);
  return closure;
}

Result BodyGenerator::generate_fix(Expr* e, Context context, LiveSet live) {
  const LiveSet live_in_body = with(live, e->parts[0]->free);
  for (Expr* closure : e->closures)
    for (Expr* each : closure->parts)
      if (state_.find(each->local->index) != nullptr) gpr_of({Result::kEntity, {}, each->local->index, each->type}), unpin_all();
  for (std::size_t i = 0; i < e->closures.size(); ++i) {
    allocate_closure(e->closures[i]->function);
    const Result closure = hold({Result::kInRax, {}, 0, Type::kProcedure});
    state_.rename(closure.id, e->locals[i]->index);
  }
  for (std::size_t i = 0; i < e->closures.size(); ++i) {
    const Gp closure = gpr_of({Result::kEntity, {}, e->locals[i]->index});
    for (std::size_t j = 0; j < e->closures[i]->parts.size(); ++j) {
      pin(static_cast<int>(closure.id()));
      const Expr* part = e->closures[i]->parts[j];
      const Gp value = gpr_of({Result::kEntity, {}, part->local->index, part->type});
      a_.mov(qword_ptr(closure, static_cast<int>(offsetof(runtime::Closure, captured) + 8 * j - runtime::kTagClosure)), value);
      unpin_all();
    }
  }
  prune(live_in_body);
  return generate(e->parts[0], context, live);
}

}  // namespace perdure::compiler
