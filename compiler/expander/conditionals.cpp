// cond, case, and, or, when, unless.
#include "compiler/expander/expander.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

constexpr std::size_t kLongestTestChain = 8;   // longer lists of data are searched by memv

// May eq? stand for eqv?
bool is_eq_comparable(Value v) {
  return v.is_fixnum() || is_symbol(v) || is_character(v) || v == kTrue || v == kFalse || v == kNil;
}

}  // namespace

// What cond and guard share: the clauses as nested ifs; `otherwise` when none holds and there is no else.
Node* Expander::cond_clauses(Forms clauses, Value form, Context context, Node* otherwise) {
  struct Part { Node* test; Node* then; Variable* kept; Location place; };
  ArenaVector<Part> done(arena_);
  const Location outer = here_;
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    Place place(*this, clauses[i]);
    Forms c;
    if (!list_of(clauses[i], &c) || c.empty())
      return bad(form, "a clause must have the form (test expression ...), not", clauses[i]);
    if (is_keyword(c[0], context, Special::kElse)) {
      if (i + 1 != clauses.size()) return bad(form, "else must be the last clause, before", clauses[i + 1]);
      if (c.size() == 1) return bad(form, "an expression must follow else in", clauses[i]);
      if (!(otherwise = expand_sequence(c.subspan(1), context, form))) return nullptr;
      break;
    }
    Part part{expand(c[0], context), nullptr, nullptr, here_};
    if (!part.test) return nullptr;
    if (c.size() == 1) {
      part.kept = temporary("test");
      part.then = ref(part.kept);
    } else if (is_keyword(c[1], context, Special::kArrow)) {
      part.kept = temporary("test");
      part.then = receiver_call(c.subspan(1), part.kept, clauses[i], form, context);
    } else {
      part.then = expand_sequence(c.subspan(1), context, form);
    }
    if (!part.then) return nullptr;
    done.push(part);
  }
  Node* result = otherwise;
  for (std::size_t i = done.size(); i > 0; --i) {
    const Part& part = done[i - 1];
    here_ = part.place;
    Node* test = part.kept ? ref(part.kept) : part.test;
    result = make_if(test, part.then, result);
    if (part.kept) result = make_let(part.kept, part.test, result);
  }
  here_ = outer;
  return result;
}

// (=> receiver), of cond and case
Node* Expander::receiver_call(Forms p, Variable* value, Value clause, Value form, Context context) {
  if (p.size() != 2) return bad(form, "one expression must follow => in", clause);
  return call(expand(p[1], context), {ref(value)});
}

Node* Expander::cond(Value form, Context context) {
  Forms p;
  if (!parts(form, 2, kAnyNumber, &p, "(cond (test expression ...) ...)")) return nullptr;
  return cond_clauses(p.subspan(1), form, context, unspecific());
}

Node* Expander::case_test(Variable* key, Forms data) {
  if (data.empty()) return constant(kFalse);
  if (data.size() > kLongestTestChain) {
    Value list = kNil;
    for (std::size_t i = data.size(); i > 0; --i) {
      list = cons(data[i - 1], list);
      if (list == kRaise) return nullptr;
    }
    return call_system("memv", {ref(key), constant(list)});
  }
  Node* test = nullptr;
  for (std::size_t i = data.size(); i > 0; --i) {
    Node* same = call_system(is_eq_comparable(data[i - 1]) ? "eq?" : "eqv?", {ref(key), constant(data[i - 1])});
    if (!same) return nullptr;
    test = test ? make_if(same, constant(kTrue), test) : same;
  }
  return test;
}

Node* Expander::case_form(Value form, Context context) {
  Forms p;
  if (!parts(form, 3, kAnyNumber, &p, "(case key ((datum ...) expression ...) ...)")) return nullptr;
  Node* key_value = expand(p[1], context);
  if (!key_value) return nullptr;
  Variable* key = temporary("key");
  struct Part { Node* test; Node* then; };
  ArenaVector<Part> done(arena_);
  Node* result = unspecific();
  for (std::size_t i = 2; i < p.size(); ++i) {
    Place place(*this, p[i]);
    Forms c, data;
    if (!list_of(p[i], &c) || c.size() < 2)
      return bad(form, "a clause must have the form ((datum ...) expression ...), not", p[i]);
    Node* then = is_keyword(c[1], context, Special::kArrow) ? receiver_call(c.subspan(1), key, p[i], form, context)
                                                            : expand_sequence(c.subspan(1), context, form);
    if (!then) return nullptr;
    if (is_keyword(c[0], context, Special::kElse)) {
      if (i + 1 != p.size()) return bad(form, "else must be the last clause, before", p[i + 1]);
      result = then;
      break;
    }
    if (!list_of(c[0], &data)) return bad(form, "a list of data is needed, not", c[0]);
    for (Value& datum : data)
      if ((datum = strip(datum)) == kRaise) return nullptr;
    Node* test = case_test(key, data);
    if (!test) return nullptr;
    done.push({test, then});
  }
  for (std::size_t i = done.size(); i > 0; --i) result = make_if(done[i - 1].test, done[i - 1].then, result);
  return make_let(key, key_value, result);
}

Node* Expander::and_form(Value form, Context context) {
  Forms p;
  if (!parts(form, 1, kAnyNumber, &p, "(and expression ...)")) return nullptr;
  if (p.size() == 1) return constant(kTrue);
  const auto nodes = arena_.array<Node*>(p.size() - 1);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (!(nodes[i] = expand(p[i + 1], context))) return nullptr;
  Node* result = nodes.back();
  for (std::size_t i = nodes.size() - 1; i > 0; --i) result = make_if(nodes[i - 1], result, constant(kFalse));
  return result;
}

Node* Expander::or_form(Value form, Context context) {
  Forms p;
  if (!parts(form, 1, kAnyNumber, &p, "(or expression ...)")) return nullptr;
  if (p.size() == 1) return constant(kFalse);
  const auto nodes = arena_.array<Node*>(p.size() - 1);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (!(nodes[i] = expand(p[i + 1], context))) return nullptr;
  Node* result = nodes.back();
  for (std::size_t i = nodes.size() - 1; i > 0; --i) {
    Variable* kept = temporary("or");
    result = make_let(kept, nodes[i - 1], make_if(ref(kept), ref(kept), result));
  }
  return result;
}

Node* Expander::when_unless(Value form, Context context) {
  const bool is_when = is_keyword(car(form), context, Special::kWhen);
  Forms p;
  if (!parts(form, 3, kAnyNumber, &p, is_when ? "(when test expression ...)" : "(unless test expression ...)"))
    return nullptr;
  Node* test = expand(p[1], context);
  if (!test) return nullptr;
  Node* rest = expand_sequence(p.subspan(2), context, form);
  if (!rest) return nullptr;
  return is_when ? make_if(test, rest, unspecific()) : make_if(test, unspecific(), rest);
}

}  // namespace perdure::compiler
