#include "boot/metal/domain.h"

#include <cstddef>
#include <cstring>

#include "boot/abi/address_map.h"
#include "boot/metal/clock.h"
#include "boot/metal/cpu.h"
#include "boot/metal/descriptors.h"
#include "boot/metal/domain_tables.h"
#include "boot/metal/domain_upcall.h"
#include "boot/metal/events.h"
#include "boot/metal/fault.h"
#include "boot/metal/interrupts.h"
#include "boot/metal/machine_check.h"
#include "boot/metal/world_memory.h"

extern "C" {
extern perdure::metal::Gate domain_idt[];
extern perdure::metal::TaskState domain_task_state;
extern std::uint64_t domain_kernel_cr3;
extern std::uint8_t entry_stack[];
extern const std::uint64_t domain_rows[];      // one more than the kernel has: the gate for system calls
void domain_system_call();
void domain_enter(perdure::abi::DomainState* state, std::uint64_t cr3);
[[noreturn]] void domain_trampoline_fault(std::uint64_t vector, std::uint64_t ip);
}

namespace perdure::metal {
namespace {

constexpr std::uint64_t kSystemCallVector = 256;      // domain_entry.asm
constexpr std::uint64_t kGeneralProtection = 13;
constexpr std::uint64_t kInterruptFlag = 0x202;       // and the flag that is always set
constexpr unsigned kMxcsr = 24;                       // in the FXSAVE area
constexpr std::uint32_t kMxcsrBits = 0xffbf;          // without "denormals are zeros", which not every processor has

PhysicalAddress roots[abi::kSlotCount];               // {0}: no such domain
std::uint64_t page_counts[abi::kSlotCount];           // that it has

std::uint64_t slot_start(std::uint64_t slot) { return abi::kSandboxBase + slot * abi::kSlotSize; }
bool exists(std::uint64_t slot) { return slot < abi::kSlotCount && roots[slot].value; }

bool in_slot(std::uint64_t slot, std::uint64_t start, std::uint64_t size) {
  return start >= slot_start(slot) && start - slot_start(slot) <= abi::kSlotSize &&
         size <= abi::kSlotSize - (start - slot_start(slot));
}

std::uint8_t stack_of(unsigned vector) {
  switch (vector) {
    case 1: return kStackOther;
    case kNonMaskable: return kStackNmi;
    case kDoubleFault: return kStackDoubleFault;
    case kMachineCheck: return kStackMachineCheck;
    default: return 0;      // the task state's stack for ring 0
  }
}

void start_descriptors_of_domains() {
  constexpr std::uint8_t kSpecial[] = {kStackNmi, kStackDoubleFault, kStackMachineCheck, kStackOther};
  constexpr std::uint64_t kStackBytes = 128;
  std::uint64_t top = reinterpret_cast<std::uint64_t>(entry_stack);
  domain_task_state.rsp[0] = top;
  for (const std::uint8_t stack : kSpecial) domain_task_state.ist[stack - 1] = top += kStackBytes;
  domain_task_state.io_map = sizeof domain_task_state;      // no port is allowed
  describe_task(kDomainTask, domain_task_state);
  constexpr unsigned kBreakpoint = 3;
  static_assert(abi::kDomainGate == kVectorCount);
  for (unsigned vector = 0; vector <= abi::kDomainGate; ++vector)
    domain_idt[vector] =
        gate_to(domain_rows[vector], stack_of(vector), vector == kBreakpoint || vector == abi::kDomainGate ? kRing3Gate : kInterruptGate);
}

void start_system_calls() {
  constexpr std::uint32_t kEfer = 0xc000'0080, kStar = 0xc000'0081, kLstar = 0xc000'0082, kFmask = 0xc000'0084;
  write_msr(kStar, std::uint64_t{kUserBase | 3} << 48 | std::uint64_t{kKernelCode} << 32);
  write_msr(kLstar, reinterpret_cast<std::uint64_t>(&domain_system_call));
  write_msr(kFmask, 0x47700);      // interrupts, trap, direction, I/O privilege, nested task, alignment check
  write_msr(kEfer, read_msr(kEfer) | 1);
}

// As a call begins: all zero, all exceptions masked.
struct alignas(16) FreshVectors {
  std::uint16_t control = 0x37f;
  std::uint8_t unused[22] = {};
  std::uint32_t mxcsr = 0x1f80;
  std::uint8_t registers[484] = {};
};
static_assert(sizeof(FreshVectors) == 512 && offsetof(FreshVectors, mxcsr) == kMxcsr);
constexpr FreshVectors kFreshVectors;

// The vector registers stay the domain's for as long as domain_run() lasts: the kernel has no use for them.
void load_vectors(abi::DomainState* state) {
  if (state->fresh_vectors) {
    state->fresh_vectors = 0;
    asm volatile("fxrstor64 %0" ::"m"(kFreshVectors));
    return;
  }
  std::uint32_t mxcsr;
  std::memcpy(&mxcsr, state->vector_registers + kMxcsr, sizeof mxcsr);
  mxcsr &= kMxcsrBits;
  std::memcpy(state->vector_registers + kMxcsr, &mxcsr, sizeof mxcsr);
  asm volatile("fxrstor64 %0" ::"m"(state->vector_registers));
}

void store_vectors(abi::DomainState* state) {
  asm volatile("fxsave64 %0\n fninit\n ldmxcsr %1" : "=m"(state->vector_registers) : "m"(kFreshVectors.mxcsr));
}

// What ring 3 must not bring along (D3). Both ends of the state are written, so that the trampoline finds its pages there.
void make_harmless(abi::DomainState* state) {
  state->rflags = (state->rflags & abi::kDomainFlags) | kInterruptFlag;
  auto* bytes = reinterpret_cast<std::uint8_t*>(state);
  asm volatile("orb $0, %0\n orb $0, %1" : "+m"(bytes[0]), "+m"(bytes[sizeof *state - 1]));
}

// Only for ring 3: the kernel and the world read the time-stamp counter whatever this bit says.
std::uint64_t forbidden_now = 0;
[[gnu::noinline]] void forbid(std::uint64_t what) {
  constexpr std::uint64_t kTimeStampDisable = 1 << 2;
  forbidden_now = what;
  write_cr4((read_cr4() & ~kTimeStampDisable) | (what & abi::kForbidTimeStamps ? kTimeStampDisable : 0));
}

// What the world hears of it; 0: nothing, the domain's own handler is next.
abi::Status fault(std::uint64_t slot, abi::DomainState* state, std::uint64_t vector) {
  if (vector == kMachineCheck) stop_for_machine_check();
  state->address = vector == kPageFault ? read_cr2() : 0;
  if (!state->control) return abi::kDomainFault;
  switch (tell_domain(slot, roots[slot], state, domain::kFaultSet)) {
    case domain::Told::kSomething: return 0;
    case domain::Told::kReturning: return abi::kDomainReturning;
    case domain::Told::kNothing: break;
  }
  return abi::kDomainFault;
}

// Ring 3, once; what came is in the state's vector.
void enter_ring3(std::uint64_t slot, abi::DomainState* state) {
  constexpr unsigned kAddressBits = 47;
  make_harmless(state);
  if (!(state->rip >> kAddressBits) || canonical(state->rip) == state->rip) return domain_enter(state, roots[slot].value);
  state->vector = kGeneralProtection;      // iretq would fault in the kernel; as if it had been jumped to
  state->error = 0;
}

// With interrupts off.
[[gnu::always_inline]] inline abi::Status run_until_exit(std::uint64_t slot, abi::DomainState* state, std::uint64_t deadline) {
  for (;;) {
    if (events_posted()) return abi::kDomainEvent;
    if (deadline != kNever) ensure_interrupt_by(deadline);
    if (state->waiting && state->control && tell_domain(slot, roots[slot], state, state->waiting) == domain::Told::kReturning)
      return abi::kDomainReturning;
    enter_ring3(slot, state);
    const std::uint64_t vector = state->vector;
    if (vector == kSystemCallVector) return abi::kDomainSystemCall;
    if (vector < kFirstIrq && vector != kNonMaskable) {
      if (const abi::Status status = fault(slot, state, vector)) return status;
      continue;
    }
    if (vector >= kFirstIrq) serve_interrupt(vector);
    if (deadline != kNever && monotonic_ns() >= deadline) return abi::kDomainTime;
  }
}

[[gnu::noinline]] abi::Status run_limited(std::uint64_t slot, abi::DomainState* state) {
  const std::uint64_t budget = state->budget_ns, start = monotonic_ns();
  const abi::Status status = run_until_exit(slot, state, budget < kNever - start ? start + budget : kNever);
  const std::uint64_t passed = monotonic_ns() - start;
  state->budget_ns = passed < budget ? budget - passed : 0;
  return status;
}

// The frames of a range, `at most a page at a time`: visit(frame address, bytes).
template <class Visit>
void for_each_part(const MachineTables& tables, std::uint64_t address, std::uint64_t count, Visit visit) {
  while (count) {
    const std::uint64_t offset = address % kPageSize;
    const std::uint64_t part = count < kPageSize - offset ? count : kPageSize - offset;
    visit(tables.find(address), offset, part);
    address += part;
    count -= part;
  }
}

bool all_there(const MachineTables& tables, std::uint64_t address, std::uint64_t count, std::uint64_t wanted) {
  bool there = true;
  for_each_part(tables, address, count, [&](Leaf leaf, std::uint64_t, std::uint64_t) {
    there = there && leaf.level == 0 && (leaf.entry & wanted) == wanted;
  });
  return there;
}

abi::Status unmap(std::uint64_t slot, std::uint64_t start, std::uint64_t count) {
  MachineTables tables = domain_tables(roots[slot]);
  std::uint64_t gone = 0;
  (void)tables.update(start, count, false, [&](std::uint64_t, std::uint64_t before) {
    if (before & kEntryPresent) {
      frames.release({before & kEntryAddress});
      ++gone;
    }
    return std::uint64_t{0};
  });
  give_back_frames(gone);
  page_counts[slot] -= gone;
  return abi::kOk;
}

// The world's account covers the pages; their tables are few.
abi::Status map(std::uint64_t slot, std::uint64_t start, std::uint64_t count, std::uint32_t protection) {
  constexpr std::uint64_t kTables = 8;
  MachineTables tables = domain_tables(roots[slot]);
  if (!hold_frames(count)) return abi::kNoMemory;
  std::uint64_t fresh = 0;
  const bool made = can_borrow_frames(count + count / 512 + kTables) && tables.update(start, count, true, [&](std::uint64_t, std::uint64_t before) {
    if (before & kEntryPresent) return domain_leaf(PhysicalAddress{before & kEntryAddress}, protection);
    ++fresh;
    return domain_leaf(frames.allocate_zeroed(), protection);
  });
  give_back_frames(count - fresh);
  page_counts[slot] += fresh;
  return made ? abi::kOk : abi::kNoMemory;
}

}  // namespace

bool start_domains() {
  domain_kernel_cr3 = read_cr3();
  start_descriptors_of_domains();
  start_system_calls();
  return start_domain_tables();
}

abi::Status create_domain(std::uint64_t slot) {
  if (slot >= abi::kSlotCount) return abi::kInvalid;
  if (exists(slot)) return abi::kExists;
  if (!can_borrow_frames(1)) return abi::kNoMemory;
  roots[slot] = make_domain_table();
  return roots[slot].value ? abi::kOk : abi::kNoMemory;
}

abi::Status map_domain(std::uint64_t slot, std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  constexpr std::uint32_t kBoth = abi::kProtWrite | abi::kProtExecute;
  if (!exists(slot) || !in_slot(slot, start, size) || start % kPageSize || size % kPageSize) return abi::kInvalid;
  if (protection > 7 || (protection & kBoth) == kBoth) return abi::kInvalid;
  InterruptGuard guard;
  forget_upcall_page(slot);
  const std::uint64_t count = size / kPageSize;
  return protection == abi::kProtNone ? unmap(slot, start, count) : map(slot, start, count, protection);
}

abi::Status read_domain(std::uint64_t slot, std::uint64_t address, void* buffer, std::uint64_t count) {
  if (!exists(slot)) return abi::kInvalid;
  if (!in_slot(slot, address, count)) return abi::kDenied;
  const MachineTables tables = domain_tables(roots[slot]);
  if (!all_there(tables, address, count, kEntryPresent | kEntryUser)) return abi::kDenied;
  auto* to = static_cast<std::uint8_t*>(buffer);
  for_each_part(tables, address, count, [&](Leaf leaf, std::uint64_t offset, std::uint64_t part) {
    std::memcpy(to, direct(PhysicalAddress{leaf.entry & kEntryAddress}) + offset, part);
    to += part;
  });
  return abi::kOk;
}

abi::Status write_domain(std::uint64_t slot, std::uint64_t address, const void* bytes, std::uint64_t count, std::uint32_t loading) {
  if (!exists(slot)) return abi::kInvalid;
  if (!in_slot(slot, address, count)) return abi::kDenied;
  const MachineTables tables = domain_tables(roots[slot]);
  if (!all_there(tables, address, count, kEntryPresent | kEntryUser | (loading ? 0 : kEntryWritable))) return abi::kDenied;
  auto* from = static_cast<const std::uint8_t*>(bytes);
  for_each_part(tables, address, count, [&](Leaf leaf, std::uint64_t offset, std::uint64_t part) {
    std::memcpy(direct(PhysicalAddress{leaf.entry & kEntryAddress}) + offset, from, part);
    from += part;
  });
  return abi::kOk;
}

abi::Status run_domain(std::uint64_t slot, abi::DomainState* state) {
  if (!exists(slot) || reinterpret_cast<std::uint64_t>(state) % alignof(abi::DomainState)) return abi::kInvalid;
  interrupts_off();      // they are on while the world runs
  if (state->forbidden != forbidden_now) [[unlikely]] forbid(state->forbidden);
  const std::uint64_t start = read_tsc();
  load_vectors(state);
  const abi::Status status = state->budget_ns == kNever ? run_until_exit(slot, state, kNever) : run_limited(slot, state);
  store_vectors(state);
  state->used_ns = nanoseconds_of(read_tsc() - start);
  interrupts_on();
  return status;
}

abi::Status audit_of_domain(std::uint64_t slot, abi::DomainAudit* out) {
  if (!exists(slot)) return abi::kInvalid;
  *out = audit_domain(roots[slot], slot_start(slot));
  return abi::kOk;
}

abi::Status destroy_domain(std::uint64_t slot) {
  if (!exists(slot)) return abi::kInvalid;
  forget_upcall_page(slot);
  release_domain_table(roots[slot], slot_start(slot));
  give_back_frames(page_counts[slot]);
  page_counts[slot] = 0;
  roots[slot] = {0};
  return abi::kOk;
}

void destroy_domains() {
  for (std::uint64_t slot = 0; slot < abi::kSlotCount; ++slot) (void)destroy_domain(slot);
}

}  // namespace perdure::metal

extern "C" void domain_trampoline_fault(std::uint64_t vector, std::uint64_t) {
  if (vector == perdure::metal::kMachineCheck) perdure::metal::stop_for_machine_check();
  perdure::metal::panic("a fault on the way between ring 3 and the kernel");
}
