// Segment descriptors, gates and task states: what the processor reads by itself. GDT and the domains' tables lie in the
// trampoline's data (domain_entry.asm), because the processor needs them while a domain's page table is loaded.
// Source: Intel SDM volume 3, chapters 3, 6 and 8.
#pragma once

#include <cstdint>

namespace perdure::metal {

struct [[gnu::packed]] DescriptorPointer {
  std::uint16_t limit;
  std::uint64_t base;
};

struct [[gnu::packed]] TaskState {
  std::uint32_t reserved0;
  std::uint64_t rsp[3];
  std::uint64_t reserved1;
  std::uint64_t ist[7];      // ist[0] is IST 1
  std::uint64_t reserved2;
  std::uint16_t reserved3;
  std::uint16_t io_map;
};
static_assert(sizeof(TaskState) == 104);

struct Gate {
  std::uint16_t offset_low;
  std::uint16_t selector;
  std::uint8_t ist;
  std::uint8_t type;
  std::uint16_t offset_middle;
  std::uint32_t offset_high;
  std::uint32_t reserved;
};
static_assert(sizeof(Gate) == 16);

inline constexpr std::uint8_t kInterruptGate = 0x8e;   // present, ring 0, interrupts off
inline constexpr std::uint8_t kRing3Gate = 0xee;       // may be reached by an instruction of ring 3

enum Stack : std::uint8_t { kStackPageFault = 1, kStackDoubleFault, kStackNmi, kStackMachineCheck, kStackDevice, kStackOther };

// Selectors; the order is what syscall and sysret ask for.
enum Selector : std::uint16_t {
  kKernelCode = 0x08,
  kKernelData = 0x10,
  kKernelTask = 0x18,
  kUserBase = 0x28,       // sysret: data is this + 8, code this + 16
  kUserData = 0x30,
  kUserCode = 0x38,
  kDomainTask = 0x40,
};

constexpr Gate gate_to(std::uint64_t target, std::uint8_t stack, std::uint8_t type = kInterruptGate) {
  return {static_cast<std::uint16_t>(target), kKernelCode, stack, type, static_cast<std::uint16_t>(target >> 16),
          static_cast<std::uint32_t>(target >> 32), 0};
}

// Writes the two words of a task state's descriptor.
void describe_task(Selector selector, const TaskState& task);

}  // namespace perdure::metal
