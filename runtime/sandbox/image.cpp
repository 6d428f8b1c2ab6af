#include "runtime/sandbox/image.h"

#include <algorithm>
#include <cstring>

#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

// The parts of ELF that matter here. Source: System V ABI, chapters 4 and 5; AMD64 supplement, chapter 4.
struct Header {
  std::uint8_t identification[16];
  std::uint16_t type, machine;
  std::uint32_t version;
  std::uint64_t entry, segments, sections;
  std::uint32_t flags;
  std::uint16_t header_size, segment_size, segment_count, section_size, section_count, names;
};
struct Segment64 {
  std::uint32_t type, flags;
  std::uint64_t offset, address, physical, file_size, memory_size, alignment;
};
struct Section64 {
  std::uint32_t name, type;
  std::uint64_t flags, address, offset, size;
  std::uint32_t link, info;
  std::uint64_t alignment, entry_size;
};
struct Symbol64 {
  std::uint32_t name;
  std::uint8_t info, other;
  std::uint16_t section;
  std::uint64_t value, size;
};
struct Dynamic {
  std::int64_t tag;
  std::uint64_t value;
};
struct Relocation {
  std::uint64_t offset, info;
  std::int64_t addend;
};
static_assert(sizeof(Header) == 64 && sizeof(Segment64) == 56 && sizeof(Section64) == 64 && sizeof(Symbol64) == 24);

constexpr std::uint16_t kObject = 1, kStatic = 2, kShared = 3, kX86 = 62;
constexpr std::uint32_t kLoad = 1, kDynamic = 2, kInterpreter = 3, kThreadLocal = 7;
constexpr std::uint32_t kSymbolTable = 2, kDynamicSymbols = 11;
constexpr std::uint32_t kExecute = 1, kWrite = 2;
constexpr std::uint64_t kRelative = 8;
constexpr std::uint64_t kLargestImage = kHeapOffset - kImageOffset;
constexpr std::uint64_t kMostSegments = 64, kMostSections = 4096;

using File = std::span<const std::uint8_t>;

// A structure of the file; false when it lies beyond the end. Copied, since nothing in a file needs to be aligned.
template <class T>
bool read(File file, std::uint64_t offset, T* out) {
  if (offset > file.size() || file.size() - offset < sizeof(T)) return false;
  std::memcpy(out, file.data() + offset, sizeof(T));
  return true;
}

template <class T>
bool read(File file, std::uint64_t table, std::uint64_t index, T* out) {
  return table <= file.size() && index <= file.size() / sizeof(T) && read(file, table + index * sizeof(T), out);
}

const char* check_header(const Header& header) {
  constexpr std::uint8_t kIdentification[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
  if (!std::equal(std::begin(kIdentification), std::end(kIdentification), header.identification) || header.machine != kX86)
    return "is not an x86-64 ELF file";
  if (header.type == kObject) return "is an object file that was not linked";
  if (header.type != kShared && header.type != kStatic) return "is no executable file";
  if (header.segment_size != sizeof(Segment64) || header.segment_count == 0 || header.segment_count > kMostSegments)
    return "has no usable table of segments";
  return nullptr;
}

std::uint64_t image_start(const Sandbox& sandbox) { return sandbox.slot_start() + kImageOffset; }

// What is added to the file's addresses. Those of a static file are the slot's own.
std::uint64_t bias_of(const Sandbox& sandbox, const Header& header) { return header.type == kStatic ? 0 : image_start(sandbox); }

const char* load_segment(Sandbox& sandbox, std::uint64_t bias, File file, const Segment64& segment) {
  if (segment.memory_size == 0) return nullptr;
  const std::uint64_t address = bias + segment.address, from_start = address - image_start(sandbox);
  if (from_start > kLargestImage || segment.memory_size > kLargestImage - from_start || segment.file_size > segment.memory_size)
    return bias ? "has a segment outside its addresses" : "is not linked for the addresses of one slot (docs/extensions.md has the command)";
  if (segment.offset > file.size() || segment.file_size > file.size() - segment.offset) return "is cut short";
  if ((segment.flags & kExecute) && (segment.flags & kWrite)) return "has a segment that is writable and executable";
  const std::uint64_t start = address & ~(abi::kPageSize - 1);
  const std::uint64_t end = (address + segment.memory_size + abi::kPageSize - 1) & ~(abi::kPageSize - 1);
  const std::uint32_t protection = abi::kProtRead | (segment.flags & kWrite ? abi::kProtWrite : 0u) | (segment.flags & kExecute ? abi::kProtExecute : 0u);
  switch (map_pages(sandbox, start, end - start, protection)) {
    case abi::kOk: break;
    case abi::kExists: return "has segments that share a page";
    case abi::kNoSpace: return "does not fit into the sandbox's memory";
    case abi::kNoMemory: return "needs more memory than the world has left";
    default: return "cannot be mapped by the host";
  }
  const bool written = platform->domain_write(sandbox.slot, address, file.data() + segment.offset, segment.file_size, 1) == abi::kOk;
  return written ? nullptr : "cannot be mapped by the host";
}

const char* relocate(Sandbox& sandbox, std::uint64_t base, std::uint64_t table, std::uint64_t size) {
  for (std::uint64_t at = 0; at + sizeof(Relocation) <= size; at += sizeof(Relocation)) {
    Relocation relocation;
    if (platform->domain_read(sandbox.slot, base + table + at, &relocation, sizeof relocation) != abi::kOk) return "has relocations outside its segments";
    if (relocation.info == 0) continue;
    if (relocation.info != kRelative) return "needs symbols from elsewhere: only relative relocations are possible";
    const std::uint64_t value = base + static_cast<std::uint64_t>(relocation.addend);
    // Only where the extension could write itself: it must not be made to write into its code by a file.
    if (platform->domain_write(sandbox.slot, base + relocation.offset, &value, sizeof value, 0) != abi::kOk) return "has a relocation outside its writable segments";
  }
  return nullptr;
}

const char* relocate(Sandbox& sandbox, std::uint64_t base, File file, const Segment64& segment) {
  constexpr std::int64_t kEnd = 0, kNeeded = 1, kProcedureRelocations = 2, kTable = 7, kSize = 8, kRel = 17, kRelr = 36;
  std::uint64_t table = 0, size = 0;
  for (std::uint64_t i = 0; i < segment.file_size / sizeof(Dynamic); ++i) {
    Dynamic entry;
    if (!read(file, segment.offset, i, &entry)) return "is cut short";
    if (entry.tag == kEnd) break;
    if (entry.tag == kTable) table = entry.value;
    if (entry.tag == kSize) size = entry.value;
    if (entry.tag == kNeeded) return "needs shared libraries";
    if ((entry.tag == kProcedureRelocations && entry.value) || entry.tag == kRel || entry.tag == kRelr)
      return "has relocations of a kind that is not supported";
  }
  return relocate(sandbox, base, table, size);
}

bool segment_at(File file, const Header& header, unsigned index, Segment64* out) { return read(file, header.segments, index, out); }

bool is_exported(const Symbol64& symbol) {
  constexpr unsigned kFunction = 2, kLocal = 0, kHidden = 2;
  return (symbol.info & 15) == kFunction && symbol.info >> 4 != kLocal && (symbol.other & 3) != kHidden && symbol.section != 0;
}

// A zero-terminated string within a section.
bool read_name(File file, const Section64& names, std::uint32_t at, std::string_view* out) {
  if (names.offset > file.size() || names.size > file.size() - names.offset || at >= names.size) return false;
  const auto* text = reinterpret_cast<const char*>(file.data() + names.offset + at);
  const auto* end = static_cast<const char*>(std::memchr(text, 0, names.size - at));
  if (!end || end == text) return false;
  *out = {text, static_cast<std::size_t>(end - text)};
  return true;
}

// The section of this type, and the strings that belong to it.
bool find_symbols(File file, const Header& header, std::uint32_t type, Section64* symbols, Section64* names) {
  for (std::uint64_t i = 0; i < header.section_count && i < kMostSections; ++i)
    if (read(file, header.sections, i, symbols) && symbols->type == type && symbols->link < header.section_count)
      return read(file, header.sections, symbols->link, names);
  return false;
}

}  // namespace

