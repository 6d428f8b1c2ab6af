#include "compiler/analysis.h"

#include <algorithm>

#include "compiler/optimisations.h"

namespace perdure::compiler {

bool fits(const Lambda* lambda, std::size_t arguments, std::size_t* clause) {
  if (arguments > kMostArguments || (lambda->clauses.size() > 1 && !is_on(Optimisation::kClauses))) return false;
  for (std::size_t i = 0; i < lambda->clauses.size(); ++i) {
    const Clause& each = lambda->clauses[i];
    if (each.rest != nullptr ? arguments < each.required.size() : arguments != each.required.size()) continue;
    if (clause != nullptr) *clause = i;
    return each.rest == nullptr;
  }
  return false;
}

Analysis::Analysis(Arena& arena, Node* program) : arena_(arena) {
  scan(program, next_token_++);
  find_loops();
  find_captures();
}

LambdaInfo& Analysis::of(const Lambda* lambda) const { return *static_cast<LambdaInfo*>(lambda->info); }

void Analysis::declare(Variable* variable) {
  auto* info = static_cast<VariableInfo*>(arena_.allocate(sizeof(VariableInfo)));
  variable->info = new (info) VariableInfo{};
  info->owner = inside_;
}

// In all lambdas around that do not bind it.
void Analysis::mention(Variable* variable) {
  const LambdaInfo* owner = of(variable).owner;
  for (LambdaInfo* info = inside_; info != owner; info = info->outer) {
    const LambdaInfo::Mention* known = info->mentions;
    while (known != nullptr && known->variable != variable) known = known->next;
    if (known != nullptr) return;   // and in those around
    *info->last_mention = arena_.make<LambdaInfo::Mention>(variable);
    info->last_mention = &(*info->last_mention)->next;
  }
}

void Analysis::scan_bindings(std::span<Variable*> variables, std::span<Node*> values, Token token) {
  for (Variable* each : variables) declare(each);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (values[i]->kind != Kind::kLambda || variables[i]->assigned) continue;
    of(variables[i]).lambda = as<Lambda>(values[i]);
    candidates_.push_back(variables[i]);
    binding_tokens_.push_back(token);
  }
  for (std::size_t i = 0; i < variables.size(); ++i) {
    bound_ = of(variables[i]).lambda != nullptr ? variables[i] : nullptr;
    scan(values[i], next_token_++);
    if (of(variables[i]).lambda == nullptr) continue;
    LambdaInfo& info = of(of(variables[i]).lambda);
    info.variable = variables[i];
    of(variables[i]).lambda_info = &info;
  }
}

void Analysis::scan_call(Call& call, Token token) {
  if (call.callee->kind == Kind::kRef) {
    Variable* callee = as<Ref>(call.callee)->variable;
    mention(callee);
    VariableInfo& info = of(callee);
    if (info.lambda != nullptr && fits(info.lambda, call.arguments.size())) calls_.push_back({callee, token});
    else info.escapes = true;
  } else {
    scan(call.callee, next_token_++);
  }
  for (Node* each : call.arguments) scan(each, next_token_++);
}

