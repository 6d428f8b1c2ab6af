// The printer's leaves: everything that has no parts.
#include <charconv>
#include <string>

#include "runtime/data/hash_table.h"
#include "runtime/io/characters.h"
#include "runtime/io/port.h"
#include "runtime/io/printer.h"
#include "runtime/io/source_map.h"
#include "runtime/machine.h"
#include "runtime/numbers/number.h"
#include "runtime/numbers/parse.h"
#include "runtime/numbers/print.h"

namespace perdure::runtime {
namespace {

std::u32string_view chars_of(Value string) { return {as<String>(string)->chars, length_of(string)}; }

// What stands between quotes or bars. `quote`: '"' or '|'.
void append_escaped(char32_t c, char quote, ByteBuffer& out) {
  switch (c) {
    case 7: out.append("\\a"); return;
    case 8: out.append("\\b"); return;
    case '\t': out.append("\\t"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    default: break;
  }
  if (c == static_cast<char32_t>(quote) || c == '\\') out.append_byte('\\');
  if (unicode::is_graphic(c)) {
    out.append_char(c);
  } else {
    out.append("\\x");
    append_hex(out, c);
    out.append_byte(';');
  }
}

void append_quoted(std::u32string_view chars, char quote, ByteBuffer& out) {
  out.append_byte(static_cast<std::uint8_t>(quote));
  for (char32_t c : chars) append_escaped(c, quote, out);
  out.append_byte(static_cast<std::uint8_t>(quote));
}

bool reads_as_number(std::u32string_view name) {
  const char32_t c = name[0];
  return (c == '+' || c == '-' || c == '.' || (c >= '0' && c <= '9')) && (parse_number(name) != kFalse || is_ratio_by_zero(name));
}

bool needs_bars(std::u32string_view name) {
  if (name.empty() || name == U"." || name[0] == '#') return true;
  for (char32_t c : name)
    if (c >= 0x80 || c == '\\' || is_delimiter(static_cast<char>(c)) || !unicode::is_graphic(c)) return true;   // R7RS 6.13.3
  return reads_as_number(name);
}

std::string_view immediate_text(Value v) {
  if (v == kTrue) return "#t";
  if (v == kFalse) return "#f";
  if (v == kNil) return "()";
  if (v == kEof) return "#<eof>";
  if (v == kUnspecific) return "#<unspecific>";
  if (v == kDefault) return "#<default>";
  if (v == kUnbound) return "#<unbound>";
  if (v == kUnassigned) return "#<unassigned>";
  if (v == kWouldBlock) return "#<would-block>";
  return "#<immediate>";
}

// #<KIND NAME>, or #<KIND> when `name` is neither symbol nor string.
void append_named(std::string_view kind, Value name, ByteBuffer& out) {
  out.append("#<");
  out.append(kind);
  if (is_symbol(name)) {
    out.append_byte(' ');
    print_symbol_literal(name, out);
  } else if (is_string(name)) {
    out.append_byte(' ');
    print_string_literal(name, out);
  }
  out.append_byte('>');
}

void append_bytevector(Value v, ByteBuffer& out) {
  out.append("#u8(");
  std::string digits;
  for (std::uint64_t i = 0; i < length_of(v); ++i) {
    if (i != 0) out.append_byte(' ');
    digits.clear();
    const unsigned byte = as<Bytevector>(v)->bytes[i];
    if (byte >= 100) digits += static_cast<char>('0' + byte / 100);
    if (byte >= 10) digits += static_cast<char>('0' + byte / 10 % 10);
    digits += static_cast<char>('0' + byte % 10);
    out.append(digits);
  }
  out.append_byte(')');
}

bool append_number_text(Value v, ByteBuffer& out) {
  if (v.is_fixnum()) {
    char digits[24];
    out.append({digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, fixnum_value(v)).ptr - digits)});
    return !out.failed;
  }
  std::string text;
  if (!append_number(text, v)) return false;
  out.append(text);
  return !out.failed;
}

// #<hash-table 3>: the number of its entries.
void append_hash_table(Value v, ByteBuffer& out) {
  out.append("#<hash-table ");
  if (append_number_text(as<HashTable>(v)->count, out)) out.append_byte('>');
}

void print_object(Value v, PrintMode mode, ByteBuffer& out) {
  switch (type_of(v)) {
    case Type::kString: return mode == PrintMode::kDisplay ? print_string_raw(v, out) : print_string_literal(v, out);
    case Type::kSymbol:
      return mode == PrintMode::kDisplay ? print_string_raw(as<Symbol>(v)->name, out) : print_symbol_literal(v, out);
    case Type::kBytevector: return append_bytevector(v, out);
    case Type::kVector: return out.append("#()");         // an empty one: others have parts
    case Type::kRecordType: return append_named("record-type", as<RecordType>(v)->name, out);
    case Type::kPort: return append_named(port_kind_name(as_port(v)), as_port(v)->name, out);
    case Type::kHashTable: return append_hash_table(v, out);
    case Type::kEnvironment: return out.append("#<environment>");
    case Type::kPromise: return out.append("#<promise>");
    case Type::kContinuation: case Type::kSegment: return out.append("#<continuation>");
    case Type::kValues: return out.append("#<values>");
    case Type::kEphemeron: return out.append("#<ephemeron>");
    case Type::kCode: return out.append("#<code>");
    default: return out.append(SourceMap::from(v) != nullptr ? "#<source-map>" : "#<opaque>");
  }
}

}  // namespace

void print_string_raw(Value string, ByteBuffer& out) {
  out.append_chars(chars_of(string));
}

void print_string_literal(Value string, ByteBuffer& out) { append_quoted(chars_of(string), '"', out); }

void print_symbol_literal(Value symbol, ByteBuffer& out) {
  const Value name = as<Symbol>(symbol)->name;
  if (needs_bars(chars_of(name))) append_quoted(chars_of(name), '|', out);
  else print_string_raw(name, out);
}

void print_character_literal(char32_t c, ByteBuffer& out) {
  out.append("#\\");
  if (const std::string_view name = character_name(c); !name.empty()) {
    out.append(name);
  } else if (unicode::is_graphic(c) && unicode::column_width(c) > 0) {
    out.append_char(c);
  } else {
    out.append_byte('x');
    append_hex(out, c);
  }
}

bool print_atom(Value v, PrintMode mode, ByteBuffer& out) {
  if (is_number(v)) return append_number_text(v, out);
  if (is_character(v)) {
    if (mode == PrintMode::kDisplay) out.append_char(character_value(v));
    else print_character_literal(character_value(v), out);
  } else if (v.is_closure()) {
    append_named("procedure", procedure_name(v), out);
  } else if (v.is_object()) {
    if (is_record(v)) append_named("record", as<RecordType>(as<Record>(v)->type)->name, out);
    else print_object(v, mode, out);
  } else {
    out.append(immediate_text(v));
  }
  return !out.failed;
}

}  // namespace perdure::runtime
