#include "compiler/codegen/unit.h"

#include <algorithm>

#include "compiler/codegen/body.h"
#include "compiler/compile.h"
#include "compiler/optimisations.h"
#include "runtime/condition.h"
#include "runtime/heap.h"
#include "runtime/object.h"

namespace perdure::compiler {

Unit::Unit(Arena& a, Value source, std::uint64_t base) : arena(a), assembly(base), source_(source) {}

void Unit::want(Function* function) {
  if (function->label >= 0) return;
  function->label = static_cast<int>(labels_.size());
  labels_.push_back({assembly.a.newLabel(), {}});
  for (std::size_t i = 0; i < function->bodies.size(); ++i) labels_.back().bodies.push_back(assembly.a.newLabel());
  wanted_.push_back(function);
}

Label Unit::entry(Function* function) {
  want(function);
  return labels_[static_cast<std::size_t>(function->label)].entry;
}

Label Unit::direct_entry(Function* function, std::size_t clause) {
  want(function);
  return labels_[static_cast<std::size_t>(function->label)].bodies[clause];
}

void Unit::keep(Value literal) {
  if (std::find(literals_.begin(), literals_.end(), literal) == literals_.end()) literals_.push_back(literal);
}

Value Unit::static_closure(Function* function) {
  if (function->static_closure.bits != 0) return function->static_closure;
  want(function);
  auto* closure = static_cast<runtime::Closure*>(runtime::allocate(16, true));
  if (closure == nullptr) {
    out_of_memory_ = true;
    return runtime::kFalse;
  }
  closure->header = runtime::header(runtime::Type::kClosure, 0);
  closures_.emplace_back(closure, function);
  function->static_closure = runtime::tagged(closure, runtime::kTagClosure);
  keep(function->static_closure);
  return function->static_closure;
}

// The same procedures share one list: forms open the same few again and again.
Value Unit::opened_procedures(const Opened* innermost, const Opened* end, bool last) {
  if (innermost == end || innermost == nullptr) return last ? runtime::kFalse : runtime::kNil;
  if (!chains_.empty() && chains_.back().opened == innermost && chains_.back().last == last) return chains_.back().procedures;
  const Value outer = opened_procedures(innermost->outer, end, last);
  for (const Chain& each : chains_)
    if (runtime::car(each.procedures) == innermost->procedure && runtime::cdr(each.procedures) == outer) return each.procedures;
  const Value procedures = outer == runtime::kRaise ? outer : runtime::cons(innermost->procedure, outer);
  if (procedures == runtime::kRaise) return procedures;
  chains_.push_back({innermost, last, procedures});
  literals_.push_back(procedures);
  return procedures;
}

void Unit::note_opened(const Opened* innermost, const Opened* end, bool last) {
  const Value procedures = opened_procedures(innermost, end, last);
  if (procedures == runtime::kRaise) out_of_memory_ = true;
  opened_.push_back({assembly.offset(), procedures});
}

bool Unit::call_global(Global* global, std::size_t count, bool jump) {
  runtime::GlobalCall* call = is_on(Optimisation::kGlobalCalls) ? runtime::call_of_global(global, count) : nullptr;
  if (call == nullptr) return false;
  const std::uint8_t instruction[] = {jump ? std::uint8_t{0xe9} : std::uint8_t{0xe8}, 0, 0, 0, 0};
  call_sites_.push_back({call, assembly.offset() + 1});
  assembly.a.embed(instruction, sizeof instruction);
  if (call->usual_way != 0) return true;
  for (const auto& [each, label] : usual_ways_)
    if (each == call) return true;
  usual_ways_.emplace_back(call, assembly.a.newLabel());
  return true;
}

// What calls go through while their globals hold no procedure that can be entered directly.
void Unit::generate_usual_ways() {
  using namespace x86;
  auto& a = assembly.a;
  for (const auto& [call, label] : usual_ways_) {
    a.align(asmjit::AlignMode::kCode, 16);
    runtime::CodeRecord record;
    record.start = assembly.base() + assembly.offset();
    record.piece = records_.back().piece + 1;   // it stays when the others go
    record.name = call->global->name;
    a.bind(label);
    a.mov(eax, static_cast<std::uint32_t>(call->count));
    a.mov(rbx, near_word(&call->global->procedure));
    a.jmp(qword_ptr(rbx, static_cast<int>(offsetof(runtime::Closure, entry)) - static_cast<int>(runtime::kTagClosure)));
    record.size = static_cast<std::uint32_t>(assembly.base() + assembly.offset() - record.start);
    records_.push_back(record);
  }
}

// Those that certainly get all calls with as many arguments as they have parameters.
void Unit::note_clauses(Function* function, std::span<const Label> bodies) {
  if (function->captured_count != 0) return;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const std::size_t count = function->bodies[i].required.size();
    if (function->bodies[i].rest == nullptr) clauses_.push_back({function, count, bodies[i]});
    else return;   // the clauses that follow may get less than they would take
  }
}

