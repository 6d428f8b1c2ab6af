// Page faults in the world's memory: where the bytes of a page come from when it is first touched.
//
// The policy, by what the page's entry says (world_entry.h):
//   committed or "as the file says", with bytes in the file   read them, and with them what lies next to them in the
//                                                             file; each page's checksum is verified before it is mapped
//   committed without bytes in the file                       a zero page, and a few more after it
//   a stack page but for guard pages                          the same, without having been committed
//   a page that is there and was not changed since the last   it becomes writable, and is dirty (dirty_pages.h)
//   checkpoint, and is written to
//   anything else                                             not ours: the world's fault
#pragma once

#include <cstdint>

#include "boot/metal/layout.h"

namespace perdure::metal {

enum class FaultAnswer {
  kResolved,       // go on
  kNotOurs,        // nothing that paging can help
  kNoMemory,       // the page could be had, but memory is used up
  kDamaged,        // the file's bytes are not what they were; a line on the error channel says so
};

// With interrupts off. `error` is the processor's page-fault error code.
FaultAnswer resolve_page_fault(std::uint64_t address, std::uint64_t error);

// Makes a committed page of the world resident; false if it is not committed.
[[nodiscard]] bool bring_in(std::uint64_t address);
// The frame of such a page, which is about to be written to by way of that; {0} if it is not committed.
PhysicalAddress frame_to_write(std::uint64_t address);

bool is_resident(std::uint64_t address);
// Whether a page is known to read as zeros without having been touched (or not to exist): for saving.
bool is_untouched_zero(std::uint64_t address);

// The line that tells of a page that is not what was written.
void report_damage(std::uint64_t address, const char* what);

struct PagerCounts {
  std::uint64_t faults = 0, reads = 0, pages_read = 0, zero_pages = 0;
};
const PagerCounts& pager_counts();

}  // namespace perdure::metal
