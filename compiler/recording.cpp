#include "compiler/recording.h"

#include <algorithm>


#include "compiler/walk.h"

namespace perdure::compiler {
namespace {

// Each node: its kind and a count, then what it has beside children, then the children in the order of walk.h. Variables that
// the clause binds are numbered as they come; others are named by address, with this in place of a number.
constexpr std::uint64_t kFree = ~std::uint64_t{0};
// Beside the kind: is it last, and the number of what was opened there; 0: nothing. Those are numbered as they come too: where one
// is new, this stands before the node in place of a kind, then what it is: procedure, number of the outer one, last (Head::last).
constexpr std::uint64_t kOpening = 0xff;
constexpr unsigned kKindBits = 8, kNumberShift = kKindBits + 1;
constexpr std::uint64_t kAssigned = 1, kChecked = 2;   // flags of variables

class Recorder {
 public:
  Recorder(const RecordingLimits& limits, RecordedClause& made) : limits_(limits), made_(made) {}

  bool clause(const Clause& clause) {
    if (clause.rest != nullptr) return false;
    parameters_ = clause.required;
    bind(clause.required);
    node(clause.body, true);
    if (!fits_) return false;
    const auto words = Arena::current().array<std::uint64_t>(words_.size());
    std::copy(words_.begin(), words_.end(), words.begin());
    made_.words = words;
    return true;
  }

 private:
  void put(std::uint64_t word) { words_.push_back(word); }

  void bind(std::span<Variable*> variables) {
    put(variables.size());
    for (Variable* each : variables) {
      numbers_.emplace(each, numbers_.size());
      put(each->name.bits);
      put(kAssigned * each->assigned + kChecked * each->checked);
    }
  }

  void mention(Variable* variable) {
    const auto found = numbers_.find(variable);
    put(found == numbers_.end() ? kFree : found->second);
    if (found == numbers_.end()) put(reinterpret_cast<std::uint64_t>(variable));
  }

  void global(const Global* global) {
    fits_ = fits_ && global != limits_.self;
    put(reinterpret_cast<std::uint64_t>(global));
  }

  // The number of what was opened.
  std::uint64_t number(const Opened* opened, bool last) {
    if (opened == nullptr || opened == limits_.inside) return 0;
    const auto found = opened_.find(opened);
    if (found != opened_.end()) return found->second;
    const std::uint64_t outer = number(opened->outer, last);
    put(kOpening);
    put(opened->procedure.bits);
    put(outer);
    put(last && !opened->goes_on);
    return opened_.emplace(opened, opened_.size() + 1).first->second;
  }

  void head(const Node* node, bool last) {
    const std::uint64_t opened = number(node->location.opened, last);
    const bool is_last = opened == 0 ? last : node->location.last;
    put(static_cast<std::uint64_t>(node->kind) | std::uint64_t{is_last} << kKindBits | opened << kNumberShift);
  }

  // Is a child's value that of the node? Procedures of a group count: as loops they are part of it.
  static bool is_value_of(Node* node, Node*& child) {
    switch (node->kind) {
      case Kind::kIf: return &child != &as<If>(node)->test;
      case Kind::kBegin: return &child == &as<Begin>(node)->body.back();
      case Kind::kLet: return &child == &as<Let>(node)->body;
      case Kind::kReceive: return &child == &as<Receive>(node)->body;
      case Kind::kLetrec: return true;
      default: return false;
    }
  }

  void note_call(const Call& call) {
    if (call.callee->kind != Kind::kRef) return;
    for (std::size_t i = 0; i < parameters_.size() && i < 32; ++i)
      if (parameters_[i] == as<Ref>(call.callee)->variable) made_.called |= 1u << i;
  }

  void procedures() {
    made_.has_procedures = true;
    fits_ = fits_ && limits_.procedures;
  }

  void lambda(const Lambda& lambda, bool last) {
    procedures();
    put(lambda.clauses.size());
    put(lambda.name.bits);
    for (const Clause& each : lambda.clauses) {
      bind(each.required);
      put(each.rest != nullptr);
      if (each.rest != nullptr) bind(std::span(const_cast<Variable**>(&each.rest), 1));
      node(each.body, last);
    }
  }

  void node(Node* node, bool last) {
    fits_ = fits_ && ++made_.size <= limits_.most;
    if (!fits_) return;
    head(node, last);
    switch (node->kind) {
      case Kind::kConst: put(as<Const>(node)->value.bits); break;
      case Kind::kRef: mention(as<Ref>(node)->variable); break;
      case Kind::kSet: mention(as<Set>(node)->variable); break;
      case Kind::kGlobalRef: global(as<GlobalRef>(node)->global); break;
      case Kind::kGlobalSet: global(as<GlobalSet>(node)->global); break;
      case Kind::kIf: break;
      case Kind::kBegin: put(as<Begin>(node)->body.size()); break;
      case Kind::kCall:
        note_call(*as<Call>(node));
        put(as<Call>(node)->arguments.size());
        break;
      case Kind::kLet: bind(as<Let>(node)->variables); break;
      case Kind::kReceive: bind(as<Receive>(node)->variables); break;
      case Kind::kLetrec:
        procedures();
        bind(as<Letrec>(node)->variables);
        break;
      case Kind::kLambda: return lambda(*as<Lambda>(node), last);
      case Kind::kDefine: fits_ = false; return;
    }
    for_each_child(node, [=, this](Node*& child) { this->node(child, last && is_value_of(node, child)); });
  }

