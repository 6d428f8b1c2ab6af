// Lists: making, measuring, joining and taking them apart.
#include "runtime/data/lists.h"

#include "runtime/condition.h"
#include "runtime/data/arguments.h"

namespace perdure::runtime {
namespace {

Value not_a_list(std::string_view who, int position, Value v) { return wrong_type(who, position, "list", v); }

// A circular list may be followed for ever, but going round it once is enough.
std::uint64_t steps_needed(Value list, std::uint64_t count) {
  constexpr std::uint64_t kMany = 1'000'000;
  if (count < kMany) return count;
  ListWalk walk(list);
  for (Value element; walk.next(&element);) continue;
  if (!walk.circular()) return count;
  const Value meeting = walk.rest();
  std::uint64_t length = 1;
  for (Value p = cdr(meeting); p != meeting; p = cdr(p)) ++length;
  return count <= walk.count() ? count : walk.count() + (count - walk.count()) % length;
}

// The list after `k` pairs. An improper or short list is out of range.
Value tail_of(std::string_view who, Value list, Value k, bool pair_wanted) {
  std::uint64_t count;
  if (!take_count(who, 2, k, &count)) return kRaise;
  Value at = list;
  count = steps_needed(list, count);
  for (std::uint64_t i = 0; i < count || pair_wanted; ++i, at = cdr(at)) {
    if (!at.is_pair()) {
      if (!list.is_pair() && list != kNil) return not_a_list(who, 1, list);
      return out_of_range(who, 2, k, 0, static_cast<std::int64_t>(i) - (pair_wanted ? 1 : 0));
    }
    if (i == count) break;
  }
  return at;
}

// Goes through a list that is copied: what follows the first elements is measured before a circular list fills the memory.
class CopyWalk {
 public:
  explicit CopyWalk(Value list) : rest_(list) {}
  bool next(Value* element) {
    if (!rest_.is_pair() || (left_ == 0 && list_length(rest_) < 0)) return false;
    --left_;
    *element = car(rest_);
    rest_ = cdr(rest_);
    return true;
  }
  bool proper() const { return rest_ == kNil; }

 private:
  Value rest_;
  std::int64_t left_ = 128;
};

// Adds the elements of `list` to what `builder` holds.
bool copy_into(ListBuilder& builder, std::string_view who, int position, Value list) {
  CopyWalk walk(list);
  {
    FreshPairs pairs;
    for (Value element; walk.next(&element);)
      if (!builder.add(element, pairs)) return false;
  }
  if (walk.proper()) return true;
  not_a_list(who, position, list);
  return false;
}

// The elements of `list` in reverse order, before `tail`.
Value reverse_onto(std::string_view who, Value list, Value tail) {
  CopyWalk walk(list);
  {
    FreshPairs pairs;
    for (Value element; walk.next(&element);)
      if ((tail = pairs.make(element, tail)) == kRaise) return kRaise;
  }
  return walk.proper() ? tail : not_a_list(who, 1, list);
}

}  // namespace

// As ListWalk, but what marks a circle is looked for every few steps only: a circle is then gone round a few times before it
// is found.
std::int64_t list_length(Value list) {
  constexpr std::int64_t kStride = 32;
  Value at = list, mark = kDefault;
  for (std::int64_t count = 0, next_mark = kStride; at != mark; count += kStride) {
    if (count == next_mark) {
      mark = at;
      next_mark *= 2;
    }
    for (std::int64_t i = 0; i < kStride; ++i, at = cdr(at))
      if (!at.is_pair()) return at == kNil ? count + i : -1;
  }
  return -1;
}

Value prim_list_p(Value v) { return boolean(list_length(v) >= 0); }

Value prim_list(const Value* elements, std::uint64_t count) {
  Value result = kNil;
  for (std::uint64_t i = count; i-- > 0 && result != kRaise;) result = quick_cons(elements[i], result);
  return result;
}

// (cons* 1 2 '(3)) => (1 2 3)
Value prim_cons_star(const Value* elements, std::uint64_t count) {
  Value result = elements[count - 1];
  for (std::uint64_t i = count - 1; i-- > 0 && result != kRaise;) result = quick_cons(elements[i], result);
  return result;
}

Value prim_make_list(Value length, Value fill) {
  std::uint64_t count;
  if (!take_count("make-list", 1, length, &count)) return kRaise;
  if (fill == kDefault) fill = kFalse;
  Value result = kNil;
  FreshPairs pairs;
  for (std::uint64_t i = 0; i < count && result != kRaise; ++i) result = pairs.make(fill, result);
  return result;
}

Value prim_length(Value list) {
  const std::int64_t length = list_length(list);
  return length < 0 ? not_a_list("length", 1, list) : fixnum(length);
}

Value prim_append(const Value* lists, std::uint64_t count) {
  if (count == 0) return kNil;
  ListBuilder builder;
  for (std::uint64_t i = 0; i + 1 < count; ++i)
    if (!copy_into(builder, "append", static_cast<int>(i + 1), lists[i])) return kRaise;
  return builder.finish(lists[count - 1]);
}

// The same by changing the lists' last pairs.
Value prim_append_x(const Value* lists, std::uint64_t count) {
  Value first = kNil, last = kNil;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (last == kNil) first = lists[i];
    else store_slot(&as_pair(last)->cdr, lists[i]);
    if (i + 1 == count) break;
    ListWalk walk(lists[i]);
    for (Value element; walk.next(&element);) continue;
    if (!walk.proper()) return not_a_list("append!", static_cast<int>(i + 1), lists[i]);
    if (walk.count() > 0) last = walk.pair();
  }
  return first;
}

