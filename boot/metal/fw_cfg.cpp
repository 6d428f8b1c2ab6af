#include "boot/metal/fw_cfg.h"

#include <cstring>
#include <initializer_list>

#include "boot/metal/cpu.h"
#include "boot/metal/frames.h"
#include "boot/metal/layout.h"

namespace perdure::metal {
namespace {

constexpr std::uint16_t kSelectorPort = 0x510, kDataPort = 0x511, kDmaPort = 0x514;
constexpr std::uint16_t kSignature = 0x00, kFeatures = 0x01, kDirectory = 0x19;
constexpr std::uint32_t kDmaError = 1, kDmaRead = 2, kDmaSkip = 4, kDmaSelect = 8;

// An entry of the directory; numbers are big endian.
struct Entry {
  std::uint32_t size;
  std::uint16_t selector;
  std::uint16_t reserved;
  char name[56];
};
static_assert(sizeof(Entry) == 64);

struct [[gnu::packed]] DmaCommand {
  std::uint32_t control;
  std::uint32_t length;
  std::uint64_t address;
};

alignas(16) volatile DmaCommand command;
alignas(kPageSize) std::uint8_t bounce[4 * kPageSize];   // the device wants physically adjacent bytes
const Entry* entries = nullptr;
std::uint32_t entry_count = 0;

std::string_view name_of(const Entry& entry) {
  std::size_t length = 0;
  while (length < sizeof entry.name && entry.name[length]) ++length;
  return {entry.name, length};
}

bool run(std::uint32_t control, std::uint32_t length, PhysicalAddress target) {
  command.control = __builtin_bswap32(control);
  command.length = __builtin_bswap32(length);
  command.address = __builtin_bswap64(target.value);
  const std::uint64_t at = physical_of(const_cast<DmaCommand*>(&command)).value;
  out32(kDmaPort, __builtin_bswap32(static_cast<std::uint32_t>(at >> 32)));
  out32(kDmaPort + 4, __builtin_bswap32(static_cast<std::uint32_t>(at)));
  while (__builtin_bswap32(command.control) & ~kDmaError) cpu_pause();
  return command.control == 0;
}

bool select_and_read(std::uint16_t selector, std::uint32_t length, PhysicalAddress target) {
  return run(std::uint32_t{selector} << 16 | kDmaSelect | kDmaRead, length, target);
}

bool device_present() {
  out16(kSelectorPort, kSignature);
  for (char c : {'Q', 'E', 'M', 'U'})
    if (in8(kDataPort) != static_cast<std::uint8_t>(c)) return false;
  out16(kSelectorPort, kFeatures);
  return in8(kDataPort) & 2;      // DMA
}

}  // namespace

bool start_config() {
  if (!device_present() || !select_and_read(kDirectory, 4, physical_of(bounce))) return false;
  std::uint32_t count;
  std::memcpy(&count, bounce, sizeof count);
  entry_count = __builtin_bswap32(count);
  const std::uint64_t size = 4 + std::uint64_t{entry_count} * sizeof(Entry);
  // The count comes first, so the entries begin 4 bytes into the pages.
  const PhysicalAddress pages = frames.allocate_contiguous(round_up(size, kPageSize) / kPageSize);
  if (!pages.value || !select_and_read(kDirectory, static_cast<std::uint32_t>(size), pages)) {
    entry_count = 0;
    return false;
  }
  entries = direct<const Entry>(pages + 4);
  return true;
}

ConfigFile find_config(std::string_view name) {
  for (std::uint32_t i = 0; i < entry_count; ++i) {
    const Entry& entry = entries[i];
    if (name_of(entry) == name)
      return {__builtin_bswap32(entry.size), __builtin_bswap16(entry.selector)};
  }
  return {};
}

std::uint64_t read_config(const ConfigFile& file, std::uint64_t offset, void* buffer, std::uint64_t count) {
  if (offset >= file.size) return 0;
  if (count > file.size - offset) count = file.size - offset;
  auto* out = static_cast<std::uint8_t*>(buffer);
  run(std::uint32_t{file.selector} << 16 | kDmaSelect | kDmaSkip, static_cast<std::uint32_t>(offset), {0});
  for (std::uint64_t done = 0; done < count;) {
    const std::uint64_t part = count - done < sizeof bounce ? count - done : sizeof bounce;
    if (!run(kDmaRead, static_cast<std::uint32_t>(part), physical_of(bounce))) return done;
    std::memcpy(out + done, bounce, part);
    done += part;
  }
  return count;
}

}  // namespace perdure::metal
