#include "runtime/io/reader.h"

#include <cstring>
#include <string>

#include "runtime/condition.h"

namespace perdure::runtime {
namespace {

constexpr std::int64_t kCar = -1;
constexpr std::int64_t kCdr = -2;
constexpr std::int64_t kLabelLimit = std::int64_t{1} << 20;
// Placeholders stand for labelled data that are not complete yet. Nothing the reader makes is a box otherwise.
bool is_placeholder(Value v) { return has_type(v, Type::kBox); }
Value& content(Value placeholder) { return as<Box>(placeholder)->value; }

}  // namespace

// The functions answer false when a condition is pending.
class Reader::Step {
 public:
  Step(Reader& reader, Lexer& lexer, Value source_map)
      : r_(reader), lexer_(lexer), map_(SourceMap::from(source_map)) {}

  ReadStatus run();

 private:
  Frame& top() { return r_.frames_.top(); }
  bool open(FrameKind kind, TokenKind closer = TokenKind::kEnd, Value head = kNil);
  bool close(TokenKind closer);
  bool finish(const Frame& frame, Value& out);
  bool deliver(Value datum, SourceLocation where);
  bool append(Frame& frame, Value datum, SourceLocation where);
  bool wrap_prefix(const Frame& frame, Value& datum, SourceLocation where);
  bool dot();

  bool define_label(std::int64_t n);
  bool finish_label(std::int64_t n, Value datum);
  bool refer(Value n);
  bool note(Value container, std::int64_t index, Value element);
  void patch();

  bool locate(Value pair, SourceLocation where) { return map_ == nullptr || map_->add(pair, where); }
  bool keep(Value datum) { return map_ == nullptr || map_->keep(datum); }
  bool complain(std::string_view message) { lexer_.error(message); return false; }
  bool complain_about_end();

