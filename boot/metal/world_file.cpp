#include "boot/metal/world_file.h"

#include <cstring>
#include <new>

#include "boot/abi/world.h"
#include "boot/metal/console.h"
#include "boot/metal/devices.h"
#include "boot/metal/frames.h"
#include "boot/metal/text.h"

namespace perdure::metal {
namespace {

// A machine holds one world at a time; the module counts as one more disk.
BlockDisk* chosen_disk = nullptr;
MemoryRange module_range;
char name_buffer[256];
std::size_t name_length = 0;
bool writable = false;

std::uint64_t count_file_pages() { return chosen_disk ? chosen_disk->page_count() : module_range.size / kPageSize; }

constexpr std::uint64_t kNodeSlots = 256;
alignas(store::Reader) std::uint8_t reader_memory[sizeof(store::Reader)];
std::uint64_t node_tags[kNodeSlots];
store::MapNode* nodes = nullptr;

// Superblocks and nodes of the map come singly and lie together: reading a few more costs nothing, asking again does.
constexpr std::uint64_t kBlockPages = 16;
PhysicalAddress block;
std::uint64_t block_start = 0, block_size = 0;      // in pages of the file

bool read_block(std::uint64_t page) {
  PhysicalAddress targets[kBlockPages];
  block_start = round_down(page, kBlockPages);
  const std::uint64_t left = count_file_pages() - block_start;
  block_size = left < kBlockPages ? left : kBlockPages;
  for (std::uint64_t i = 0; i < block_size; ++i) targets[i] = block + i * kPageSize;
  if (!read_world_pages(block_start, targets, static_cast<unsigned>(block_size))) block_size = 0;
  return block_size != 0;
}

bool read_pages(void*, std::uint64_t first, std::uint64_t count, void* buffer) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t page = first + i;
    if (page >= count_file_pages()) return false;
    const bool held = page >= block_start && page < block_start + block_size;
    if (!held && !read_block(page)) return false;
    std::memcpy(static_cast<std::uint8_t*>(buffer) + i * kPageSize, direct(block + (page - block_start) * kPageSize), kPageSize);
  }
  return true;
}

std::uint64_t count_pages(void*) { return count_file_pages(); }

store::Error try_open(std::uint64_t generation) {
  std::memset(node_tags, 0, sizeof node_tags);
  auto* reader = new (reader_memory) store::Reader(world_device(), {nodes, node_tags, kNodeSlots});
  return reader->open(generation);
}

void tell_of_fallback() {
  Line line;
  line << "perdure: " << world_name() << ": the newest generation is damaged, or was not finished; going on with generation "
       << world_reader().generation().number;
  error_line(line.view());
}

void complain(store::Error error) {
  Line line;
  line << "perdure: " << world_name() << ": " << store::describe(error);
  error_line(line.view());
}

}  // namespace

store::Reader& world_reader() { return *reinterpret_cast<store::Reader*>(reader_memory); }
bool world_is_writable() { return writable; }
BlockDisk* world_disk() { return chosen_disk; }
store::BlockDevice world_device() {
  block_size = 0;      // the file may have been written since
  return {nullptr, read_pages, nullptr, nullptr, count_pages, nullptr};
}

void world_moved_to(const store::Superblock& superblock) {
  block_size = 0;
  world_reader().move_to(superblock.current, superblock.page_count);
}

std::string_view world_name() { return {name_buffer, name_length}; }

bool read_world_pages(std::uint64_t file_page, const PhysicalAddress* targets, unsigned count) {
  if (chosen_disk) return chosen_disk->read(file_page, targets, count);
  if ((file_page + count) * kPageSize > module_range.size) return false;
  for (unsigned i = 0; i < count; ++i)
    std::memcpy(direct(targets[i]), direct(module_range.start + (file_page + i) * kPageSize), kPageSize);
  return true;
}

bool open_world_file(const MemoryRange& module, std::string_view name, std::uint64_t generation) {
  if (name.empty()) name = "the world on the disk";
  for (; name_length < name.size() && name_length < sizeof name_buffer; ++name_length) name_buffer[name_length] = name[name_length];
  const PhysicalAddress pages = frames.allocate_contiguous(kNodeSlots);
  block = frames.allocate_contiguous(kBlockPages);
  if (!pages.value || !block.value) {
    error_line("perdure: too little memory for a world");
    return false;
  }
  nodes = direct<store::MapNode>(pages);
  // The most telling error wins: any file is "not a world", but only a world can be damaged.
  store::Error worst = store::Error::kNone;
  const unsigned sources = disk_count() + (module.size ? 1 : 0);
  module_range = module;
  for (unsigned i = 0; i < sources; ++i) {
    chosen_disk = i < disk_count() ? &disk(i) : nullptr;
    const store::Error error = try_open(generation);
    if (error == store::Error::kNone && world_reader().superblock().abi_version == abi::kAbiVersion) {
      writable = chosen_disk && chosen_disk->writable() && generation == 0;
      if (world_reader().used_fallback()) tell_of_fallback();
      return true;
    }
    const store::Error reason = error == store::Error::kNone ? store::Error::kOtherAbi : error;
    if (worst == store::Error::kNone || worst == store::Error::kNotAWorld) worst = reason;
  }
  if (sources == 0) error_line("perdure: no world: this machine has no virtio disk, and the loader gave no module");
  else complain(worst);
  return false;
}

}  // namespace perdure::metal
