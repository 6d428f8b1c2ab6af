#include "boot/metal/fault.h"

#include "boot/abi/world.h"
#include "boot/metal/checkpoint.h"
#include "boot/metal/console.h"
#include "boot/metal/cpu.h"
#include "boot/metal/exit.h"
#include "boot/metal/fault_report.h"
#include "boot/metal/kernel_space.h"
#include "boot/metal/pager.h"

extern "C" std::uint64_t fault_stack_top;
std::uint64_t fault_stack_top;

namespace perdure::metal {
namespace {

constexpr unsigned kFaultStackPages = 16;

bool world_mapped = false;
// The fault being dealt with. A second one before the first is settled ends the run, without asking the world.
InterruptFrame current;
FaultCircumstances circumstances;
bool busy = false;
bool reporting = false;

bool from_world(const InterruptFrame& frame) {
  return world_mapped && frame.rip >= abi::kWorldBase && frame.rip < abi::kWorldEnd;
}

// Someone jumped to where no code is: the world may know who.
bool gone_astray() {
  constexpr std::uint64_t kLowHalf = std::uint64_t{1} << 47;
  return world_mapped && current.rip < abi::kKernelBase &&
         ((current.vector == kPageFault && circumstances.address == current.rip) || current.rip >= kLowHalf);
}

std::uint64_t ask_world() {
  if (!from_world(current) && !gone_astray()) return 0;
  const auto* descriptor = abi::world_descriptor();
  if (!descriptor->fault_recovery) return 0;
  return call_keeping_sse(reinterpret_cast<const void*>(descriptor->fault_recovery), current.rip, circumstances.address,
                          current.vector);
}

// When even the report faults: what is known, without any further help.
void write_report(const InterruptFrame& frame, const FaultCircumstances& about) {
  if (reporting) return error_line("perdure: another fault while reporting the first");
  reporting = true;
  write_fault_report(frame, about);
}

[[noreturn]] void report_and_stop(const InterruptFrame& frame, const FaultCircumstances& about) {
  write_report(frame, about);
  shut_down(kExitSoftware);
}

}  // namespace

extern "C" [[noreturn]] void fault_continue() {
  if (const std::uint64_t recovery = ask_world()) {
    current.rip = recovery;
    busy = false;
    resume_frame(&current);
  }
  circumstances.name_procedures = world_mapped;
  write_report(current, circumstances);
  if (from_world(current)) finish_checkpoint();      // what the world was at its last stop has nothing to do with this
  shut_down(kExitSoftware);
}

bool start_fault_reports() {
  fault_stack_top = make_kernel_stack(kFaultStackPages);
  return fault_stack_top != 0;
}

void world_is_mapped() { world_mapped = true; }

void handle_exception(InterruptFrame* frame) {
  FaultCircumstances about{.address = frame->vector == kPageFault ? read_cr2() : 0};
  if (frame->vector == kPageFault && world_mapped) {
    switch (resolve_page_fault(about.address, frame->error)) {
      case FaultAnswer::kResolved: return;
      case FaultAnswer::kDamaged: shut_down(kExitData);     // the pager has said which page
      case FaultAnswer::kNoMemory: about.out_of_memory = true; break;
      case FaultAnswer::kNotOurs: break;
    }
  }
  if (busy || !fault_stack_top || frame->vector == kDoubleFault) {
    if (busy && !reporting) {
      error_line("perdure: a fault while the world dealt with one:");
      write_fault_report(current, circumstances);
    }
    report_and_stop(*frame, about);
  }
  busy = true;
  current = *frame;
  circumstances = about;
  frame->rip = reinterpret_cast<std::uint64_t>(&fault_landing);
  frame->rsp = fault_stack_top;
  frame->rflags &= ~std::uint64_t{0x600};    // interrupts off, direction forward
}

void panic(const char* message) {
  Line line;
  line << "perdure: " << message;
  error_line(line.view());
  shut_down(kExitSoftware);
}

}  // namespace perdure::metal
