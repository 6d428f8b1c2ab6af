// Descriptor tables and the one C++ entry for all vectors.
//
// Every vector runs on an interrupt stack (IST), because the stack it interrupts is a process stack of the world, perhaps
// the very page that faulted. Interrupt stacks are not re-entrant, hence:
//   I1  Handlers run with interrupts off.
//   I2  A handler of device interrupts may touch world memory (the event page): its page faults have their own stack.
//   I3  The page-fault handler touches the kernel's half only.
//   I4  Code of the world is never called on an interrupt stack: a fault that asks for that goes to fault_landing.
#pragma once

#include <cstddef>
#include <cstdint>

namespace perdure::metal {

// Pushed by interrupts.asm and the processor; the lowest address first.
struct InterruptFrame {
  std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
  std::uint64_t vector, error;
  std::uint64_t rip, cs, rflags, rsp, ss;
};
static_assert(offsetof(InterruptFrame, rax) == 14 * 8);
static_assert(offsetof(InterruptFrame, vector) == 15 * 8);
static_assert(offsetof(InterruptFrame, rip) == 17 * 8);
static_assert(sizeof(InterruptFrame) == 22 * 8);

enum Vector : std::uint8_t {
  kNonMaskable = 2,
  kDoubleFault = 8,
  kPageFault = 14,
  kFirstIrq = 32,
  kTimerVector = 32,
  kSerial1Vector = 33,
  kSerial2Vector = 34,
  kSpuriousVector = 47,
};
inline constexpr unsigned kVectorCount = 48;

// GDT, TSS, IDT. Before start_kernel_space() the interrupt stacks lie in the image; afterwards
// guard_interrupt_stacks() moves them to stacks with a guard page. False: no memory.
void start_descriptors();
[[nodiscard]] bool guard_interrupt_stacks();

using Handler = void (*)();
void set_handler(Vector vector, Handler handler);
// What an interrupt of a device asks for, with interrupts off: from kFirstIrq on.
void serve_interrupt(std::uint64_t vector);

}  // namespace perdure::metal

extern "C" {
[[noreturn]] void fault_landing();
[[noreturn]] void resume_frame(const perdure::metal::InterruptFrame* frame);
[[noreturn]] void enter_world(void (*entry)(const void*), const void* platform, std::uint64_t stack_top);
std::uint64_t call_keeping_sse(const void* function, std::uint64_t a, std::uint64_t b, std::uint64_t c);
}
