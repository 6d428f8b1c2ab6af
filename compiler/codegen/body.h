// Machine code for one procedure body, in one walk over its tree.
//
// Invariants:
//   G1  rax, r11, xmm0 and xmm1 are scratch: no live value is there between two generated expressions, but for a result
//       on its way to its consumer. rsp moves only in the prologue and epilogue; r14 never.
//   G2  `live` arguments are the locals that will be mentioned after the expression, or are operands already evaluated;
//       all temporaries in the state are live.
//   G3  At a Scheme call every live value is in the frame, at a C++ call in the frame or a callee-saved register.
//   G4  Whatever jumps to a Join first brings its values to where the join's state says.
//   G5  The frame is made as late as that can be: by a branch that needs one (enter_frame). Before, code in line uses no word
//       of it (runs_frameless); code out of line makes one for itself, and gives it back before it leaves (leave_aside).
#pragma once


#include "compiler/codegen/moves.h"
#include "compiler/codegen/state.h"
#include "compiler/codegen/unit.h"
#include "runtime/io/port.h"

namespace perdure::compiler {

using LiveSet = const std::uint64_t*;

// kHeld: a value that is about to be held, so it may as well be made in a register of its own.
enum class Context { kValue, kHeld, kEffect, kTail };

// What generating an expression gave.
struct Result {
  enum Kind : std::uint8_t {
    kConstant,   // `constant`; nothing was emitted
    kEntity,     // the live value `id`
    kInRax,      // in rax
    kInXmm0,     // a flonum without its tag, in xmm0
    kNever,      // control does not come back
    kNothing,    // evaluated for effect
  } kind;
  Value constant{};
  std::uint32_t id = 0;
  Type type = Type::kAny;
};

// A label together with the places of the live values there.
struct Join {
  Label label;
  LiveSet live = nullptr;
  State state;
  bool reached = false;
  bool bound = false;     // code after it is being emitted: its state cannot be weakened any more
};

// The operands of an operation on flonums, without their tags. What is no flonum in a word goes to the primitive, which
// answers or raises and comes back at `answered`, when there is such a way: then `checked`.
struct Doubles {
  Xmm left, right;
  bool checked = false;
  Label answered;
};

// Which procedures would have frames if none were opened (runtime/opened_code.h).
struct OpenedFrames {
  const Opened* innermost = nullptr;
  bool last = false;      // what was opened from the body itself is the last that it does
};

class BodyGenerator {
 public:
  BodyGenerator(Unit& unit, Function& function, Body& body);

  void generate();

 private:
  // --- frame and registers (registers.cpp)
  std::int16_t new_slot(std::int16_t above = -1);   // a frame word no live value is in
  int take_gpr(bool callee_saved_first = false);
  int take_xmm();
  void evict_gpr(int r);
  void evict_xmm(int x);
  void pin(int r) { pinned_ |= 1u << r; }
  void unpin_all() { pinned_ = 0; pinned_xmm_ = 0; }
  Gp gpr_of(const Result& operand);
  Xmm xmm_of(const Result& operand);
  Place& place_of(std::uint32_t id);
  void constant_to(const Gp& to, Value v);
  void box_xmm_to(const Gp& to, const Xmm& from);
  void unbox_to(const Xmm& to, const Gp& from);
  void spill(std::uint32_t id, Place& place);
  Location64 source_of(const Result& operand);
  const Local* captured_local(std::uint32_t id) const;

  // --- liveness and results (state handling, body.cpp)
  bool is_live(LiveSet live, std::uint32_t id) const { return id >= body_.local_count || (live[id / 64] >> id % 64 & 1); }
  LiveSet with(LiveSet live, const std::uint64_t* more);
  LiveSet with_operand(LiveSet live, const Result& operand);
  void prune(LiveSet live);
  Result hold(Result result);                       // so that it survives other code: an entity or a constant
  void release(const Result& operand, LiveSet live);
  void to_rax(const Result& result);
  void to_xmm0(const Result& result);
  Type type_of(const Result& operand) const;
  void learn(const Result& operand, Type type);

  // --- joins (joins.cpp)
  Join* new_join(LiveSet live);
  void jump(Join& join);
  void reach(Join& join);
  Label way_to(Join& join);
  void bind(Join& join);
  bool weaken(const State& from, Join& join);
  void convert_to(Join& join);
  std::uint32_t readable(std::uint32_t id, const Place& to);
  static void add_moves(Moves& moves, const Place& to, const Place& from);

  // --- the frame (frames.cpp)
  void prologue();
  void epilogue();
  void make_frame();
  void enter_frame();
  void poll();
  void leave_aside();
  void leave_for(std::uint64_t stub);
  bool is_light(const Expr* e, int& budget) const;
  bool runs_frameless(const Expr* e) const;
  void adjust_stack(std::uint8_t modrm);
  void patch_adjust(std::size_t at, std::uint32_t frame);
  void note();
  void note(PassVector<std::size_t>& kind);
  class Inside;

