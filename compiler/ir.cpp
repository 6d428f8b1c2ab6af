#include "compiler/ir.h"


namespace perdure::compiler {
namespace {

class Collector {
 public:
  void add(Function* function) {
    if (function != nullptr && seen_.insert(function).second) all.push_back(function);
  }
  void visit(const Expr* e) {
    add(e->function);
    for (const Expr* each : e->parts) visit(each);
    for (const Expr* each : e->closures) visit(each);
    for (const LoopLabel* each : e->labels) visit(each->body);
  }

  PassVector<Function*> all;

 private:
  PassSet<const Function*> seen_;
};

}  // namespace

PassVector<Function*> functions_of(Function* toplevel) {
  Collector collector;
  collector.add(toplevel);
  for (std::size_t i = 0; i < collector.all.size(); ++i)
    for (const Body& body : collector.all[i]->bodies) collector.visit(body.code);
  return collector.all;
}

}  // namespace perdure::compiler
