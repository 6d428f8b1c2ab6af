#include "boot/metal/domain_tables.h"

#include "boot/abi/platform.h"
#include "boot/metal/cpu.h"

extern "C" const char trampoline_text_begin[], trampoline_text_end[], trampoline_data_begin[], trampoline_data_end[];

namespace perdure::metal {
namespace {

constinit DirectMapMemory table_memory;
std::uint64_t trampoline_entry = 0;      // of the top table: everything of the kernel that a domain's table has
constexpr unsigned kTrampolineIndex = level_index(kImageOffset, 3);

std::uint64_t address_of(const char* symbol) { return reinterpret_cast<std::uint64_t>(symbol); }

bool in_trampoline(std::uint64_t address) {
  return (address >= address_of(trampoline_text_begin) && address < address_of(trampoline_text_end)) ||
         (address >= address_of(trampoline_data_begin) && address < address_of(trampoline_data_end));
}

bool map_pages(MachineTables& tables, const char* begin, const char* end, std::uint64_t bits) {
  for (std::uint64_t at = address_of(begin); at < address_of(end); at += kPageSize)
    if (!tables.set(at, 0, (at - kImageOffset) | bits)) return false;
  return true;
}

// Frees the tables below an entry of a table of `level`, and the frames that they map.
void release_below(std::uint64_t entry, unsigned level) {
  if (!(entry & kEntryPresent)) return;
  const PhysicalAddress below{entry & kEntryAddress};
  if (level > 0)
    for (unsigned index = 0; index < 512; ++index) release_below(table_memory.load(below, index), level - 1);
  frames.release(below);
}

}  // namespace

bool start_domain_tables() {
  const PhysicalAddress root = frames.allocate_zeroed();
  if (!root.value) return false;
  MachineTables tables(table_memory, root);
  if (!map_pages(tables, trampoline_text_begin, trampoline_text_end, kEntryPresent) ||
      !map_pages(tables, trampoline_data_begin, trampoline_data_end, kEntryPresent | kEntryWritable | kEntryNoExecute))
    return false;
  trampoline_entry = table_memory.load(root, kTrampolineIndex);
  frames.release(root);
  return true;
}

MachineTables domain_tables(PhysicalAddress root) { return MachineTables(table_memory, root, true); }

PhysicalAddress make_domain_table() {
  InterruptGuard guard;
  const PhysicalAddress root = frames.allocate_zeroed();
  if (root.value) table_memory.store(root, kTrampolineIndex, trampoline_entry);
  return root;
}

void release_domain_table(PhysicalAddress root, std::uint64_t slot_start) {
  InterruptGuard guard;
  release_below(table_memory.load(root, level_index(slot_start, 3)), 3);
  frames.release(root);
}

std::uint64_t domain_leaf(PhysicalAddress frame, std::uint32_t protection) {
  return frame.value | kEntryPresent | kEntryUser | (protection & abi::kProtWrite ? kEntryWritable : 0) |
         (protection & abi::kProtExecute ? 0 : kEntryNoExecute);
}

abi::DomainAudit audit_domain(PhysicalAddress root, std::uint64_t slot_start) {
  abi::DomainAudit result{};
  domain_tables(root).for_each_present([&](std::uint64_t address, std::uint64_t, unsigned level, Rights rights) {
    if (rights.writable && rights.executable) ++result.both;
    if (level == 0 && rights.user && address >= slot_start && address < slot_start + abi::kSlotSize) {
      ++result.pages;
      result.writable += rights.writable;
      result.executable += rights.executable;
    } else if (level == 0 && !rights.user && in_trampoline(address)) {
      ++result.trampoline;
    } else {
      ++result.foreign;
    }
  });
  return result;
}

}  // namespace perdure::metal
