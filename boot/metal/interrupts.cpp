#include "boot/metal/interrupts.h"

#include "boot/metal/apic.h"
#include "boot/metal/cpu.h"
#include "boot/metal/fault.h"
#include "boot/metal/kernel_space.h"

extern "C" const std::uint64_t interrupt_rows[perdure::metal::kVectorCount];

namespace perdure::metal {
namespace {

struct [[gnu::packed]] DescriptorPointer {
  std::uint16_t limit;
  std::uint64_t base;
};
extern "C" void load_segments(const DescriptorPointer* gdt);

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

enum Stack : std::uint8_t { kStackPageFault = 1, kStackDoubleFault, kStackNmi, kStackMachineCheck, kStackDevice, kStackOther };
constexpr unsigned kStackCount = 6;
constexpr std::uint64_t kStackPages = 4;
constexpr std::uint8_t kInterruptGate = 0x8e;   // present, ring 0, interrupts off

alignas(16) std::uint8_t early_stacks[kStackCount][kPageSize];
alignas(16) TaskState task_state;
alignas(16) Gate idt[kVectorCount];
// null, 64-bit code, data, task state (two words, filled in below)
alignas(16) std::uint64_t gdt[5] = {0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0, 0};
Handler handlers[kVectorCount];

Stack stack_of(unsigned vector) {
  switch (vector) {
    case kPageFault: return kStackPageFault;
    case kDoubleFault: return kStackDoubleFault;
    case 2: return kStackNmi;
    case 18: return kStackMachineCheck;
    default: return vector >= kFirstIrq ? kStackDevice : kStackOther;
  }
}

Gate gate_to(std::uint64_t target, Stack stack) {
  return {static_cast<std::uint16_t>(target), 0x08, stack, kInterruptGate, static_cast<std::uint16_t>(target >> 16),
          static_cast<std::uint32_t>(target >> 32), 0};
}

void load_task_state() {
  const auto base = reinterpret_cast<std::uint64_t>(&task_state);
  gdt[3] = (sizeof task_state - 1) | (base & 0xffffff) << 16 | std::uint64_t{0x89} << 40 | (base >> 24 & 0xff) << 56;
  gdt[4] = base >> 32;
  const DescriptorPointer gdt_pointer{sizeof gdt - 1, reinterpret_cast<std::uint64_t>(gdt)};
  load_segments(&gdt_pointer);
}

}  // namespace

void start_descriptors() {
  for (unsigned i = 0; i < kStackCount; ++i)
    task_state.ist[i] = reinterpret_cast<std::uint64_t>(early_stacks[i]) + sizeof early_stacks[i];
  task_state.io_map = sizeof task_state;
  load_task_state();
  for (unsigned vector = 0; vector < kVectorCount; ++vector) idt[vector] = gate_to(interrupt_rows[vector], stack_of(vector));
  const DescriptorPointer idt_pointer{sizeof idt - 1, reinterpret_cast<std::uint64_t>(idt)};
  asm volatile("lidt %0" ::"m"(idt_pointer));
}

bool guard_interrupt_stacks() {
  for (unsigned i = 0; i < kStackCount; ++i) {
    const std::uint64_t top = make_kernel_stack(kStackPages);
    if (!top) return false;
    task_state.ist[i] = top;
  }
  return true;
}

void set_handler(Vector vector, Handler handler) { handlers[vector] = handler; }

extern "C" void interrupt_dispatch(InterruptFrame* frame) {
  if (frame->vector < kFirstIrq) return handle_exception(frame);
  if (frame->vector == kSpuriousVector) return;   // wants no end-of-interrupt
  if (Handler handler = handlers[frame->vector]) handler();
  end_of_interrupt();
}

}  // namespace perdure::metal
