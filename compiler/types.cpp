// What is known of values without running: a forward analysis over one body. Parameters of loops start as "nothing" and
// grow with every goto until all agree, so a loop variable that only ever gets flonums is known to be one.
#include "compiler/compile.h"
#include "compiler/ir.h"
#include "compiler/optimisations.h"
#include "runtime/object.h"

namespace perdure::compiler {
namespace {

Type join(Type a, Type b) {
  if (a == Type::kNothing) return b;
  if (b == Type::kNothing) return a;
  return a == b ? a : Type::kAny;
}

Type type_of_constant(Value v) {
  using namespace runtime;
  if (v.is_fixnum()) return Type::kFixnum;
  if (is_flonum(v)) return Type::kFlonum;
  if (v.is_pair()) return Type::kPair;
  if (v.is_closure()) return Type::kProcedure;
  if (is_vector(v)) return Type::kVector;
  if (is_string(v)) return Type::kString;
  if (is_character(v)) return Type::kCharacter;
  if (v == kTrue || v == kFalse) return Type::kBoolean;
  return Type::kAny;
}

bool is_real(Type type) { return type == Type::kFixnum || type == Type::kFlonum; }

bool is_nonzero_constant(const Expr* e) { return e->op == Op::kConst && e->value.is_fixnum() && e->value.bits != 0; }

class Inference {
 public:
  void run(Body& body) {
    do {
      changed_ = false;
      visit(body.code);
    } while (changed_);
  }

 private:
  Type visit(Expr* e) { return e->type = compute(e); }

  Type compute(Expr* e) {
    switch (e->op) {
      case Op::kConst: return type_of_constant(e->value);
      case Op::kLocal: return e->local->type;
      case Op::kIf: {
        visit(e->parts[0]);
        const Type consequent = visit(e->parts[1]);
        return join(consequent, visit(e->parts[2]));
      }
      case Op::kSequence: return visit_all(e->parts);
      case Op::kLet:
        know(e->local, visit(e->parts[0]));
        return visit(e->parts[1]);
      case Op::kInline: visit_all(e->parts); return of_inline(e);
      case Op::kPrimitive: visit_all(e->parts); return answer_of(e->primitive);
      case Op::kFix:
        for (std::size_t i = 0; i < e->locals.size(); ++i) know(e->locals[i], visit(e->closures[i]));
        return visit(e->parts[0]);
      case Op::kClosure: visit_all(e->parts); return Type::kProcedure;
      case Op::kLoop: return visit_loop(e);
      case Op::kGoto: return visit_goto(e);
      default: visit_all(e->parts); return Type::kAny;
    }
  }

  Type visit_all(std::span<Expr*> parts) {
    Type last = Type::kAny;
    for (Expr* each : parts) last = visit(each);
    return last;
  }

  Type visit_loop(Expr* e) {
    if (of_variables_ && !e->labels.empty() && e->labels[0]->state == nullptr) {
      for (LoopLabel* label : e->labels) {
        label->state = this;  // parameters start at the bottom once
        for (Local* each : label->parameters) each->type = Type::kNothing;
      }
    }
    Type type = visit(e->parts[0]);
    for (LoopLabel* label : e->labels) {
      grow(label->type, visit(label->body));
      type = join(type, label->type);
    }
    return type;
  }

  Type visit_goto(Expr* e) {
    for (std::size_t i = 0; i < e->parts.size(); ++i) {
      const Type type = visit(e->parts[i]);
      if (of_variables_) grow(e->label->parameters[i]->type, type);
    }
    return e->label->type;
  }

  void know(Local* local, Type type) {
    if (of_variables_) local->type = type;
  }

  void grow(Type& to, Type by) {
    const Type joined = join(to, by);
    changed_ |= joined != to;
    to = joined;
  }

  static Type of_arithmetic(const Expr* e) {
    const Type a = e->parts[0]->type, b = e->parts[1]->type;
    if (a == Type::kNothing || b == Type::kNothing) return Type::kNothing;
    if (a == Type::kFlonum && b == Type::kFlonum) return Type::kFlonum;
    if (b == Type::kFlonum && a == Type::kFixnum) return Type::kFlonum;
    // An exact zero as divisor is an error, so that one has to be a constant that is not zero.
    const bool divisor_fits = e->inlined != Inline::kDivide || is_nonzero_constant(e->parts[1]);
    return a == Type::kFlonum && b == Type::kFixnum && divisor_fits ? Type::kFlonum : Type::kAny;
  }

  // What a primitive says of its answers.
  static Type answer_of(const runtime::Primitive* primitive) {
    if (primitive->flags & runtime::kFixnum) return Type::kFixnum;
    return primitive->flags & runtime::kFlonum ? Type::kFlonum : Type::kAny;
  }

  static Type of_inline(const Expr* e) {
    if (e->domain != Type::kAny && !(e->primitive->flags & runtime::kPredicate)) return e->domain;
    switch (e->inlined) {
      case Inline::kAdd: case Inline::kSubtract: case Inline::kMultiply: case Inline::kDivide: return of_arithmetic(e);
      case Inline::kToFlonum: return is_real(e->parts[0]->type) ? Type::kFlonum : e->parts[0]->type == Type::kNothing ? Type::kNothing : Type::kAny;
      case Inline::kMax: case Inline::kMin:
        return e->parts[0]->type == Type::kFixnum && e->parts[1]->type == Type::kFixnum ? Type::kFixnum : Type::kAny;
      case Inline::kCons: return Type::kPair;
      case Inline::kIsPair: case Inline::kIsNull: case Inline::kIsEq: case Inline::kIsEqv: case Inline::kNot:
      case Inline::kEqual: case Inline::kLess: case Inline::kLessEqual: case Inline::kGreater: case Inline::kGreaterEqual:
      case Inline::kIsZero: case Inline::kIsFixnum: case Inline::kIsFlonum: case Inline::kIsSymbol: case Inline::kIsString:
      case Inline::kIsVector: case Inline::kIsProcedure: case Inline::kIsCharacter: case Inline::kIsBytevector:
      case Inline::kIsBoolean: case Inline::kIsEof: case Inline::kIsDefault: case Inline::kCharEqual: case Inline::kCharLess:
      case Inline::kCharGreater: case Inline::kCharLessEqual: case Inline::kCharGreaterEqual: case Inline::kIsRecord:
      case Inline::kIsEven: case Inline::kIsOdd: case Inline::kIsPositive: case Inline::kIsNegative: case Inline::kIsNumber:
      case Inline::kCharClass: case Inline::kIsEqual:
        return Type::kBoolean;
      case Inline::kVectorLength: case Inline::kStringLength: case Inline::kBytevectorLength: case Inline::kBytevectorRef:
      case Inline::kCharToInteger:
        return Type::kFixnum;
      case Inline::kStringRef: case Inline::kIntegerToChar: case Inline::kCharCase: return Type::kCharacter;
      default: return Type::kAny;
    }
  }

  const bool of_variables_ = is_on(Optimisation::kTypes);   // otherwise only what expressions say by themselves
  bool changed_ = false;
};

void forget_scratch(Expr* e) {
  for (Expr* each : e->parts) forget_scratch(each);
  for (Expr* each : e->closures) forget_scratch(each);
  for (LoopLabel* label : e->labels) {
    label->state = nullptr;
    forget_scratch(label->body);
  }
}

}  // namespace

void infer_types(Body& body) {
  Inference().run(body);
  forget_scratch(body.code);
}

}  // namespace perdure::compiler
