// Random bytes: a ChaCha20 generator, keyed by everything unpredictable that this machine has (RDRAND, virtio-rng,
// timing), rekeyed after every request so that an answer says nothing of those before it.
#pragma once

#include <cstdint>

namespace perdure::metal {

// One block of the ChaCha20 stream. Source: RFC 8439, section 2.3. `input`: constants, key, counter, nonce.
void chacha20_block(const std::uint32_t input[16], std::uint32_t output[16]);

void start_entropy();
void fill_random(void* buffer, std::uint64_t count);

}  // namespace perdure::metal
