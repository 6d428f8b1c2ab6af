// What lowering has to know of a program before it can choose representations: which procedures are known at all their
// calls, which of those are loops, and what each procedure that remains has to capture.
#pragma once


#include "compiler/core.h"
#include "compiler/ir.h"

namespace perdure::compiler {

struct LambdaInfo;

// Of every variable; Variable::info points here from analyse() on.
struct VariableInfo {
  Lambda* lambda = nullptr;        // the procedure it always is, when it is bound to one and never assigned
  LambdaInfo* lambda_info = nullptr;
  const LambdaInfo* owner = nullptr;   // of the innermost lambda around its binding; null: the toplevel
  bool escapes = false;            // mentioned other than as the callee of a call that fits
  std::uint32_t binding_token = 0; // the continuation of the form that binds it (Analysis)
  bool loop = false;               // every call continues as its binding does: calls are jumps
  Local* local = nullptr;          // lowering's: where it is found in the body `scope` belongs to
  const void* scope = nullptr;
  LoopLabel* label = nullptr;      // lowering's, of a loop
};

struct LambdaInfo {
  struct Mention {
    Variable* variable;
    Mention* next;
  };
  LambdaInfo* outer = nullptr;           // of the lambda around this one
  Variable* variable = nullptr;          // what it is bound to, if known
  Mention* mentions = nullptr;           // each variable from outside that is named in it, in the order of first mentions
  Mention** last_mention = &mentions;
  std::span<Variable*> free;             // what its closure captures
  bool needs_closure = true;
  Function* function = nullptr;          // lowering's
};

class Analysis {
 public:
  Analysis(Arena& arena, Node* program);

  static VariableInfo& of(const Variable* v) { return *static_cast<VariableInfo*>(v->info); }
  LambdaInfo& of(const Lambda* lambda) const;

 private:
  // A continuation, named: the body of each lambda has one, each operand of something else has one of its own.
  using Token = std::uint32_t;
  struct TailCall { Variable* callee; Token token; };

  void scan(Node* node, Token token);
  void scan_call(Call& call, Token token);
  void scan_bindings(std::span<Variable*> variables, std::span<Node*> values, Token token);
  void declare(Variable* variable);
  Token resolve(Token token) const;
  void find_loops();
  void find_captures();
  void mention(Variable* variable);
  static bool is_captured(const Variable* variable);

  Arena& arena_;
  Token next_token_ = 1;
  PassVector<TailCall> calls_;
  PassVector<Variable*> candidates_;                      // bound to lambdas
  PassVector<std::pair<Variable*, Token>> body_tokens_;   // by token of a candidate's body: whose it is
  PassVector<Token> binding_tokens_;                      // parallel to candidates_: where it is bound
  PassVector<Lambda*> lambdas_;
  LambdaInfo* inside_ = nullptr;                           // of the lambda whose body is scanned
  Variable* bound_ = nullptr;                              // the name of the lambda that is scanned next
};

// Calls with more arguments pass them as a list: the argument buffer is certain to hold this many (machine.h, M6).
inline constexpr std::size_t kMostArguments = 500;

// Does a call of `lambda` with that many arguments certainly enter a clause without a rest list? Which one?
bool fits(const Lambda* lambda, std::size_t arguments, std::size_t* clause = nullptr);

}  // namespace perdure::compiler
