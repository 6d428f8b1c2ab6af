#include "runtime/data/records.h"

#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/data/lists.h"
#include "runtime/data/phrase.h"
#include "runtime/data/text.h"
#include "runtime/utf8_string.h"

namespace perdure::runtime {
namespace {

std::int64_t field_count_of(Value type) { return fixnum_value(as<RecordType>(type)->field_count); }
std::u32string_view text_of(Value symbol) { return view_of(as<Symbol>(symbol)->name); }

// The name of a type for people: "point" for <point>.
std::u32string_view plain_name(Value type) {
  const std::u32string_view name = text_of(as<RecordType>(type)->name);
  return name.size() > 2 && name.front() == '<' && name.back() == '>' ? name.substr(1, name.size() - 2) : name;
}

// Field `index` counts from the oldest ancestor's first field.
Value field_name(Value type, std::int64_t index) {
  for (;;) {
    const Value own = as<RecordType>(type)->field_names;
    const std::int64_t first = field_count_of(type) - static_cast<std::int64_t>(length_of(own));
    if (index >= first) return as<Vector>(own)->slots[index - first];
    type = as<RecordType>(type)->parent;
  }
}

// Who complains of a wrong argument: the procedure's name if the caller told it, else the usual name for it.
Phrase accessor_name(Value given, Value type, std::int64_t index, bool modifier) {
  if (is_symbol(given)) return Phrase() << text_of(given);
  return Phrase(modifier ? "set-" : "") << plain_name(type) << "-" << text_of(field_name(type, index)) << (modifier ? "!" : "");
}

bool check_type(std::string_view who, int position, Value type) {
  if (!is_record_type(type)) wrong_type(who, position, "record type", type);
  return is_record_type(type);
}

// The slot of field `index` of `record`; null with a pending condition when an argument is wrong.
Value* find_field(std::string_view who, Value record, Value type, Value index, Value accessor, bool modifier) {
  std::uint64_t i;
  if (!check_type(who, 2, type) || !take_index(who, 3, index, static_cast<std::uint64_t>(field_count_of(type)), &i)) return nullptr;
  if (is_instance(record, type)) return as<Record>(record)->fields + i;
  wrong_type(accessor_name(accessor, type, static_cast<std::int64_t>(i), modifier), 1, Phrase() << plain_name(type), record);
  return nullptr;
}

Value symbols_to_vector(Value fields) {
  const std::int64_t count = list_length(fields);
  if (count < 0) return wrong_type("%make-record-type", 2, "list of symbols", fields);
  const Value names = make_vector(static_cast<std::uint64_t>(count), kFalse);
  if (names == kRaise) return kRaise;
  Value* slot = as<Vector>(names)->slots;
  for (Value p = fields; p.is_pair(); p = cdr(p)) {
    if (!is_symbol(car(p))) return wrong_type("%make-record-type", 2, "list of symbols", fields);
    store_slot(slot++, car(p));
  }
  return names;
}

}  // namespace

Value make_record_type(Value name, Value fields, Value parent) {
  if (is_string(name)) name = intern_string(name);
  if (name == kRaise) return kRaise;
  if (!is_symbol(name)) return wrong_type("%make-record-type", 1, "symbol", name);
  if (parent == kDefault) parent = kFalse;
  if (parent != kFalse && !check_type("%make-record-type", 3, parent)) return kRaise;
  const Value names = symbols_to_vector(fields);
  if (names == kRaise) return kRaise;
  const std::int64_t inherited = parent == kFalse ? 0 : field_count_of(parent);
  const Value count = fixnum(inherited + static_cast<std::int64_t>(length_of(names)));
  const Value slots[] = {name, parent, names, count, kFalse, count};
  return make_object(Type::kRecordType, slots, 6);
}

bool is_instance(Value v, Value record_type) {
  if (!is_record(v)) return false;
  for (Value type = as<Record>(v)->type; type != kFalse; type = as<RecordType>(type)->parent)
    if (type == record_type) return true;
  return false;
}

// --- primitives ------------------------------------------------------------------------------------------------

// (%record type field ...)
Value prim_record(const Value* arguments, std::uint64_t count) {
  const Value type = arguments[0];
  if (!check_type("%record", 1, type)) return kRaise;
  if (static_cast<std::int64_t>(count - 1) != field_count_of(type))
    return fail("arity-error", Phrase("make-") << plain_name(type), "wrong number of fields:",
                {fixnum(static_cast<std::int64_t>(count - 1))});
  return make_record(type, arguments + 1, count - 1);
}

Value prim_record_p(Value v, Value type) {
  if (type == kDefault) return boolean(is_record(v));
  return check_type("%record?", 2, type) ? boolean(is_instance(v, type)) : kRaise;
}

// (%show-fields! type count): the first `count` fields are enough to see when a record is printed.
Value prim_show_fields(Value type, Value count) {
  std::uint64_t shown;
  if (!check_type("%show-fields!", 1, type)) return kRaise;
  if (!take_index("%show-fields!", 2, count, static_cast<std::uint64_t>(field_count_of(type)) + 1, &shown)) return kRaise;
  as<RecordType>(type)->shown_fields = count;
  return kUnspecific;
}

// (%record-ref record type index [accessor-name])
Value prim_record_ref(Value record, Value type, Value index, Value accessor) {
  const Value* field = find_field("%record-ref", record, type, index, accessor, false);
  return field ? *field : kRaise;
}

// (%record-set! record type index value [modifier-name])
Value prim_record_set(Value record, Value type, Value index, Value v, Value modifier) {
  Value* field = find_field("%record-set!", record, type, index, modifier, true);
  if (!field) return kRaise;
  store_slot(field, v);
  return kUnspecific;
}

Value prim_record_type_p(Value v) { return boolean(is_record_type(v)); }

Value prim_record_type_of(Value record) {
  return is_record(record) ? as<Record>(record)->type : wrong_type("%record-type-of", 1, "record", record);
}

Value prim_record_type_name(Value type) {
  return check_type("%record-type-name", 1, type) ? as<RecordType>(type)->name : kRaise;
}

Value prim_record_type_parent(Value type) {
  return check_type("%record-type-parent", 1, type) ? as<RecordType>(type)->parent : kRaise;
}

Value prim_record_type_field_count(Value type) {
  return check_type("%record-type-field-count", 1, type) ? as<RecordType>(type)->field_count : kRaise;
}

// All fields' names, an ancestor's first.
Value prim_record_type_field_names(Value type) {
  if (!check_type("%record-type-field-names", 1, type)) return kRaise;
  Value names = kNil;
  for (std::int64_t i = field_count_of(type); i-- > 0 && names != kRaise;) names = cons(field_name(type, i), names);
  return names;
}

bool fields_begin_with(Value record_type, std::span<const char* const> names) {
  const Value fields = as<RecordType>(record_type)->field_names;
  if (length_of(fields) < names.size()) return false;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (string_utf8(as<Symbol>(as<Vector>(fields)->slots[i])->name) != names[i]) return false;
  return true;
}

std::span<const Primitive> records_primitives() {
  static const Primitive rows[] = {
      primitive("%make-record-type", make_record_type, 2),
      primitive("%record", prim_record, 1),
      primitive("%record?", prim_record_p, 1, kPredicate),
      primitive("%show-fields!", prim_show_fields),
      primitive("%record-ref", prim_record_ref, 3),
      primitive("%record-set!", prim_record_set, 4),
      primitive("%record-type?", prim_record_type_p, 1, kPure | kNoRaise | kPredicate),
      primitive("%record-type-of", prim_record_type_of),
      primitive("%record-type-name", prim_record_type_name),
      primitive("%record-type-parent", prim_record_type_parent),
      primitive("%record-type-field-count", prim_record_type_field_count),
      primitive("%record-type-field-names", prim_record_type_field_names),
  };
  return rows;
}

}  // namespace perdure::runtime
