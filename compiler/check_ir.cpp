#include <algorithm>

#include "compiler/check.h"
#include "runtime/object.h"

namespace perdure::compiler {
namespace {

bool holds(const std::uint64_t* set, std::uint32_t index) { return set[index / 64] >> index % 64 & 1; }

class BodyChecker {
 public:
  BodyChecker(const Function& function, const Body& body, bool typed, bool live)
      : function_(function), body_(body), typed_(typed), live_(live), bound_(body.local_count, false) {}

  std::string check() {
    if (body_.self != nullptr) bind(body_.self);
    for (const Local* each : body_.required) bind(each);
    if (body_.rest != nullptr) bind(body_.rest);
    visit(body_.code, true);
    return wrong_;
  }

 private:
  void fail(const char* what) {
    if (wrong_.empty()) wrong_ = what;
  }
  bool of_body(const Local* l) {
    if (l != nullptr && l->index < body_.local_count) return true;
    fail("I1: no local of this body");
    return false;
  }
  void bind(const Local* l) {
    if (!of_body(l)) return;
    if (bound_[l->index]) fail("I1: a local is bound where it is bound already");
    bound_[l->index] = true;
  }
  void leave(const Local* l) {
    if (of_body(l)) bound_[l->index] = false;
  }
  void mention(const Local* l) {
    if (!of_body(l)) return;
    if (l->captured >= 0) {
      if (body_.self == nullptr || static_cast<std::uint32_t>(l->captured) >= function_.captured_count) fail("I1: no such captured value");
    } else if (!bound_[l->index]) {
      fail("I1: a local is mentioned where it is not bound");
    }
  }
  void has_parts(const Expr* e, std::size_t count) {
    if (e->parts.size() != count) fail("I4: an operation with a wrong number of parts");
  }

  static bool fits_primitive(const Expr* e) {
    if (e->primitive == nullptr) return false;
    if (e->primitive->maximum == runtime::kVariadic) return e->parts.size() >= e->primitive->minimum;
    return e->parts.size() == e->primitive->maximum;
  }

  // `tail`: the value of e is what the innermost loops around it answer.
  void visit(const Expr* e, bool tail) {
    if (e == nullptr) return fail("I4: a part is missing");
    if (!seen_.insert(e).second) fail("I7: an expression stands in two places");
    if (!wrong_.empty()) return;
    switch (e->op) {
      case Op::kConst: has_parts(e, 0); break;
      case Op::kLocal: has_parts(e, 0); mention(e->local); break;
      case Op::kGlobal: has_parts(e, 0); has_global(e); break;
      case Op::kSetGlobal: case Op::kDefineGlobal: has_parts(e, 1); has_global(e); break;
      case Op::kCallGlobal: has_global(e); break;
      case Op::kSequence: if (e->parts.empty()) fail("I4: an empty sequence"); break;
      case Op::kIf: has_parts(e, 3); break;
      case Op::kInline: if (e->inlined == Inline::kNone) fail("I4: an open-coded primitive without an operation"); break;
      case Op::kPrimitive: if (!fits_primitive(e)) fail("I4: a primitive that the call does not fit"); break;
      case Op::kCall: if (e->parts.empty()) fail("I4: a call of nothing"); break;
      case Op::kApply: if (e->parts.size() < 2) fail("I4: nothing to apply, or to nothing"); break;
      case Op::kCallKnown: visit_known_call(e); break;
      case Op::kClosure: visit_closure(e); break;
      case Op::kLet: visit_let(e, tail); return check_sets(e);
      case Op::kReceive: visit_receive(e, tail); return check_sets(e);
      case Op::kFix: visit_fix(e, tail); return check_sets(e);
      case Op::kLoop: visit_loop(e, tail); return check_sets(e);
      case Op::kGoto: visit_goto(e, tail); break;
    }
    for (std::size_t i = 0; i < e->parts.size(); ++i) {
      const bool answers = (e->op == Op::kIf && i > 0) || (e->op == Op::kSequence && i + 1 == e->parts.size());
      visit_part(e->parts[i], tail && answers);
    }
    check_sets(e);
    if (typed_) check_type(e);
  }

