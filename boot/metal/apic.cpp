#include "boot/metal/apic.h"

#include "boot/metal/cpu.h"
#include "boot/metal/kernel_space.h"

// Sources: Intel SDM volume 3, chapter 10; Intel 82093AA I/O APIC data sheet.
namespace perdure::metal {
namespace {

constexpr std::uint32_t kApicBaseMsr = 0x1b;
constexpr std::uint64_t kApicEnable = 1 << 11;
// Where PC-compatible chip sets have the I/O APIC; every machine of QEMU has it there.
constexpr PhysicalAddress kIoApic{0xfec00000};

enum LocalRegister : unsigned {
  kEndOfInterrupt = 0x0b0, kTaskPriority = 0x080, kSpurious = 0x0f0, kLocalId = 0x020,
  kTimerEntry = 0x320, kLint0 = 0x350, kLint1 = 0x360, kErrorEntry = 0x370,
  kInitialCount = 0x380, kCurrentCount = 0x390, kDivide = 0x3e0,
};
constexpr std::uint32_t kMasked = 1 << 16;
constexpr std::uint32_t kAsNonMaskable = 4 << 8;      // delivery mode
constexpr std::uint32_t kDivideByOne = 0xb;

volatile std::uint8_t* local;
volatile std::uint8_t* io;

void write_local(unsigned reg, std::uint32_t value) { *reinterpret_cast<volatile std::uint32_t*>(local + reg) = value; }
std::uint32_t read_local(unsigned reg) { return *reinterpret_cast<volatile std::uint32_t*>(local + reg); }

void write_io(unsigned reg, std::uint32_t value) {
  *reinterpret_cast<volatile std::uint32_t*>(io) = reg;
  *reinterpret_cast<volatile std::uint32_t*>(io + 0x10) = value;
}

}  // namespace

bool start_apic() {
  const std::uint64_t base = read_msr(kApicBaseMsr);
  local = static_cast<volatile std::uint8_t*>(map_device({base & kEntryAddress}, kPageSize));
  io = static_cast<volatile std::uint8_t*>(map_device(kIoApic, kPageSize));
  if (!local || !io) return false;
  write_msr(kApicBaseMsr, base | kApicEnable);
  out8(0x21, 0xff);
  out8(0xa1, 0xff);
  write_local(kTaskPriority, 0);
  write_local(kLint0, kMasked);
  write_local(kLint1, kAsNonMaskable);      // the button, a watchdog, a chip set's errors
  write_local(kErrorEntry, kMasked);
  write_local(kTimerEntry, kMasked | kTimerVector);
  write_local(kDivide, kDivideByOne);
  write_local(kSpurious, 0x100 | kSpuriousVector);
  return true;
}

void end_of_interrupt() { write_local(kEndOfInterrupt, 0); }

void route_isa_irq(unsigned irq, Vector vector) {
  const std::uint32_t destination = read_local(kLocalId) & 0xff000000;
  write_io(0x10 + 2 * irq + 1, destination);
  write_io(0x10 + 2 * irq, vector);
}

void set_timer_count(std::uint32_t count) {
  write_local(kTimerEntry, kTimerVector);
  write_local(kInitialCount, count);
}
std::uint32_t timer_count() { return read_local(kCurrentCount); }
void start_timer_silently(std::uint32_t count) {
  write_local(kTimerEntry, kMasked | kTimerVector);
  write_local(kInitialCount, count);
}

}  // namespace perdure::metal
