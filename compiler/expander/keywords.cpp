// The words of the core language.
#include <iterator>

#include "compiler/expander/environment.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

struct Keyword { Special special; std::string_view name; };

constexpr Keyword kKeywords[] = {
    {Special::kQuote, "quote"}, {Special::kLambda, "lambda"}, {Special::kNamedLambda, "named-lambda"},
    {Special::kCaseLambda, "case-lambda"}, {Special::kDefine, "define"}, {Special::kSet, "set!"},
    {Special::kIf, "if"}, {Special::kBegin, "begin"}, {Special::kLet, "let"}, {Special::kLetStar, "let*"},
    {Special::kLetrec, "letrec"}, {Special::kLetrecStar, "letrec*"}, {Special::kDo, "do"}, {Special::kCond, "cond"},
    {Special::kCase, "case"}, {Special::kAnd, "and"}, {Special::kOr, "or"}, {Special::kWhen, "when"},
    {Special::kUnless, "unless"}, {Special::kQuasiquote, "quasiquote"}, {Special::kLetValues, "let-values"},
    {Special::kLetStarValues, "let*-values"}, {Special::kDefineValues, "define-values"},
    {Special::kReceive, "receive"}, {Special::kDefineRecordType, "define-record-type"},
    {Special::kDefineSyntax, "define-syntax"}, {Special::kLetSyntax, "let-syntax"},
    {Special::kLetrecSyntax, "letrec-syntax"}, {Special::kSyntaxRules, "syntax-rules"},
    {Special::kSyntaxError, "syntax-error"}, {Special::kParameterize, "parameterize"}, {Special::kGuard, "guard"},
    {Special::kDelay, "delay"}, {Special::kDelayForce, "delay-force"}, {Special::kCondExpand, "cond-expand"},
    {Special::kInclude, "include"}, {Special::kIncludeCi, "include-ci"}, {Special::kImport, "import"},
    {Special::kDefineLibrary, "define-library"}, {Special::kDefineSystemLibrary, "%define-system-library"},
    {Special::kElse, "else"}, {Special::kArrow, "=>"}, {Special::kEllipsis, "..."}, {Special::kUnderscore, "_"},
    {Special::kUnquote, "unquote"}, {Special::kUnquoteSplicing, "unquote-splicing"},
};
static_assert(std::size(kKeywords) == static_cast<std::size_t>(Special::kUnquoteSplicing));

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kKeywords); ++i)
    if (kKeywords[i].special != static_cast<Special>(i + 1)) return false;
  return true;
}
static_assert(in_order());

Value symbols[std::size(kKeywords)];   // filled on first use

}  // namespace

std::string_view special_name(Special special) { return kKeywords[static_cast<std::size_t>(special) - 1].name; }

Value keyword_symbol(Special special) {
  Value& symbol = symbols[static_cast<std::size_t>(special) - 1];
  if (symbol.bits == 0) {
    const Value made = intern(special_name(special));
    if (made == kRaise) return kRaise;
    symbol = made;
  }
  return symbol;
}

bool is_keyword_symbol(Value symbol) {
  for (const Keyword& keyword : kKeywords)
    if (keyword_symbol(keyword.special) == symbol) return true;
  return false;
}

bool bind_keywords(Environment* environment) {
  for (const Keyword& keyword : kKeywords) {
    const Value symbol = keyword_symbol(keyword.special);
    if (symbol == kRaise || !environment_bind(environment, symbol, Denotation::of(keyword.special))) return false;
  }
  return true;
}

}  // namespace perdure::compiler
