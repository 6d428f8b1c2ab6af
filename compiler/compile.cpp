#include "compiler/compile.h"

#include "compiler/check.h"
#include "compiler/compiler_primitives.h"
#include "compiler/definitions.h"
#include "compiler/expand.h"
#include "compiler/ir_text.h"
#include "compiler/optimisations.h"
#include "compiler/redo.h"
#include "runtime/code_space.h"
#include "runtime/condition.h"
#include "runtime/heap.h"
#include "runtime/io/source_map.h"
#include "runtime/machine.h"
#include "runtime/object.h"

namespace perdure::compiler {

namespace {

// The name to file code under: of the file, not of the map of its pairs.
Value name_of_source(Value source) {
  if (const auto* map = runtime::SourceMap::from(source)) return map->source_name();
  return source;
}

}  // namespace

namespace {

// The passes, in order; `show` gets the name of each and what it made.
template <class Show> Function* run_passes(Arena& arena, Node* node, Value source, Show show) {
  show("expand", node);
  PERDURE_CHECK_PASS("expand", check_core(node, false));
  node = fix_letrec(arena, node);
  show("fix_letrec", node);
  PERDURE_CHECK_PASS("fix_letrec", check_core(node, true));
  node = simplify(arena, node, source);
  show("simplify", node);
  PERDURE_CHECK_PASS("simplify", check_core(node, true));
  Function* function = lower(arena, node);
  PERDURE_CHECK_PASS("lower", check_ir(function));
  return function;
}

}  // namespace

Value compile(Value form, Value environment, Value source, Value* wanted, NameUse* names, Value* functions) {
  Arena arena;
  Node* node = expand_toplevel(arena, form, environment, source, wanted, names);
  if (node == nullptr) return runtime::kRaise;
  const Value source_name = name_of_source(source);
  Function* function = nullptr;
  const bool done = attempt([&] {
    function = run_passes(arena, node, source_name, [](const char*, Node*) {});
    infer_types(function);
  });
  const Value procedure = done ? generate(arena, function, source_name, functions) : runtime::kRaise;
  if (procedure == runtime::kRaise) return procedure;
  note_definitions(function);
  if (names != nullptr && names->keep_nothing && (names->opened = take_opened(function)) == runtime::kRaise) return runtime::kRaise;
  return procedure;
}

namespace {

// ((pass . what it made) ...) for a form, and last (generate . procedure).
Value prim_compile_steps(Value form, Value environment, Value disabled) {
  if (!runtime::has_type(environment, runtime::Type::kEnvironment))
    return runtime::wrong_type("show-passes", 2, "environment", environment);
  const Disabled off(disabled);
  Arena arena;
  Node* node = expand_toplevel(arena, form, environment);
  if (node == nullptr) return runtime::kRaise;
  Value steps = runtime::kNil;
  auto add = [&](const char* pass, Value made) { steps = runtime::cons(runtime::cons(runtime::intern(pass), made), steps); };
  Function* function = nullptr;
  const bool done = attempt([&] {
    function = run_passes(arena, node, runtime::kFalse, [&](const char* pass, Node* made) { add(pass, core_to_datum(made)); });
    add("lower", ir_to_datum(function, false));
    infer_types(function);
    add("infer_types", ir_to_datum(function, true));
  });
  const Value procedure = done ? generate(arena, function, runtime::kFalse) : runtime::kRaise;
  if (procedure == runtime::kRaise) return procedure;
  add("generate", procedure);
  return steps;
}

// A procedure; or (name folder . file) of a library that has to be loaded before this can be compiled.
// `disabled`: the names of optimisations to leave out.
Value prim_compile(Value form, Value environment, Value source, Value disabled) {
  if (!runtime::has_type(environment, runtime::Type::kEnvironment))
    return runtime::wrong_type("eval", 2, "environment", environment);
  const Disabled off(disabled);
  runtime::forget_ended_frames();
  if (source == runtime::kDefault) source = runtime::kFalse;
  Value wanted = runtime::kFalse, functions = runtime::kNil;
  NameUse names;
  const Value procedure = compile(form, environment, source, &wanted, &names, &functions);
  if (!wanted.is_pair()) return procedure == runtime::kRaise ? procedure : keep_current(procedure, form, environment, source, disabled, names, functions);
  runtime::take_pending_condition();
  return wanted;
}

Value prim_expand(Value form, Value environment) {
  if (!runtime::has_type(environment, runtime::Type::kEnvironment))
    return runtime::wrong_type("%expand", 2, "environment", environment);
  Arena arena;
  Node* node = expand_toplevel(arena, form, environment);
  Value shown = runtime::kRaise;
  return node != nullptr && attempt([&] { shown = core_to_datum(node); }) ? shown : runtime::kRaise;
}

Value prim_optimisation_names() {
  Value names = runtime::kNil;
  for (std::size_t i = kOptimisationNames.size(); i-- > 0;) {
    names = runtime::cons(runtime::intern(kOptimisationNames[i]), names);
    if (names == runtime::kRaise) return names;
  }
  return names;
}

}  // namespace

std::span<const runtime::Primitive> compiler_primitives() {
  static const runtime::Primitive kTable[] = {
      runtime::primitive("%compile", prim_compile, 2),
      runtime::primitive("%expand", prim_expand),
      runtime::primitive("%compile-steps", prim_compile_steps),
      runtime::primitive("%optimisation-names", prim_optimisation_names),
  };
  return kTable;
}

}  // namespace perdure::compiler
