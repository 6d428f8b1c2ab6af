#include "boot/metal/pci.h"

#include "boot/metal/cpu.h"

// Source: PCI Local Bus Specification 3.0, chapter 6.
namespace perdure::metal {
namespace {

constexpr std::uint16_t kAddressPort = 0xcf8, kDataPort = 0xcfc;
constexpr unsigned kCommand = 0x04, kHeaderType = 0x0e, kFirstBar = 0x10, kSecondaryBus = 0x19;
constexpr std::uint32_t kCommandMemory = 2, kCommandBusMaster = 4;

// Where regions go that firmware left without an address: below the I/O APIC, above any RAM and the usual config space.
constexpr std::uint64_t kWindowBegin = 0xf0000000, kWindowEnd = 0xfe000000;
std::uint64_t next_region = kWindowBegin;

void scan_bus(std::uint8_t bus, PciFound found) {
  for (std::uint8_t device = 0; device < 32; ++device) {
    for (std::uint8_t function = 0; function < 8; ++function) {
      const PciFunction here{bus, device, function};
      if (here.read16(0) == 0xffff) {
        if (function == 0) break;
        continue;
      }
      const std::uint8_t header = here.read8(kHeaderType);
      if ((header & 0x7f) == 1) {
        if (const std::uint8_t below = here.read8(kSecondaryBus); below > bus) scan_bus(below, found);
      } else {
        found(here);
      }
      if (function == 0 && !(header & 0x80)) break;
    }
  }
}

}  // namespace

std::uint32_t PciFunction::read32(unsigned offset) const {
  out32(kAddressPort, 0x80000000u | std::uint32_t{bus} << 16 | std::uint32_t{device} << 11 | std::uint32_t{function} << 8 | (offset & 0xfc));
  return in32(kDataPort);
}
std::uint16_t PciFunction::read16(unsigned offset) const {
  return static_cast<std::uint16_t>(read32(offset) >> 8 * (offset & 2));
}
std::uint8_t PciFunction::read8(unsigned offset) const {
  return static_cast<std::uint8_t>(read32(offset) >> 8 * (offset & 3));
}
void PciFunction::write32(unsigned offset, std::uint32_t value) const {
  read32(offset);      // sets the address port
  out32(kDataPort, value);
}

PhysicalAddress PciFunction::region(unsigned bar) const {
  const unsigned at = kFirstBar + 4 * bar;
  const std::uint32_t low = read32(at);
  if (low & 1) return {0};                                 // an I/O region
  const bool wide = (low & 6) == 4;
  std::uint64_t address = low & ~std::uint32_t{15};
  if (wide) address |= std::uint64_t{read32(at + 4)} << 32;
  if (address) return {address};
  write32(at, ~std::uint32_t{0});
  const std::uint32_t mask = read32(at) & ~std::uint32_t{15};
  const std::uint64_t size = mask ? std::uint64_t{~mask} + 1 : 0;
  next_region = size ? round_up(next_region, size) : next_region;
  if (!size || next_region + size > kWindowEnd) return {0};
  write32(at, static_cast<std::uint32_t>(next_region));
  if (wide) write32(at + 4, 0);
  next_region += size;
  return {next_region - size};
}

void PciFunction::enable_memory_and_dma() const {
  write32(kCommand, read16(kCommand) | kCommandMemory | kCommandBusMaster);
}

bool pci_present() {
  out32(kAddressPort, 0x80000000u);
  return in32(kAddressPort) == 0x80000000u && (in32(kDataPort) & 0xffff) != 0xffff;
}

void for_each_pci_function(PciFound found) {
  if (pci_present()) scan_bus(0, found);
}

}  // namespace perdure::metal