  Reader& r_;
  Lexer& lexer_;
  SourceMap* map_;
  bool done_ = false;
};

ReadStatus Reader::Step::run() {
  while (!done_) {
    const Token token = lexer_.next();
    bool good = true;
    switch (token.kind) {
      case TokenKind::kIncomplete: return ReadStatus::kIncomplete;
      case TokenKind::kError: return ReadStatus::kError;
      case TokenKind::kEnd:
        if (r_.frames_.empty()) return ReadStatus::kEnd;
        complain_about_end();
        return ReadStatus::kError;
      case TokenKind::kOpen: good = open(FrameKind::kList, TokenKind::kClose); break;
      case TokenKind::kOpenBracket: good = open(FrameKind::kList, TokenKind::kCloseBracket); break;
      case TokenKind::kOpenVector: good = open(FrameKind::kVector, TokenKind::kClose); break;
      case TokenKind::kOpenBytevector: good = open(FrameKind::kBytevector, TokenKind::kClose); break;
      case TokenKind::kPrefix: good = token.value != kRaise && open(FrameKind::kPrefix, TokenKind::kEnd, token.value); break;
      case TokenKind::kDatumComment: good = open(FrameKind::kDiscard); break;
      case TokenKind::kLabel:
        good = define_label(fixnum_value(token.value)) && open(FrameKind::kLabel, TokenKind::kEnd, token.value);
        break;
      case TokenKind::kReference: good = refer(token.value); break;
      case TokenKind::kClose: case TokenKind::kCloseBracket: good = close(token.kind); break;
      case TokenKind::kDot: good = dot(); break;
      case TokenKind::kDatum: good = deliver(token.value, lexer_.location()); break;
    }
    if (!good) return ReadStatus::kError;
  }
  patch();
  return ReadStatus::kDatum;
}

// --- frames ----------------------------------------------------------------------------------------------------------

bool Reader::Step::open(FrameKind kind, TokenKind closer, Value head) {
  return r_.frames_.push(Frame{head, kNil, lexer_.location(), kind, DotState::kNone, closer});
}

bool Reader::Step::close(TokenKind closer) {
  const bool bracket = closer == TokenKind::kCloseBracket;
  if (r_.frames_.empty()) return complain(bracket ? "unexpected `]`" : "unexpected `)`");
  const Frame frame = top();
  if (frame.closer == TokenKind::kEnd)  // a prefix, a label or #; that waits for its datum
    return complain(bracket ? "unexpected `]`: a datum is missing" : "unexpected `)`: a datum is missing");
  if (frame.closer != closer) return complain(bracket ? "`]` closes a `(`" : "`)` closes a `[`");
  if (frame.dot == DotState::kWantsTail) return complain("a datum is missing after the dot");
  Value datum = kFalse;
  if (!finish(frame, datum)) return false;
  r_.frames_.drop();
  return deliver(datum, frame.start);
}

bool Reader::Step::finish(const Frame& frame, Value& out) {
  out = frame.head;
  if (frame.kind == FrameKind::kList) return true;
  std::uint64_t length = 0;
  for (Value p = frame.head; p.is_pair(); p = cdr(p)) ++length;
  const bool is_bytes = frame.kind == FrameKind::kBytevector;
  out = is_bytes ? make_bytevector(length, 0) : make_vector(length, kFalse);
  if (out == kRaise) return false;
  Value p = frame.head;
  for (std::uint64_t i = 0; i < length; ++i, p = cdr(p)) {
    if (is_bytes) {
      as<Bytevector>(out)->bytes[i] = static_cast<std::uint8_t>(fixnum_value(car(p)));
    } else {
      store_slot(&as<Vector>(out)->slots[i], car(p));
      if (!note(out, static_cast<std::int64_t>(i), car(p))) return false;
    }
  }
  return true;
}

bool Reader::Step::dot() {
  if (r_.frames_.empty()) return complain("unexpected dot");
  Frame& frame = top();
  if (frame.kind != FrameKind::kList || frame.head == kNil || frame.dot != DotState::kNone)
    return complain("unexpected dot");
  frame.dot = DotState::kWantsTail;
  return true;
}

bool Reader::Step::complain_about_end() {
  // The innermost bracket is the one that is most likely unclosed; prefixes within it say less.
  while (r_.frames_.size() > 1 && top().closer == TokenKind::kEnd) r_.frames_.drop();
  const SourceLocation inner = top().start;
  std::string message = top().closer != TokenKind::kEnd ? "end of input before the bracket opened here is closed"
                                                        : "end of input before a datum";
  while (r_.frames_.size() > 1) r_.frames_.drop();
  const SourceLocation outer = top().start;
  if (outer.line != inner.line || outer.column != inner.column)
    message += "; the form began at " + std::to_string(outer.line) + ':' + std::to_string(outer.column);
  lexer_.error_at(inner, message, true);
  return false;
}

// --- data ------------------------------------------------------------------------------------------------------------

// Hands a complete datum to whatever waits for it.
bool Reader::Step::deliver(Value datum, SourceLocation where) {
  while (!r_.frames_.empty()) {
    Frame& frame = top();
    const SourceLocation start = frame.start;
    switch (frame.kind) {
      case FrameKind::kList: case FrameKind::kVector: case FrameKind::kBytevector: return append(frame, datum, where);
      case FrameKind::kPrefix:
        if (!wrap_prefix(frame, datum, where)) return false;
        break;
      case FrameKind::kLabel:
        if (!finish_label(fixnum_value(frame.head), datum)) return false;
        break;
      case FrameKind::kDiscard: r_.frames_.drop(); return keep(datum);
    }
    where = start;
    r_.frames_.drop();
  }
  r_.datum_ = datum;
  r_.location_ = where;
  done_ = true;
  return keep(datum);
}

bool Reader::Step::append(Frame& frame, Value datum, SourceLocation where) {
  if (frame.kind == FrameKind::kBytevector &&
      !(datum.is_fixnum() && fixnum_value(datum) >= 0 && fixnum_value(datum) <= 255))
    return complain("an element of a bytevector must be an integer from 0 to 255");
  if (frame.dot == DotState::kHasTail) return complain("more than one datum after the dot");
  if (frame.dot == DotState::kWantsTail) {
    frame.dot = DotState::kHasTail;
    store_slot(&as_pair(frame.tail)->cdr, datum);
    return note(frame.tail, kCdr, datum);
  }
  const Value pair = cons(datum, kNil);
  if (pair == kRaise) return false;
  const bool first = frame.head == kNil;
  if (first) frame.head = pair;
  else store_slot(&as_pair(frame.tail)->cdr, pair);
  frame.tail = pair;
  if (frame.kind != FrameKind::kList) return true;
  return locate(pair, first ? frame.start : where) && note(pair, kCar, datum);
}

// datum -> (quote datum)
bool Reader::Step::wrap_prefix(const Frame& frame, Value& datum, SourceLocation where) {
  const Value rest = cons(datum, kNil);
  if (rest == kRaise || !locate(rest, where) || !note(rest, kCar, datum)) return false;
  const Value form = cons(frame.head, rest);
  if (form == kRaise || !locate(form, frame.start)) return false;
  datum = form;
  return true;
}

// --- datum labels ------------------------------------------------------------------------------------------------------

bool Reader::Step::define_label(std::int64_t n) {
  if (n >= kLabelLimit) return complain("the datum label is too large");
  const auto index = static_cast<std::uint64_t>(n);
  const std::uint64_t old = r_.labels_ == kFalse ? 0 : length_of(r_.labels_);
  if (index >= old) {
    const Value larger = make_vector(index + 1 > 2 * old ? index + 8 : 2 * old, kFalse);
    if (larger == kRaise) return false;
    if (old) std::memcpy(as<Vector>(larger)->slots, as<Vector>(r_.labels_)->slots, old * sizeof(Value));
    r_.labels_ = larger;
  }
  if (as<Vector>(r_.labels_)->slots[index] != kFalse) return complain("the datum label is defined twice");
  const Value placeholder = make_box(kUnassigned);
  if (placeholder == kRaise) return false;
  store_slot(&as<Vector>(r_.labels_)->slots[index], placeholder);
  return true;
}

bool Reader::Step::finish_label(std::int64_t n, Value datum) {
  const Value placeholder = as<Vector>(r_.labels_)->slots[n];
  if (datum == placeholder) return complain("the datum label stands for itself");
  store_slot(&content(placeholder), datum);
  return true;
}

bool Reader::Step::refer(Value n) {
  const auto index = static_cast<std::uint64_t>(fixnum_value(n));
  const std::uint64_t known = r_.labels_ == kFalse ? 0 : length_of(r_.labels_);
  const Value placeholder = index < known ? as<Vector>(r_.labels_)->slots[index] : kFalse;
  if (placeholder == kFalse) return complain("the datum label is not defined");
  const Value datum = content(placeholder);
  return deliver(datum == kUnassigned ? placeholder : datum, lexer_.location());
}

// Remembers where a placeholder went, so that patch() is linear and needs no walk of the datum.
bool Reader::Step::note(Value container, std::int64_t index, Value element) {
  if (!is_placeholder(element)) return true;
  const Value site = cons(container, fixnum(index));
  const Value patches = site == kRaise ? kRaise : cons(site, r_.patches_);
  if (patches == kRaise) return false;
  r_.patches_ = patches;
  return true;
}

void Reader::Step::patch() {
  for (Value p = r_.patches_; p.is_pair(); p = cdr(p)) {
    const Value container = car(car(p));
    const std::int64_t index = fixnum_value(cdr(car(p)));
    Value* slot = index == kCar   ? &as_pair(container)->car
                  : index == kCdr ? &as_pair(container)->cdr
                                  : &as<Vector>(container)->slots[index];
    while (is_placeholder(*slot)) store_slot(slot, content(*slot));
  }
}

// --- the reader ----------------------------------------------------------------------------------------------------------

void Reader::reset() {
  frames_.clear();
  labels_ = kFalse;
  patches_ = kNil;
}

ReadStatus Reader::read(std::string_view text, std::size_t& offset, bool last, TextPosition& position, const ReadOptions& options) {
  Lexer lexer(text, offset, last, position, options.source_name);
  const ReadStatus status = Step(*this, lexer, options.source_map).run();
  lexer.settle();
  offset = lexer.offset();
  if (status == ReadStatus::kDatum) {  // the frames serve the next datum
    labels_ = kFalse;
    patches_ = kNil;
  } else if (status == ReadStatus::kError) {
    reset();
  }
  return status;
}

}  // namespace perdure::runtime
