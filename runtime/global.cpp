#include "runtime/global.h"

#include <unordered_map>

#include "runtime/global_call.h"
#include "runtime/heap.h"
#include "runtime/heap_start.h"
#include "runtime/machine.h"
#include "runtime/support/panic.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kCommitStep = std::uint64_t{1} << 20;
std::uint64_t next_cell = abi::kNearBase;
std::uint64_t committed_end = abi::kNearBase;

std::unordered_map<std::uint64_t, Global*>& system_globals() {
  static std::unordered_map<std::uint64_t, Global*> table;
  return table;
}

// A closure that, when called, reports the global that holds no procedure.
Value make_trap(Global* global) {
  auto* trap = static_cast<Closure*>(allocate(sizeof(Closure), true));
  if (trap == nullptr) panic("no memory for a global's trap");
  trap->header = header(Type::kClosure, 1);
  trap->entry = stubs.not_a_procedure;
  trap->captured[0] = {reinterpret_cast<std::uint64_t>(global)};
  return tagged(trap, kTagClosure);
}

}  // namespace

std::uint64_t near_data_committed() { return committed_end; }
void* near_data_end() { return reinterpret_cast<void*>(next_cell); }

Global* make_global(Value name) {
  if (next_cell + sizeof(Global) > committed_end) {
    if (committed_end == abi::kNearBase + abi::kNearSize) return nullptr;
    if (platform->pages_commit(committed_end, kCommitStep, abi::kProtRead | abi::kProtWrite) < 0) return nullptr;
    committed_end += kCommitStep;
  }
  auto* global = reinterpret_cast<Global*>(next_cell);
  next_cell += sizeof(Global);
  *global = {kUnbound, kFalse, name, nullptr, nullptr, nullptr};
  global->procedure = make_trap(global);
  return global;
}

void set_global(Global* global, Value value) {
  if (value != global->value) global->integrable = nullptr;
  const bool was_procedure = global->value.is_closure();
  store_slot(&global->value, value);
  if (value.is_closure()) {
    store_slot(&global->procedure, value);
  } else if (was_procedure) {
    store_slot(&global->procedure, make_trap(global));
  }
  if (global->calls != nullptr) renew_calls(global);
}

Global* system_global(std::string_view name) { return system_global(intern(name)); }

Global* system_global(Value symbol) {
  auto& slot = system_globals()[symbol.bits];
  if (slot == nullptr) slot = make_global(symbol);
  return slot;
}

Global* find_system_global(Value symbol) {
  const auto found = system_globals().find(symbol.bits);
  return found == system_globals().end() ? nullptr : found->second;
}

}  // namespace perdure::runtime
