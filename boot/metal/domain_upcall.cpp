#include "boot/metal/domain_upcall.h"

#include <cstring>

#include "boot/abi/address_map.h"
#include "boot/metal/domain.h"
#include "boot/metal/domain_tables.h"

namespace perdure::metal {
namespace {

// The page of the control block, as the domain and as the kernel see it.
struct UpcallPage {
  std::uint64_t address;
  std::uint8_t* bytes;       // null: not looked up
};
UpcallPage upcall_pages[abi::kSlotCount];

void store_vectors(std::uint8_t* to) { asm volatile("fxsave64 %0" : "=m"(*reinterpret_cast<std::uint8_t(*)[512]>(to))); }

// Everything before the vector registers.
void write_words(std::uint8_t* to, const abi::DomainState& state, std::uint64_t kind, std::uint64_t mask) {
  auto* words = reinterpret_cast<std::uint64_t*>(to);
  const std::uint64_t* from = &state.rax;
#pragma GCC unroll 32
  for (unsigned i = 0; i < abi::kSavedKind / 8; ++i) words[i] = from[i];
  words[abi::kSavedKind / 8] = kind;
  words[abi::kSavedMask / 8] = mask;
  words[abi::kSavedControl / 8] = state.control;
}

class UpcallMemory {
 public:
  UpcallMemory(std::uint64_t slot, PhysicalAddress root, const abi::DomainState& state)
      : slot_(slot), root_(root), state_(state), page_(upcall_pages[slot]) {}

  abi::UpcallControl* control() {
    const std::uint64_t address = state_.control & ~(kPageSize - 1);
    if ((!page_.bytes || page_.address != address) && !look_up(address)) return nullptr;
    return reinterpret_cast<abi::UpcallControl*>(page_.bytes + state_.control % kPageSize);
  }

  bool save(std::uint64_t place, std::uint64_t kind, std::uint64_t mask) {
    const std::uint64_t offset = place - page_.address;
    if (offset <= kPageSize - abi::kSavedStateSize) {
      save_at(page_.bytes + offset, kind, mask);
      return true;
    }
    alignas(16) std::uint8_t image[abi::kSavedStateSize];
    save_at(image, kind, mask);
    return write_domain(slot_, place, image, sizeof image, 0) == abi::kOk;
  }

 private:
  bool look_up(std::uint64_t address) {
    constexpr std::uint64_t kWanted = kEntryPresent | kEntryUser | kEntryWritable;
    const std::uint64_t start = abi::kSandboxBase + slot_ * abi::kSlotSize;
    if (address < start || address - start >= abi::kSlotSize || state_.control % alignof(abi::UpcallControl)) return false;
    const Leaf leaf = domain_tables(root_).find(address);
    if (leaf.level != 0 || (leaf.entry & kWanted) != kWanted) return false;
    page_ = {address, direct(PhysicalAddress{leaf.entry & kEntryAddress})};
    return true;
  }

  void save_at(std::uint8_t* to, std::uint64_t kind, std::uint64_t mask) {
    write_words(to, state_, kind, mask);
    store_vectors(to + offsetof(abi::DomainState, vector_registers));
  }

  std::uint64_t slot_;
  PhysicalAddress root_;
  const abi::DomainState& state_;
  UpcallPage& page_;
};

}  // namespace

domain::Told tell_domain(std::uint64_t slot, PhysicalAddress root, abi::DomainState* state, std::uint64_t kinds) {
  UpcallMemory memory(slot, root, *state);
  return domain::tell(*state, kinds, memory);
}

void forget_upcall_page(std::uint64_t slot) { upcall_pages[slot].bytes = nullptr; }

}  // namespace perdure::metal
