#include "boot/metal/kernel_space.h"

#include "boot/metal/cpu.h"

extern "C" const char image_text_begin[], image_rodata_begin[], image_data_begin[], image_end[];

namespace perdure::metal {
namespace {

constinit DirectMapMemory table_memory;
std::uint64_t next_device = kDeviceWindow;
std::uint64_t next_stack = kKernelStacks;
std::uint64_t next_scratch = kScratch;

constexpr std::uint64_t kData = kEntryPresent | kEntryWritable | kEntryNoExecute;
constexpr std::uint64_t kReadOnly = kEntryPresent | kEntryNoExecute;
constexpr std::uint64_t kText = kEntryPresent;

bool map_image(const char* begin, const char* end, std::uint64_t bits) {
  const auto first = reinterpret_cast<std::uint64_t>(begin);
  for (std::uint64_t at = first; at < reinterpret_cast<std::uint64_t>(end); at += kPageSize)
    if (!machine_tables.set(at, 0, (at - kImageOffset) | bits)) return false;
  return true;
}

// Whole 2 MiB pages: what they show beyond the range is not RAM, and nothing takes pages from there.
bool map_direct(std::uint64_t start, std::uint64_t end) {
  for (start = round_down(start, level_size(1)); start < end; start += level_size(1))
    if (!machine_tables.set(kDirectMap + start, 1, start | kData | kEntryLarge)) return false;
  return true;
}

void protect_supervisor() {
  constexpr std::uint64_t kUmip = 1 << 11, kSmep = 1 << 20, kSmap = 1 << 21;
  if (cpuid(0).eax < 7) return;
  const CpuidResult features = cpuid(7);
  std::uint64_t cr4 = read_cr4();
  if (features.ebx & 1 << 7) cr4 |= kSmep;
  if (features.ebx & 1 << 20) cr4 |= kSmap;
  if (features.ecx & 1 << 2) cr4 |= kUmip;
  write_cr4(cr4);
}

}  // namespace

constinit MachineTables machine_tables{table_memory, PhysicalAddress{0}};

bool start_kernel_space(const BootInfo& info) {
  const PhysicalAddress root = frames.allocate_zeroed();
  if (!root.value) return false;
  machine_tables = MachineTables(table_memory, root);
  bool mapped = map_image(image_text_begin, image_rodata_begin, kText) &&
                map_image(image_rodata_begin, image_data_begin, kReadOnly) &&
                map_image(image_data_begin, image_end, kData);
  for (unsigned i = 0; mapped && i < info.usable_count; ++i)
    mapped = map_direct(info.usable[i].start.value, info.usable[i].start.value + info.usable[i].size);
  if (mapped && info.module.size)
    mapped = map_direct(info.module.start.value, info.module.start.value + info.module.size);
  if (!mapped) return false;
  write_cr3(root.value);
  protect_supervisor();
  frames.admit_all();
  return true;
}

void* map_device(PhysicalAddress start, std::uint64_t size) {
  const std::uint64_t first = round_down(start.value, kPageSize);
  const std::uint64_t end = round_up(start.value + size, kPageSize);
  if (next_device + (end - first) > kDeviceWindow + kDeviceWindowSize) return nullptr;
  const std::uint64_t base = next_device;
  for (std::uint64_t at = first; at < end; at += kPageSize, next_device += kPageSize)
    if (!machine_tables.set(next_device, 0, at | kData | kEntryCacheDisable | kEntryWriteThrough)) return nullptr;
  return reinterpret_cast<void*>(base + (start.value - first));
}

ScratchMemory::ScratchMemory(std::uint64_t pages) : start_(next_scratch), pages_(pages) {
  InterruptGuard guard;
  next_scratch += pages * kPageSize;
  const bool made = frames.free_pages() > pages && machine_tables.update(start_, pages, true, [](std::uint64_t, std::uint64_t) {
    const PhysicalAddress frame = frames.allocate();
    return frame.value ? frame.value | kData : 0;
  });
  if (made) data_ = reinterpret_cast<void*>(start_);
}

ScratchMemory::~ScratchMemory() {
  InterruptGuard guard;
  (void)machine_tables.update(start_, pages_, false, [](std::uint64_t, std::uint64_t before) {
    if (before & kEntryPresent) frames.release({before & kEntryAddress});
    return std::uint64_t{0};
  });
  if (next_scratch == start_ + pages_ * kPageSize) next_scratch = start_;    // the usual order: last made, first gone
  flush_tlb();
}

std::uint64_t make_kernel_stack(unsigned pages) {
  next_stack += kPageSize;
  for (unsigned i = 0; i < pages; ++i, next_stack += kPageSize) {
    const PhysicalAddress frame = frames.allocate();
    if (!frame.value || !machine_tables.set(next_stack, 0, frame.value | kData)) return 0;
  }
  return next_stack;
}

}  // namespace perdure::metal
