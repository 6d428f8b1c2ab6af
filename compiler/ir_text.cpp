// ir_to_datum: the intermediate language written as Scheme forms, by the grammar of ir.h.
#include <algorithm>
#include <string>

#include "compiler/ir_text.h"
#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/object.h"

namespace perdure::compiler {

std::string_view inline_name(Inline op) {
  // In the order of the enumerators.
  static constexpr std::string_view kNames[] = {
      "none",
      "car", "cdr", "cxr", "list", "set-car!", "set-cdr!", "cons", "pair?", "null?", "eq?", "eqv?", "not",
      "+", "-", "*", "/", "=", "<", "<=", ">", ">=", "zero?",
      "quotient", "floor-quotient", "remainder", "modulo", "bit-and", "bit-or", "bit-xor", "bit-not", "shift",
      "shift-left", "shift-right",
      "square-root", "abs", "floor", "ceiling", "round", "truncate", "max", "min", "magnitude", "even?", "odd?",
      "fixnum?", "flonum?", "symbol?", "string?", "vector?", "procedure?", "character?", "bytevector?", "boolean?", "eof?", "default?",
      "vector-ref", "vector-set!", "vector-length", "string-ref", "string-set!", "string-length", "bytevector-ref",
      "bytevector-set!", "bytevector-length",
      "char->integer", "integer->char", "char=?", "char<?", "char>?", "char<=?", "char>=?",
      "make-record", "record?", "record-ref", "record-set!",
      "read-port", "write-port",
      "positive?", "negative?", "number?", "char-class", "char-case", "equal?", "search", "table-ref", "table-set!",
      "to-flonum", "to-exact", "make-vector", "make-values", "values-ref", "make-box", "box-ref", "box-ref-checked", "box-set!",
      "dynamic-state", "set-dynamic-state!",
  };
  const auto index = static_cast<std::size_t>(op);
  return index < std::size(kNames) ? kNames[index] : "?";
}

std::string_view type_name(Type type) {
  static constexpr std::string_view kNames[] = {"nothing", "any", "fixnum", "flonum", "pair", "vector", "string", "bytevector", "character", "procedure", "boolean", "record"};
  const auto index = static_cast<std::size_t>(type);
  return index < std::size(kNames) ? kNames[index] : "?";
}

std::string name_in_ascii(Value symbol, std::string_view otherwise) {
  if (!runtime::is_symbol(symbol)) return std::string(otherwise);
  const Value name = runtime::as<runtime::Symbol>(symbol)->name;
  std::string text;
  for (std::uint64_t i = 0; i < runtime::length_of(name); ++i) {
    const char32_t c = runtime::as<runtime::String>(name)->chars[i];
    text += c < 0x80 ? static_cast<char>(c) : '?';
  }
  return text;
}

namespace {

using namespace runtime;

class Writer {
 public:
  explicit Writer(bool types) : types_(types) {}

  Value program(const Function* toplevel) {
    number(toplevel);
    PassVector<Value> all;
    for (std::size_t i = 0; i < functions_.size(); ++i) all.push_back(function(functions_[i]));   // more are met on the way
    return list(all);
  }

 private:
  static Value list(const PassVector<Value>& items, Value tail = kNil) {
    for (std::size_t i = items.size(); i-- > 0;) tail = cons(items[i], tail);
    return tail;
  }
  static Value symbol(std::string_view name) { return intern(name); }

  std::size_t number(const Function* function) {
    const auto known = std::find(functions_.begin(), functions_.end(), function);
    if (known != functions_.end()) return static_cast<std::size_t>(known - functions_.begin());
    functions_.push_back(function);
    return functions_.size() - 1;
  }
  Value name(const Function* function) {
    const std::size_t index = number(function);
    return symbol(name_in_ascii(function->name, "lambda") + "." + std::to_string(index));
  }
  static Value name(const Local* local) { return symbol(name_in_ascii(local->name, "_") + "." + std::to_string(local->index)); }
  // Where it is bound: with its type, if that is wanted and known.
  Value binding(const Local* local) {
    if (!types_ || local->type == Type::kAny) return name(local);
    return list({name(local), symbol(type_name(local->type))});
  }
  Value name(const LoopLabel* label) {
    const auto known = std::find(labels_.begin(), labels_.end(), label);
    const std::size_t index = static_cast<std::size_t>(known - labels_.begin());
    if (known == labels_.end()) labels_.push_back(label);
    return symbol(name_in_ascii(label->name, "loop") + ":" + std::to_string(index));
  }

