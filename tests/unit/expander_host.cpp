// What the expander needs of the world, for tests on the host: memory of arenas, and globals without code.
#include <cstdlib>
#include <map>

#include "compiler/core.h"
#include "runtime/global.h"
#include "runtime/global_guard.h"
#include "runtime/heap.h"

namespace perdure::compiler {
namespace {

std::uint64_t chunks_left = ~std::uint64_t{0};

}  // namespace

namespace testing {
void arena_fail_after(std::uint64_t chunks) { chunks_left = chunks; }
}  // namespace testing

void* allocate_arena_memory(std::size_t bytes) {
  if (chunks_left == 0) return nullptr;
  --chunks_left;
  return std::calloc(1, bytes);
}
void free_arena_memory(void* memory) { std::free(memory); }

}  // namespace perdure::compiler

namespace perdure::runtime {
namespace {

std::map<std::uint64_t, Global*>& table() {
  static auto* globals = new std::map<std::uint64_t, Global*>;
  return *globals;
}

}  // namespace

Global* make_global(Value name) {
  auto* global = static_cast<Global*>(allocate(sizeof(Global), true));
  if (global) *global = {kUnbound, kFalse, name, nullptr, nullptr, nullptr};
  return global;
}

void set_global(Global* global, Value value) { global->value = value; }

// No code is made of what they hold.
Global* guard_of_global(Global*) { return nullptr; }
void end_guard(Global*) {}

Global* system_global(std::string_view name) { return system_global(intern(name)); }

Global* system_global(Value symbol) {
  Global*& global = table()[symbol.bits];
  if (!global) global = make_global(symbol);
  return global;
}

Global* find_system_global(Value symbol) {
  const auto found = table().find(symbol.bits);
  return found == table().end() ? nullptr : found->second;
}

// A few procedures to bind, shadow and import.
std::span<const std::span<const Primitive>> primitive_tables() {
  static const Primitive rows[] = {{"car", nullptr, 1, 1}, {"cdr", nullptr, 1, 1}, {"list", nullptr, 0, kVariadic},
                                   {"+", nullptr, 0, kVariadic}, {"<", nullptr, 0, kVariadic}};
  static const std::span<const Primitive> families[] = {rows};
  static const bool bound = [] {
    for (const Primitive& row : rows) set_global(system_global(row.name), kTrue);
    return true;
  }();
  (void)bound;
  return families;
}

}  // namespace perdure::runtime
