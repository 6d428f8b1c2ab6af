// Forms made at random from the words of the language: whatever they are, the answer is an expansion or a condition.
#include <random>

#include "tests/unit/expander_support.h"

using namespace perdure::compiler::testing;

namespace {

class Forms {
 public:
  explicit Forms(unsigned seed) : random_(seed) {}

  std::string make(int depth) {
    const unsigned choice = pick(10);
    if (depth == 0 || choice < 3) return atom();
    if (choice == 3) return "#(" + items(depth) + ")";
    if (choice == 4) return "(" + items(depth) + " . " + make(depth - 1) + ")";
    if (choice == 5) return (pick(2) ? "`" : pick(2) ? "," : ",@") + make(depth - 1);
    if (choice == 6) return "((" + items(depth) + ") " + items(depth) + ")";
    return "(" + std::string(word()) + " " + items(depth) + ")";
  }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  std::string items(int depth) {
    std::string out;
    for (unsigned n = pick(5); n > 0; --n) out += make(depth - 1) + " ";
    return out;
  }
  std::string atom() {
    static constexpr const char* kAtoms[] = {"x", "y", "z", "m", "1", "\"s\"", "#t", "()", "...", "_", "else", "=>", "x", "y"};
    return pick(4) ? kAtoms[pick(std::size(kAtoms))] : word();
  }
  const char* word() {
    static constexpr const char* kWords[] = {
        "quote", "lambda", "case-lambda", "define", "set!", "if", "begin", "let", "let*", "letrec", "do", "cond", "case", "and",
        "or", "when", "quasiquote", "unquote", "let-values", "define-values", "receive", "define-record-type", "define-syntax",
        "let-syntax", "letrec-syntax", "syntax-rules", "syntax-rules", "parameterize", "guard", "delay", "cond-expand",
        "define-library", "import", "export", "named-lambda", "let*-values", "x", "m", "car"};
    return kWords[pick(std::size(kWords))];
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("random forms expand or are refused") {
  int refused = 0, expanded = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    Forms forms(seed);
    Session s;
    s("(define-syntax m (syntax-rules () ((_ (a b ...) ...) (let ((a 1) ...) b ... ...)) ((_ a . b) (begin (define a 'b) a))))");
    for (int i = 0; i < 40; ++i) {
      const std::string text = forms.make(5);
      CAPTURE(seed, text);
      const std::string result = s(text);
      REQUIRE(!result.empty());
      ++(result[0] == '!' ? refused : expanded);
      REQUIRE(s("(lambda (x y) " + text + " x)") != "");
    }
  }
  CHECK(refused > 1000);
  CHECK(expanded > 1000);
}
