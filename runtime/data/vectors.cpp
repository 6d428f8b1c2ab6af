// Vectors: R7RS 6.8.
#include <cstring>

#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/data/data.h"
#include "runtime/data/lists.h"

namespace perdure::runtime {
namespace {

Value* slots_of(Value vector) { return as<Vector>(vector)->slots; }

void store_all(Value* to, const Value* from, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) store_slot(to + i, from[i]);
}

Value copy_range(std::string_view who, Value vector, Value start, Value end) {
  Range range;
  if (!check_vector(who, 1, vector) || !take_range(who, 2, start, end, length_of(vector), &range)) return kRaise;
  const Value result = make_unfilled_vector(range.size());
  if (result != kRaise) store_all(slots_of(result), slots_of(vector) + range.start, range.size());
  return result;
}

}  // namespace

Value prim_vector_p(Value v) { return boolean(is_vector(v)); }

Value prim_make_vector(Value length, Value fill) {
  std::uint64_t count;
  if (!take_count("make-vector", 1, length, &count)) return kRaise;
  return make_vector(count, fill == kDefault ? kFalse : fill);
}

Value prim_vector(const Value* elements, std::uint64_t count) {
  const Value vector = make_unfilled_vector(count);
  if (vector != kRaise) store_all(slots_of(vector), elements, count);
  return vector;
}

Value prim_vector_length(Value vector) {
  return check_vector("vector-length", 1, vector) ? fixnum(static_cast<std::int64_t>(length_of(vector))) : kRaise;
}

Value prim_vector_ref(Value vector, Value k) {
  std::uint64_t index;
  if (!check_vector("vector-ref", 1, vector) || !take_index("vector-ref", 2, k, length_of(vector), &index)) return kRaise;
  return slots_of(vector)[index];
}

Value prim_vector_set(Value vector, Value k, Value v) {
  std::uint64_t index;
  if (!check_mutable_vector("vector-set!", 1, vector) || !take_index("vector-set!", 2, k, length_of(vector), &index))
    return kRaise;
  store_slot(slots_of(vector) + index, v);
  return kUnspecific;
}

Value prim_vector_to_list(Value vector, Value start, Value end) {
  Range range;
  if (!check_vector("vector->list", 1, vector) || !take_range("vector->list", 2, start, end, length_of(vector), &range))
    return kRaise;
  Value list = kNil;
  FreshPairs pairs;
  for (std::uint64_t i = range.end; i > range.start && list != kRaise; --i) list = pairs.make(slots_of(vector)[i - 1], list);
  return list;
}

Value prim_list_to_vector(Value list) {
  const std::int64_t length = list_length(list);
  if (length < 0) return wrong_type("list->vector", 1, "list", list);
  const Value vector = make_unfilled_vector(static_cast<std::uint64_t>(length));
  if (vector == kRaise) return kRaise;
  for (Value* slot = slots_of(vector); list.is_pair(); list = cdr(list)) store_slot(slot++, car(list));
  return vector;
}

// (%reversed-list->vector list n): of the first n elements, the last of which comes first.
Value prim_reversed_list_to_vector(Value list, Value count) {
  constexpr std::string_view kWho = "%reversed-list->vector";
  if (!count.is_fixnum() || fixnum_value(count) < 0) return wrong_type(kWho, 2, "index", count);
  const Value vector = make_unfilled_vector(static_cast<std::uint64_t>(fixnum_value(count)));
  if (vector == kRaise) return kRaise;
  Value rest = list;
  for (std::int64_t i = fixnum_value(count); i-- > 0; rest = cdr(rest)) {
    if (rest.is_pair()) {
      store_slot(slots_of(vector) + i, car(rest));
      continue;
    }
    for (; i >= 0; --i) store_slot(slots_of(vector) + i, kUnspecific);
    return wrong_type(kWho, 1, "list of so many elements", list);
  }
  return vector;
}

