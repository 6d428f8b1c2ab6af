#include "boot/metal/entropy.h"

#include <cstring>

#include "boot/metal/clock.h"
#include "boot/metal/cpu.h"
#include "boot/metal/devices.h"
#include "boot/metal/frames.h"

namespace perdure::metal {
namespace {

// "expand 32-byte k", key, counter, nonce
std::uint32_t state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
constexpr unsigned kKey = 4, kKeyWords = 8, kCounter = 12, kNonce = 14;

bool has_rdrand() { return cpuid(1).ecx >> 30 & 1; }

std::uint64_t rdrand() {
  std::uint64_t value = 0;
  std::uint8_t ok = 0;
  for (int tries = 0; tries < 10 && !ok; ++tries) asm volatile("rdrand %0; setc %1" : "=r"(value), "=q"(ok)::"cc");
  return value;
}

// Stirs 64 bits into the key; what was unpredictable before stays so.
void mix(std::uint64_t value) {
  state[kNonce] ^= static_cast<std::uint32_t>(value);
  state[kNonce + 1] ^= static_cast<std::uint32_t>(value >> 32);
  std::uint32_t block[16];
  chacha20_block(state, block);
  std::memcpy(state + kKey, block, kKeyWords * 4);
  ++state[kCounter];
}

void mix_device() {
  static VirtioDevice device;
  VirtioTransport* transport = entropy_transport();
  if (!transport || !device.start(transport, 0)) return;
  const PhysicalAddress page = frames.allocate_zeroed();
  if (!page.value) return;
  constexpr std::uint32_t kBytes = 32;
  const VirtioBuffer buffer[] = {{page, kBytes, true}};
  device.transact(buffer);
  for (unsigned i = 0; i < kBytes / 8; ++i) mix(direct<std::uint64_t>(page)[i]);
  zero_page(page);
}

}  // namespace

void start_entropy() {
  for (int i = 0; i < 4; ++i) mix(has_rdrand() ? rdrand() : read_tsc());
  mix(read_tsc());
  mix(static_cast<std::uint64_t>(realtime_ns()));
}

void fill_random(void* buffer, std::uint64_t count) {
  auto* out = static_cast<std::uint8_t*>(buffer);
  static bool asked = false;
  if (!asked && !has_rdrand()) mix_device();      // not at the start: the answer takes a while
  asked = true;
  mix(read_tsc() ^ (has_rdrand() ? rdrand() : 0));
  while (count) {
    std::uint32_t block[16];
    ++state[kCounter];
    chacha20_block(state, block);
    const std::uint64_t part = count < sizeof block ? count : sizeof block;
    std::memcpy(out, block, part);
    out += part;
    count -= part;
  }
  mix(read_tsc());
}

}  // namespace perdure::metal
