// Strings and |symbols|: what stands between quotes.
#include "runtime/condition.h"
#include "runtime/io/characters.h"
#include "runtime/io/lexer.h"

namespace perdure::runtime {
namespace {

// The character of a one-letter escape; kNoCharacter: none.
char32_t simple_escape(char c) {
  switch (c) {
    case 'a': return 7;
    case 'b': return 8;
    case 't': return '\t';
    case 'n': return '\n';
    case 'r': return '\r';
    case '"': case '\\': case '|': return static_cast<unsigned char>(c);
    default: return kNoCharacter;
  }
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

Token Lexer::quoted(char quote) {
  const char stops[] = {quote, '\\', '\r'};
  const std::string_view what = quote == '"' ? "a string" : "a |symbol|";
  ByteBuffer out;               // what came before `run`
  std::size_t run = offset_ + 1;
  Token failure{TokenKind::kError};
  for (;;) {
    std::size_t at = text_.find_first_of({stops, sizeof stops}, run);
    if (at == text_.npos) return unfinished(what);
    const std::string_view piece = text_.substr(run, at - run);
    if (text_[at] == quote) {
      if (out.used != 0) out.append(piece);
      if (out.failed) return {TokenKind::kError};
      const std::string_view all = out.used != 0 ? out.text() : piece;
      if (quote == '|') return datum(intern(all), at + 1);
      return datum(make_string_utf8(all), at + 1);
    }
    out.append(piece);
    if (text_[at] == '\r') {    // any line ending is a newline
      if (ends_open(at + 1)) return unfinished(what);
      out.append_byte('\n');
      at += text_.substr(at + 1, 1) == "\n" ? 2 : 1;
    } else if (!escape(at, out, failure)) {
      return failure.kind == TokenKind::kIncomplete ? unfinished(what) : failure;
    }
    run = at;
  }
}

// Reads the escape at `at` (a backslash), moves behind it.
bool Lexer::escape(std::size_t& at, ByteBuffer& out, Token& failure) {
  if (at + 1 == text_.size()) {
    failure = {TokenKind::kIncomplete};
    return false;
  }
  const char c = text_[at + 1];
  if (const char32_t simple = simple_escape(c); simple != kNoCharacter) {
    out.append_char(simple);
    at += 2;
    return true;
  }
  if (c == 'x' || c == 'X') {
    std::size_t end = at + 2;
    while (end < text_.size() && parse_hex(text_.substr(end, 1)) >= 0) ++end;
    if (end == text_.size()) {
      failure = {TokenKind::kIncomplete};
      return false;
    }
    const std::int64_t code = text_[end] == ';' ? parse_hex(text_.substr(at + 2, end - at - 2)) : -1;
    if (unicode::is_scalar(code)) {
      out.append_char(static_cast<char32_t>(code));
      at = end + 1;
      return true;
    }
  }
  if (is_blank(c) || c == '\n' || c == '\r') return line_continuation(at, failure);
  count_to(at);
  offset_ = at + 1;
  failure = error(c == 'x' || c == 'X' ? "a \\x escape must be hexadecimal digits of a character and `;`" : "unknown escape");
  return false;
}

// \ <blanks> <line ending> <blanks>: nothing.
bool Lexer::line_continuation(std::size_t& at, Token& failure) {
  const auto skip_blanks = [&](std::size_t i) {
    while (i < text_.size() && is_blank(text_[i])) ++i;
    return i;
  };
  failure = {TokenKind::kIncomplete};
  std::size_t i = skip_blanks(at + 1);
  if (i == text_.size() || (text_[i] == '\r' && i + 1 == text_.size())) return false;
  if (text_[i] != '\n' && text_[i] != '\r') {
    count_to(at);
    offset_ = at + 1;
    failure = error("unknown escape");
    return false;
  }
  i = skip_blanks(i + (text_[i] == '\r' && text_[i + 1] == '\n' ? 2 : 1));
  if (i == text_.size()) return false;
  at = i;
  return true;
}

}  // namespace perdure::runtime