  // Loops whose value the part does not answer cannot be gone to from it.
  void visit_part(const Expr* part, bool tail) {
    if (tail) return visit(part, true);
    PassVector<const LoopLabel*> outer;
    outer.swap(labels_);
    visit(part, true);
    outer.swap(labels_);
  }

  void has_global(const Expr* e) {
    if (e->global == nullptr) fail("I4: no global");
  }

  void visit_known_call(const Expr* e) {
    if (e->function == nullptr || e->clause >= e->function->bodies.size()) return fail("I3: a known call of nothing");
    const Body& entered = e->function->bodies[e->clause];
    if (e->parts.size() != entered.required.size() + 1 || entered.rest != nullptr) fail("I3: a known call that does not fit");
    if (!e->function->known_calls) fail("I3: a function does not know that it is called directly");
    if (e->function->captured_count > 0 && !e->parts.empty() && e->parts[0]->op == Op::kConst) fail("I3: a known call without the closure");
  }

  void visit_closure(const Expr* e) {
    if (e->function == nullptr) return fail("I3: a closure of nothing");
    for (const Expr* each : e->parts)
      if (each->op != Op::kLocal) fail("I3: a closure captures what is no local");
    if (e->parts.size() != e->function->captured_count) fail("I3: a closure captures another number of values than its function wants");
  }

  void visit_let(const Expr* e, bool tail) {
    has_parts(e, 2);
    if (!wrong_.empty()) return;
    visit_part(e->parts[0], false);
    bind(e->local);
    visit_part(e->parts[1], tail);
    leave(e->local);
  }

  void visit_receive(const Expr* e, bool tail) {
    has_parts(e, 2);
    if (!wrong_.empty()) return;
    if (!is_call(e->parts[0])) fail("I4: values are received of what is no call");
    visit_part(e->parts[0], false);
    for (const Local* each : e->locals) bind(each);
    visit_part(e->parts[1], tail);
    for (const Local* each : e->locals) leave(each);
  }

  void visit_fix(const Expr* e, bool tail) {
    has_parts(e, 1);
    if (e->locals.size() != e->closures.size()) fail("I4: a fix with unequal numbers of locals and closures");
    if (!wrong_.empty()) return;
    for (const Local* each : e->locals) bind(each);
    for (const Expr* each : e->closures) {
      if (each->op != Op::kClosure) fail("I4: a fix of what is no closure");
      visit_part(each, false);
    }
    visit_part(e->parts[0], tail);
    for (const Local* each : e->locals) leave(each);
  }

  void visit_loop(const Expr* e, bool tail) {
    has_parts(e, 1);
    if (!wrong_.empty()) return;
    PassVector<const LoopLabel*> outer;
    if (!tail) outer.swap(labels_);
    const std::size_t depth = labels_.size();
    for (const LoopLabel* each : e->labels) labels_.push_back(each);
    for (const LoopLabel* each : e->labels) {
      for (const Local* p : each->parameters) bind(p);
      visit(each->body, true);
      for (const Local* p : each->parameters) leave(p);
    }
    visit(e->parts[0], true);
    labels_.resize(depth);
    if (!tail) outer.swap(labels_);
  }

  void visit_goto(const Expr* e, bool tail) {
    if (e->label == nullptr) return fail("I2: a goto without a label");
    if (!tail || std::find(labels_.begin(), labels_.end(), e->label) == labels_.end()) fail("I2: a goto where its loop's value is not answered");
    if (e->parts.size() != e->label->parameters.size()) fail("I2: a goto with a wrong number of values");
  }

  // What is known where it is used is as much as is known wherever it is bound, or that nothing gets there.
  static bool agrees(Type used, Type bound) { return bound == Type::kAny || bound == Type::kNothing || used == bound || used == Type::kNothing; }