  // --- expressions (body.cpp)
  void find_captured(Expr* e);
  void return_result(const Result& result);
  Result generate(Expr* e, Context context, LiveSet live);
  Result finish(Result result, Context context, LiveSet live);
  Result generate_if(Expr* e, Context context, LiveSet live);
  Result generate_let(Expr* e, Context context, LiveSet live);
  Result generate_sequence(Expr* e, Context context, LiveSet live);
  void bind_local(Local* local, Result value, LiveSet live_in_body);
  void allocate_closure(Function* function);
  void fill_closure(const Gp& closure, Expr* e);
  Result generate_closure(Expr* e, LiveSet live);
  Result generate_fix(Expr* e, Context context, LiveSet live);
  Result generate_global(Expr* e);
  Result generate_set_global(Expr* e, LiveSet live);
  Result assign_plain_global(Expr* e, LiveSet live);

  // --- loops (loops.cpp)
  Result generate_loop(Expr* e, Context context, LiveSet live);
  Result generate_goto(Expr* e, Context context, LiveSet live);
  Result enter_loop(LoopLabel* label, PassVector<Result>& arguments, Context context, LiveSet live);
  void bind_parameters(LoopLabel* label, PassVector<Result>& arguments, LiveSet live);
  void settle_at_header(LoopLabel* label);
  void jump_back(LoopLabel* label, PassVector<Result>& arguments);
  void add_argument_move(Moves& moves, const Place& to, const Result& argument);

  // --- calls (calls.cpp)
  PassVector<Result> evaluate(std::span<Expr*> parts, LiveSet live);
  Result generate_call(Expr* e, Context context, LiveSet live);
  void emit_call(const Expr* e, bool tail);
  PassVector<Result> prepare_call(Expr* e, LiveSet live);
  void receive_call(Expr* call, LiveSet live);
  Result generate_receive(Expr* e, Context context, LiveSet live);
  static bool returns_values(const Expr* e);
  Result return_values(Expr* e, LiveSet live);
  Result generate_primitive(Expr* e, LiveSet live);
  void move_arguments(std::span<const Result> arguments, const Result* closure, const Result* list = nullptr);
  bool survives(std::uint32_t id, LiveSet live, std::span<const Result> operands) const;
  void save_for_call(LiveSet live, std::span<const Result> operands, bool scheme_call);
  void forget_registers(std::span<const Result> operands, LiveSet live, bool scheme_call);
  void call_cpp(const void* function);

  void check_procedure(const Result& callee);

  // --- open-coded primitives (inline.cpp, inline_*.cpp, allocation.cpp)
  Result generate_inline(Expr* e, LiveSet live);
  Gp result_register();
  Result loaded(const x86::Mem& from, std::span<const Result> operands, bool held, LiveSet live);
  Result result_in(const Gp& r, Type type);
  Result inline_pair(Expr* e, LiveSet live);
  Result inline_cxr(Expr* e, LiveSet live);
  Result inline_arithmetic(Expr* e, LiveSet live);
  Result inline_fixnum_arithmetic(Expr* e, PassVector<Result>& operands, bool held);
  Result inline_flonum_arithmetic(Expr* e, PassVector<Result>& operands);
  Result inline_to_flonum(Expr* e, LiveSet live);
  Result inline_to_exact(Expr* e, LiveSet live);
  Result inline_division(Expr* e, LiveSet live);
  void divide_by_power(Inline op, const Gp& dividend, int exponent);
  Result inline_of_fixnums(Expr* e, LiveSet live);
  Result inline_of_fixnum(Expr* e, LiveSet live);
  Result inline_either_shift(Expr* e, LiveSet live);
  template <class Count> void shift_left(const x86::Gp& value, const Count& count);
  Result inline_shift(Expr* e, LiveSet live);
  Result inline_flonum_function(Expr* e, LiveSet live);
  Result inline_vector(Expr* e, LiveSet live);
  Result inline_length(Expr* e, LiveSet live);
  Result inline_character(Expr* e, LiveSet live);
  Result inline_record(Expr* e, LiveSet live);
  Result inline_make_record(Expr* e, LiveSet live);
  Result inline_character_case(Expr* e, LiveSet live);
  Result inline_search(Expr* e, LiveSet live);
  Result inline_table(Expr* e, LiveSet live);
  void check_port(const Gp& port, runtime::Lent what, Label slow);   // inline_ports.cpp
  Result inline_read(Expr* e, LiveSet live);
  Result inline_write(Expr* e, LiveSet live);
  Result inline_make_slots(Expr* e, runtime::Type type, LiveSet live);
  Result inline_values_ref(Expr* e, LiveSet live);
  Result inline_box(Expr* e, LiveSet live);
  Result inline_dynamic_state(Expr* e, LiveSet live);
  Result boolean_result(Expr* e, LiveSet live);
  void emit_indexed_load(runtime::Type type, const Gp& object, const Gp& index);
  void emit_indexed_store(runtime::Type type, const Gp& object, const Gp& index, const Gp& value, Label slow);
  void allocate(std::uint64_t bytes, bool pair);
  void store_fresh(const Result& operand, int offset);
  void check_tag(const Gp& value, int tag, Label slow);
  void compare_header(runtime::Type type, bool writable, Label slow);
  void check_fixnum(const Result& operand, const Gp& r, Label slow);
  void check_fixnums(const Result& a, const Gp& left, const Result& b, const Gp& right, Label slow);
  void check_index(const Gp& index, Label slow);
  Xmm double_of(const Result& operand, const Xmm& scratch);
  Doubles doubles_of(Expr* e, PassVector<Result>& operands);
  void spread_operands(std::size_t count);
  // The start of out-of-line code that calls `primitive` with `operands`, leaves its result in rax and goes to `back`.
  // `returns`: false when it can only fail there.
  Label slow_primitive(const runtime::Primitive* primitive, std::span<const Result> operands, bool returns, Label back, const Gp& to = x86::rax);
  Label slow_arithmetic(Inline op, const Result& a, const Result& b, const Gp& to, Label back);

