// A 16550 serial port, interrupt driven both ways, and still usable with interrupts off (fault reports).
//
// Sending: bytes go to a ring; the port is fed from it whenever it has room, by the sender at once and by the interrupt
// later. Receiving: each byte is offered to the owner in the interrupt; an owner without room stops the port, which
// then holds back its sender (QEMU), so that nothing is lost.
#pragma once

#include <cstddef>
#include <cstdint>

namespace perdure::metal {

class SerialPort {
 public:
  // Takes one byte, in interrupt context. False: no room, offer it again after receive_again().
  using Receiver = bool (*)(std::uint8_t byte);

  // Sets 115200 8N1 and the FIFOs. False: there is no such port.
  bool start(std::uint16_t base);
  bool present() const { return base_ != 0; }
  // Called once interrupts are routed; until then output is polled and input waits in the port.
  void start_receiving(Receiver receiver);
  void receive_again();
  void on_interrupt();

  // Queues all bytes, waiting for room as needed.
  void write(const void* bytes, std::size_t count);
  // Waits until everything has left.
  void flush();

 private:
  static constexpr std::size_t kRingSize = 8192;

  void feed();
  void drain_receiver();
  void wait_for_room();
  std::size_t queued() const { return head_ - tail_; }

  std::uint16_t base_ = 0;
  std::uint8_t enabled_ = 0;             // the interrupt enable register
  Receiver receiver_ = nullptr;
  bool held_ = false;                    // the owner had no room for held_byte_
  std::uint8_t held_byte_ = 0;
  std::size_t head_ = 0, tail_ = 0;      // ever growing; the ring index is modulo kRingSize
  std::uint8_t ring_[kRingSize] = {};
};

extern constinit SerialPort serial1;     // console bytes
extern constinit SerialPort serial2;     // control channel

}  // namespace perdure::metal
