// core_to_datum: the core language written as Scheme.
#include <string>

#include "compiler/core.h"
#include "runtime/condition.h"
#include "runtime/heap.h"
#include "runtime/machine.h"

namespace perdure::compiler {
namespace {

using namespace runtime;

std::string symbol_text(Value symbol) {
  std::string text;
  const Value name = runtime::as<Symbol>(symbol)->name;
  const auto* string = runtime::as<String>(name);
  for (std::uint64_t i = 0; i < length_of(name); ++i) {
    const char32_t c = string->chars[i];
    text += c < 0x80 ? static_cast<char>(c) : '?';
  }
  return text;
}

class Writer {
 public:
  Value write(const Node* node);

 private:
  Value write_here(const Node* node);
  static Value list(std::initializer_list<Value> items, Value tail = kNil) {
    for (auto item = items.end(); item != items.begin();) tail = cons(*--item, tail);
    return tail;
  }
  Value name(const Variable* variable);
  Value constant(Value value);
  Value sequence(std::span<Node* const> nodes);
  Value clause(const Clause& clause);
  Value lambda(const Lambda* node);
  Value bindings(std::span<Variable* const> variables, std::span<Node* const> values);

  PassMap<const Variable*, Value> names_;
  PassMap<std::string, int> counts_;
  const Opened* opened_ = nullptr;   // what is being written belongs to it
};

Value Writer::name(const Variable* variable) {
  Value& known = names_[variable];
  if (known.bits == 0) {
    const std::string base = is_symbol(variable->name) ? symbol_text(variable->name) : "_";
    known = intern(base + "." + std::to_string(++counts_[base]));
  }
  return known;
}

Value Writer::constant(Value value) {
  const bool self_evaluating = value.is_fixnum() || value.is_self_tagged_flonum() || value == kTrue || value == kFalse ||
                               is_character(value) || is_string(value) || has_type(value, Type::kBignum) ||
                               has_type(value, Type::kFlonum) || has_type(value, Type::kRatnum);
  return self_evaluating ? value : list({intern("quote"), value});
}

// What `make` answers for 0, 1, ... as a list: called in order, since names are numbered as they are met.
template <class Make> Value list_of(std::size_t count, Value tail, Make make) {
  PassVector<Value> items;
  for (std::size_t i = 0; i < count; ++i) items.push_back(make(i));
  while (count > 0) tail = cons(items[--count], tail);
  return tail;
}

Value Writer::sequence(std::span<Node* const> nodes) {
  return list_of(nodes.size(), kNil, [&](std::size_t i) { return write(nodes[i]); });
}

Value Writer::clause(const Clause& clause) {
  Value formals = list_of(clause.required.size(), kNil, [&](std::size_t i) { return name(clause.required[i]); });
  if (clause.rest) {
    const Value rest = name(clause.rest);
    formals = list_of(clause.required.size(), rest, [&](std::size_t i) { return name(clause.required[i]); });
  }
  return list({formals, write(clause.body)});
}

Value Writer::lambda(const Lambda* node) {
  if (node->clauses.size() == 1) return cons(intern("lambda"), clause(node->clauses[0]));
  return cons(intern("case-lambda"),
              list_of(node->clauses.size(), kNil, [&](std::size_t i) { return clause(node->clauses[i]); }));
}

Value Writer::bindings(std::span<Variable* const> variables, std::span<Node* const> values) {
  for (const Variable* variable : variables) name(variable);
  return list_of(variables.size(), kNil, [&](std::size_t i) { return list({name(variables[i]), write(values[i])}); });
}

// What was opened stands in (opened name ...); constants and variables make no code.
Value Writer::write(const Node* node) {
  if (stack_is_low()) return intern("...");
  const bool plain = node->kind == Kind::kConst || node->kind == Kind::kRef || node->kind == Kind::kGlobalRef;
  if (plain || node->location.opened == opened_) return write_here(node);
  const Opened* outer = std::exchange(opened_, node->location.opened);
  const Value text = write_here(node);
  const Value name = opened_ != nullptr ? car(opened_->procedure) : kFalse;
  opened_ = outer;
  return name == kFalse ? text : list({intern("opened"), name, text});
}

Value Writer::write_here(const Node* node) {
  switch (node->kind) {
    case Kind::kConst: return constant(as<Const>(node)->value);
    case Kind::kRef: return name(as<Ref>(node)->variable);
    case Kind::kSet: {
      const Value variable = name(as<Set>(node)->variable);
      return list({intern("set!"), variable, write(as<Set>(node)->value)});
    }
    case Kind::kGlobalRef: return as<GlobalRef>(node)->global->name;
    case Kind::kGlobalSet:
      return list({intern("set!"), as<GlobalSet>(node)->global->name, write(as<GlobalSet>(node)->value)});
    case Kind::kDefine: return list({intern("define"), as<Define>(node)->global->name, write(as<Define>(node)->value)});
    case Kind::kIf: {
      const auto* branch = as<If>(node);
      const Value test = write(branch->test), consequent = write(branch->consequent);
      return list({intern("if"), test, consequent, write(branch->alternative)});
    }
    case Kind::kBegin: return cons(intern("begin"), sequence(as<Begin>(node)->body));
    case Kind::kLambda: return lambda(as<Lambda>(node));
    case Kind::kCall: {
      const Value callee = write(as<Call>(node)->callee);
      return cons(callee, sequence(as<Call>(node)->arguments));
    }
    case Kind::kLet: {
      const auto* let = as<Let>(node);
      const Value bound = bindings(let->variables, let->values);
      return list({intern("let"), bound, write(let->body)});
    }
    case Kind::kLetrec: {
      const auto* letrec = as<Letrec>(node);
      const Value bound = bindings(letrec->variables, letrec->values);
      return list({intern("letrec*"), bound, write(letrec->body)});
    }
    case Kind::kReceive: {
      const auto* receive = as<Receive>(node);
      const Value value = write(receive->value);
      const Value bound = list_of(receive->variables.size(), kNil, [&](std::size_t i) { return name(receive->variables[i]); });
      return list({intern("receive"), bound, value, write(receive->body)});
    }
  }
  return kUnspecific;
}

}  // namespace

Value core_to_datum(const Node* node) { return Writer{}.write(node); }

}  // namespace perdure::compiler
