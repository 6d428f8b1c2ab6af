#include "runtime/sandbox/image.h"

#include "runtime/elf.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

using namespace elf;

constexpr std::uint64_t kLargestImage = kHeapOffset - kImageOffset;
constexpr std::uint64_t kMostSegments = 64, kMostSections = 4096;

const char* check_header(const Header& header) {
  if (!is_for_this_machine(header)) return "is not an x86-64 ELF file";
  if (header.type == kObjectFile) return "is an object file that was not linked";
  if (header.type != kSharedObject && header.type != kProgram) return "is no executable file";
  if (header.segment_size != sizeof(Segment) || header.segment_count == 0 || header.segment_count > kMostSegments)
    return "has no usable table of segments";
  return nullptr;
}

std::uint64_t image_start(const Sandbox& sandbox) { return sandbox.slot_start() + kImageOffset; }

// What is added to the file's addresses. Those of a static file are the slot's own.
std::uint64_t bias_of(const Sandbox& sandbox, const Header& header) { return header.type == kProgram ? 0 : image_start(sandbox); }

const char* load_segment(Sandbox& sandbox, std::uint64_t bias, Bytes file, const Segment& segment) {
  if (segment.memory_size == 0) return nullptr;
  const std::uint64_t address = bias + segment.address, from_start = address - image_start(sandbox);
  if (from_start > kLargestImage || segment.memory_size > kLargestImage - from_start || segment.file_size > segment.memory_size)
    return bias ? "has a segment outside its addresses" : "is not linked for the addresses of one slot (docs/extensions.md has the command)";
  if (segment.offset > file.size() || segment.file_size > file.size() - segment.offset) return "is cut short";
  if ((segment.flags & kExecute) && (segment.flags & kWrite)) return "has a segment that is writable and executable";
  const std::uint64_t start = address & ~(abi::kPageSize - 1);
  const std::uint64_t end = (address + segment.memory_size + abi::kPageSize - 1) & ~(abi::kPageSize - 1);
  switch (map_pages(sandbox, start, end - start, protection_of(segment))) {
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

const char* relocate(Sandbox& sandbox, std::uint64_t base, Bytes file, const Segment& segment) {
  std::uint64_t table = 0, size = 0;
  for (std::uint64_t i = 0; i < segment.file_size / sizeof(Dynamic); ++i) {
    Dynamic entry;
    if (!read(file, segment.offset, i, &entry)) return "is cut short";
    if (entry.tag == kEnd) break;
    if (entry.tag == kRela) table = entry.value;
    if (entry.tag == kRelaSize) size = entry.value;
    if (entry.tag == kNeeded) return "needs shared libraries";
    if ((entry.tag == kPltRelocationsSize && entry.value) || entry.tag == kRelTag || entry.tag == kRelr)
      return "has relocations of a kind that is not supported";
  }
  return relocate(sandbox, base, table, size);
}

bool segment_at(Bytes file, const Header& header, unsigned index, Segment* out) { return read(file, header.segments, index, out); }

bool is_exported(const elf::Symbol& symbol) {
  return symbol.type() == kFunction && symbol.binding() != kLocal && symbol.visibility() != kHidden && symbol.section != kUndefined;
}

// A string that is not empty, within a section.
bool read_name(Bytes file, const Section& names, std::uint32_t at, std::string_view* out) {
  if (names.offset > file.size() || names.size > file.size() - names.offset) return false;
  return elf::read_name(file.subspan(names.offset, names.size), at, out) && !out->empty();
}

// The section of this type, and the strings that belong to it.
bool find_symbols(Bytes file, const Header& header, std::uint32_t type, Section* symbols, Section* names) {
  for (std::uint64_t i = 0; i < header.section_count && i < kMostSections; ++i)
    if (read(file, header.sections, i, symbols) && symbols->type == type && symbols->link < header.section_count)
      return read(file, header.sections, symbols->link, names);
  return false;
}

}  // namespace

std::uint64_t wanted_slot(Bytes file) {
  Header header;
  Segment segment;
  if (!read(file, 0, &header) || check_header(header) || header.type != kProgram) return kAnySlot;
  for (unsigned i = 0; i < header.segment_count && segment_at(file, header, i, &segment); ++i)
    if (segment.type == kLoad && segment.address >= abi::kSandboxBase && segment.address < abi::kSandboxEnd)
      return (segment.address - abi::kSandboxBase) / abi::kSlotSize;
  return kAnySlot;
}

const char* load_extension(Sandbox& sandbox, Bytes file) {
  Header header;
  if (!read(file, 0, &header)) return "is not an x86-64 ELF file";
  if (const char* wrong = check_header(header)) return wrong;
  const std::uint64_t bias = bias_of(sandbox, header);
  Segment segment, dynamic{};
  for (unsigned i = 0; i < header.segment_count; ++i) {
    if (!segment_at(file, header, i, &segment)) return "is cut short";
    if (segment.type == kInterpreter) return "wants a dynamic linker (link it with -static-pie)";
    if (segment.type == kThreadLocalSegment && segment.memory_size) return "has thread-local data";
    if (segment.type == kDynamicSegment) dynamic = segment;
    if (segment.type != kLoad) continue;
    if (const char* wrong = load_segment(sandbox, bias, file, segment)) return wrong;
  }
  sandbox.entry = bias + header.entry;
  if (header.entry == 0 || sandbox.entry - image_start(sandbox) >= kLargestImage) return "has no entry point (link it with the start file)";
  return dynamic.file_size ? relocate(sandbox, bias, file, dynamic) : nullptr;
}

bool for_each_export(const Sandbox& sandbox, Bytes file, bool (*visit)(void*, std::string_view, std::uint64_t), void* context) {
  Header header;
  Section symbols, names;
  if (!read(file, 0, &header) || header.section_size != sizeof(Section)) return true;
  if (!find_symbols(file, header, kSymbolTable, &symbols, &names) && !find_symbols(file, header, kDynamicSymbols, &symbols, &names)) return true;
  const std::uint64_t bias = bias_of(sandbox, header);
  for (std::uint64_t i = 0; i < symbols.size / sizeof(elf::Symbol); ++i) {
    elf::Symbol symbol;
    std::string_view name;
    if (!read(file, symbols.offset, i, &symbol)) return true;
    const std::uint64_t address = bias + symbol.value;
    if (!is_exported(symbol) || address - image_start(sandbox) >= kLargestImage || !read_name(file, names, symbol.name, &name)) continue;
    if (!visit(context, name, address)) return false;
  }
  return true;
}

}  // namespace perdure::runtime
