// The text of a fault report: what a person needs to know where and why the machine stopped.
#pragma once

#include <cstdint>

#include "boot/metal/interrupts.h"
#include "boot/metal/text.h"

namespace perdure::metal {

struct FaultCircumstances {
  std::uint64_t address = 0;          // of a page fault
  bool out_of_memory = false;         // the page fault was in order, but there was no page left
  bool name_procedures = false;       // the world may be asked whose an address is
};

// Writes the report to the error channel.
void write_fault_report(const InterruptFrame& frame, const FaultCircumstances& circumstances);

// The parts that need no machine.
const char* vector_name(std::uint64_t vector);
// "write to a page that is not there (code 0x2)", "selector 0x10 of the GDT"; empty for vectors without a code.
void describe_error_code(TextBuilder& out, std::uint64_t vector, std::uint64_t error);
// "the heap", "a guard page below a stack", "the kernel"
const char* describe_place(std::uint64_t address);

}  // namespace perdure::metal
