// What Scheme code may see of machine code: which pieces there are, and what each does, instruction by instruction.
#include <algorithm>
#include <cstddef>
#include <vector>

#include "boot/abi/address_map.h"
#include "compiler/compiler_primitives.h"
#include "compiler/disassembler/decode.h"
#include "compiler/disassembler/operands.h"
#include "compiler/ir_text.h"
#include "runtime/code_space.h"
#include "runtime/condition.h"
#include "runtime/global.h"
#include "runtime/heap.h"
#include "runtime/heap_start.h"
#include "runtime/machine.h"
#include "runtime/object.h"

namespace perdure::compiler {
namespace {

using namespace runtime;

std::string text_of(Value symbol) { return name_in_ascii(symbol, "a lambda"); }

// --- names for what code refers to ----------------------------------------------------------------------------------------

std::string field_of_space(std::string space, std::int64_t offset) {
  return space + (offset == offsetof(FreeSpace, next) ? ".next" : offset == offsetof(FreeSpace, end) ? ".end" : "");
}

std::string field_of_machine(std::int64_t offset) {
  struct Field { std::size_t offset; const char* name; };
  constexpr Field kFields[] = {
      {offsetof(Machine, stack_limit), "stack_limit"}, {offsetof(Machine, runtime_sp), "runtime_sp"}, {offsetof(Machine, scheme_sp), "scheme_sp"},
      {offsetof(Machine, stack_base), "stack_base"}, {offsetof(Machine, next_continuation), "next_continuation"}, {offsetof(Machine, handlers), "handlers"},
      {offsetof(Machine, winders), "winders"}, {offsetof(Machine, parameters), "parameters"}, {offsetof(Machine, arguments), "arguments"}};
  for (const Field& each : kFields)
    if (static_cast<std::int64_t>(each.offset) == offset) return std::string("machine.") + each.name;
  constexpr auto kSpace = static_cast<std::int64_t>(sizeof(FreeSpace));
  constexpr auto kPairs = static_cast<std::int64_t>(offsetof(Machine, free_pairs));
  constexpr auto kObjects = static_cast<std::int64_t>(offsetof(Machine, free_objects));
  if (offset >= kPairs && offset < kPairs + kSpace) return field_of_space("machine.free_pairs", offset - kPairs);
  if (offset >= kObjects && offset < kObjects + kSpace * kFreeClasses)
    return field_of_space("machine.free_objects[" + std::to_string((offset - kObjects) / kSpace) + "]", (offset - kObjects) % kSpace);
  return "machine";
}

std::string word_of_global(std::uint64_t address) {
  const std::uint64_t offset = (address - abi::kNearBase) % sizeof(Global);
  const auto* global = reinterpret_cast<const Global*>(address - offset);
  const char* field = offset == offsetof(Global, value) ? "value of " : offset == offsetof(Global, procedure) ? "procedure of " : "in global ";
  return field + text_of(global->name);
}

std::string name_of_function(std::uint64_t address) {
  for (const auto table : primitive_tables())
    for (const Primitive& each : table)
      if (reinterpret_cast<std::uint64_t>(each.function) == address) return "primitive " + std::string(each.name);
  return {};
}

std::string name_of_address(std::uint64_t address, const CodeRecord& here) {
  if (address >= here.start && address < here.start + here.size) return "+" + hex(address - here.start);
  if (const CodeRecord* other = find_code(address)) {
    const std::string name = text_of(other->name);
    const bool enters = address == other->start || (other->direct != 0 && address == other->start + other->direct);
    return enters ? name : name + "+" + hex(address - other->start);
  }
  if (address >= abi::kNearBase && address < reinterpret_cast<std::uint64_t>(near_data_end())) return word_of_global(address);
  return name_of_function(address);
}

std::string comment_of(const Instruction& in, const CodeRecord& here) {
  if (in.uses_machine) return field_of_machine(in.machine_offset);
  return in.target != 0 ? name_of_address(in.target, here) : std::string();
}

// --- primitives ------------------------------------------------------------------------------------------------------------

// The piece that holds all of `size` bytes from `start` on; or null.
const CodeRecord* piece_of(Value start, Value size) {
  if (!start.is_fixnum() || !size.is_fixnum()) return nullptr;
  const auto from = static_cast<std::uint64_t>(fixnum_value(start)), count = static_cast<std::uint64_t>(fixnum_value(size));
  const CodeRecord* record = find_code(from);
  return record != nullptr && count <= record->start + record->size - from ? record : nullptr;
}

Value no_code(const char* who, Value start, Value size) { return fail("range-error", who, "there is no such code:", {start, size}); }

Value number(std::uint64_t n) { return fixnum(static_cast<std::int64_t>(n)); }

// The list of the items, which are well-formed values or the sign of a failure.
Value list_of(std::initializer_list<Value> items) {
  Value list = kNil;
  for (auto item = items.end(); item != items.begin();) {
    if (*--item == kRaise) return kRaise;
    list = cons(*item, list);
    if (list == kRaise) return list;
  }
  return list;
}

Value datum_of(const CodeRecord& record) { return list_of({record.name, number(record.start), number(record.size)}); }

// The procedures of the form that a procedure comes from, or of all code: ((name start size) ...).
Value prim_code_pieces(Value procedure) {
  const CodeRecord* of = nullptr;
  if (procedure != kDefault) {
    if (!procedure.is_closure()) return wrong_type("%code-pieces", 1, "procedure", procedure);
    of = find_code(as_closure(procedure)->entry);
    if (of == nullptr) return kNil;
  }
  std::vector<CodeRecord> wanted;
  each_code_record([&](const CodeRecord& each) {
    if (!each.lost && (of == nullptr || each.piece == of->piece)) wanted.push_back(each);
  });
  Value all = kNil;
  for (std::size_t i = wanted.size(); i-- > 0;) {
    const Value piece = datum_of(wanted[i]);
    if (piece == kRaise) return piece;
    all = cons(piece, all);
    if (all == kRaise) return all;
  }
  return all;
}

// The piece that a procedure enters.
Value prim_code_of(Value procedure) {
  if (!procedure.is_closure()) return wrong_type("%code-of", 1, "procedure", procedure);
  const CodeRecord* record = find_code(final_entry(as_closure(procedure)->entry));
  return record == nullptr ? kFalse : datum_of(*record);
}

Value prim_is_primitive(Value procedure) {
  if (!procedure.is_closure()) return wrong_type("%primitive?", 1, "procedure", procedure);
  return boolean(as_closure(procedure)->entry == stubs.primitive);
}

Value prim_code_bytes(Value start, Value size) {
  if (piece_of(start, size) == nullptr) return no_code("%code-bytes", start, size);
  const Value bytes = make_bytevector(static_cast<std::uint64_t>(fixnum_value(size)), 0);
  if (bytes != kRaise) __builtin_memcpy(as<Bytevector>(bytes)->bytes, reinterpret_cast<const void*>(fixnum_value(start)), static_cast<std::size_t>(fixnum_value(size)));
  return bytes;
}

Value text_value(const std::string& text) { return text.empty() ? kFalse : make_string_utf8(text); }

// ((offset length name operands comment jump?) ...): operands as objdump writes them; what they mean, or #f.
Value prim_instructions(Value start, Value size) {
  const CodeRecord* record = piece_of(start, size);
  if (record == nullptr) return no_code("%instructions", start, size);
  const CodeRecord here = *record;
  const auto from = static_cast<std::uint64_t>(fixnum_value(start)), count = static_cast<std::uint64_t>(fixnum_value(size));
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(from), count);
  Value first = kNil, last = kNil;
  for (std::uint64_t offset = 0; offset < count;) {
    const Instruction in = decode(bytes.subspan(offset), from + offset);
    const Value row = list_of({number(offset), number(in.length), make_string_utf8(in.name), make_string_utf8(in.operands),
                               text_value(comment_of(in, here)), boolean(in.jumps)});
    if (row == kRaise) return row;
    const Value pair = cons(row, kNil);
    if (pair == kRaise) return pair;
    if (first == kNil) first = pair;
    else store_slot(&as_pair(last)->cdr, pair);
    last = pair;
    offset += in.length;
  }
  return first;
}

}  // namespace

std::span<const Primitive> code_primitives() {
  static const Primitive kTable[] = {
      primitive("%code-pieces", prim_code_pieces, 0),
      primitive("%code-of", prim_code_of),
      primitive("%primitive?", prim_is_primitive),
      primitive("%code-bytes", prim_code_bytes),
      primitive("%instructions", prim_instructions),
  };
  return kTable;
}

}  // namespace perdure::compiler