void Analysis::scan(Node* node, Token token) {
  switch (node->kind) {
    case Kind::kConst: case Kind::kGlobalRef: return;
    case Kind::kRef:
      of(as<Ref>(node)->variable).escapes = true;
      mention(as<Ref>(node)->variable);
      return;
    case Kind::kSet:
      mention(as<Set>(node)->variable);
      scan(as<Set>(node)->value, next_token_++);
      return;
    case Kind::kGlobalSet: scan(as<GlobalSet>(node)->value, next_token_++); return;
    case Kind::kDefine: scan(as<Define>(node)->value, next_token_++); return;
    case Kind::kIf:
      scan(as<If>(node)->test, next_token_++);
      scan(as<If>(node)->consequent, token);
      scan(as<If>(node)->alternative, token);
      return;
    case Kind::kBegin: {
      auto body = as<Begin>(node)->body;
      for (std::size_t i = 0; i + 1 < body.size(); ++i) scan(body[i], next_token_++);
      scan(body.back(), token);
      return;
    }
    case Kind::kCall: scan_call(*as<Call>(node), token); return;
    case Kind::kLet: {
      auto* let = as<Let>(node);
      scan_bindings(let->variables, let->values, token);
      scan(let->body, token);
      return;
    }
    case Kind::kLetrec: {
      auto* letrec = as<Letrec>(node);
      scan_bindings(letrec->variables, letrec->values, token);
      scan(letrec->body, token);
      return;
    }
    case Kind::kReceive: {
      auto* receive = as<Receive>(node);
      for (Variable* each : receive->variables) declare(each);
      scan(receive->value, next_token_++);
      scan(receive->body, token);
      return;
    }
    case Kind::kLambda: {
      auto* lambda = as<Lambda>(node);
      LambdaInfo* outer = inside_;
      lambda->info = inside_ = arena_.make<LambdaInfo>(outer);
      lambdas_.push_back(lambda);
      Variable* bound = bound_;   // what the binding form that holds this lambda calls it
      bound_ = nullptr;
      for (Clause& clause : lambda->clauses) {
        for (Variable* each : clause.required) declare(each);
        if (clause.rest != nullptr) declare(clause.rest);
        const Token body = next_token_++;
        if (bound != nullptr) body_tokens_.emplace_back(bound, body);
        scan(clause.body, body);
      }
      inside_ = outer;
      return;
    }
  }
}

// The body of a loop continues where the loop is bound.
Analysis::Token Analysis::resolve(Token token) const {
  for (;;) {
    const auto row = std::lower_bound(body_tokens_.begin(), body_tokens_.end(), token,
                                      [](const auto& each, Token t) { return each.second < t; });
    if (row == body_tokens_.end() || row->second != token || !of(row->first).loop) return token;
    token = of(row->first).binding_token;
  }
}

void Analysis::find_loops() {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    VariableInfo& info = of(candidates_[i]);
    info.binding_token = binding_tokens_[i];
    info.loop = is_on(Optimisation::kLoops) && !info.escapes && info.lambda->clauses.size() == 1 && info.lambda->clauses[0].rest == nullptr;
  }
  std::sort(body_tokens_.begin(), body_tokens_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  for (bool changed = true; changed;) {
    changed = false;
    for (const TailCall& call : calls_) {
      VariableInfo& info = of(call.callee);
      if (!info.loop || resolve(call.token) == resolve(info.binding_token)) continue;
      info.loop = false;
      changed = true;
    }
  }
}

// By a closure that names it: is there a value to capture?
bool Analysis::is_captured(const Variable* variable) {
  const VariableInfo& info = of(variable);
  return !info.loop && (info.lambda_info == nullptr || info.lambda_info->needs_closure);
}

// Optimistic: no known procedure needs a closure until something it mentions makes it need one.
void Analysis::find_captures() {
  for (Lambda* each : lambdas_) of(each).needs_closure = of(each).variable != nullptr && !is_on(Optimisation::kThinClosures);
  for (bool changed = true; changed;) {
    changed = false;
    for (Lambda* each : lambdas_) {
      LambdaInfo& info = of(each);
      for (const auto* m = info.mentions; m != nullptr && !info.needs_closure; m = m->next)
        changed |= info.needs_closure = is_captured(m->variable);
    }
  }
  PassVector<Variable*> free;
  for (Lambda* each : lambdas_) {
    free.clear();
    for (const auto* m = of(each).mentions; m != nullptr; m = m->next)
      if (is_captured(m->variable)) free.push_back(m->variable);
    of(each).free = arena_.array<Variable*>(free.size());
    std::copy(free.begin(), free.end(), of(each).free.begin());
  }
}

}  // namespace perdure::compiler
