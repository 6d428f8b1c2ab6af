#include "boot/hosted/memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "boot/abi/address_map.h"
#include "boot/hosted/host.h"
#include "boot/hosted/page_bits.h"
#include "boot/hosted/pager.h"
#include "boot/hosted/write_barrier.h"

namespace perdure::hosted {
namespace {

using namespace abi;

// The runtime's stack is committed in pieces of this size; a process's slot as a whole (the pages behind it still
// come one by one, from Linux).
constexpr std::uint64_t kStackPiece = std::uint64_t{1} << 20;

PageBits committed;
std::uint64_t committed_bytes = 0;
std::uint64_t limit_bytes = 0;

void* pointer(std::uint64_t address) { return reinterpret_cast<void*>(address); }

bool valid_range(std::uint64_t start, std::uint64_t size) {
  return start % kPageSize == 0 && size % kPageSize == 0 && size != 0 && start >= kWorldBase && start < kStackEnd &&
         size <= kStackEnd - start;
}

bool valid_protection(std::uint32_t protection) {
  const std::uint32_t both = kProtWrite | kProtExecute;
  return protection <= (kProtRead | kProtWrite | kProtExecute) && (protection & both) != both;
}

int linux_protection(std::uint32_t protection) {
  return ((protection & kProtRead) != 0 ? PROT_READ : 0) | ((protection & kProtWrite) != 0 ? PROT_WRITE : 0) |
         ((protection & kProtExecute) != 0 ? PROT_EXEC : 0);
}

struct StackPiece {
  std::uint64_t start;
  std::uint64_t end;
};

// The piece of stack around an address without its guard page (M3).
StackPiece stack_piece(std::uint64_t address) {
  const bool runtime = address < kProcessStackBase;
  const std::uint64_t size = runtime ? kStackPiece : kProcessStackSize;
  const std::uint64_t base = runtime ? kStackBase : kProcessStackBase;
  const std::uint64_t start = base + (address - base) / size * size;
  const bool lowest = !runtime || start == kStackBase;
  return {lowest ? start + kPageSize : start, start + size};
}

}  // namespace

void reserve_world(std::uint64_t limit) {
  limit_bytes = limit;
  void* got = mmap(pointer(kWorldBase), kStackEnd - kWorldBase, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (got != pointer(kWorldBase)) die(kExitUnavailable, "the addresses of the world are not free in this process (is there a ulimit -v?)");
  committed.create(kWorldBase, kStackEnd, kPageSize);
}

void prefer_large_pages() { static_cast<void>(madvise(pointer(kHeapBase), kHeapSize, MADV_HUGEPAGE)); }

bool in_world(std::uint64_t address) { return address >= kWorldBase && address < kStackEnd; }
bool in_stacks(std::uint64_t address) { return address >= kStackBase && address < kStackEnd; }

void set_protection(std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  if (mprotect(pointer(start), size, linux_protection(protection)) != 0)
    die(kExitSoftware, std::string("Linux refuses to protect memory: ") + std::strerror(errno));
}

Status pages_commit(std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  if (!valid_range(start, size) || !valid_protection(protection)) return kInvalid;
  restore_range(start, size);
  MemoryLock lock = lock_memory();
  const std::uint64_t fresh = size - committed.count(start, size) * kPageSize;
  if (fresh > limit_bytes || committed_bytes > limit_bytes - fresh) return kNoMemory;
  will_change(lock, start, size);
  if (mprotect(pointer(start), size, linux_protection(protection)) != 0) return kNoMemory;
  committed.assign(start, size, true);
  committed_bytes += fresh;
  note_protection(lock, start, size, protection);
  return kOk;
}

Status pages_protect(std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  if (!valid_range(start, size) || !valid_protection(protection)) return kInvalid;
  restore_range(start, size);
  if (!in_stacks(start) && committed.count(start, size) * kPageSize != size) return kInvalid;
  MemoryLock lock = lock_memory();
  will_change(lock, start, size);
  if (mprotect(pointer(start), size, linux_protection(protection)) != 0) return kNoMemory;
  note_protection(lock, start, size, protection);
  return kOk;
}

Status pages_release(std::uint64_t start, std::uint64_t size) {
  if (!valid_range(start, size)) return kInvalid;
  forget_range(start, size);
  MemoryLock lock = lock_memory();
  will_change(lock, start, size);
  void* got = mmap(pointer(start), size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  if (got == MAP_FAILED) return kNoMemory;
  if (!in_stacks(start)) committed_bytes -= committed.count(start, size) * kPageSize;
  committed.assign(start, size, false);
  note_protection(lock, start, size, kProtNone);
  return kOk;
}

// Through /proc/self/mem, which writes to pages that are not writable: one system call, and the pages stay readable
// and executable throughout. Where that file is barred, the protection is changed and changed back.
Status code_write(std::uint64_t destination, const void* bytes, std::uint64_t count) {
  if (count == 0) return kOk;
  if (destination < kWorldBase || destination >= kStackBase || count > kStackBase - destination) return kInvalid;
  const std::uint64_t start = destination / kPageSize * kPageSize;
  const std::uint64_t size = (destination + count + kPageSize - 1) / kPageSize * kPageSize - start;
  restore_range(start, size);
  if (committed.count(start, size) * kPageSize != size) return kInvalid;
  touch(bytes, count);
  MemoryLock lock = lock_memory();
  will_change(lock, start, size);
  if (write_past_protection(destination, bytes, count)) return kOk;
  if (mprotect(pointer(start), size, PROT_READ | PROT_WRITE) != 0) return kNoMemory;
  std::memcpy(pointer(destination), bytes, count);
  return mprotect(pointer(start), size, PROT_READ | PROT_EXEC) == 0 ? kOk : kNoMemory;
}

std::uint64_t memory_limit() { return limit_bytes; }

bool hold_memory(std::uint64_t size) {
  const MemoryLock lock = lock_memory();
  if (size > limit_bytes || committed_bytes > limit_bytes - size) return false;
  committed_bytes += size;
  return true;
}

void give_back_memory(std::uint64_t size) {
  const MemoryLock lock = lock_memory();
  committed_bytes -= size;
}

void adopt_pages(std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  const MemoryLock lock = lock_memory();
  if (!in_stacks(start)) committed_bytes += size - committed.count(start, size) * kPageSize;
  committed.assign(start, size, true);
  note_protection(lock, start, size, protection);
  set_protection(start, size, watched_protection(start, protection));
}

bool page_committed(std::uint64_t address) { return committed.test(address); }

std::uint32_t committed_pages(std::uint64_t cluster) { return committed.cluster(cluster); }

namespace {

int self_memory() {
  static const int self = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
  return self;
}

}  // namespace

bool read_past_protection(std::uint64_t from, void* to, std::uint64_t count) {
  return pread(self_memory(), to, count, static_cast<off_t>(from)) == static_cast<ssize_t>(count);
}

bool write_past_protection(std::uint64_t to, const void* from, std::uint64_t count) {
  return pwrite(self_memory(), from, count, static_cast<off_t>(to)) == static_cast<ssize_t>(count);
}

bool commit_stack(std::uint64_t address) {
  const StackPiece piece = stack_piece(address);
  if (address < piece.start || committed.test(address)) return false;
  restore_range(piece.start, piece.end - piece.start);
  set_protection(piece.start, piece.end - piece.start, kProtRead | kProtWrite);
  committed.assign(piece.start, piece.end - piece.start, true);
  return true;
}

void touch(const void* memory, std::uint64_t size) {
  if (size == 0) return;
  const auto first = reinterpret_cast<std::uint64_t>(memory);
  for (std::uint64_t at = first; at < first + size; at = (at / kPageSize + 1) * kPageSize)
    static_cast<void>(*reinterpret_cast<const volatile char*>(at));
}

void touch_for_writing(void* memory, std::uint64_t size) {
  if (size == 0) return;
  const auto first = reinterpret_cast<std::uint64_t>(memory);
  for (std::uint64_t at = first; at < first + size; at = (at / kPageSize + 1) * kPageSize) {
    volatile char& byte = *reinterpret_cast<volatile char*>(at);
    byte = byte;
  }
}

}  // namespace perdure::hosted
