// Which locals each expression mentions, and where calls are: what the code generator needs to know about the future.
#include <cstring>

#include "compiler/compile.h"
#include "compiler/ir.h"

namespace perdure::compiler {
namespace {

class Liveness {
 public:
  Liveness(Arena& arena, Body& body) : arena_(arena), body_(body), words_((body.local_count + 63) / 64) {}

  // A goto needs, beside its arguments, all that its label's body will mention. That is known only after the body was
  // visited, so bodies with loops are visited until nothing grows.
  void run() {
    do {
      grew_ = false;
      visit(body_.code);
    } while (grew_);
  }

 private:
  void visit(Expr* e) {
    if (e->free == nullptr) e->free = arena_.array<std::uint64_t>(words_).data();
    for (Expr* part : e->parts) include(e, part);
    for (Expr* closure : e->closures) include(e, closure);
    for (LoopLabel* label : e->labels) {
      visit_label(*label);
      for (std::size_t i = 0; i < words_; ++i) e->free[i] |= label->live[i];
    }
    for (Local* each : e->locals) remove(e, each);
    switch (e->op) {
      case Op::kLocal: add(e, e->local); break;
      case Op::kLet: visit_let(e); break;
      case Op::kGoto:
        if (e->label->live != nullptr)
          for (std::size_t i = 0; i < words_; ++i) e->free[i] |= e->label->live[i];
        break;
      default: break;
    }
    mark_calls(e);
    mark_effects(e);
  }

  void visit_label(LoopLabel& label) {
    if (label.live == nullptr) label.live = arena_.array<std::uint64_t>(words_).data();
    visit(label.body);
    for (std::size_t i = 0; i < words_; ++i) {
      std::uint64_t now = label.body->free[i];
      for (const Local* each : label.parameters)
        if (each->index / 64 == i) now &= ~(std::uint64_t{1} << each->index % 64);
      grew_ |= now != label.live[i];
      label.live[i] = now;
    }
  }
  void include(Expr* e, Expr* part) {
    visit(part);
    for (std::size_t i = 0; i < words_; ++i) e->free[i] |= part->free[i];
  }
  void add(Expr* e, const Local* l) {
    e->free[l->index / 64] |= std::uint64_t{1} << l->index % 64;
    if (l->captured >= 0) add(e, body_.self);
  }
  void remove(Expr* e, const Local* l) { e->free[l->index / 64] &= ~(std::uint64_t{1} << l->index % 64); }

  // The variable is visible in the body only; its names are unique, so removing it from both is right.
  void visit_let(Expr* e) { remove(e, e->local); }

  static bool is_effect(const Expr* e) {
    if (e->op == Op::kInline) return e->inlined == Inline::kReadPort || e->inlined == Inline::kWritePort;
    return e->op == Op::kPrimitive && (e->primitive->flags & runtime::kPure) == 0;
  }

  static void mark_effects(Expr* e) {
    e->has_effect = is_effect(e);
    for (const Expr* each : e->parts) e->has_effect |= each->has_effect;
    for (const LoopLabel* each : e->labels) e->has_effect |= each->body->has_effect;
  }

  static bool any_call(std::span<Expr*> parts) {
    for (const Expr* each : parts)
      if (each->has_call) return true;
    return false;
  }

  void mark_calls(Expr* e) {
    e->has_call = any_call(e->parts);
    switch (e->op) {
      case Op::kCall: case Op::kApply: case Op::kCallGlobal: case Op::kCallKnown:
        e->inner_call = e->has_call;
        e->has_call = true;
        break;
      case Op::kReceive: e->inner_call = true; break;
      case Op::kIf: e->inner_call = e->parts[0]->has_call || e->parts[1]->inner_call || e->parts[2]->inner_call; break;
      case Op::kSequence:
        e->inner_call = any_call(e->parts.first(e->parts.size() - 1)) || e->parts.back()->inner_call;
        break;
      case Op::kLet: e->inner_call = e->parts[0]->has_call || e->parts[1]->inner_call; break;
      case Op::kFix: e->inner_call = e->parts[0]->inner_call; break;
      case Op::kLoop:
        e->inner_call = e->parts[0]->inner_call;
        for (const LoopLabel* each : e->labels) {
          e->has_call |= each->body->has_call;
          e->inner_call |= each->body->inner_call;
        }
        break;
      default: e->inner_call = e->has_call;
    }
  }

  Arena& arena_;
  Body& body_;
  std::size_t words_;
  bool grew_ = false;
};

}  // namespace

void find_liveness(Arena& arena, Body& body) { Liveness(arena, body).run(); }

}  // namespace perdure::compiler
