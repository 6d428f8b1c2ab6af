#include "compiler/codegen/state.h"

#include <algorithm>

namespace perdure::compiler {

Place* State::find(std::uint32_t id) {
  for (Entry& each : entries())
    if (each.id == id) return &each.place;
  return nullptr;
}

Place& State::add(Arena& arena, std::uint32_t id) {
  if (count_ == capacity_) {
    const std::uint32_t capacity = capacity_ * 2 + 8;
    auto* larger = static_cast<Entry*>(arena.allocate(capacity * sizeof(Entry)));
    std::copy(entries_, entries_ + count_, larger);
    entries_ = larger;
    capacity_ = capacity;
  }
  entries_[count_] = {id, {}};
  return entries_[count_++].place;
}

void State::remove(std::uint32_t id) {
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (entries_[i].id != id) continue;
    std::copy(entries_ + i + 1, entries_ + count_, entries_ + i);
    --count_;
    return;
  }
}

void State::rename(std::uint32_t from, std::uint32_t to) {
  for (Entry& each : entries())
    if (each.id == from) each.id = to;
}

State State::copy(Arena& arena) const {
  State other;
  other.capacity_ = count_ + 4;
  other.count_ = count_;
  other.framed = framed;
  other.entries_ = static_cast<Entry*>(arena.allocate(other.capacity_ * sizeof(Entry)));
  std::copy(entries_, entries_ + count_, other.entries_);
  return other;
}

std::uint32_t State::used_gprs() const {
  std::uint32_t used = 0;
  for (const Entry& each : entries())
    if (each.place.gpr != kNoRegister) used |= 1u << each.place.gpr;
  return used;
}

std::uint32_t State::used_xmms() const {
  std::uint32_t used = 0;
  for (const Entry& each : entries())
    if (each.place.xmm != kNoRegister) used |= 1u << each.place.xmm;
  return used;
}

bool State::slot_in_use(std::int16_t slot) const {
  for (const Entry& each : entries())
    if (each.place.slot == slot || each.place.raw_slot == slot) return true;
  return false;
}

}  // namespace perdure::compiler
