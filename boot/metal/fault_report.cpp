#include "boot/metal/fault_report.h"

#include "boot/abi/world.h"
#include "boot/metal/console.h"
#include "boot/metal/layout.h"
#include "boot/metal/pager.h"
#include "boot/metal/world_areas.h"

namespace perdure::metal {
namespace {

constexpr unsigned kMaxCallers = 16;
constexpr unsigned kMaxStackWords = 512;

bool may_be_code(std::uint64_t word) {
  return (word >= abi::kRuntimeBase && word < abi::kRuntimeBase + abi::kRuntimeSize) ||
         (word >= abi::kCodeBase && word < abi::kCodeBase + abi::kCodeSize);
}

// The world's name for an address; false when it has none.
bool procedure_at(std::uint64_t address, TextBuilder& out) {
  const auto describe = abi::world_descriptor()->describe_address;
  char name[128];
  if (!describe || !may_be_code(address)) return false;
  std::uint64_t length = describe(address, name, sizeof name);
  if (length >= sizeof name) length = sizeof name - 1;
  out << std::string_view(name, length);
  return length != 0;
}

void write_registers(const InterruptFrame& f) {
  struct Row { const char* a; std::uint64_t av; const char* b; std::uint64_t bv; const char* c; std::uint64_t cv; };
  const Row rows[] = {{"rax", f.rax, "rbx", f.rbx, "rcx", f.rcx}, {"rdx", f.rdx, "rsi", f.rsi, "rdi", f.rdi},
                      {"rbp", f.rbp, "rsp", f.rsp, "r8 ", f.r8},  {"r9 ", f.r9, "r10", f.r10, "r11", f.r11},
                      {"r12", f.r12, "r13", f.r13, "r14", f.r14}, {"r15", f.r15, "rip", f.rip, "flg", f.rflags}};
  for (const Row& row : rows) {
    Line line;
    line << "  " << row.a << ' ' << Hex{row.av, 16} << "  " << row.b << ' ' << Hex{row.bv, 16} << "  " << row.c << ' '
         << Hex{row.cv, 16};
    error_line(line.view());
  }
}

// Scheme frames keep no chain of frame pointers; every word of the stack that the world has a name for may be a return
// address. Stale words can name procedures that have returned: hence "may".
void write_callers(const InterruptFrame& frame) {
  if (!is_stack_address(frame.rsp)) return;
  unsigned found = 0;
  for (std::uint64_t at = round_up(frame.rsp, 8), words = 0; words < kMaxStackWords && found < kMaxCallers; at += 8, ++words) {
    if ((at == round_up(frame.rsp, 8) || at % kPageSize == 0) && !is_resident(at)) break;
    const std::uint64_t word = *reinterpret_cast<const std::uint64_t*>(at);
    Line line;
    line << (found ? "            " : "  may be in ") << Hex{word, 16} << "  ";
    if (!procedure_at(word, line)) continue;
    error_line(line.view());
    ++found;
  }
}

}  // namespace

void write_fault_report(const InterruptFrame& frame, const FaultCircumstances& circumstances) {
  const auto& [address, out_of_memory, name_procedures] = circumstances;
  Line line;
  line << "perdure: " << vector_name(frame.vector) << " (exception " << frame.vector << ") in " << describe_place(frame.rip)
       << " at " << Hex{frame.rip, 16};
  if (name_procedures) {
    Text<128> name;
    if (procedure_at(frame.rip, name)) line << ", procedure " << name.view();
  }
  error_line(line.view());

  line.clear();
  describe_error_code(line, frame.vector, frame.error);
  if (frame.vector == kPageFault) line << ": address " << Hex{address, 16} << ", " << describe_place(address);
  if (!line.view().empty()) {
    Line indented;
    indented << "  " << line.view();
    error_line(indented.view());
  }
  if (out_of_memory) error_line("  memory is used up: this page could not be had");
  write_registers(frame);
  if (name_procedures) write_callers(frame);
}

}  // namespace perdure::metal
