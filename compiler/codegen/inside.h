// Which opened procedures an expression belongs to, while its code is emitted.
#pragma once

#include "compiler/codegen/body.h"

namespace perdure::compiler {

class BodyGenerator::Inside {
 public:
  Inside(BodyGenerator& body, const Expr* e, bool tail) : body_(body), before_(body.frames_) {
    const Opened *opened = e->location.opened, *own = body.function_.location.opened;
    const bool calls = e->op == Op::kCall || e->op == Op::kApply || e->op == Op::kCallGlobal || e->op == Op::kCallKnown;
    body.frames_.innermost = calls ? below_call(e->location) : opened;
    if (opened == own || opened == nullptr) body.frames_.last = false;
    else if (tail && opened->outer == own && !opened->goes_on) body.frames_.last = true;
  }
  ~Inside() { body_.frames_ = before_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  BodyGenerator& body_;
  OpenedFrames before_;
};

}  // namespace perdure::compiler