Value prim_reverse(Value list) { return reverse_onto("reverse", list, kNil); }

Value prim_reverse_x(Value list) {
  if (list_length(list) < 0) return not_a_list("reverse!", 1, list);
  Value result = kNil;
  while (list.is_pair()) {
    const Value next = cdr(list);
    store_slot(&as_pair(list)->cdr, result);
    result = list;
    list = next;
  }
  return result;
}

Value prim_append_reverse(Value list, Value tail) { return reverse_onto("append-reverse", list, tail); }

Value prim_list_tail(Value list, Value k) { return tail_of("list-tail", list, k, false); }

Value prim_list_ref(Value list, Value k) {
  const Value pair = tail_of("list-ref", list, k, true);
  return pair == kRaise ? kRaise : car(pair);
}

Value prim_list_set(Value list, Value k, Value v) {
  const Value pair = tail_of("list-set!", list, k, true);
  if (pair == kRaise) return kRaise;
  store_slot(&as_pair(pair)->car, v);
  return kUnspecific;
}

Value prim_list_head(Value list, Value k) {
  if (tail_of("list-head", list, k, false) == kRaise) return kRaise;
  ListBuilder builder;
  for (std::int64_t i = fixnum_value(k); i > 0; --i, list = cdr(list))
    if (!builder.add(car(list))) return kRaise;
  return builder.finish();
}

// Copies the pairs of the spine; what ends it, () or not, is kept (R7RS 6.4).
Value prim_list_copy(Value list) {
  ListWalk walk(list);
  for (Value element; walk.next(&element);) continue;
  if (walk.circular()) return not_a_list("list-copy", 1, list);
  ListBuilder builder;
  for (; list.is_pair(); list = cdr(list))
    if (!builder.add(car(list))) return kRaise;
  return builder.finish(list);
}

Value prim_last_pair(Value list) {
  if (!list.is_pair()) return wrong_type("last-pair", 1, "pair", list);
  ListWalk walk(list);
  for (Value element; walk.next(&element);) continue;
  return walk.circular() ? not_a_list("last-pair", 1, list) : walk.pair();
}

std::span<const Primitive> lists_primitives() {
  static const Primitive rows[] = {
      primitive("list?", prim_list_p, 1, kNoRaise | kPredicate),
      primitive("list", prim_list),
      primitive("cons*", prim_cons_star, 1),
      primitive("make-list", prim_make_list, 1),
      primitive("length", prim_length),
      primitive("append", prim_append),
      primitive("append!", prim_append_x),
      primitive("reverse", prim_reverse),
      primitive("reverse!", prim_reverse_x),
      primitive("append-reverse", prim_append_reverse),
      primitive("list-tail", prim_list_tail),
      primitive("list-ref", prim_list_ref),
      primitive("list-set!", prim_list_set),
      primitive("list-head", prim_list_head),
      primitive("list-copy", prim_list_copy),
      primitive("last-pair", prim_last_pair),
  };
  return rows;
}

}  // namespace perdure::runtime
