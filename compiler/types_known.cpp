// Of infer_types: what is known of locals at the point where the walk is, and what two ways to it agree on.
#include "compiler/inference.h"

namespace perdure::compiler {

void Inference::refine(const Local* local, const Fact& fact) {
  if (!of_facts_) return;
  const Fact now = fact_of(local), both = meet(now, of_ranges_ || !fact.is_fixnum() ? fact : of_type(Type::kFixnum));
  if (!(both == now)) set(local, both);
}

// What became known since `mark`, which is forgotten.
PassVector<Known> Inference::take_back(std::size_t mark) {
  PassVector<Known> known;
  for (std::size_t i = trail_.size(); i-- > mark;) {
    const auto [local, before] = trail_[i];
    if (place_[local->index] == 0) {
      known.emplace_back(local, facts_[local->index]);
      place_[local->index] = 1;
    }
    facts_[local->index] = before;
  }
  for (const Known& each : known) place_[each.first->index] = 0;
  trail_.resize(mark);
  return known;
}

// What both say.
PassVector<Known> Inference::common(const PassVector<Known>& a, const PassVector<Known>& b) {
  PassVector<Known> both;
  for (std::size_t i = 0; i < a.size(); ++i) place_[a[i].first->index] = static_cast<std::uint32_t>(i) + 1;
  for (const auto& [local, fact] : b)
    if (const std::uint32_t place = place_[local->index]; place != 0) both.emplace_back(local, join(a[place - 1].second, fact));
  for (const Known& each : a) place_[each.first->index] = 0;
  return both;
}

}  // namespace perdure::compiler
