// make_world ELF WORLD: a world file from a linked world, without running it. For the self-test world only: a real world
// makes its own file, with what it has loaded.
#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "boot/abi/world.h"
#include "boot/store/writer.h"

namespace {

using namespace perdure;

bool write_pages(void* context, std::uint64_t first, std::uint64_t count, const void* bytes) {
  const auto size = static_cast<ssize_t>(count * abi::kPageSize);
  return pwrite(*static_cast<int*>(context), bytes, static_cast<std::size_t>(size), static_cast<off_t>(first * abi::kPageSize)) == size;
}
bool flush(void* context) { return fsync(*static_cast<int*>(context)) == 0; }
std::uint64_t no_pages(void*) { return 0; }

std::vector<char> read_all(const char* name) {
  std::vector<char> bytes;
  if (std::FILE* file = std::fopen(name, "rb")) {
    char part[65536];
    for (std::size_t count; (count = std::fread(part, 1, sizeof part, file)) > 0;) bytes.insert(bytes.end(), part, part + count);
    std::fclose(file);
  }
  return bytes;
}

std::uint32_t protection_of(std::uint32_t flags) {
  return (flags & PF_R ? abi::kProtRead : 0u) | (flags & PF_W ? abi::kProtWrite : 0u) | (flags & PF_X ? abi::kProtExecute : 0u);
}

store::Error write_world(const std::vector<char>& elf, int out) {
  Elf64_Ehdr header;
  std::memcpy(&header, elf.data(), sizeof header);
  std::vector<store::MapEntry> entries(65536);
  void* buffer = std::aligned_alloc(abi::kPageSize, 64 * abi::kPageSize);
  const store::BlockDevice device{&out, nullptr, write_pages, flush, no_pages, nullptr};
  store::Writer writer(device, {entries.data(), entries.size(), buffer, 64});
  store::Error error = writer.begin();
  for (int i = 0; i < header.e_phnum && error == store::Error::kNone; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, elf.data() + header.e_phoff + static_cast<std::size_t>(i) * sizeof segment, sizeof segment);
    if (segment.p_type != PT_LOAD) continue;
    const std::uint64_t pages = (segment.p_memsz + abi::kPageSize - 1) / abi::kPageSize;
    std::vector<char> memory(pages * abi::kPageSize);
    std::memcpy(memory.data(), elf.data() + segment.p_offset, segment.p_filesz);
    error = writer.add_pages(segment.p_vaddr / abi::kPageSize, memory.data(), pages, protection_of(segment.p_flags));
  }
  char build_id[store::kBuildIdSize] = "selftest";
  if (error == store::Error::kNone) error = writer.finish({abi::kAbiVersion, 0, build_id, "", 0});
  std::free(buffer);
  return error;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: make_world ELF WORLD\n", stderr), 64;
  const std::vector<char> elf = read_all(argv[1]);
  int out = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (elf.size() < sizeof(Elf64_Ehdr) || out < 0) return std::fputs("make_world: cannot open the files\n", stderr), 66;
  const perdure::store::Error error = write_world(elf, out);
  if (error == perdure::store::Error::kNone) return 0;
  std::fprintf(stderr, "make_world: %s\n", perdure::store::describe(error));
  return 70;
}