  // --- tests (tests.cpp): jumps to `target` when the truth of e is `sense`, falls through otherwise
  void generate_test(Expr* e, bool sense, Join& target, LiveSet live);
  void jump_aside(Join& target);
  void join_after(Join& join);
  bool testable(const Expr* e) const;
  void test_if(Expr* e, bool sense, Join& target, LiveSet live);
  bool test_inline(Expr* e, bool sense, Join& target, LiveSet live);
  void test_arithmetic(Expr* e, bool sense, Join& target, LiveSet live);
  Label branch_on_doubles(Inline op, const Xmm& left, const Xmm& right, PassVector<Result>& operands, bool sense, Join& target,
                          LiveSet live);
  void test_flonums(Expr* e, Inline op, PassVector<Result>& operands, bool sense, Join& target, LiveSet live);
  void test_type(Expr* e, bool sense, Join& target, LiveSet live);
  void test_header(const Result& operand, const Gp& value, runtime::Type type, bool sense, Join& target, LiveSet live);
  void test_flonum(const Result& operand, const Gp& value, bool sense, Join& target, LiveSet live);
  void test_eq(Expr* e, bool sense, Join& target, LiveSet live);
  bool test_eqv(Expr* e, bool sense, Join& target, LiveSet live);
  void compare_words(Result a, Result b);
  void test_characters(Expr* e, bool sense, Join& target, LiveSet live);
  bool test_record(Expr* e, bool sense, Join& target, LiveSet live);
  void test_parity(Expr* e, bool sense, Join& target, LiveSet live);
  // Tests whose usual cases are in line; the primitive answers for the others (tests_asking.cpp).
  struct Branches {
    Label yes, no, ask, next;
  };
  Branches branches(Expr* e, std::span<const Result> operands, bool sense, Join& target, LiveSet live);
  void test_sign(Expr* e, bool sense, Join& target, LiveSet live);
  void test_number(Expr* e, bool sense, Join& target, LiveSet live);
  void test_character_class(Expr* e, bool sense, Join& target, LiveSet live);
  void test_equal(Expr* e, bool sense, Join& target, LiveSet live);
  void branch_on(x86::CondCode if_true, bool sense, Join& target);

  // Code out of line, emitted after the body with the state of now.
  template <class F> void defer(Label label, F emit) {
    auto* kept = new (arena_.allocate(sizeof(F))) F(std::move(emit));
    deferred_.push_back({label, state_.copy(arena_), [](void* each) { (*static_cast<F*>(each))(); }, kept, frames_});
  }

  struct Deferred {
    Label label;
    State state;
    void (*emit)(void*);
    void* what;
    OpenedFrames frames;
  };

  Unit& unit_;
  Assembly& s_;
  x86::Assembler& a_;
  Arena& arena_;
  Function& function_;
  Body& body_;
  std::size_t words_;                      // of a LiveSet
  std::uint64_t* none_live_;
  State state_;
  std::uint32_t pinned_ = 0, pinned_xmm_ = 0;
  std::uint32_t next_temporary_;
  std::int16_t frame_words_ = 0;
  PassVector<std::size_t> frame_notes_;   // where the frame's size belongs
  PassVector<std::size_t> value_notes_;   // of them: where several values may come back in registers
  PassVector<std::size_t> frame_adjusts_; // 7-byte add/sub rsp, imm32
  PassVector<std::size_t> frame_leaves_;  // 8-byte lea rsp, [rsp + imm32]
  bool borrowed_ = false;                  // the code out of line that is emitted made a frame for itself
  bool held_ = false;                      // the result of the primitive that is emitted will be held
  OpenedFrames frames_;                    // where code is being emitted
  PassVector<Deferred> deferred_;
  PassVector<Local*> captured_;           // captured locals by index: null for others
};

}  // namespace perdure::compiler
