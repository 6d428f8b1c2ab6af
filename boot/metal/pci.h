// PCI by configuration ports: enough to find devices on the buses, walk their capabilities, and reach their registers.
#pragma once

#include <cstdint>

#include "boot/metal/layout.h"

namespace perdure::metal {

struct PciFunction {
  std::uint8_t bus = 0, device = 0, function = 0;

  std::uint32_t read32(unsigned offset) const;
  std::uint16_t read16(unsigned offset) const;
  std::uint8_t read8(unsigned offset) const;
  void write32(unsigned offset, std::uint32_t value) const;

  // The memory region of a base address register; assigns one when firmware did not (qboot). {0}: none.
  PhysicalAddress region(unsigned bar) const;
  void enable_memory_and_dma() const;
};

// False: this machine has no PCI.
bool pci_present();
using PciFound = void (*)(const PciFunction& function);
void for_each_pci_function(PciFound found);

}  // namespace perdure::metal
