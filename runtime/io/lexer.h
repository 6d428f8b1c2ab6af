// UTF-8 text -> tokens of R7RS 7.1.1.
//
// The lexer works on a stretch of text that may be continued later (a port's buffer). A token that touches the end of
// unfinished text is kIncomplete: it is read again from its start when there is more. So no state but the offset and
// the position crosses a call.
//
// Beyond R7RS: [ ] as ( ), a `#!` line at the very beginning, #!default and #!unspecific, and ' ` , end a symbol.
// Bytes that are not UTF-8 read as U+FFFD.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/heap.h"
#include "runtime/io/source_map.h"

namespace perdure::runtime {

enum class TokenKind : std::uint8_t {
  kOpen, kClose, kOpenBracket, kCloseBracket,
  kOpenVector, kOpenBytevector,
  kDot,
  kPrefix,        // value: quote, quasiquote, unquote or unquote-splicing
  kDatumComment,
  kLabel,         // #n=   value: n
  kReference,     // #n#   value: n
  kDatum,         // value: a number, string, character, symbol, boolean ...
  kEnd,           // nothing left but white space and comments
  kIncomplete,
  kError,         // a read-error is pending
};

struct Token {
  TokenKind kind;
  Value value = kFalse;
};

// What one stretch of text shares between calls of the lexer: owned by a port or by whoever reads a string.
struct TextPosition {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  bool fold_case = false;       // after #!fold-case

  // Goes behind one more byte of text.
  void pass(char c) {
    if (c == '\n') {
      ++line;
      column = 1;
    } else if ((c & 0xc0) != 0x80) {
      ++column;
    }
  }
};

class Lexer {
 public:
  // `source_name`: string or #f, for messages. `last`: no text follows.
  Lexer(std::string_view text, std::size_t offset, bool last, TextPosition& position, Value source_name)
      : text_(text), offset_(offset), counted_(offset), last_(last), position_(position), source_name_(source_name) {}

  // The next token. position() is then where it began; offset() lies behind it, or for kIncomplete, kEnd and kError at
  // where reading has to go on.
  Token next();
  std::size_t offset() const { return offset_; }
  SourceLocation location() const { return {position_.line, position_.column}; }
  // Brings the position up to offset(): to be called when done with the lexer.
  void settle() { count_to(offset_); }

  // `incomplete`: what is wrong is that the text ends.
  Token error(std::string_view message, bool incomplete = false) { return error_at(location(), message, incomplete); }
  Token error_at(SourceLocation location, std::string_view message, bool incomplete = false);

 private:
  enum class Skip { kToken, kEnd, kIncomplete };
  Skip skip_atmosphere();
  bool skip_block_comment();
  Token hash_token();
  Token label_token();
  Token directive();
  Token character_token();
  Token named_character(std::string_view name);
  Token quoted(char quote);     // string or |symbol|, from its opening quote
  bool escape(std::size_t& at, struct ByteBuffer& out, Token& failure);
  bool line_continuation(std::size_t& at, Token& failure);
  Token word_token();           // number, symbol or dot
  Token unfinished(std::string_view what);

  std::size_t word_end(std::size_t from) const;
  bool ends_open(std::size_t end) const { return end == text_.size() && !last_; }
  Token take(TokenKind kind, std::size_t length, Value value = kFalse) {
    offset_ += length;
    return {kind, value};
  }
  Token datum(Value value, std::size_t end) {
    if (value == kRaise) return {TokenKind::kError};
    offset_ = end;
    return {TokenKind::kDatum, value};
  }
  void count_to(std::size_t offset);

  std::string_view text_;
  std::size_t offset_;
  std::size_t counted_;         // position_ is that of this offset
  bool last_;
  TextPosition& position_;
  Value source_name_;
};

}  // namespace perdure::runtime
