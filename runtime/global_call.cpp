#include "runtime/global_call.h"

#include "runtime/code_space.h"
#include "runtime/global_guard.h"
#include "runtime/heap.h"
#include "runtime/object.h"
#include "runtime/utf8_string.h"

namespace perdure::runtime {
namespace {

constexpr std::uint32_t kMostChanges = 8;

std::vector<Global*>& called_globals() {
  static std::vector<Global*> all;
  return all;
}

constexpr std::uint64_t kGuards = ~std::uint64_t{0};

GlobalCall* guards_of(Global* global) {
  for (GlobalCall* each = global->calls; each != nullptr; each = each->next)
    if (each->count == kGuards) return each;
  return nullptr;
}

// Where the procedure can be entered with that many arguments and no closure; or 0.
std::uint64_t direct_entry(Value procedure, std::uint64_t count) {
  if (!procedure.is_closure() || header_length(as_closure(procedure)->header) != 0) return 0;
  const std::uint64_t entry = final_entry(as_closure(procedure)->entry);
  const CodeRecord* record = find_code(entry);
  if (record == nullptr || record->start != entry) return 0;
  const bool takes_only_that = record->minimum == static_cast<std::int64_t>(count) && record->maximum == record->minimum;
  return record->direct != 0 && takes_only_that ? entry + record->direct : clause_entry(entry, count);
}

}  // namespace

void renew_call(GlobalCall* call) {
  if (call->count == kGuards || call->changes > kMostChanges) return;
  const std::uint64_t direct = call->changes == kMostChanges ? 0 : direct_entry(call->global->value, call->count);
  const std::uint64_t target = direct != 0 ? direct : call->usual_way;
  if (target == call->target) return;
  call->target = target;
  ++call->changes;
  for (const std::uint64_t site : call->sites) redirect_site(site, target);
}

namespace {

void renew_targets(Global* global) {
  for (GlobalCall* each = global->calls; each != nullptr; each = each->next)
    renew_call(each);
}

}  // namespace

Global* guard_of_global(Global* global) {
  GlobalCall* guards = guards_of(global);
  if (guards == nullptr) {
    if (global->calls == nullptr) called_globals().push_back(global);
    guards = global->calls = new GlobalCall{global, global->calls, kGuards, 0, 0, 0, nullptr, {}};
  }
  if (guards->guard != nullptr || guards->changes == kMostChanges) return guards->guard;
  guards->guard = make_global(intern(string_utf8(as<Symbol>(global->name)->name) + "-unchanged?"));
  if (guards->guard != nullptr) set_global(guards->guard, kTrue);
  return guards->guard;
}

void end_guard(Global* global) {
  GlobalCall* guards = guards_of(global);
  if (guards == nullptr || guards->guard == nullptr) return;
  set_global(guards->guard, kFalse);
  guards->guard = nullptr;
  ++guards->changes;
}

GlobalCall* call_of_global(Global* global, std::uint64_t count) {
  for (GlobalCall* each = global->calls; each != nullptr; each = each->next)
    if (each->count == count) return each;
  if (global->value != kUnbound && direct_entry(global->value, count) == 0) return nullptr;
  if (global->calls == nullptr) called_globals().push_back(global);
  return global->calls = new GlobalCall{global, global->calls, count, 0, direct_entry(global->value, count), 0, nullptr, {}};
}

void add_call_site(GlobalCall* call, std::uint64_t rel32) {
  if (call->target == 0) call->target = call->usual_way;
  call->sites.push_back(rel32);
  renew_call(call);
}

void renew_calls(Global* global) {
  end_guard(global);
  renew_targets(global);
}

void forget_sites_of_lost_code() {
  for (Global* global : called_globals())
    for (GlobalCall* each = global->calls; each != nullptr; each = each->next) std::erase_if(each->sites, is_lost_code);
}

void renew_all_calls() {
  for (Global* each : called_globals()) renew_targets(each);
}

}  // namespace perdure::runtime