void Unit::refuse(const Function& function) {
  if (function.otherwise.bits == 0) return assembly.jump(runtime::stubs.arity_error);
  keep(function.otherwise);
  assembly.a.mov(x86::rbx, function.otherwise.bits);
  assembly.jump(runtime::stubs.primitive);
}

// The entry of a function: finds the body that fits eax arguments. rbx: the closure.
void Unit::generate_entry(Function* function) {
  using namespace x86;
  auto& a = assembly.a;
  const auto [entry, bodies] = labels_[static_cast<std::size_t>(function->label)];   // a copy: there may be more soon
  a.bind(entry);
  if (bodies.empty()) return assembly.jump(runtime::stubs.arity_error);   // (case-lambda)
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const Body& body = function->bodies[i];
    const Label& here = bodies[i];
    const auto required = static_cast<std::uint32_t>(body.required.size());
    const bool last = i + 1 == bodies.size();
    if (bodies.size() == 1) {
      // One body: fall into it.
      if (body.rest == nullptr || required > 0) {
        Label wrong = a.newLabel();
        a.cmp(eax, required);
        if (body.rest != nullptr) a.jb(wrong); else a.jne(wrong);
        wrong_counts_.push_back(wrong);
      }
      break;
    }
    a.cmp(eax, required);
    if (body.rest != nullptr) a.jae(here); else a.je(here);
    if (last) refuse(*function);
  }
  if (bodies.size() > 1) note_clauses(function, bodies);
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    a.bind(bodies[i]);
    if (function->bodies[i].rest != nullptr) {
      a.mov(r11d, static_cast<std::uint32_t>(function->bodies[i].required.size()));
      assembly.call(runtime::stubs.gather_rest);
      assembly.note(0);
    }
    BodyGenerator(*this, *function, function->bodies[i]).generate();
  }
  for (const Label& wrong : wrong_counts_) {
    a.bind(wrong);
    refuse(*function);
  }
  wrong_counts_.clear();
}

namespace {

void set_arity(const Function& function, runtime::CodeRecord& record) {
  if (function.otherwise.bits != 0) {
    int minimum, maximum;
    runtime::procedure_arity(function.otherwise, &minimum, &maximum);
    record.minimum = static_cast<std::int16_t>(minimum);
    record.maximum = static_cast<std::int16_t>(maximum);
    record.counts = (maximum < 0 ? ~0u : ~(~1u << maximum)) & ~0u << minimum;
    return;
  }
  record.minimum = INT16_MAX;
  record.maximum = 0;
  record.counts = 0;
  for (const Body& body : function.bodies) {
    const auto required = static_cast<std::int16_t>(body.required.size());
    record.minimum = std::min(record.minimum, required);
    const int bit = std::min<int>(required, 31);
    record.counts |= body.rest != nullptr ? ~0u << bit : 1u << bit;
    if (body.rest != nullptr) record.maximum = -1;
    else if (record.maximum >= 0) record.maximum = std::max(record.maximum, required);
  }
}

}  // namespace

void Unit::generate(Function* toplevel) {
  static_closure(toplevel);
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    // Where hot code lies on the lines of the processor's caches decides how fast it is: each procedure begins one.
    assembly.a.align(asmjit::AlignMode::kCode, 64);
    runtime::CodeRecord record;
    record.start = assembly.base() + assembly.offset();
    record.name = wanted_[i]->name;
    const Location& place = wanted_[i]->location;
    record.source = place.source != runtime::kFalse ? place.source : source_;
    record.line = place.line;
    set_arity(*wanted_[i], record);
    generate_entry(wanted_[i]);
    if (wanted_[i]->captured_count == 0 && !labels_[i].bodies.empty())
      record.direct = static_cast<std::uint32_t>(assembly.address_of(labels_[i].bodies[0]) - record.start);
    record.size = static_cast<std::uint32_t>(assembly.base() + assembly.offset() - record.start);
    records_.push_back(record);
  }
  generate_usual_ways();
}

void Unit::take_back() {
  for (Function* each : wanted_) {
    each->label = -1;
    each->static_closure = {};
  }
}

