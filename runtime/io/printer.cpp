#include "runtime/io/printer.h"

#include "runtime/condition.h"
#include "runtime/io/heap_stack.h"
#include "runtime/io/label_finder.h"
#include "runtime/machine.h"
#include "runtime/numbers/print.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kDrainSize = 64 << 10;

bool is_named(Value symbol, std::u32string_view name) {
  if (!is_symbol(symbol)) return false;
  const Value s = as<Symbol>(symbol)->name;
  return std::u32string_view{as<String>(s)->chars, length_of(s)} == name;
}

// The prefix of (quote x) and its like; empty: none.
std::string_view prefix_of(Value symbol) {
  if (is_named(symbol, U"quote")) return "'";
  if (is_named(symbol, U"quasiquote")) return "`";
  if (is_named(symbol, U"unquote")) return ",";
  if (is_named(symbol, U"unquote-splicing")) return ",@";
  return {};
}

bool begins_with_at(Value v) {
  if (!is_symbol(v)) return false;
  const Value name = as<Symbol>(v)->name;
  return length_of(name) > 0 && as<String>(name)->chars[0] == '@';
}

// The name of field `index`, inherited ones first; #f if the type does not say.
Value field_name(Value type, std::int64_t index) {
  for (Value t = type; has_type(t, Type::kRecordType); t = as<RecordType>(t)->parent) {
    const auto* rtd = as<RecordType>(t);
    if (!is_vector(rtd->field_names)) return kFalse;
    const auto own = static_cast<std::int64_t>(length_of(rtd->field_names));
    const std::int64_t first = fixnum_value(rtd->field_count) - own;
    if (index >= first) return index - first < own ? as<Vector>(rtd->field_names)->slots[index - first] : kFalse;
  }
  return kFalse;
}

// point, of a type named point or <point>.
void append_type_name(Value name, ByteBuffer& out) {
  if (!is_symbol(name)) return out.append("record");
  const Value text = as<Symbol>(name)->name;
  const std::uint64_t length = length_of(text);
  const char32_t* chars = as<String>(text)->chars;
  const bool brackets = length > 2 && chars[0] == '<' && chars[length - 1] == '>';
  for (std::uint64_t i = brackets; i < length - brackets; ++i) out.append_char(chars[i]);
}

class Printer {
 public:
  Printer(PrintMode mode, ByteBuffer& out, const PrintOptions& options)
      : mode_(mode), out_(out), options_(options), start_(out.used) {}

  bool run(Value v);
  bool run_condition(Value condition);

 private:
  enum class Kind : std::uint64_t { kValue, kTail, kSlots, kFields, kIrritants };
  struct Task {                 // what is left to print, the nearest on top
    Kind kind;
    Value value;
    std::uint64_t index;
  };

  bool push(Kind kind, Value v, std::uint64_t index = 0) { return stack_.push({kind, v, index}); }
  bool loop();
  bool keep_going();
  bool step(const Task& task);
  bool value(Value v);
  bool unlabelled(Value v);
  bool pair(Value v);
  bool tail(Value rest);
  bool slots(Value v, std::uint64_t index);
  bool fields(Value v, std::uint64_t index);
  bool condition_head(Value v, bool within);
  bool irritants(Value rest, std::uint64_t context);
  bool is_labelled(Value v) const { return labels_.find(v) != nullptr; }
  bool label(Value v, bool& done);
  void append_index(std::uint64_t n);

  PrintMode mode_;
  ByteBuffer& out_;
  const PrintOptions& options_;
  std::uint64_t start_;
  std::uint64_t drained_ = 0;
  bool cut_ = false;
  std::uint64_t steps_ = 0;
  AddressTable labels_;         // object -> 0, or its label + 1 once it was written
  std::uint64_t next_label_ = 0;
  HeapStack<Task> stack_;
};

bool Printer::run(Value v) {
  if (part_count(v) == 0) return print_atom(v, mode_, out_);
  const auto sharing = mode_ == PrintMode::kWriteShared ? LabelFinder::Sharing::kAll : LabelFinder::Sharing::kCycles;
  return LabelFinder{}.find(v, sharing, labels_) && push(Kind::kValue, v) && loop();
}

bool Printer::run_condition(Value condition) {
  if (!has_type(condition, Type::kCondition)) {
    out_.append("raised: ");
    return run(condition);
  }
  return LabelFinder{}.find(condition, LabelFinder::Sharing::kCycles, labels_) && condition_head(condition, false) && loop();
}

bool Printer::loop() {
  while (!stack_.empty() && !cut_)
    if (!step(stack_.pop()) || out_.failed || !keep_going()) return false;
  return !out_.failed;
}

// Between two tasks: empties a full buffer, cuts what is too long. What is shared is printed each time, so there is no saying how
// long it all takes.
bool Printer::keep_going() {
  constexpr std::uint64_t kStepsBetweenPolls = 1024;
  if (++steps_ % kStepsBetweenPolls == 0 && interrupt_pending()) return interrupted_primitive() != kRaise;
  if (options_.drain != nullptr && out_.used >= kDrainSize) {
    drained_ += out_.used;
    if (!options_.drain(options_.context)) return false;
    drained_ -= out_.used;
  }
  if (drained_ + out_.used - start_ > options_.limit && !stack_.empty()) {
    out_.append("...");
    cut_ = true;
  }
  return true;
}

