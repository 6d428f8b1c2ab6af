// xoshiro256** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021), seeded by splitmix64.
#include "runtime/numbers/random.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/heap.h"
#include "runtime/numbers/integer.h"
#include "runtime/numbers/primitives.h"

namespace perdure::runtime {
namespace {

// The state of a generator; never all zeros.
struct Generator {
  std::uint64_t words[4] = {0x9e37'79b9'7f4a'7c15, 0xbf58'476d'1ce4'e5b9, 0x94d0'49bb'1331'11eb, 0x2545'f491'4f6c'dd1d};

  bool usable() const { return (words[0] | words[1] | words[2] | words[3]) != 0; }
  void mix_in(const std::uint8_t* bytes, std::uint64_t count);
  std::uint64_t next();
};

Generator world_generator;

std::uint64_t split_mix(std::uint64_t& seed) {
  std::uint64_t z = seed += 0x9e37'79b9'7f4a'7c15;
  z = (z ^ z >> 30) * 0xbf58'476d'1ce4'e5b9;
  z = (z ^ z >> 27) * 0x94d0'49bb'1331'11eb;
  return z ^ z >> 31;
}

void Generator::mix_in(const std::uint8_t* bytes, std::uint64_t count) {
  std::uint64_t seed = count;
  for (std::uint64_t done = 0; done < count; done += sizeof seed) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + done, std::min<std::uint64_t>(sizeof word, count - done));
    seed ^= word;
    for (std::uint64_t& each : words) each ^= split_mix(seed);
  }
  if (!usable()) words[0] = 1;
}

std::uint64_t Generator::next() {
  std::uint64_t answer = std::rotl(words[1] * 5, 7) * 9;
  std::uint64_t shifted = words[1] << 17;
  words[2] ^= words[0];
  words[3] ^= words[1];
  words[1] ^= words[2];
  words[0] ^= words[3];
  words[2] ^= shifted;
  words[3] = std::rotl(words[3], 45);
  return answer;
}

// From 0 to limit - 1, each alike: what lies beyond the greatest multiple of limit is drawn again. Only a product whose
// low half is below the limit can be there, so the division that finds out is rare.
std::uint64_t random_below(Generator& generator, std::uint64_t limit) {
  auto product = static_cast<unsigned __int128>(generator.next()) * limit;
  if (static_cast<std::uint64_t>(product) < limit) {
    const std::uint64_t refused = -limit % limit;
    while (static_cast<std::uint64_t>(product) < refused) product = static_cast<unsigned __int128>(generator.next()) * limit;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

// As many random bits as the limit has, until they are below it: two draws on average at most.
Value random_below(Generator& generator, const IntegerView& limit) {
  std::uint64_t size = limit.size();
  Bignum* result = start_bignum(size);
  if (!result) return kRaise;
  Limb mask = ~Limb{0} >> std::countl_zero(limit.limbs()[size - 1]);
  do {
    for (std::uint64_t i = 0; i < size; ++i) result->limbs[i] = generator.next();
    result->limbs[size - 1] &= mask;
  } while (mpn_cmp(result->limbs, limit.limbs(), static_cast<mp_size_t>(size)) >= 0);
  return finish_bignum(result, size, false);
}

Value random_integer(Generator& generator, std::string_view who, Value limit, int position) {
  if (!is_exact_integer(limit) || integer_sign(limit) <= 0) return wrong_type(who, position, "positive exact integer", limit);
  if (!limit.is_fixnum()) return random_below(generator, IntegerView(limit));
  return fixnum(static_cast<std::int64_t>(random_below(generator, static_cast<std::uint64_t>(fixnum_value(limit)))));
}

// Between 0 and 1, neither included.
Value random_real(Generator& generator) { return flonum((static_cast<double>(generator.next() >> 12) + 0.5) * 0x1p-52); }

Value prim_random_integer(Value limit) { return random_integer(world_generator, "random-integer", limit, 1); }
Value prim_random_real() { return random_real(world_generator); }

// --- random sources -----------------------------------------------------------------------------------------------
// What SRFI 27's records hold: a bytevector with a generator's state, or #f for the world's.

Generator& generator_of(Value source) {
  return source == kFalse ? world_generator : *reinterpret_cast<Generator*>(as<Bytevector>(source)->bytes);
}

bool check_source(std::string_view who, Value source) {
  if (source == kFalse || (is_bytevector(source) && length_of(source) == sizeof(Generator))) return true;
  wrong_type(who, 1, "random source", source);
  return false;
}

Value prim_source_integer(Value source, Value limit) {
  return check_source("%random-integer", source) ? random_integer(generator_of(source), "random-integer", limit, 1) : kRaise;
}
Value prim_source_real(Value source) { return check_source("%random-real", source) ? random_real(generator_of(source)) : kRaise; }

// A new source, in the state of another; without one, in the state that all begin with.
Value prim_copy_source(Value source) {
  if (source != kDefault && !check_source("%copy-random-source", source)) return kRaise;
  const Value copy = make_bytevector(sizeof(Generator), 0);
  if (copy != kRaise) generator_of(copy) = source == kDefault ? Generator{} : generator_of(source);
  return copy;
}

// Puts a source into the state of another; a state of nothing but zeros is none, and answers #f.
Value prim_set_source(Value source, Value other) {
  if (!check_source("%set-random-source!", source) || !check_source("%set-random-source!", other)) return kRaise;
  if (!generator_of(other).usable()) return kFalse;
  generator_of(source) = generator_of(other);
  return kTrue;
}

// Puts a source into the state that follows from the bytes.
Value prim_seed_source(Value source, Value bytes) {
  if (!check_source("%seed-random-source!", source) || !check_bytevector("%seed-random-source!", 2, bytes)) return kRaise;
  Generator fresh;
  fresh.mix_in(as<Bytevector>(bytes)->bytes, length_of(bytes));
  generator_of(source) = fresh;
  return kUnspecific;
}

const Primitive kTable[] = {
    primitive("random-integer", prim_random_integer),
    primitive("random-real", prim_random_real),
    primitive("%random-integer", prim_source_integer),
    primitive("%random-real", prim_source_real),
    primitive("%copy-random-source", prim_copy_source, 0),
    primitive("%set-random-source!", prim_set_source),
    primitive("%seed-random-source!", prim_seed_source),
};

}  // namespace

void seed_random(const void* bytes, std::size_t count) { world_generator.mix_in(static_cast<const std::uint8_t*>(bytes), count); }
std::uint64_t random_word() { return world_generator.next(); }

std::span<const Primitive> random_primitives() { return kTable; }

}  // namespace perdure::runtime
