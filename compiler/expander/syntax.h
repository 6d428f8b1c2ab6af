// Identifiers, and what they mean where they stand.
//
// Hygiene is by renaming ("explicit renaming", Clinger 1991): each time a macro is expanded, each identifier its
// template introduces becomes a fresh *alias* that remembers the identifier it stands for and the syntactic environment
// of the macro's definition. Looking an identifier up goes outward through the scopes of the place of use; an alias
// that no scope there binds means what its original means in the environment it remembers. `quote` puts the
// originals back. So an alias costs one small object, and a lookup never rewrites a form.
//
//   S1  Scopes compare identifiers by identity: an alias binds only aliases of the same expansion.
//   S2  Scopes live in the arena of one expansion. What outlives it (macros of an Environment, aliases in their
//       templates) refers to Environments only: a macro defined at top level has no scope around it.
#pragma once

#include <span>

#include "compiler/core.h"
#include "runtime/heap.h"
#include "runtime/object.h"

namespace perdure::compiler {

struct Environment;
struct Macro;

// The core forms, and the words that some of them know.
enum class Special : std::uint8_t {
  kNone,
  kQuote, kLambda, kNamedLambda, kCaseLambda, kDefine, kSet, kIf, kBegin,
  kLet, kLetStar, kLetrec, kLetrecStar, kDo,
  kCond, kCase, kAnd, kOr, kWhen, kUnless,
  kQuasiquote, kLetValues, kLetStarValues, kDefineValues, kReceive,
  kDefineRecordType, kDefineSyntax, kLetSyntax, kLetrecSyntax, kSyntaxRules, kSyntaxError,
  kParameterize, kGuard, kDelay, kDelayForce, kCondExpand, kInclude, kIncludeCi,
  kImport, kDefineLibrary, kDefineSystemLibrary,
  kElse, kArrow, kEllipsis, kUnderscore, kUnquote, kUnquoteSplicing,
};

// What an identifier means.
struct Denotation {
  enum Kind : std::uint8_t { kNothing, kVariable, kGlobal, kMacro, kSpecial };
  Kind kind = kNothing;
  Special special = Special::kNone;
  bool imported = false;   // in an Environment: belongs to another one
  bool forward = false;    // a global that was mentioned but never defined
  void* pointer = nullptr;

  static Denotation of(Variable* v) { return {kVariable, Special::kNone, false, false, v}; }
  static Denotation of(Global* g) { return {kGlobal, Special::kNone, false, false, g}; }
  static Denotation of(Macro* m) { return {kMacro, Special::kNone, false, false, m}; }
  static Denotation of(Special s) { return {kSpecial, s, false, false, nullptr}; }
  Variable* variable() const { return static_cast<Variable*>(pointer); }
  Global* global() const { return static_cast<Global*>(pointer); }
  Macro* macro() const { return static_cast<Macro*>(pointer); }
  bool same_as(const Denotation& other) const {
    return kind == other.kind && special == other.special && pointer == other.pointer;
  }
};

struct ScopeEntry {
  Value identifier;
  Denotation denotation;
  ScopeEntry* next;
};
struct Scope {
  Scope* parent;
  ScopeEntry* entries;
};

// A syntactic environment: local scopes, innermost first (null: none), and the Environment around them.
struct Context {
  Scope* scope = nullptr;
  Environment* top = nullptr;
};

// A renamed identifier. Lives in the heap, since templates of macros may hold some.
struct Alias {
  std::uint64_t header;
  Value original;        // symbol or alias
  Context context;       // where `original` means what this means
  struct TopBinding* bindings;   // definitions of this alias at top level
};
struct TopBinding {
  std::uint64_t header;
  Environment* top;
  Denotation denotation;
  TopBinding* next;
};

inline constexpr std::uint64_t kFlagAlias = 0x80;   // on Type::kOpaque

// A heap object that only the expander looks into. Null when memory is used up.
template <class T> T* make_opaque(std::size_t extra_bytes = 0, std::uint64_t flags = 0) {
  auto* object = static_cast<T*>(runtime::allocate(sizeof(T) + extra_bytes, true));
  if (object)
    object->header = runtime::header(runtime::Type::kOpaque, (sizeof(T) + extra_bytes) / sizeof(Value) - 1, flags);
  return object;
}

inline bool is_alias(Value v) {
  return runtime::has_type(v, runtime::Type::kOpaque) &&
         (runtime::header_flags(runtime::as_object(v)->header) & kFlagAlias);
}
inline Alias* as_alias(Value v) { return runtime::as<Alias>(v); }
inline bool is_identifier(Value v) { return runtime::is_symbol(v) || is_alias(v); }

// The symbol that was written for an identifier.
inline Value base_symbol(Value identifier) {
  while (is_alias(identifier)) identifier = as_alias(identifier)->original;
  return identifier;
}

// Is `v` an identifier that was written as this ASCII word? For the words of declarations, which have no meaning
// elsewhere.
bool is_word(Value v, std::string_view word);

struct Resolution {
  Denotation denotation;
  Value symbol;        // for what no scope binds: the name, and the Environment it was looked for in
  Environment* top;
};
Resolution resolve(Value identifier, Context context);
// What `identifier` itself is defined as at top level; kNothing for an alias that was not defined there.
Denotation resolve_top(Value identifier, Environment* top);

// Is `identifier` the word `special` of the core language, or unbound and spelled like it?
bool is_keyword(Value identifier, Context context, Special special);
std::string_view special_name(Special special);

// free-identifier=? of R6RS: do both mean the same?
bool same_meaning(Value a, Context a_context, Value b, Context b_context);

// A growing array in an arena.
template <class T> class ArenaVector {
 public:
  explicit ArenaVector(Arena& arena) : arena_(arena) {}
  void push(const T& item) {
    if (size_ == items_.size()) grow();
    items_[size_++] = item;
  }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  std::span<T> span() const { return items_.first(size_); }

 private:
  void grow() {
    auto larger = arena_.array<T>(size_ ? size_ * 2 : 8);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = items_[i];
    items_ = larger;
  }
  Arena& arena_;
  std::span<T> items_;
  std::size_t size_ = 0;
};

}  // namespace perdure::compiler
