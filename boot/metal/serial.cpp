#include "boot/metal/serial.h"

#include "boot/metal/cpu.h"

#include <initializer_list>

namespace perdure::metal {

constinit SerialPort serial1;
constinit SerialPort serial2;

namespace {
// Registers, as offsets from the base port.
enum : std::uint16_t { kData = 0, kEnable = 1, kFifo = 2, kIdentify = 2, kLine = 3, kModem = 4, kStatus = 5, kScratch = 7 };
constexpr std::uint8_t kStatusReceived = 0x01, kStatusRoom = 0x20, kStatusIdle = 0x40;
constexpr std::uint8_t kEnableReceive = 0x01, kEnableTransmit = 0x02;
constexpr unsigned kFifoDepth = 16;
}  // namespace

bool SerialPort::start(std::uint16_t base) {
  for (std::uint8_t pattern : {0x5a, 0xa5}) {
    out8(base + kScratch, pattern);
    if (in8(base + kScratch) != pattern) return false;
  }
  base_ = base;
  out8(base + kEnable, 0);
  out8(base + kLine, 0x80);      // divisor latch
  out8(base + kData, 1);         // 115200
  out8(base + kEnable, 0);
  out8(base + kLine, 0x03);      // 8N1
  out8(base + kFifo, 0x81);      // FIFOs on, interrupt at 8 bytes or on a pause; what is in them stays
  out8(base + kModem, 0x0b);     // DTR, RTS, OUT2: interrupts reach the controller
  return true;
}

void SerialPort::start_receiving(Receiver receiver) {
  if (!base_) return;
  InterruptGuard guard;
  receiver_ = receiver;
  enabled_ = kEnableReceive;
  out8(base_ + kEnable, enabled_);
  on_interrupt();                // an edge that came before interrupts were routed is lost
}

void SerialPort::receive_again() {
  if (!held_) return;
  InterruptGuard guard;
  if (!receiver_(held_byte_)) return;
  held_ = false;
  enabled_ |= kEnableReceive;
  out8(base_ + kEnable, enabled_);
  drain_receiver();
}

void SerialPort::on_interrupt() {
  in8(base_ + kIdentify);        // acknowledges a transmitter interrupt
  drain_receiver();
  feed();
}

void SerialPort::drain_receiver() {
  while (!held_ && receiver_ && (in8(base_ + kStatus) & kStatusReceived)) {
    held_byte_ = in8(base_ + kData);
    if (receiver_(held_byte_)) continue;
    held_ = true;
    enabled_ &= static_cast<std::uint8_t>(~kEnableReceive);
    out8(base_ + kEnable, enabled_);
  }
}

// Moves bytes from the ring to the port while it takes them; asks for an interrupt if some are left.
void SerialPort::feed() {
  while (queued() && (in8(base_ + kStatus) & kStatusRoom))
    for (unsigned i = 0; i < kFifoDepth && queued(); ++i) out8(base_ + kData, ring_[tail_++ % kRingSize]);
  const std::uint8_t wanted = queued() && receiver_ ? enabled_ | kEnableTransmit : enabled_ & ~kEnableTransmit;
  if (wanted == enabled_) return;
  enabled_ = wanted;
  out8(base_ + kEnable, enabled_);
}

void SerialPort::wait_for_room() {
  if (receiver_ && interrupts_are_on()) {
    interrupts_off();
    feed();
    if (queued() == kRingSize) halt_for_interrupt();
    interrupts_on();
  } else {
    cpu_pause();
    feed();
  }
}

void SerialPort::write(const void* bytes, std::size_t count) {
  if (!base_) return;
  auto* from = static_cast<const std::uint8_t*>(bytes);
  while (count) {
    // Read before the ring changes: the bytes may be in the world and not yet in memory.
    std::uint8_t part[64];
    std::size_t size = 0;
    for (; size < count && size < sizeof part; ++size) part[size] = *from++;
    count -= size;
    for (std::size_t done = 0; done < size;) {
      {
        InterruptGuard guard;        // an echo may come from the receiving interrupt
        while (done < size && queued() < kRingSize) ring_[head_++ % kRingSize] = part[done++];
        feed();
      }
      if (done < size) wait_for_room();
    }
  }
}

void SerialPort::flush() {
  if (!base_) return;
  while (queued()) {
    InterruptGuard guard;
    feed();
    cpu_pause();
  }
  while (!(in8(base_ + kStatus) & kStatusIdle)) cpu_pause();
}

}  // namespace perdure::metal