  void check_type(const Expr* e) {
    if (e->proven && e->op != Op::kInline) fail("I5: a proof of what is no open-coded primitive");
    if (e->op == Op::kLocal && !agrees(e->type, e->local->type)) fail("I5: a local is mentioned as of another type than it has");
    for (std::size_t i = 0; e->op == Op::kGoto && i < e->parts.size(); ++i)   // of a local, the other operands may show more
      if (e->parts[i]->op != Op::kLocal && !agrees(e->parts[i]->type, e->label->parameters[i]->type)) fail("I5: a goto brings a value that its parameter does not take");
    for (std::size_t i = 1; e->op == Op::kCallKnown && i < e->parts.size(); ++i)
      if (!agrees(e->parts[i]->type, e->function->bodies[e->clause].required[i - 1]->type)) fail("I5: a known call brings a value that its parameter does not take");
    const bool is_arithmetic = e->inlined == Inline::kAdd || e->inlined == Inline::kSubtract || e->inlined == Inline::kMultiply;
    for (const Expr* each : e->parts)
      if (is_arithmetic && e->proven && e->type == Type::kFixnum && each->type != Type::kFixnum) fail("I5: a proof about what may be no fixnum");
    if (e->op != Op::kConst) return;
    const Value v = e->value;
    bool fits = true;
    switch (e->type) {
      case Type::kNothing: fits = false; break;
      case Type::kAny: break;
      case Type::kFixnum: fits = v.is_fixnum(); break;
      case Type::kFlonum: fits = runtime::is_flonum(v); break;
      case Type::kPair: fits = v.is_pair(); break;
      case Type::kVector: fits = runtime::is_vector(v); break;
      case Type::kString: fits = runtime::is_string(v); break;
      case Type::kBytevector: fits = runtime::has_type(v, runtime::Type::kBytevector); break;
      case Type::kRecord: fits = v.is_object(); break;
      case Type::kCharacter: fits = runtime::is_character(v); break;
      case Type::kProcedure: fits = v.is_closure(); break;
      case Type::kBoolean: fits = v == runtime::kTrue || v == runtime::kFalse; break;
    }
    if (!fits) fail("I5: a constant of another type than is said");
  }

  void check_sets(const Expr* e) {
    if (!live_ || !wrong_.empty()) return;
    if (e->free == nullptr) return fail("I6: no set of locals");
    if (e->op == Op::kLocal && !holds(e->free, e->local->index)) fail("I6: a local is not in the set of its own mention");
    auto includes = [&](const std::uint64_t* part, auto... bound) {
      for (std::uint32_t i = 0; i < body_.local_count; ++i)
        if (holds(part, i) && !holds(e->free, i) && !(false || ... || bound(i))) fail("I6: a set lacks what a part mentions");
    };
    auto binds = [&](std::uint32_t i) {
      if (e->op == Op::kLet && e->local->index == i) return true;
      return std::any_of(e->locals.begin(), e->locals.end(), [i](const Local* l) { return l->index == i; });
    };
    for (const Expr* each : e->parts) includes(each->free, binds);
    for (const Expr* each : e->closures) includes(each->free, binds);
    for (const LoopLabel* label : e->labels)
      includes(label->body->free, [&](std::uint32_t i) {
        return std::any_of(label->parameters.begin(), label->parameters.end(), [i](const Local* l) { return l->index == i; });
      });
  }

  const Function& function_;
  const Body& body_;
  bool typed_, live_;
  std::string wrong_;
  PassVector<bool> bound_;
  PassSet<const Expr*> seen_;
  PassVector<const LoopLabel*> labels_;   // that can be gone to from here
};

}  // namespace

std::string check_body(const Function& function, const Body& body, bool typed, bool live) {
  return BodyChecker(function, body, typed, live).check();
}

std::string check_ir(Function* toplevel) {
  for (const Function* each : functions_of(toplevel))
    for (const Body& body : each->bodies)
      if (std::string wrong = check_body(*each, body, false, false); !wrong.empty()) return wrong;
  return {};
}

}  // namespace perdure::compiler
