// quote, quasiquote, and taking aliases out of data.
#include "compiler/expander/expander.h"

#include "compiler/expander/value_map.h"
#include "runtime/condition.h"
#include "runtime/machine.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

// Looks through a datum, which may be shared or circular, for aliases.
bool holds_alias(Arena& arena, Value datum) {
  ValueMap seen(arena);
  ArenaVector<Value> waiting(arena);
  waiting.push(datum);
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    for (Value at = waiting[i];;) {
      if (is_alias(at)) return true;
      if (is_vector(at) && seen.add(at))
        for (std::uint64_t k = 0; k < length_of(at); ++k) waiting.push(runtime::as<Vector>(at)->slots[k]);
      if (!at.is_pair() || !seen.add(at)) break;
      if (car(at).is_pair() || car(at).is_object()) waiting.push(car(at));
      at = cdr(at);
    }
  }
  return false;
}

class Stripper {
 public:
  explicit Stripper(Arena& arena) : copies_(arena) {}

  Value strip(Value datum) {
    if (is_alias(datum)) return base_symbol(datum);
    if (is_vector(datum)) return strip_vector(datum);
    if (!datum.is_pair()) return datum;
    if (stack_is_low()) return fail("stack-overflow", "quote", "a datum is nested too deeply");
    const Value first = copy_of(datum);
    for (Value from = datum, to = first;;) {
      if (to == kRaise) return kRaise;
      const Value head = strip(car(from));
      if (head == kRaise) return kRaise;
      store_slot(&as_pair(to)->car, head);
      const Value tail = cdr(from);
      const bool go_on = tail.is_pair() && copies_.find(tail) == nullptr;
      const Value next = go_on ? copy_of(tail) : strip_tail(tail);
      if (next == kRaise) return kRaise;
      store_slot(&as_pair(to)->cdr, next);
      if (!go_on) return first;
      from = tail;
      to = next;
    }
  }

 private:
  // The copy of a pair; a pair that was met before is not looked into again.
  Value copy_of(Value pair) {
    const Value copy = cons(kNil, kNil);
    copies_.insert(pair, copy);
    return copy;
  }
  Value strip_tail(Value tail) {
    const Value* known = tail.is_pair() ? copies_.find(tail) : nullptr;
    return known ? *known : strip(tail);
  }
  Value strip_vector(Value vector) {
    if (const Value* known = copies_.find(vector)) return *known;
    if (stack_is_low()) return fail("stack-overflow", "quote", "a datum is nested too deeply");
    const Value copy = make_vector(length_of(vector), kFalse);
    if (copy == kRaise) return kRaise;
    copies_.insert(vector, copy);
    for (std::uint64_t i = 0; i < length_of(vector); ++i) {
      const Value element = strip_element(runtime::as<Vector>(vector)->slots[i]);
      if (element == kRaise) return kRaise;
      store_slot(&runtime::as<Vector>(copy)->slots[i], element);
    }
    as_object(copy)->header = as_object(vector)->header;   // a literal stays one
    return copy;
  }
  Value strip_element(Value element) {
    const Value* known = element.is_pair() ? copies_.find(element) : nullptr;
    return known ? *known : strip(element);
  }

  ValueMap copies_;
};

}  // namespace

// Data without aliases come back as they are: a quoted datum is the very one that was read.
Value Expander::strip(Value datum) {
  if (is_alias(datum)) return base_symbol(datum);
  if (!made_aliases_ || !(datum.is_pair() || is_vector(datum)) || !holds_alias(arena_, datum)) return datum;
  return Stripper(arena_).strip(datum);
}

// Makes the strings, vectors and bytevectors of a datum immutable.
void Expander::freeze(Value datum) {
  ValueMap seen(arena_);
  ArenaVector<Value> waiting(arena_);
  waiting.push(datum);
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    for (Value at = waiting[i];;) {
      if (is_string(at) || is_bytevector(at) || is_vector(at)) {
        const bool done = is_immutable(at);
        as_object(at)->header |= kFlagImmutable << 8;
        if (is_vector(at) && !done)
          for (std::uint64_t k = 0; k < length_of(at); ++k) waiting.push(runtime::as<Vector>(at)->slots[k]);
      }
      if (!at.is_pair() || !seen.add(at)) break;
      if (car(at).is_pair() || car(at).is_object()) waiting.push(car(at));
      at = cdr(at);
    }
  }
}