// (#(name line column captured entry piece) ...), but for the toplevel: redo.h. Captured: for each its name, whether it is boxed,
// and for the closure of a known procedure which of these that is, or #f.
Value Unit::functions_made() const {
  Value all = runtime::kNil;
  for (std::size_t i = wanted_.size(); i-- > 1;) {
    const Function& f = *wanted_[i];
    Value captured = runtime::kNil;
    for (std::size_t j = f.captured.size(); j-- > 0;) {
      const Captured& each = f.captured[j];
      const auto place = std::find(wanted_.begin(), wanted_.end(), each.procedure) - wanted_.begin() - 1;
      captured = runtime::cons(each.procedure != nullptr ? runtime::fixnum(place) : runtime::kFalse, captured);
      if (captured != runtime::kRaise) captured = runtime::cons(runtime::boolean(each.boxed), captured);
      if (captured != runtime::kRaise) captured = runtime::cons(each.name, captured);
      if (captured == runtime::kRaise) return captured;
    }
    const Value facts = runtime::make_vector(6, captured);
    if (facts == runtime::kRaise) return facts;
    auto* slots = runtime::as<runtime::Vector>(facts)->slots;
    slots[0] = f.name;
    slots[1] = runtime::fixnum(f.location.line);
    slots[2] = runtime::fixnum(f.location.column);
    slots[4] = runtime::fixnum(static_cast<std::int64_t>(records_[i].start));
    slots[5] = runtime::fixnum(static_cast<std::int64_t>(records_[i].piece));
    all = runtime::cons(facts, all);
    if (all == runtime::kRaise) return all;
  }
  return all;
}

// Where calls of the global lead when the code is installed.
std::uint64_t Unit::target_of(const runtime::GlobalCall* call) const {
  if (call->target != 0) return call->target;
  for (const auto& [each, label] : usual_ways_)
    if (each == call) return assembly.address_of(label);
  return call->usual_way;
}

PassVector<runtime::ClauseEntry> Unit::clause_entries() const {
  PassVector<runtime::ClauseEntry> all;
  for (const ClauseLabel& each : clauses_)
    all.push_back({assembly.address_of(labels_[static_cast<std::size_t>(each.function->label)].entry), each.count, assembly.address_of(each.label)});
  return all;
}

// The sites are added and taken away again: several may be of one call.
bool Unit::make_room_for_sites() {
  std::size_t added = 0;
  const bool done = attempt([&] {
    for (; added < call_sites_.size(); ++added) call_sites_[added].call->sites.push_back(0);
  });
  while (added > 0) call_sites_[--added].call->sites.pop_back();
  return done;
}

Value Unit::install(Value* functions) {
  if (out_of_memory_ || assembly.failed()) return runtime::out_of_memory();
  const Value literals = runtime::make_vector(literals_.size(), runtime::kFalse);
  if (literals == runtime::kRaise) return runtime::kRaise;
  for (std::size_t i = 0; i < literals_.size(); ++i)
    runtime::store_slot(&runtime::as<runtime::Vector>(literals)->slots[i], literals_[i]);
  records_[0].literals = literals;
  for (const CallSite& each : call_sites_) runtime::renew_call(each.call);   // several sites are to lead to one place
  for (const CallSite& each : call_sites_)
    assembly.patch(each.offset, static_cast<std::uint32_t>(target_of(each.call) - (assembly.base() + each.offset + 4)));
  std::span<const std::uint8_t> bytes;
  PassVector<runtime::ClauseEntry> entries;
  const bool ready = attempt([&] {
    bytes = assembly.finish();
    entries = clause_entries();
    runtime::make_room_for_code(records_.size(), entries.size());
    runtime::make_room_for_opened_code(opened_.size());
  });
  if (!ready || !make_room_for_sites()) return runtime::kRaise;
  if (bytes.empty()) return runtime::fail("error", "compile", "the code generator failed on this form");
  for (auto& [object, function] : closures_)
    object->entry = assembly.address_of(labels_[static_cast<std::size_t>(function->label)].entry);
  if (!runtime::install_code(assembly.base(), bytes, records_)) return runtime::out_of_memory();
  runtime::add_clause_entries(entries);
  for (runtime::OpenedCode& each : opened_) each.address += assembly.base();
  runtime::add_opened_code(opened_);
  for (const auto& [call, label] : usual_ways_) call->usual_way = assembly.address_of(label);
  for (const CallSite& each : call_sites_) runtime::add_call_site(each.call, assembly.base() + each.offset);
  if (functions != nullptr && (*functions = functions_made()) == runtime::kRaise) return runtime::kRaise;
  return wanted_[0]->static_closure;
}

// Code may be larger than the place of code that went.
Value generate(Arena& arena, Function* toplevel, Value source, Value* functions) {
  const runtime::CodeRoom room = runtime::code_room();
  {
    Unit unit(arena, source, room.start);
    if (!attempt([&] { unit.generate(toplevel); })) return runtime::kRaise;
    if (unit.assembly.offset() <= room.size) return unit.install(functions);
    unit.take_back();
  }
  Unit unit(arena, source, runtime::code_room_at_end().start);
  if (!attempt([&] { unit.generate(toplevel); })) return runtime::kRaise;
  return unit.install(functions);
}

}  // namespace perdure::compiler
