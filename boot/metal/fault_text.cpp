// The part of fault reports that needs no machine.
#include "boot/metal/fault_report.h"
#include "boot/metal/layout.h"
#include "boot/metal/world_areas.h"

namespace perdure::metal {
namespace {

constexpr const char* kVectorNames[] = {
    "divide error", "debug exception", "non-maskable interrupt", "breakpoint", "overflow", "bound range exceeded",
    "invalid opcode", "device not available", "double fault", "coprocessor segment overrun", "invalid TSS",
    "segment not present", "stack-segment fault", "general protection fault", "page fault", "reserved exception 15",
    "x87 floating-point error", "alignment check", "machine check", "SIMD floating-point error",
    "virtualization exception", "control protection exception"};

}  // namespace

const char* vector_name(std::uint64_t vector) {
  return vector < sizeof kVectorNames / sizeof *kVectorNames ? kVectorNames[vector] : "reserved exception";
}

void describe_error_code(TextBuilder& out, std::uint64_t vector, std::uint64_t error) {
  switch (vector) {
    case kPageFault:
      out << (error & 16 ? "executing" : error & 2 ? "writing" : "reading") << ' '
          << (error & 8 ? "through a damaged page table" : error & 1 ? "a page that forbids it" : "a page that is not there")
          << (error & 4 ? ", in user mode" : "") << " (code " << Hex{error} << ")";
      return;
    case 10: case 11: case 12: case 13:
      if (error == 0) { out << "no selector involved (code 0)"; return; }
      out << "selector " << Hex{error & 0xfff8} << " of the " << (error & 2 ? "IDT" : error & 4 ? "LDT" : "GDT")
          << (error & 1 ? ", from outside the program" : "") << " (code " << Hex{error} << ")";
      return;
    default:
      if (error) out << "code " << Hex{error};
  }
}

const char* describe_place(std::uint64_t address) {
  using namespace abi;
  if (address < kPageSize) return "the null page";
  if (address >= kNearBase && address < kNearBase + kNearSize) return "the world's near data";
  if (address >= kRuntimeBase && address < kRuntimeBase + kRuntimeSize) return "the world's runtime";
  if (address >= kCodeBase && address < kCodeBase + kCodeSize) return "the world's compiled code";
  if (address >= kHeapBase && address < kHeapBase + kHeapSize) return "the world's heap";
  if (is_guard_page(address)) return "the guard page below a stack";
  if (address >= kStackBase && address < kRuntimeStackTop) return "the runtime stack";
  if (is_stack_address(address)) return "a process stack";
  if (address >= kWorldBase && address < kWorldEnd) return "no area of the world";
  if (address >= kKernelBase) return "the kernel";
  return "no area at all";
}

}  // namespace perdure::metal
