// Virtio devices of the microvm machine: register blocks of 512 bytes in a row from 0xfeb00000.
#include "boot/metal/kernel_space.h"
#include "boot/metal/virtio.h"

namespace perdure::metal {
namespace {

constexpr PhysicalAddress kFirstBlock{0xfeb00000};
constexpr unsigned kBlocks = 24, kBlockSize = 512;
constexpr std::uint32_t kMagic = 0x74726976;     // "virt"
constexpr std::uint32_t kVersion = 2;

enum Register : unsigned {
  kMagicValue = 0x00, kVersionNumber = 0x04, kDeviceId = 0x08, kDeviceFeatures = 0x10, kDeviceFeaturesSelect = 0x14,
  kDriverFeatures = 0x20, kDriverFeaturesSelect = 0x24, kQueueSelect = 0x30, kQueueMax = 0x34, kQueueSize = 0x38,
  kQueueReady = 0x44, kQueueNotify = 0x50, kStatus = 0x70, kQueueDescriptors = 0x80, kQueueDriver = 0x90,
  kQueueDevice = 0xa0, kConfig = 0x100,
};

class MmioTransport final : public VirtioTransport {
 public:
  void attach(volatile std::uint8_t* registers) { registers_ = registers; }
  bool is_device() const { return get(kMagicValue) == kMagic && get(kVersionNumber) == kVersion && get(kDeviceId) != 0; }

  VirtioKind kind() const override { return static_cast<VirtioKind>(get(kDeviceId)); }
  void set_status(std::uint8_t status) override { put(kStatus, status); }
  std::uint8_t status() override { return static_cast<std::uint8_t>(get(kStatus)); }

  std::uint64_t device_features() override {
    put(kDeviceFeaturesSelect, 1);
    const std::uint64_t high = get(kDeviceFeatures);
    put(kDeviceFeaturesSelect, 0);
    return high << 32 | get(kDeviceFeatures);
  }
  void set_driver_features(std::uint64_t features) override {
    put(kDriverFeaturesSelect, 1);
    put(kDriverFeatures, static_cast<std::uint32_t>(features >> 32));
    put(kDriverFeaturesSelect, 0);
    put(kDriverFeatures, static_cast<std::uint32_t>(features));
  }
  std::uint16_t queue_limit(std::uint16_t queue) override {
    put(kQueueSelect, queue);
    return static_cast<std::uint16_t>(get(kQueueMax));
  }
  void enable_queue(std::uint16_t queue, std::uint16_t size, PhysicalAddress descriptors, PhysicalAddress available,
                    PhysicalAddress used) override {
    put(kQueueSelect, queue);
    put(kQueueSize, size);
    put64(kQueueDescriptors, descriptors.value);
    put64(kQueueDriver, available.value);
    put64(kQueueDevice, used.value);
    put(kQueueReady, 1);
  }
  void notify(std::uint16_t queue) override { put(kQueueNotify, queue); }
  std::uint8_t config8(unsigned offset) override { return registers_[kConfig + offset]; }

 private:
  std::uint32_t get(unsigned reg) const { return *reinterpret_cast<volatile std::uint32_t*>(registers_ + reg); }
  void put(unsigned reg, std::uint32_t value) { *reinterpret_cast<volatile std::uint32_t*>(registers_ + reg) = value; }
  void put64(unsigned reg, std::uint64_t value) {
    put(reg, static_cast<std::uint32_t>(value));
    put(reg + 4, static_cast<std::uint32_t>(value >> 32));
  }

  volatile std::uint8_t* registers_ = nullptr;
};

constinit MmioTransport transports[kBlocks];

}  // namespace

void find_virtio_mmio(VirtioFound found) {
  auto* registers = static_cast<volatile std::uint8_t*>(map_device(kFirstBlock, kBlocks * kBlockSize));
  if (!registers) return;
  for (unsigned i = 0; i < kBlocks; ++i) {
    transports[i].attach(registers + i * kBlockSize);
    if (transports[i].is_device()) found(&transports[i]);
  }
}

}  // namespace perdure::metal