// What a program made and hands to eval may go on changing it; what was read with a source map is the program's text.
Node* Expander::literal(Value datum) {
  datum = strip(datum);
  if (datum == kRaise) return nullptr;
  if (map_ && (datum.is_pair() || datum.is_object())) freeze(datum);
  return constant(datum);
}

Node* Expander::quote(Value form, Context) {
  Forms p;
  if (!parts(form, 2, 2, &p, "(quote datum)")) return nullptr;
  return literal(p[1]);
}

// --- quasiquote ---------------------------------------------------------------------------------------------------
// `depth` counts the quasiquotes around; unquote at depth 1 is evaluated. Parts without one stay one constant.

Node* Expander::quasiquote(Value form, Context context) {
  Forms p;
  if (!parts(form, 2, 2, &p, "(quasiquote template)")) return nullptr;
  return quasi(p[1], 1, form, context);
}

namespace {

// (word x)?
bool is_tagged(Value form, Context context, Special word) {
  return form.is_pair() && cdr(form).is_pair() && cdr(cdr(form)) == kNil && is_keyword(car(form), context, word);
}

bool is_constant(const Node* node) { return node->kind == Kind::kConst; }
Value constant_value(const Node* node) { return static_cast<const Const*>(node)->value; }

}  // namespace

Node* Expander::quasi(Value x, int depth, Value whole, Context context) {
  if (stack_is_low()) return fail("stack-overflow", "quasiquote", "a template is nested too deeply"), nullptr;
  if (is_vector(x)) {
    Value list = kNil;
    for (std::uint64_t i = length_of(x); i > 0; --i)
      if ((list = cons(runtime::as<Vector>(x)->slots[i - 1], list)) == kRaise) return nullptr;
    Node* elements = quasi_list(list, depth, whole, context);
    if (!elements) return nullptr;
    if (is_constant(elements) && constant_value(elements) == list) return literal(x);
    return call_system("list->vector", {elements});
  }
  if (x.is_pair()) return quasi_list(x, depth, whole, context);
  return literal(x);
}

// A list of templates, perhaps dotted; `(a . ,b)` is read as (a unquote b), so the end is looked for at every pair.
Node* Expander::quasi_list(Value x, int depth, Value whole, Context context) {
  struct Element { Value cell; Node* node; bool splice; };
  ArenaVector<Element> elements(arena_);
  Node* tail = nullptr;
  Value at = x;
  for (; at.is_pair() && !tail; at = cdr(at)) {
    // The rest of the list is (unquote x), (quasiquote x) or (unquote-splicing x): a template of its own.
    const bool unquote = is_tagged(at, context, Special::kUnquote);
    const bool nested = is_tagged(at, context, Special::kQuasiquote);
    const bool spliced = is_tagged(at, context, Special::kUnquoteSplicing);
    if (unquote && depth == 1) {
      tail = expand(car(cdr(at)), context);
      if (!tail) return nullptr;
      break;
    }
    if (spliced && depth == 1) return bad(whole, "unquote-splicing must stand within a list:", at);
    if (unquote || nested || spliced) {
      Node* inner = quasi_list(cdr(at), nested ? depth + 1 : depth - 1, whole, context);
      if (!inner) return nullptr;
      tail = quasi_pair(at, constant(base_symbol(car(at))), inner, false);
      if (!tail) return nullptr;
      break;
    }
    const Value element = car(at);
    if (depth == 1 && is_tagged(element, context, Special::kUnquoteSplicing)) {
      elements.push({at, expand(car(cdr(element)), context), true});
    } else {
      elements.push({at, quasi(element, depth, whole, context), false});
    }
    if (!elements[elements.size() - 1].node) return nullptr;
  }
  if (!tail) tail = quasi(at, depth, whole, context);
  for (std::size_t i = elements.size(); i > 0 && tail; --i)
    tail = quasi_pair(elements[i - 1].cell, elements[i - 1].node, tail, elements[i - 1].splice);
  return tail;
}

Node* Expander::quasi_pair(Value cell, Node* first, Node* rest, bool splice) {
  if (splice) {
    if (is_constant(rest) && constant_value(rest) == kNil) return first;
    return call_system("append", {first, rest});
  }
  if (!is_constant(first) || !is_constant(rest)) return call_system("cons", {first, rest});
  // Nothing changed: the template's own pair will do.
  if (car(cell) == constant_value(first) && cdr(cell) == constant_value(rest)) return constant(cell);
  const Value pair = cons(constant_value(first), constant_value(rest));
  return pair == kRaise ? nullptr : constant(pair);
}

}  // namespace perdure::compiler