  const RecordingLimits& limits_;
  RecordedClause& made_;
  PassVector<std::uint64_t> words_;
  std::span<Variable*> parameters_;
  PassMap<const Variable*, std::uint64_t> numbers_;
  PassMap<const Opened*, std::uint64_t> opened_;
  bool fits_ = true;
};

class Player {
 public:
  Player(Arena& arena, std::span<const std::uint64_t> words, const Location& place)
      : arena_(arena), next_(words.data()), place_(place), opened_{place.opened} {}

  Clause clause() {
    Clause made;
    made.required = bind();
    made.body = node();
    return made;
  }

 private:
  std::uint64_t take() { return *next_++; }

  std::span<Variable*> bind() {
    const auto variables = arena_.array<Variable*>(take());
    for (Variable*& each : variables) {
      const Value name{take()};
      const std::uint64_t flags = take();
      each = arena_.make<Variable>(name, (flags & kAssigned) != 0, (flags & kChecked) != 0);
      bound_.push_back(each);
    }
    return variables;
  }

  Variable* variable() {
    const std::uint64_t number = take();
    return number == kFree ? reinterpret_cast<Variable*>(take()) : bound_[number];
  }

  std::span<Node*> nodes(std::uint64_t count) {
    const auto made = arena_.array<Node*>(count);
    for (Node*& each : made) each = node();
    return made;
  }

  Node* lambda(const Node& head) {
    const auto clauses = arena_.array<Clause>(take());
    const Value name{take()};
    for (Clause& each : clauses) {
      each.required = bind();
      if (take() != 0) each.rest = bind()[0];
      each.body = node();
    }
    return arena_.make<Lambda>(head, clauses, name);
  }

  void opening() {
    const Value procedure{take()};
    const std::uint64_t outer = take();
    const bool last = take() != 0, ends = last && outer == 0 && place_.last;
    opened_.push_back(arena_.make<Opened>(procedure, ends ? below_call(place_) : opened_[outer], !last));
  }

  Node head() {
    std::uint64_t word;
    while ((word = take()) == kOpening) opening();
    Node made{static_cast<Kind>(word & ((1u << kKindBits) - 1)), place_};
    const std::uint64_t number = word >> kNumberShift;
    const bool last = (word >> kKindBits & 1) != 0;
    made.location.last = number == 0 ? last && place_.last : last;
    made.location.opened = opened_[number];
    return made;
  }

  Node* node() {
    const Node head = this->head();
    switch (head.kind) {
      case Kind::kConst: return arena_.make<Const>(head, Value{take()});
      case Kind::kRef: return arena_.make<Ref>(head, variable());
      case Kind::kGlobalRef: return arena_.make<GlobalRef>(head, reinterpret_cast<Global*>(take()));
      case Kind::kLambda: return lambda(head);
      case Kind::kSet: {
        Variable* target = variable();
        return arena_.make<Set>(head, target, node());
      }
      case Kind::kGlobalSet: {
        auto* target = reinterpret_cast<Global*>(take());
        return arena_.make<GlobalSet>(head, target, node());
      }
      case Kind::kIf: {
        Node* test = node();
        Node* consequent = node();
        return arena_.make<If>(head, test, consequent, node());
      }
      case Kind::kBegin: return arena_.make<Begin>(head, nodes(take()));
      case Kind::kCall: {
        const std::uint64_t count = take();
        Node* callee = node();
        return arena_.make<Call>(head, callee, nodes(count));
      }
      case Kind::kLet: case Kind::kLetrec: {
        const auto variables = bind();
        const auto values = nodes(variables.size());
        Node* body = node();
        if (head.kind == Kind::kLet) return arena_.make<Let>(head, variables, values, body);
        return arena_.make<Letrec>(head, variables, values, body);
      }
      case Kind::kReceive: {
        const auto variables = bind();
        Node* value = node();
        return arena_.make<Receive>(head, variables, value, node());
      }
      case Kind::kDefine: break;   // is not recorded
    }
    __builtin_trap();
  }

  Arena& arena_;
  const std::uint64_t* next_;
  const Location& place_;
  PassVector<Variable*> bound_;
  PassVector<const Opened*> opened_;   // by their numbers
};

}  // namespace

std::optional<RecordedClause> record(const Clause& clause, const RecordingLimits& limits) {
  RecordedClause made;
  if (!Recorder(limits, made).clause(clause)) return std::nullopt;
  return made;
}

Clause play(Arena& arena, std::span<const std::uint64_t> words, const Location& place) { return Player(arena, words, place).clause(); }

}  // namespace perdure::compiler
