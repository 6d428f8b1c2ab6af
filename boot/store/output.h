// Writes new pages of a world file to free places, in runs as long as the free space has them.
//
// Pages are collected in a buffer and written when it is full, or by flush(). Nothing that is named by anything is ever written over.
#pragma once

#include <cstdint>

#include "boot/store/device.h"
#include "boot/store/error.h"
#include "boot/store/space.h"

namespace perdure::store {

class Output {
 public:
  // `make_room` is asked when nothing is free; it answers whether something may be now.
  struct Owner {
    void* context;
    bool (*make_room)(void* context);
  };
  Output(const BlockDevice& device, Space* space, void* buffer, std::uint64_t buffer_pages, Owner owner)
      : device_(device), space_(space), buffer_(static_cast<std::uint8_t*>(buffer)), capacity_(buffer_pages), owner_(owner) {}

  // Takes a free file page for new contents, to be put where *memory says before the next call. The page has one reference.
  [[nodiscard]] Error take(void** memory, std::uint64_t* file_page);
  [[nodiscard]] Error flush();
  // Forgets what was not written yet.
  void reset();
  // Pages that take() leaves free. 0 while the table is written.
  void set_reserve(std::uint64_t pages) { reserve_ = pages; }

 private:
  [[nodiscard]] Error find_room();

  BlockDevice device_;
  Space* space_;
  std::uint8_t* buffer_;
  std::uint64_t capacity_;
  Owner owner_;
  std::uint64_t reserve_ = 0;
  std::uint64_t buffered_ = 0;   // pages in the buffer, for file pages that end before run_
  std::uint64_t run_ = 0;        // next file page of the run in use
  std::uint64_t run_left_ = 0;
};

}  // namespace perdure::store
