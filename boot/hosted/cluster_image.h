// Copies of clusters (cluster_set.h), from a pool. Under the lock of write_barrier.h, but for copy_cluster().
#pragma once

#include <cstdint>

#include "boot/abi/address_map.h"
#include "boot/hosted/cluster_set.h"

namespace perdure::hosted {

// What a cluster held.
struct Image {
  std::uint64_t address;
  std::uint32_t pages;      // one bit for each page that there was
  std::uint32_t unreadable; // those of them that could not be read
  bool guessed;             // it was writable because it was expected to be written to, not because it was
  Image* next;
  alignas(abi::kPageSize) std::uint8_t bytes[kClusterSize];
};

// Null: there is no memory. The pages of the image are there: filling it does not fault.
Image* new_image();
void free_image(Image* image);
void free_images(Image* list);
std::uint64_t images_in_use();

// The pages of the image's cluster that there are; `readable`: those that the world may read, one bit each.
void copy_cluster(Image* image, std::uint32_t readable);

}  // namespace perdure::hosted
