// The world's random numbers: a fast generator of good quality, not for secrets. Its state is world data, so that a
// resumed world would go on with the same numbers: the host's entropy is mixed in at every resume.
#pragma once

#include <cstddef>
#include <cstdint>

namespace perdure::runtime {

// Mixes bytes into the state; what was there before still counts.
void seed_random(const void* bytes, std::size_t count);
std::uint64_t random_word();

}  // namespace perdure::runtime
