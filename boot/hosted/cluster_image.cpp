#include "boot/hosted/cluster_image.h"

#include <sys/mman.h>

#include <cstring>

#include "boot/hosted/memory.h"

namespace perdure::hosted {
namespace {

constexpr std::uint64_t kSpareImages = 512;   // kept for the next time

Image* spare = nullptr;
std::uint64_t spare_count = 0;
std::uint64_t in_use = 0;

}  // namespace

Image* new_image() {
  Image* image = spare;
  if (image != nullptr) {
    spare = image->next;
    --spare_count;
  } else {
    void* memory = mmap(nullptr, sizeof(Image), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    image = static_cast<Image*>(memory);
  }
  ++in_use;
  return image;
}

void free_image(Image* image) {
  --in_use;
  if (spare_count >= kSpareImages) {
    munmap(image, sizeof *image);
    return;
  }
  image->next = spare;
  spare = image;
  ++spare_count;
}

void free_images(Image* list) {
  while (list != nullptr) {
    Image* image = list;
    list = image->next;
    free_image(image);
  }
}

std::uint64_t images_in_use() { return in_use; }

void copy_cluster(Image* image, std::uint32_t readable) {
  image->pages = committed_pages(image->address);
  image->unreadable = 0;
  const auto* cluster = reinterpret_cast<const std::uint8_t*>(image->address);
  const std::uint32_t plain = image->pages & readable;
  if (plain == kWholeCluster) {
    std::memcpy(image->bytes, cluster, kClusterSize);
    return;
  }
  for (std::uint64_t i = 0; i < kClusterPages; ++i) {
    const std::uint64_t offset = i * abi::kPageSize;
    std::uint8_t* to = image->bytes + offset;
    if ((plain >> i & 1) != 0) std::memcpy(to, cluster + offset, abi::kPageSize);
    else if ((image->pages >> i & 1) != 0 && !read_past_protection(image->address + offset, to, abi::kPageSize)) image->unreadable |= 1U << i;
  }
}

}  // namespace perdure::hosted
