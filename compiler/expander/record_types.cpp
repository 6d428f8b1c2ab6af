// define-record-type (R7RS 5.5). The type object is made here and embedded as a constant, so that compiled code compares
// with it directly.
#include "compiler/expander/expander.h"
#include "runtime/data/records.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

std::size_t index_of(std::span<const Value> fields, Value name) {
  std::size_t i = 0;
  while (i < fields.size() && fields[i] != name) ++i;
  return i;
}

Value make_type(Value name, std::span<const Value> fields) {
  Value names = kNil;
  for (std::size_t i = fields.size(); i > 0; --i)
    if ((names = cons(base_symbol(fields[i - 1]), names)) == kRaise) return kRaise;
  return make_record_type(base_symbol(name), names, kFalse);
}

}  // namespace

bool Expander::scan_record_type(Value form, Context context, Items* items) {
  Forms p;
  if (!parts(form, 4, kAnyNumber, &p, "(define-record-type name (constructor field ...) predicate (field accessor [modifier]) ...)"))
    return false;
  const Value type_name = p[1].is_pair() ? car(p[1]) : p[1];
  if (!is_identifier(type_name)) return bad(form, "a type's name is needed, not", p[1]), false;

  // All fields first: the constructor and the type object need them.
  struct Field { Value accessor = kFalse, modifier = kFalse; };
  const auto fields = arena_.array<Value>(p.size() - 4);
  const auto procedures = arena_.array<Field>(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    procedures[i] = {};
    Forms f;
    if (is_identifier(p[i + 4])) {
      fields[i] = p[i + 4];
      continue;
    }
    bool ok = list_of(p[i + 4], &f) && f.size() >= 1 && f.size() <= 3;
    for (Value part : f) ok = ok && is_identifier(part);
    if (!ok) return bad(form, "a field must have the form (field accessor [modifier]), not", p[i + 4]), false;
    fields[i] = f[0];
    if (f.size() > 1) procedures[i].accessor = f[1];
    if (f.size() > 2) procedures[i].modifier = f[2];
  }
  if (!check_distinct(fields, "this field is named twice:", form)) return false;
  const Value type = make_type(type_name, fields);
  if (type == kRaise) return false;

  const auto define = [&](Value name, Node* value) {
    Item item{.kind = Item::kReady, .form = form, .context = context, .node = value, .location = here_};
    if (!value || !declare(name, context, form, &item)) return false;
    name_procedure(value, item.name);
    items->push(item);
    return true;
  };
  if (!define(type_name, constant(type))) return false;

  // The constructor: #f, a name (all fields), or (name field ...).
  if (p[2] != kFalse) {
    Forms c;
    const bool named_fields = p[2].is_pair();
    if (named_fields ? !list_of(p[2], &c) || !is_identifier(c[0]) : !is_identifier(p[2]))
      return bad(form, "a constructor must have the form (name field ...), not", p[2]), false;
    const Forms given = named_fields ? c.subspan(1) : fields;
    if (!check_distinct(given, "this field is initialised twice:", form)) return false;
    const auto parameters = arena_.array<Variable*>(given.size());
    const auto arguments = arena_.array<Node*>(fields.size() + 1);
    arguments[0] = constant(type);
    for (std::size_t i = 1; i < arguments.size(); ++i) arguments[i] = constant(kFalse);
    for (std::size_t i = 0; i < given.size(); ++i) {
      const std::size_t index = index_of(fields, given[i]);
      if (index == fields.size()) return bad(form, "the constructor names what is no field:", given[i]), false;
      parameters[i] = variable(given[i]);
      arguments[index + 1] = ref(parameters[i]);
    }
    Node* make = call_system("%record", {});
    if (!make) return false;
    as<Call>(make)->arguments = arguments;
    if (!define(named_fields ? c[0] : p[2], make_lambda(parameters, nullptr, make, kFalse))) return false;
  }

  // The procedures of one record, and perhaps a value: (lambda (record [value]) (name record type [index [value]])).
  const auto accessor = [&](std::string_view name, std::size_t index, bool with_index, bool with_value) -> Node* {
    const auto parameters = arena_.array<Variable*>(with_value ? 2 : 1);
    parameters[0] = temporary("record");
    Node* position = constant(fixnum(static_cast<std::int64_t>(index)));
    Node* made = nullptr;
    if (with_value) {
      parameters[1] = temporary("value");
      made = call_system(name, {ref(parameters[0]), constant(type), position, ref(parameters[1])});
    } else if (with_index) {
      made = call_system(name, {ref(parameters[0]), constant(type), position});
    } else {
      made = call_system(name, {ref(parameters[0]), constant(type)});
    }
    return made ? make_lambda(parameters, nullptr, made, kFalse) : nullptr;
  };
  if (p[3] != kFalse) {
    if (!is_identifier(p[3])) return bad(form, "a predicate's name is needed, not", p[3]), false;
    if (!define(p[3], accessor("%record?", 0, false, false))) return false;
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (procedures[i].accessor != kFalse && !define(procedures[i].accessor, accessor("%record-ref", i, true, false)))
      return false;
    if (procedures[i].modifier != kFalse && !define(procedures[i].modifier, accessor("%record-set!", i, true, true)))
      return false;
  }
  return true;
}

}  // namespace perdure::compiler
