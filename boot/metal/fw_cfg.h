// QEMU's configuration device: named files that the `perdure` tool hands to the machine.
// Source: QEMU docs/specs/fw_cfg.rst (DMA interface).
#pragma once

#include <cstdint>
#include <string_view>

namespace perdure::metal {

struct ConfigFile {
  std::uint32_t size = 0;
  std::uint16_t selector = 0;    // 0: no such file
  explicit operator bool() const { return selector != 0; }
};

// Reads the directory. False: there is no such device; find_config() then finds nothing.
bool start_config();
ConfigFile find_config(std::string_view name);
// Copies up to `count` bytes from `offset`; answers how many there were.
std::uint64_t read_config(const ConfigFile& file, std::uint64_t offset, void* buffer, std::uint64_t count);

}  // namespace perdure::metal
