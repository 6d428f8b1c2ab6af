#include "runtime/io/lexer.h"

#include <charconv>

#include "runtime/condition.h"
#include "runtime/io/characters.h"
#include "runtime/numbers/parse.h"

namespace perdure::runtime {
namespace {

const unsigned char* byte_at(std::string_view text, std::size_t i) {
  return reinterpret_cast<const unsigned char*>(text.data()) + i;
}

// The length of the white space character at `i` that is not ASCII; 0: there is none.
std::size_t wide_space_length(std::string_view text, std::size_t i) {
  const unsigned char* at = byte_at(text, i);
  const unsigned char* const start = at;
  const char32_t c = unicode::decode_utf8(at, byte_at(text, text.size()));
  return c <= unicode::kLastChar && is_wide_space(c) ? at - start : 0;
}

constexpr std::string_view kRatioByZero = "the denominator of this number is zero";

bool may_begin_number(char c) { return is_digit(c) || c == '+' || c == '-' || c == '.'; }

void append_decimal(ByteBuffer& out, std::uint64_t n) {
  char digits[24];
  out.append({digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, n).ptr - digits)});
}

}  // namespace

// --- positions and errors ------------------------------------------------------------------------------------------

void Lexer::count_to(std::size_t offset) {
  for (; counted_ < offset; ++counted_) position_.pass(text_[counted_]);
}

// Condition: message "name:line:column: what is wrong", payload (incomplete? name line column).
Token Lexer::error_at(SourceLocation at, std::string_view message, bool incomplete) {
  ByteBuffer text;
  if (is_string(source_name_)) {
    const String* name = as<String>(source_name_);
    for (std::uint64_t i = 0; i < length_of(source_name_); ++i) text.append_char(name->chars[i]);
    text.append_byte(':');
  }
  append_decimal(text, at.line);
  text.append_byte(':');
  append_decimal(text, at.column);
  text.append(": ");
  text.append(message);
  const Value condition = text.failed ? kRaise : make_condition("read-error", "", text.text(), kNil);
  if (condition == kRaise) return {TokenKind::kError};
  Value payload = kNil;
  for (const Value item : {fixnum(at.column), fixnum(at.line), source_name_, boolean(incomplete)}) {
    payload = cons(item, payload);
    if (payload == kRaise) return {TokenKind::kError};
  }
  store_slot(&as<Condition>(condition)->payload, payload);
  raise(condition);
  return {TokenKind::kError};
}

Token Lexer::unfinished(std::string_view what) {
  if (!last_) return {TokenKind::kIncomplete};
  offset_ = text_.size();
  char message[64] = "end of input inside ";
  const std::size_t prefix = std::string_view(message).size();
  what.copy(message + prefix, sizeof message - prefix);
  return error({message, prefix + what.size()}, true);
}

// --- between tokens --------------------------------------------------------------------------------------------------

Lexer::Skip Lexer::skip_atmosphere() {
  while (offset_ < text_.size()) {
    const char c = text_[offset_];
    if (is_space(c)) {
      ++offset_;
    } else if (c == ';') {
      const std::size_t end = text_.find_first_of("\r\n", offset_);
      if (end == text_.npos && !last_) return Skip::kIncomplete;
      offset_ = end == text_.npos ? text_.size() : end;
    } else if (c == '#' && offset_ + 1 < text_.size() && text_[offset_ + 1] == '|') {
      if (!skip_block_comment()) return Skip::kIncomplete;
    } else if (const std::size_t length = static_cast<unsigned char>(c) >= 0x80 ? wide_space_length(text_, offset_) : 0) {
      offset_ += length;
    } else {
      return Skip::kToken;
    }
  }
  return last_ ? Skip::kEnd : Skip::kIncomplete;
}

// False: the comment does not end in this text.
bool Lexer::skip_block_comment() {
  int depth = 1;
  for (std::size_t i = offset_ + 2; i + 1 < text_.size(); ++i) {
    const bool opens = text_[i] == '#' && text_[i + 1] == '|';
    const bool closes = text_[i] == '|' && text_[i + 1] == '#';
    if (!opens && !closes) continue;
    depth += opens ? 1 : -1;
    ++i;
    if (depth == 0) {
      offset_ = i + 1;
      return true;
    }
  }
  return false;
}

Token Lexer::next() {
  for (;;) {
    const Skip skip = skip_atmosphere();
    count_to(offset_);
    if (skip == Skip::kEnd) return {TokenKind::kEnd};
    if (skip == Skip::kIncomplete) return last_ ? unfinished("a #| comment") : Token{TokenKind::kIncomplete};
    switch (text_[offset_]) {
      case '(': return take(TokenKind::kOpen, 1);
      case ')': return take(TokenKind::kClose, 1);
      case '[': return take(TokenKind::kOpenBracket, 1);
      case ']': return take(TokenKind::kCloseBracket, 1);
      case '\'': return take(TokenKind::kPrefix, 1, intern("quote"));
      case '`': return take(TokenKind::kPrefix, 1, intern("quasiquote"));
      case ',':
        if (ends_open(offset_ + 1)) return {TokenKind::kIncomplete};
        if (text_.substr(offset_ + 1, 1) == "@") return take(TokenKind::kPrefix, 2, intern("unquote-splicing"));
        return take(TokenKind::kPrefix, 1, intern("unquote"));
      case '"': case '|': return quoted(text_[offset_]);
      case '{': case '}':
        ++offset_;
        return error(text_[offset_ - 1] == '{' ? "`{` is reserved" : "`}` is reserved");
      case '#': {
        if (ends_open(offset_ + 1)) return {TokenKind::kIncomplete};
        if (text_.substr(offset_ + 1, 1) != "!") return hash_token();
        const Token token = directive();
        if (token.kind != TokenKind::kEnd) return token;
        continue;  // it was one of those that stand for nothing
      }
      default: return word_token();
    }
  }
}

