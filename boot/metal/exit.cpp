#include "boot/metal/exit.h"

#include "boot/metal/control.h"
#include "boot/metal/cpu.h"
#include "boot/metal/serial.h"

namespace perdure::metal {

void shut_down(std::uint32_t status) {
  interrupts_off();
  serial1.flush();
  if (control_connected()) {
    send_frame('x', &status, sizeof status);
    serial2.flush();
  }
  out32(0xf4, status);
  constexpr std::uint16_t kSleepEnable = 1 << 13;
  out16(0x604, kSleepEnable);      // q35 and pc: PM1a control block, sleep type 0 is soft-off
  out16(0xb004, kSleepEnable);     // older pc machines
  halt_forever();
}

}  // namespace perdure::metal
