// Virtio devices on PCI, in the modern layout: vendor capabilities say which part of which region holds what.
#include "boot/metal/kernel_space.h"
#include "boot/metal/pci.h"
#include "boot/metal/virtio.h"

namespace perdure::metal {
namespace {

constexpr std::uint16_t kVendor = 0x1af4;
constexpr std::uint16_t kFirstModern = 0x1040, kFirstTransitional = 0x1000, kLastVirtio = 0x107f;
constexpr std::uint8_t kVendorCapability = 9;
enum Part : std::uint8_t { kCommonPart = 1, kNotifyPart = 2, kDevicePart = 4, kPartCount = 5 };

// The common configuration structure.
enum Register : unsigned {
  kDeviceFeaturesSelect = 0x00, kDeviceFeatures = 0x04, kDriverFeaturesSelect = 0x08, kDriverFeatures = 0x0c,
  kStatus = 0x14, kQueueSelect = 0x16, kQueueSize = 0x18, kQueueEnable = 0x1c, kQueueNotifyOffset = 0x1e,
  kQueueDescriptors = 0x20, kQueueDriver = 0x28, kQueueDevice = 0x30,
};

class PciTransport final : public VirtioTransport {
 public:
  // False: not a device we can use.
  bool attach(const PciFunction& function) {
    function.enable_memory_and_dma();
    for (std::uint8_t at = function.read8(0x34) & 0xfc; at; at = function.read8(at + 1u) & 0xfc) {
      if (function.read8(at) != kVendorCapability) continue;
      const std::uint8_t part = function.read8(at + 3u);
      if (part >= kPartCount || parts_[part]) continue;
      const PhysicalAddress region = function.region(function.read8(at + 4u));
      const std::uint32_t offset = function.read32(at + 8u), size = function.read32(at + 12u);
      if (!region.value || (part != kCommonPart && part != kNotifyPart && part != kDevicePart)) continue;
      parts_[part] = static_cast<volatile std::uint8_t*>(map_device(region + offset, size));
      if (part == kNotifyPart) notify_unit_ = function.read32(at + 16u);
    }
    const std::uint16_t id = function.read16(2);
    kind_ = id >= kFirstModern ? static_cast<VirtioKind>(id - kFirstModern) : static_cast<VirtioKind>(function.read16(0x2e));
    return parts_[kCommonPart] && parts_[kNotifyPart];
  }

  VirtioKind kind() const override { return kind_; }
  void set_status(std::uint8_t status) override { common()[kStatus] = status; }
  std::uint8_t status() override { return common()[kStatus]; }

  std::uint64_t device_features() override {
    at<std::uint32_t>(kDeviceFeaturesSelect) = 1;
    const std::uint64_t high = at<std::uint32_t>(kDeviceFeatures);
    at<std::uint32_t>(kDeviceFeaturesSelect) = 0;
    return high << 32 | at<std::uint32_t>(kDeviceFeatures);
  }
  void set_driver_features(std::uint64_t features) override {
    at<std::uint32_t>(kDriverFeaturesSelect) = 1;
    at<std::uint32_t>(kDriverFeatures) = static_cast<std::uint32_t>(features >> 32);
    at<std::uint32_t>(kDriverFeaturesSelect) = 0;
    at<std::uint32_t>(kDriverFeatures) = static_cast<std::uint32_t>(features);
  }
  std::uint16_t queue_limit(std::uint16_t queue) override {
    at<std::uint16_t>(kQueueSelect) = queue;
    return at<std::uint16_t>(kQueueSize);
  }
  void enable_queue(std::uint16_t queue, std::uint16_t size, PhysicalAddress descriptors, PhysicalAddress available,
                    PhysicalAddress used) override {
    at<std::uint16_t>(kQueueSelect) = queue;
    at<std::uint16_t>(kQueueSize) = size;
    put64(kQueueDescriptors, descriptors.value);
    put64(kQueueDriver, available.value);
    put64(kQueueDevice, used.value);
    notify_ = reinterpret_cast<volatile std::uint16_t*>(parts_[kNotifyPart] + at<std::uint16_t>(kQueueNotifyOffset) * notify_unit_);
    at<std::uint16_t>(kQueueEnable) = 1;
  }
  void notify(std::uint16_t queue) override { *notify_ = queue; }
  std::uint8_t config8(unsigned offset) override { return parts_[kDevicePart] ? parts_[kDevicePart][offset] : 0; }

 private:
  volatile std::uint8_t* common() const { return parts_[kCommonPart]; }
  template <class T>
  volatile T& at(unsigned reg) const { return *reinterpret_cast<volatile T*>(common() + reg); }
  void put64(unsigned reg, std::uint64_t value) {
    at<std::uint32_t>(reg) = static_cast<std::uint32_t>(value);
    at<std::uint32_t>(reg + 4) = static_cast<std::uint32_t>(value >> 32);
  }

  VirtioKind kind_ = VirtioKind::kNone;
  volatile std::uint8_t* parts_[kPartCount] = {};
  std::uint32_t notify_unit_ = 0;
  volatile std::uint16_t* notify_ = nullptr;
};

constexpr unsigned kMaxDevices = 16;
constinit PciTransport transports[kMaxDevices];
unsigned device_count = 0;
VirtioFound report_found = nullptr;

void look_at(const PciFunction& function) {
  const std::uint16_t device = function.read16(2);
  if (function.read16(0) != kVendor || device < kFirstTransitional || device > kLastVirtio || device_count == kMaxDevices) return;
  PciTransport& transport = transports[device_count];
  if (!transport.attach(function)) return;
  ++device_count;
  report_found(&transport);
}

}  // namespace

void find_virtio_pci(VirtioFound found) {
  report_found = found;
  for_each_pci_function(look_at);
}

}  // namespace perdure::metal
