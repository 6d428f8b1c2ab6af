#include "boot/metal/boot_info.h"

#include <cstring>

namespace perdure::metal {
namespace {

constexpr std::uint32_t kUsableMemory = 1;    // the E820 type, which both loaders use
constexpr std::uint32_t kPvhMagic = 0x336ec578;

template <class T>
T load(const std::uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

void add_usable(BootInfo* out, std::uint64_t start, std::uint64_t size) {
  const std::uint64_t first = round_up(start, kPageSize);
  const std::uint64_t end = round_down(start + size, kPageSize);
  if (end <= first || out->usable_count == BootInfo::kMaxRanges) return;
  unsigned at = out->usable_count++;
  for (; at > 0 && out->usable[at - 1].start.value > first; --at) out->usable[at] = out->usable[at - 1];
  out->usable[at] = {{first}, end - first};
}

void set_command_line(BootInfo* out, const char* text, std::uint64_t limit) {
  unsigned length = 0;
  for (; length < limit && length < BootInfo::kMaxCommandLine && text[length]; ++length) out->command_line[length] = text[length];
  out->command_line_length = length;
}

const std::uint8_t* through_direct_map(std::uint64_t physical) { return direct<const std::uint8_t>({physical}); }

}  // namespace

// hvm_start_info: magic, version, flags, module count, module list, command line, rsdp, map, map entries.
bool read_pvh(PhysicalReader at, std::uint64_t information, BootInfo* out) {
  const std::uint8_t* info = at(information);
  if (load<std::uint32_t>(info) != kPvhMagic || load<std::uint32_t>(info + 4) < 1) return false;
  const auto modules = load<std::uint32_t>(info + 12);
  const auto module_list = load<std::uint64_t>(info + 16);
  const auto command_line = load<std::uint64_t>(info + 24);
  const auto map = load<std::uint64_t>(info + 40);
  const auto map_entries = load<std::uint32_t>(info + 48);
  for (std::uint32_t i = 0; i < map_entries; ++i) {
    const std::uint8_t* entry = at(map + 24 * i);
    if (load<std::uint32_t>(entry + 16) == kUsableMemory)
      add_usable(out, load<std::uint64_t>(entry), load<std::uint64_t>(entry + 8));
  }
  if (command_line) set_command_line(out, reinterpret_cast<const char*>(at(command_line)), BootInfo::kMaxCommandLine);
  if (modules) out->module = {{load<std::uint64_t>(at(module_list))}, load<std::uint64_t>(at(module_list) + 8)};
  return out->usable_count != 0;
}

// A list of tags {type, size, ...}, each 8-byte aligned, after total_size and a reserved word.
bool read_multiboot2(PhysicalReader at, std::uint64_t information, BootInfo* out) {
  enum { kEnd = 0, kCommandLine = 1, kModule = 3, kMemoryMap = 6 };
  const auto total = load<std::uint32_t>(at(information));
  for (std::uint32_t offset = 8; offset + 8 <= total;) {
    const std::uint8_t* tag = at(information + offset);
    const auto type = load<std::uint32_t>(tag);
    const auto size = load<std::uint32_t>(tag + 4);
    if (type == kEnd || size < 8) break;
    if (type == kCommandLine) set_command_line(out, reinterpret_cast<const char*>(tag + 8), size - 8);
    if (type == kModule && !out->module.size) {
      const auto start = load<std::uint32_t>(tag + 8);
      out->module = {{start}, load<std::uint32_t>(tag + 12) - start};
    }
    if (type == kMemoryMap) {
      const auto entry_size = load<std::uint32_t>(tag + 8);
      for (std::uint32_t at_entry = 16; entry_size >= 20 && at_entry + entry_size <= size; at_entry += entry_size)
        if (load<std::uint32_t>(tag + at_entry + 16) == kUsableMemory)
          add_usable(out, load<std::uint64_t>(tag + at_entry), load<std::uint64_t>(tag + at_entry + 8));
    }
    offset += static_cast<std::uint32_t>(round_up(size, 8));
  }
  return out->usable_count != 0;
}

bool read_boot_info(Loader loader, PhysicalAddress information, BootInfo* out) {
  out->loader = loader;
  return loader == Loader::kPvh ? read_pvh(through_direct_map, information.value, out)
                                : read_multiboot2(through_direct_map, information.value, out);
}

bool has_word(std::string_view line, std::string_view word) {
  for (std::size_t at = 0; at < line.size();) {
    while (at < line.size() && line[at] == ' ') ++at;
    std::size_t end = at;
    while (end < line.size() && line[end] != ' ') ++end;
    const std::string_view found = line.substr(at, end - at);
    if (found == "--") return false;
    if (found == word) return true;
    at = end;
  }
  return false;
}

bool BootInfo::has_word(std::string_view word) const { return metal::has_word(arguments(), word); }

}  // namespace perdure::metal
