// One compilation unit: the machine code of a toplevel form and of all procedures in it, on its way to code space.
#pragma once


#include "compiler/assembly.h"
#include "compiler/ir.h"
#include "runtime/code_space.h"
#include "runtime/global_call.h"
#include "runtime/object.h"
#include "runtime/opened_code.h"

namespace perdure::compiler {

class Unit {
 public:
  // Code that will stand at `base`.
  Unit(Arena& arena, Value source, std::uint64_t base);

  Arena& arena;
  Assembly assembly;

  // The label of a function's entry (arguments checked) or of its body (known calls); it will be generated.
  Label entry(Function* function);
  Label direct_entry(Function* function, std::size_t clause);   // behind the check of how many arguments came
  // The one closure of a function that captures nothing; its entry is filled in when the code is installed.
  Value static_closure(Function* function);
  // Emits a call of a global with that many arguments (or a jump), if that gains something.
  bool call_global(Global* global, std::size_t count, bool jump);
  // A jump to what refuses a call with eax arguments; or to what takes it instead.
  void refuse(const Function& function);
  // A heap constant that the code mentions: kept alive with it.
  void keep(Value literal);
  // Here is a return address of code that was opened (runtime/opened_code.h): of those up to `end`; `last`: the procedure that is
  // generated would have no frame.
  void note_opened(const Opened* innermost, const Opened* end, bool last);

  // Generates everything reachable from `toplevel`.
  void generate(Function* toplevel);
  // Puts it into code space, or leaves all as it was. The closure of `toplevel`, or kRaise. `functions`, if not null: what redo.h wants to know.
  Value install(Value* functions);
  // In place of that: the functions are as they were, for another unit to generate.
  void take_back();

 private:
  void want(Function* function);
  void generate_entry(Function* function);
  void note_clauses(Function* function, std::span<const Label> bodies);
  void generate_usual_ways();
  std::uint64_t target_of(const runtime::GlobalCall* call) const;
  Value functions_made() const;
  PassVector<runtime::ClauseEntry> clause_entries() const;
  bool make_room_for_sites();
  Value opened_procedures(const Opened* innermost, const Opened* end, bool last);

  PassVector<Function*> wanted_;
  struct Labels {
    Label entry;
    PassVector<Label> bodies;
  };
  PassVector<Labels> labels_;                             // by Function::label
  PassVector<std::pair<runtime::Closure*, Function*>> closures_;
  PassVector<runtime::CodeRecord> records_;
  struct ClauseLabel { Function* function; std::size_t count; Label label; };
  PassVector<ClauseLabel> clauses_;                       // of functions that have several and capture nothing
  PassVector<Value> literals_;
  PassVector<Label> wrong_counts_;
  struct CallSite { runtime::GlobalCall* call; std::size_t offset; };   // of its rel32
  PassVector<CallSite> call_sites_;
  PassVector<std::pair<runtime::GlobalCall*, Label>> usual_ways_;   // of calls that have none yet
  Value source_;
  PassVector<runtime::OpenedCode> opened_;                // addresses are offsets until it is installed
  struct Chain { const Opened* opened; bool last; Value procedures; };
  PassVector<Chain> chains_;                              // the newest last
  bool out_of_memory_ = false;
};

}  // namespace perdure::compiler