Value prim_vector_fill(Value vector, Value v, Value start, Value end) {
  Range range;
  if (!check_mutable_vector("vector-fill!", 1, vector) ||
      !take_range("vector-fill!", 3, start, end, length_of(vector), &range))
    return kRaise;
  for (std::uint64_t i = range.start; i < range.end; ++i) store_slot(slots_of(vector) + i, v);
  return kUnspecific;
}

Value prim_vector_copy(Value vector, Value start, Value end) { return copy_range("vector-copy", vector, start, end); }
Value prim_subvector(Value vector, Value start, Value end) { return copy_range("subvector", vector, start, end); }
Value prim_vector_head(Value vector, Value end) { return copy_range("vector-head", vector, fixnum(0), end); }
Value prim_vector_tail(Value vector, Value start) { return copy_range("vector-tail", vector, start, kDefault); }

Value prim_vector_copy_x(Value to, Value at, Value from, Value start, Value end) {
  Range range;
  std::uint64_t place;
  if (!check_mutable_vector("vector-copy!", 1, to) || !check_vector("vector-copy!", 3, from) ||
      !take_range("vector-copy!", 4, start, end, length_of(from), &range) ||
      !take_room("vector-copy!", 2, at, length_of(to), range.size(), &place))
    return kRaise;
  Value* out = slots_of(to) + place;
  const Value* in = slots_of(from) + range.start;
  if (out <= in) {
    store_all(out, in, range.size());
  } else {  // overlapping parts of one vector: from the end
    for (std::uint64_t i = range.size(); i-- > 0;) store_slot(out + i, in[i]);
  }
  return kUnspecific;
}

Value prim_vector_append(const Value* vectors, std::uint64_t count) {
  std::uint64_t length = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!check_vector("vector-append", static_cast<int>(i + 1), vectors[i])) return kRaise;
    length += length_of(vectors[i]);
  }
  const Value result = make_unfilled_vector(length);
  if (result == kRaise) return kRaise;
  Value* out = slots_of(result);
  for (std::uint64_t i = 0; i < count; ++i) {
    store_all(out, slots_of(vectors[i]), length_of(vectors[i]));
    out += length_of(vectors[i]);
  }
  return result;
}

// A longer copy; the new elements are #f.
Value prim_vector_grow(Value vector, Value length) {
  std::uint64_t count;
  if (!check_vector("vector-grow", 1, vector) || !take_count("vector-grow", 2, length, &count)) return kRaise;
  if (count < length_of(vector))
    return out_of_range("vector-grow", 2, length, static_cast<std::int64_t>(length_of(vector)), kFixnumMax);
  const Value result = make_vector(count, kFalse);
  if (result != kRaise) store_all(slots_of(result), slots_of(vector), length_of(vector));
  return result;
}

std::span<const Primitive> vectors_primitives() {
  static const Primitive rows[] = {
      primitive("vector?", prim_vector_p, 1, kPure | kNoRaise | kPredicate),
      primitive("make-vector", prim_make_vector, 1),
      primitive("vector", prim_vector),
      primitive("vector-length", prim_vector_length, 1, kPure),
      primitive("vector-ref", prim_vector_ref),
      primitive("vector-set!", prim_vector_set),
      primitive("vector->list", prim_vector_to_list, 1),
      primitive("list->vector", prim_list_to_vector),
      primitive("%reversed-list->vector", prim_reversed_list_to_vector),
      primitive("vector-fill!", prim_vector_fill, 2),
      primitive("vector-copy", prim_vector_copy, 1),
      primitive("subvector", prim_subvector, 2),
      primitive("vector-head", prim_vector_head),
      primitive("vector-tail", prim_vector_tail),
      primitive("vector-copy!", prim_vector_copy_x, 3),
      primitive("vector-append", prim_vector_append),
      primitive("vector-grow", prim_vector_grow),
  };
  return rows;
}

}  // namespace perdure::runtime