// --- # ---------------------------------------------------------------------------------------------------------------

Token Lexer::hash_token() {
  const char c = offset_ + 1 < text_.size() ? text_[offset_ + 1] : ' ';
  if (c == '(') return take(TokenKind::kOpenVector, 2);
  if (c == ';') return take(TokenKind::kDatumComment, 2);
  if (c == '\\') return character_token();
  if (is_digit(c)) return label_token();
  const std::size_t end = word_end(offset_ + 1);
  if (ends_open(end)) return {TokenKind::kIncomplete};
  char folded[8] = {};
  const std::string_view word = text_.substr(offset_, end - offset_);
  for (std::size_t i = 0; i < word.size() && i < sizeof folded; ++i) folded[i] = ascii_fold(word[i]);
  const std::string_view lower(folded, word.size() < sizeof folded ? word.size() : sizeof folded);
  if (lower == "#t" || lower == "#true") return datum(kTrue, end);
  if (lower == "#f" || lower == "#false") return datum(kFalse, end);
  if (lower == "#u8" && end < text_.size() && text_[end] == '(') return take(TokenKind::kOpenBytevector, 4);
  if (std::string_view("xbodei").find(ascii_fold(c)) != std::string_view::npos) {
    const Value number = parse_number(word, 10);
    if (number != kFalse) return datum(number, end);
    offset_ = end;
    return error(is_ratio_by_zero(word.substr(2)) ? kRatioByZero : "not a number");
  }
  offset_ = end;
  return error("unknown # syntax");
}

// #n= and #n#
Token Lexer::label_token() {
  std::size_t i = offset_ + 1;
  std::int64_t n = 0;
  for (; i < text_.size() && is_digit(text_[i]); ++i)
    if (n <= kFixnumMax / 100) n = n * 10 + (text_[i] - '0');
  if (ends_open(i)) return {TokenKind::kIncomplete};
  const char c = i < text_.size() ? text_[i] : ' ';
  const std::size_t length = i + 1 - offset_;
  if (c == '=') return take(TokenKind::kLabel, length, fixnum(n));
  if (c == '#') return take(TokenKind::kReference, length, fixnum(n));
  offset_ = i;
  return error("unknown # syntax");
}

// #!name. kEnd: it stands for nothing.
Token Lexer::directive() {
  if (ends_open(offset_ + 2)) return {TokenKind::kIncomplete};
  const char c = offset_ + 2 < text_.size() ? text_[offset_ + 2] : '\n';
  if (position_.line == 1 && position_.column == 1 && (c == '/' || c == ' ')) {
    const std::size_t end = text_.find('\n', offset_);
    if (end == text_.npos && !last_) return {TokenKind::kIncomplete};
    offset_ = end == text_.npos ? text_.size() : end;
    return {TokenKind::kEnd};
  }
  const std::size_t end = word_end(offset_ + 2);
  if (ends_open(end)) return {TokenKind::kIncomplete};
  const std::string_view name = text_.substr(offset_ + 2, end - offset_ - 2);
  if (name == "eof") return datum(kEof, end);
  if (name == "default") return datum(kDefault, end);
  if (name == "unspecific") return datum(kUnspecific, end);
  offset_ = end;
  if (name == "fold-case") position_.fold_case = true;
  else if (name == "no-fold-case") position_.fold_case = false;
  else return error("unknown #! directive");
  return {TokenKind::kEnd};
}

Token Lexer::character_token() {
  const std::size_t start = offset_ + 2;
  if (start >= text_.size()) return unfinished("a character");
  const unsigned char* at = byte_at(text_, start);
  const char32_t c = unicode::decode_utf8(at, byte_at(text_, text_.size()));
  if (c == unicode::kIncomplete && !last_) return {TokenKind::kIncomplete};
  const std::size_t after = c == unicode::kIncomplete ? text_.size() : at - byte_at(text_, 0);
  const std::size_t end = word_end(after);
  if (ends_open(end)) return {TokenKind::kIncomplete};
  if (end == after) return datum(character(c <= unicode::kLastChar ? c : unicode::kReplacement), end);
  const Token token = named_character(text_.substr(start, end - start));
  offset_ = end;
  return token;
}

Token Lexer::named_character(std::string_view name) {
  if (name[0] == 'x' || name[0] == 'X') {
    const std::int64_t code = parse_hex(name.substr(1));
    if (unicode::is_scalar(code)) return {TokenKind::kDatum, character(static_cast<char32_t>(code))};
  }
  const char32_t c = character_named(name, position_.fold_case);
  if (c != kNoCharacter) return {TokenKind::kDatum, character(c)};
  return error("unknown character name");
}

// --- words: numbers, symbols, dot ------------------------------------------------------------------------------------

std::size_t Lexer::word_end(std::size_t i) const {
  const std::string_view text = text_;
  for (; i < text.size() && !is_delimiter(text[i]); ++i)
    if (static_cast<unsigned char>(text[i]) >= 0x80 && wide_space_length(text, i)) break;
  return i;
}

Token Lexer::word_token() {
  const std::size_t end = word_end(offset_);
  if (ends_open(end)) return {TokenKind::kIncomplete};
  const std::string_view word = text_.substr(offset_, end - offset_);
  if (word == ".") return take(TokenKind::kDot, 1);
  if (may_begin_number(word[0])) {
    const Value number = parse_number(word, 10);
    if (number != kFalse) return datum(number, end);
    if (is_ratio_by_zero(word)) {
      offset_ = end;
      return error(kRatioByZero);
    }
  }
  return datum(position_.fold_case ? intern_folded(word) : intern(word), end);
}

}  // namespace perdure::runtime
