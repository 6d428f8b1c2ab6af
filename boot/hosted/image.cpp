#include "boot/hosted/image.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "boot/abi/address_map.h"
#include "boot/hosted/host.h"
#include "boot/hosted/memory.h"

namespace perdure::hosted {
namespace {

using abi::kPageSize;

std::uint32_t protection_of(std::uint32_t flags) {
  return ((flags & PF_R) != 0 ? abi::kProtRead : 0U) | ((flags & PF_W) != 0 ? abi::kProtWrite : 0U) |
         ((flags & PF_X) != 0 ? abi::kProtExecute : 0U);
}

void read_exactly(int fd, std::uint64_t offset, void* buffer, std::uint64_t size, const std::string& path) {
  for (std::uint64_t done = 0; done < size;) {
    const ssize_t got = pread(fd, static_cast<char*>(buffer) + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) die(kExitDamaged, path + ": is truncated");
    done += static_cast<std::uint64_t>(got);
  }
}

void load_segment(int fd, const Elf64_Phdr& segment, const std::string& path) {
  const std::uint64_t start = segment.p_vaddr / kPageSize * kPageSize;
  const std::uint64_t end = (segment.p_vaddr + segment.p_memsz + kPageSize - 1) / kPageSize * kPageSize;
  if (start < abi::kRuntimeBase || end > abi::kRuntimeBase + abi::kRuntimeSize || segment.p_filesz > segment.p_memsz)
    die(kExitDamaged, path + ": a segment lies outside the runtime's addresses");
  if (pages_commit(start, end - start, abi::kProtRead | abi::kProtWrite) != abi::kOk)
    die(kExitSoftware, path + ": no memory for it (is --memory too small?)");
  read_exactly(fd, segment.p_offset, reinterpret_cast<void*>(segment.p_vaddr), segment.p_filesz, path);
  if (pages_protect(start, end - start, protection_of(segment.p_flags)) != abi::kOk)
    die(kExitDamaged, path + ": a segment is writable and executable");
}

}  // namespace

void load_image(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) die(kExitNoInput, path + ": " + std::strerror(errno));
  Elf64_Ehdr header;
  read_exactly(fd, 0, &header, sizeof header, path);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != EM_X86_64 || header.e_phentsize != sizeof(Elf64_Phdr))
    die(kExitDamaged, path + ": is not an x86-64 ELF file");
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  read_exactly(fd, header.e_phoff, segments.data(), segments.size() * sizeof(Elf64_Phdr), path);
  for (const Elf64_Phdr& segment : segments)
    if (segment.p_type == PT_LOAD && segment.p_memsz != 0) load_segment(fd, segment, path);
  close(fd);
}

}  // namespace perdure::hosted
