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

// Takes all entries out of a table, calling visit(entry) for those that are present. Tables are nearly empty.
template <class Visit>
void empty_table(PhysicalAddress table, Visit visit) {
  constexpr unsigned kGroup = 8;
  auto* entries = direct<std::uint64_t>(table);
  for (auto* group = entries; group != entries + 512; group += kGroup) {
    if (!(group[0] | group[1] | group[2] | group[3] | group[4] | group[5] | group[6] | group[7])) continue;
    for (unsigned i = 0; i < kGroup; ++i) {
      if (group[i] & kEntryPresent) visit(group[i]);
      group[i] = 0;
    }
  }
}

// Frees what an entry of a table of `level` leads to: a frame, or a table with all below it.
void release_below(std::uint64_t entry, unsigned level) {
  const PhysicalAddress below{entry & kEntryAddress};
  if (level == 0) return frames.release(below);
  empty_table(below, [level](std::uint64_t next) { release_below(next, level - 1); });
  frames.release_zeroed(below);      // the next table
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
  table_memory.store(root, kTrampolineIndex, 0);
  frames.release_zeroed(root);
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
  const unsigned index = level_index(slot_start, 3);
  if (const std::uint64_t entry = table_memory.load(root, index); entry & kEntryPresent) release_below(entry, 3);
  table_memory.store(root, index, 0);
  table_memory.store(root, kTrampolineIndex, 0);
  frames.release_zeroed(root);
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
