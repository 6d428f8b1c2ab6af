#include "boot/metal/interrupts.h"

#include "boot/metal/apic.h"
#include "boot/metal/cpu.h"
#include "boot/metal/descriptors.h"
#include "boot/metal/fault.h"
#include "boot/metal/kernel_space.h"
#include "boot/metal/machine_check.h"

extern "C" {
// Null, 64-bit code, data, the kernel's task state (two words); then for domains: unused, data, 64-bit code, task state.
[[gnu::section(".trampoline.data")]] alignas(16) std::uint64_t gdt[10] = {
    0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0, 0, 0, 0x00cff3000000ffff, 0x00affb000000ffff, 0, 0};
perdure::metal::DescriptorPointer kernel_idt_pointer;
}

extern "C" const std::uint64_t interrupt_rows[perdure::metal::kVectorCount];

namespace perdure::metal {
namespace {

extern "C" void load_segments(const DescriptorPointer* gdt);

constexpr unsigned kStackCount = 6;
constexpr std::uint64_t kStackPages = 4;

alignas(16) std::uint8_t early_stacks[kStackCount][kPageSize];
alignas(16) TaskState task_state;
alignas(16) Gate idt[kVectorCount];
Handler handlers[kVectorCount];

Stack stack_of(unsigned vector) {
  switch (vector) {
    case kPageFault: return kStackPageFault;
    case kDoubleFault: return kStackDoubleFault;
    case kNonMaskable: return kStackNmi;
    case kMachineCheck: return kStackMachineCheck;
    default: return vector >= kFirstIrq ? kStackDevice : kStackOther;
  }
}

void load_task_state() {
  describe_task(kKernelTask, task_state);
  const DescriptorPointer gdt_pointer{sizeof gdt - 1, reinterpret_cast<std::uint64_t>(gdt)};
  load_segments(&gdt_pointer);
}

}  // namespace

void describe_task(Selector selector, const TaskState& task) {
  const auto base = reinterpret_cast<std::uint64_t>(&task);
  gdt[selector / 8] = (sizeof task - 1) | (base & 0xffffff) << 16 | std::uint64_t{0x89} << 40 | (base >> 24 & 0xff) << 56;
  gdt[selector / 8 + 1] = base >> 32;
}

void start_descriptors() {
  for (unsigned i = 0; i < kStackCount; ++i)
    task_state.ist[i] = reinterpret_cast<std::uint64_t>(early_stacks[i]) + sizeof early_stacks[i];
  task_state.io_map = sizeof task_state;
  load_task_state();
  for (unsigned vector = 0; vector < kVectorCount; ++vector) idt[vector] = gate_to(interrupt_rows[vector], stack_of(vector));
  kernel_idt_pointer = {sizeof idt - 1, reinterpret_cast<std::uint64_t>(idt)};
  asm volatile("lidt %0" ::"m"(kernel_idt_pointer));
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

void serve_interrupt(std::uint64_t vector) {
  if (vector == kSpuriousVector) return;   // wants no end-of-interrupt
  if (Handler handler = handlers[vector]) handler();
  end_of_interrupt();
}

extern "C" void interrupt_dispatch(InterruptFrame* frame) {
  if (frame->vector == kNonMaskable) return;      // nobody asked for it, and nothing is known of it: whatever it was goes on
  if (frame->vector == kMachineCheck) stop_for_machine_check();
  if (frame->vector < kFirstIrq) handle_exception(frame);
  else serve_interrupt(frame->vector);
}

}  // namespace perdure::metal