std::uint64_t wanted_slot(File file) {
  Header header;
  Segment64 segment;
  if (!read(file, 0, &header) || check_header(header) || header.type != kStatic) return kAnySlot;
  for (unsigned i = 0; i < header.segment_count && segment_at(file, header, i, &segment); ++i)
    if (segment.type == kLoad && segment.address >= abi::kSandboxBase && segment.address < abi::kSandboxEnd)
      return (segment.address - abi::kSandboxBase) / abi::kSlotSize;
  return kAnySlot;
}

const char* load_extension(Sandbox& sandbox, File file) {
  Header header;
  if (!read(file, 0, &header)) return "is not an x86-64 ELF file";
  if (const char* wrong = check_header(header)) return wrong;
  const std::uint64_t bias = bias_of(sandbox, header);
  Segment64 segment, dynamic{};
  for (unsigned i = 0; i < header.segment_count; ++i) {
    if (!segment_at(file, header, i, &segment)) return "is cut short";
    if (segment.type == kInterpreter) return "wants a dynamic linker (link it with -static-pie)";
    if (segment.type == kThreadLocal && segment.memory_size) return "has thread-local data";
    if (segment.type == kDynamic) dynamic = segment;
    if (segment.type != kLoad) continue;
    if (const char* wrong = load_segment(sandbox, bias, file, segment)) return wrong;
  }
  sandbox.entry = bias + header.entry;
  if (header.entry == 0 || sandbox.entry - image_start(sandbox) >= kLargestImage) return "has no entry point (link it with the start file)";
  return dynamic.file_size ? relocate(sandbox, bias, file, dynamic) : nullptr;
}

bool for_each_export(const Sandbox& sandbox, File file, bool (*visit)(void*, std::string_view, std::uint64_t), void* context) {
  Header header;
  Section64 symbols, names;
  if (!read(file, 0, &header) || header.section_size != sizeof(Section64)) return true;
  if (!find_symbols(file, header, kSymbolTable, &symbols, &names) && !find_symbols(file, header, kDynamicSymbols, &symbols, &names)) return true;
  const std::uint64_t bias = bias_of(sandbox, header);
  for (std::uint64_t i = 0; i < symbols.size / sizeof(Symbol64); ++i) {
    Symbol64 symbol;
    std::string_view name;
    if (!read(file, symbols.offset, i, &symbol)) return true;
    const std::uint64_t address = bias + symbol.value;
    if (!is_exported(symbol) || address - image_start(sandbox) >= kLargestImage || !read_name(file, names, symbol.name, &name)) continue;
    if (!visit(context, name, address)) return false;
  }
  return true;
}

}  // namespace perdure::runtime