bool Printer::step(const Task& task) {
  switch (task.kind) {
    case Kind::kValue: return value(task.value);
    case Kind::kTail: return tail(task.value);
    case Kind::kSlots: return slots(task.value, task.index);
    case Kind::kFields: return fields(task.value, task.index);
    case Kind::kIrritants: return irritants(task.value, task.index);
  }
  return false;
}

bool Printer::value(Value v) {
  if (part_count(v) == 0) return print_atom(v, mode_, out_);
  bool done = false;
  return label(v, done) && (done || unlabelled(v));
}

// Writes #n# (done), or #n= before an object that is referred to again.
bool Printer::label(Value v, bool& done) {
  std::uint64_t* known = labels_.find(v);
  if (known == nullptr) return true;
  done = *known != 0;
  if (!done) *known = ++next_label_;
  out_.append_byte('#');
  append_index(*known - 1);
  out_.append_byte(done ? '#' : '=');
  return true;
}

void Printer::append_index(std::uint64_t n) {
  std::string text;
  if (append_number(text, fixnum(static_cast<std::int64_t>(n)))) out_.append(text);
}

bool Printer::unlabelled(Value v) {
  if (v.is_pair()) return pair(v);
  if (is_record(v)) {
    out_.append("#<");
    append_type_name(as<RecordType>(as<Record>(v)->type)->name, out_);
    return push(Kind::kFields, v);
  }
  switch (type_of(v)) {
    case Type::kVector: out_.append("#("); return push(Kind::kSlots, v);
    case Type::kValues: out_.append("#<values "); return push(Kind::kSlots, v);
    case Type::kBox: out_.append("#<box "); return push(Kind::kSlots, v);
    default: return condition_head(v, true);
  }
}

bool Printer::pair(Value v) {
  const Value rest = cdr(v);
  if (rest.is_pair() && cdr(rest) == kNil && !is_labelled(rest)) {
    const std::string_view prefix = prefix_of(car(v));
    if (!prefix.empty() && !(prefix == "," && begins_with_at(car(rest)))) {
      out_.append(prefix);
      return push(Kind::kValue, car(rest));
    }
  }
  out_.append_byte('(');
  return push(Kind::kTail, rest) && push(Kind::kValue, car(v));
}

bool Printer::tail(Value rest) {
  if (rest.is_pair() && !is_labelled(rest)) {
    out_.append_byte(' ');
    return push(Kind::kTail, cdr(rest)) && push(Kind::kValue, car(rest));
  }
  if (rest == kNil) {
    out_.append_byte(')');
    return true;
  }
  out_.append(" . ");
  return push(Kind::kTail, kNil) && push(Kind::kValue, rest);
}

bool Printer::slots(Value v, std::uint64_t index) {
  if (index == length_of(v)) {
    out_.append_byte(is_vector(v) ? ')' : '>');
    return true;
  }
  if (index != 0) out_.append_byte(' ');
  return push(Kind::kSlots, v, index + 1) && push(Kind::kValue, as<Vector>(v)->slots[index]);
}

bool Printer::fields(Value v, std::uint64_t index) {
  if (index == part_count(v)) {
    out_.append_byte('>');
    return true;
  }
  out_.append_byte(' ');
  if (const Value name = field_name(as<Record>(v)->type, static_cast<std::int64_t>(index)); is_symbol(name)) {
    print_symbol_literal(name, out_);
    out_.append(": ");
  }
  return push(Kind::kFields, v, index + 1) && push(Kind::kValue, as<Record>(v)->fields[index]);
}

// --- conditions --------------------------------------------------------------------------------------------------------

// "who: message" and then the irritants. `within`: as part of a datum, in #<condition kind ...>.
bool Printer::condition_head(Value v, bool within) {
  const auto* condition = as<Condition>(v);
  Value message = condition->message;
  Value rest = condition->irritants;
  if (within) {
    out_.append("#<condition ");
    if (!print_atom(condition->kind, PrintMode::kDisplay, out_)) return false;
    out_.append_byte(' ');
  }
  Value who = condition->who;
  if (who == kFalse && is_symbol(message) && rest.is_pair() && is_string(car(rest))) {  // (error 'who "what" ...)
    who = message;
    message = car(rest);
    rest = cdr(rest);
  }
  if (who != kFalse) {
    if (!print_atom(who, PrintMode::kDisplay, out_)) return false;
    out_.append(": ");
  }
  if (!push(Kind::kIrritants, rest, static_cast<std::uint64_t>(mode_) << 1 | within)) return false;
  if (is_string(message)) {
    print_string_raw(message, out_);
    return !out_.failed;
  }
  return push(Kind::kValue, message);
}

// Irritants are written even when the condition is displayed. `context`: the mode to go back to, and `within`.
bool Printer::irritants(Value rest, std::uint64_t context) {
  if (!rest.is_pair()) {
    mode_ = static_cast<PrintMode>(context >> 1);
    if (context & 1) out_.append_byte('>');
    return true;
  }
  mode_ = PrintMode::kWrite;
  const bool circular = is_labelled(rest);
  out_.append(circular ? " . " : " ");
  return push(Kind::kIrritants, circular ? kNil : cdr(rest), context) && push(Kind::kValue, circular ? rest : car(rest));
}

}  // namespace

bool print(Value v, PrintMode mode, ByteBuffer& out, const PrintOptions& options) {
  return part_count(v) == 0 ? print_atom(v, mode, out) : Printer(mode, out, options).run(v);
}

bool print_condition(Value condition, ByteBuffer& out, const PrintOptions& options) {
  return Printer(PrintMode::kWrite, out, options).run_condition(condition);
}

}  // namespace perdure::runtime