  Value function(const Function* f) {
    PassVector<Value> bodies;
    for (const Body& each : f->bodies) {
      PassVector<Value> parameters;
      for (const Local* p : each.required) parameters.push_back(binding(p));
      const Value formals = list(parameters, each.rest != nullptr ? name(each.rest) : kNil);
      bodies.push_back(list({formals, write(each.code)}));
    }
    return cons(symbol("function"), cons(name(f), list(bodies)));
  }

  Value constant(Value value) {
    const bool plain = value.is_fixnum() || value.is_self_tagged_flonum() || value == kTrue || value == kFalse || is_character(value) ||
                       is_string(value) || has_type(value, runtime::Type::kBignum) || has_type(value, runtime::Type::kFlonum) ||
                       has_type(value, runtime::Type::kRatnum);
    return plain ? value : list({symbol("quote"), value});
  }

  PassVector<Value> parts_of(const Expr* e) {
    PassVector<Value> items;
    for (const Expr* each : e->parts) items.push_back(write(each));
    return items;
  }
  Value form(std::string_view head, const Expr* e) { return cons(symbol(head), list(parts_of(e))); }
  Value form(std::string_view head, Value second, const Expr* e) { return cons(symbol(head), cons(second, list(parts_of(e)))); }

  Value write(const Expr* e) {
    if (stack_is_low()) return symbol("...");
    const Value form = untyped(e);
    const bool says = types_ && e->op != Op::kConst && e->op != Op::kLocal && e->op != Op::kClosure && e->type != Type::kAny;
    return says ? list({symbol("the"), symbol(type_name(e->type)), form}) : form;
  }

  Value untyped(const Expr* e) {
    switch (e->op) {
      case Op::kConst: return constant(e->value);
      case Op::kLocal: return name(e->local);
      case Op::kGlobal: return list({symbol("global"), e->global->name});
      case Op::kSetGlobal: return form("set-global", e->global->name, e);
      case Op::kDefineGlobal: return form("define-global", e->global->name, e);
      case Op::kIf: return form("if", e);
      case Op::kSequence: return form("sequence", e);
      case Op::kLet: {
        const Value value = write(e->parts[0]);
        return list({symbol("let"), binding(e->local), value, write(e->parts[1])});
      }
      case Op::kReceive: return receive(e);
      case Op::kInline: return form("inline", symbol(inline_name(e->inlined)), e);
      case Op::kPrimitive: return form("primitive", symbol(e->primitive->name), e);
      case Op::kCall: return form("call", e);
      case Op::kApply: return form("apply", e);
      case Op::kCallGlobal: return form("call-global", e->global->name, e);
      case Op::kCallKnown: return form("call-known", name(e->function), e);
      case Op::kClosure: return form("closure", name(e->function), e);
      case Op::kFix: return fix(e);
      case Op::kLoop: return loop(e);
      case Op::kGoto: return form("goto", name(e->label), e);
    }
    return kUnspecific;
  }

  Value receive(const Expr* e) {
    PassVector<Value> names;
    for (const Local* each : e->locals) names.push_back(binding(each));
    const Value bound = list(names), call = write(e->parts[0]);
    return list({symbol("receive"), bound, call, write(e->parts[1])});
  }

  Value fix(const Expr* e) {
    PassVector<Value> rows;
    for (std::size_t i = 0; i < e->locals.size(); ++i) rows.push_back(cons(name(e->locals[i]), cdr(write(e->closures[i]))));
    const Value bound = list(rows);
    return list({symbol("fix"), bound, write(e->parts[0])});
  }

  Value loop(const Expr* e) {
    PassVector<Value> items = {symbol("loop")};
    for (const LoopLabel* each : e->labels) {
      PassVector<Value> head = {name(each)};
      for (const Local* p : each->parameters) head.push_back(binding(p));
      const Value heading = list(head);
      items.push_back(list({heading, write(each->body)}));
    }
    items.push_back(write(e->parts[0]));
    return list(items);
  }

  bool types_;
  PassVector<const Function*> functions_;
  PassVector<const LoopLabel*> labels_;
};

}  // namespace

Value ir_to_datum(const Function* toplevel, bool types) { return Writer(types).program(toplevel); }

}  // namespace perdure::compiler
