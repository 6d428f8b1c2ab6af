// xoshiro256** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021), seeded by splitmix64.
#include "runtime/numbers/random.h"

#include <bit>
#include <cstring>

#include "runtime/numbers/integer.h"
#include "runtime/numbers/primitives.h"

namespace perdure::runtime {
namespace {

std::uint64_t state[4] = {0x9e37'79b9'7f4a'7c15, 0xbf58'476d'1ce4'e5b9, 0x94d0'49bb'1331'11eb, 0x2545'f491'4f6c'dd1d};

std::uint64_t split_mix(std::uint64_t& seed) {
  std::uint64_t z = seed += 0x9e37'79b9'7f4a'7c15;
  z = (z ^ z >> 30) * 0xbf58'476d'1ce4'e5b9;
  z = (z ^ z >> 27) * 0x94d0'49bb'1331'11eb;
  return z ^ z >> 31;
}

// From 0 to limit - 1, each alike: draws above the greatest multiple of limit are drawn again.
std::uint64_t random_below(std::uint64_t limit) {
  unsigned __int128 product = static_cast<unsigned __int128>(random_word()) * limit;
  std::uint64_t refused = -limit % limit;
  while (static_cast<std::uint64_t>(product) < refused) product = static_cast<unsigned __int128>(random_word()) * limit;
  return static_cast<std::uint64_t>(product >> 64);
}

// As many random bits as the limit has, until they are below it: two draws on average at most.
Value random_below(const IntegerView& limit) {
  std::uint64_t size = limit.size();
  Bignum* result = start_bignum(size);
  if (!result) return kRaise;
  Limb mask = ~Limb{0} >> std::countl_zero(limit.limbs()[size - 1]);
  do {
    for (std::uint64_t i = 0; i < size; ++i) result->limbs[i] = random_word();
    result->limbs[size - 1] &= mask;
  } while (mpn_cmp(result->limbs, limit.limbs(), static_cast<mp_size_t>(size)) >= 0);
  return finish_bignum(result, size, false);
}

Value prim_random_integer(Value limit) {
  if (!is_exact_integer(limit) || integer_sign(limit) <= 0) return wrong_type("random-integer", 1, "positive exact integer", limit);
  if (limit.is_fixnum()) return fixnum(static_cast<std::int64_t>(random_below(static_cast<std::uint64_t>(fixnum_value(limit)))));
  return random_below(IntegerView(limit));
}

// Between 0 and 1, neither included.
Value prim_random_real() { return flonum((static_cast<double>(random_word() >> 12) + 0.5) * 0x1p-52); }

const Primitive kTable[] = {
    primitive("random-integer", prim_random_integer),
    primitive("random-real", prim_random_real),
};

}  // namespace

void seed_random(const void* bytes, std::size_t count) {
  std::uint64_t seed = count;
  for (std::size_t done = 0; done < count; done += sizeof seed) {
    std::uint64_t word = 0;
    std::memcpy(&word, static_cast<const char*>(bytes) + done, std::min(sizeof word, count - done));
    seed ^= word;
    for (std::uint64_t& each : state) each ^= split_mix(seed);
  }
  if ((state[0] | state[1] | state[2] | state[3]) == 0) state[0] = 1;
}

std::uint64_t random_word() {
  std::uint64_t answer = std::rotl(state[1] * 5, 7) * 9;
  std::uint64_t shifted = state[1] << 17;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = std::rotl(state[3], 45);
  return answer;
}

std::span<const Primitive> random_primitives() { return kTable; }

}  // namespace perdure::runtime
