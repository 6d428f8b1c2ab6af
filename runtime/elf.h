// ELF64 as far as the loaders of extensions and of foreign code need it. Source: System V ABI, chapters 4 and 5; AMD64 supplement, chapter 4.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <span>
#include <string_view>

#include "boot/abi/platform.h"

namespace perdure::runtime::elf {

struct Header {
  std::uint8_t identification[16];
  std::uint16_t type, machine;
  std::uint32_t version;
  std::uint64_t entry, segments, sections;
  std::uint32_t flags;
  std::uint16_t header_size, segment_size, segment_count, section_size, section_count, names;
};
struct Segment {
  std::uint32_t type, flags;
  std::uint64_t offset, address, physical, file_size, memory_size, alignment;
};
struct Section {
  std::uint32_t name, type;
  std::uint64_t flags, address, offset, size;
  std::uint32_t link, info;
  std::uint64_t alignment, entry_size;
};
struct Symbol {
  std::uint32_t name;
  std::uint8_t info, other;
  std::uint16_t section;
  std::uint64_t value, size;

  unsigned type() const { return info & 15; }
  unsigned binding() const { return info >> 4; }
  unsigned visibility() const { return other & 3; }
};
struct Dynamic {
  std::int64_t tag;
  std::uint64_t value;
};
struct Relocation {
  std::uint64_t offset, info;
  std::int64_t addend;

  std::uint32_t type() const { return static_cast<std::uint32_t>(info); }
  std::uint32_t symbol() const { return static_cast<std::uint32_t>(info >> 32); }
};
static_assert(sizeof(Header) == 64 && sizeof(Segment) == 56 && sizeof(Section) == 64 && sizeof(Symbol) == 24 && sizeof(Relocation) == 24);

enum FileType : std::uint16_t { kObjectFile = 1, kProgram = 2, kSharedObject = 3 };
inline constexpr std::uint16_t kX86 = 62;
enum SegmentType : std::uint32_t { kLoad = 1, kDynamicSegment = 2, kInterpreter = 3, kThreadLocalSegment = 7, kReadOnlyAfterwards = 0x6474e552 };
enum SegmentFlag : std::uint32_t { kExecute = 1, kWrite = 2 };
enum SectionType : std::uint32_t { kBits = 1, kSymbolTable = 2, kRelocations = 4, kNoBits = 8, kRel = 9, kDynamicSymbols = 11, kConstructors = 14 };
enum SectionFlag : std::uint64_t { kSectionWrite = 1, kSectionAlloc = 2, kSectionExecute = 4, kSectionThreadLocal = 0x400 };
enum SymbolType : unsigned { kObject = 1, kFunction = 2, kSectionSymbol = 3, kFileSymbol = 4, kThreadLocal = 6, kIndirect = 10 };
enum Binding : unsigned { kLocal = 0, kGlobal = 1, kWeak = 2 };
enum Visibility : unsigned { kDefaultVisibility = 0, kInternal = 1, kHidden = 2 };
enum SectionIndex : std::uint16_t { kUndefined = 0, kFirstReserved = 0xff00, kAbsolute = 0xfff1, kCommon = 0xfff2 };
enum Tag : std::int64_t {
  kEnd = 0, kNeeded = 1, kPltRelocationsSize = 2, kHash = 4, kStrings = 5, kSymbols = 6, kRela = 7, kRelaSize = 8, kStringsSize = 10, kInit = 12,
  kRelTag = 17, kPltRelocationsKind = 20, kPltRelocations = 23, kInitArray = 25, kInitArraySize = 27, kRelr = 36, kGnuHash = 0x6ffffef5,
};
enum RelocationType : std::uint32_t {
  kNone = 0, k64 = 1, kPc32 = 2, kPlt32 = 4, kCopy = 5, kGlobalData = 6, kJumpSlot = 7, kRelative = 8, kGotPcRelative = 9, k32 = 10, k32Signed = 11,
  kDtpMod64 = 16, kDtpOff64 = 17, kTpOff64 = 18, kTlsGd = 19, kTlsLd = 20, kDtpOff32 = 21, kGotTpOff = 22, kTpOff32 = 23, kPc64 = 24,
  kGotOffset64 = 25, kGotPc32 = 26, kTlsDescriptor = 34, kTlsDescriptorCall = 35, kIndirectRelative = 37, kGotPcRelativeX = 41, kRexGotPcRelativeX = 42,
};

using Bytes = std::span<const std::uint8_t>;

// 64 bits, little-endian, x86-64.
inline bool is_for_this_machine(const Header& header) {
  constexpr std::uint8_t kIdentification[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
  return std::equal(std::begin(kIdentification), std::end(kIdentification), header.identification) && header.machine == kX86;
}

inline std::uint32_t protection_of(const Segment& segment) {
  return abi::kProtRead | (segment.flags & kWrite ? abi::kProtWrite : 0u) | (segment.flags & kExecute ? abi::kProtExecute : 0u);
}

// A structure of the file; false when it lies beyond the end. Copied, since nothing in a file needs to be aligned.
template <class T>
[[nodiscard]] bool read(Bytes file, std::uint64_t offset, T* out) {
  if (offset > file.size() || file.size() - offset < sizeof(T)) return false;
  std::memcpy(out, file.data() + offset, sizeof(T));
  return true;
}
// The one with that index in a table.
template <class T>
[[nodiscard]] bool read(Bytes file, std::uint64_t table, std::uint64_t index, T* out) {
  return table <= file.size() && index <= file.size() / sizeof(T) && read(file, table + index * sizeof(T), out);
}
// A zero-terminated string.
[[nodiscard]] inline bool read_name(Bytes strings, std::uint64_t at, std::string_view* out) {
  if (at >= strings.size()) return false;
  const auto* text = reinterpret_cast<const char*>(strings.data() + at);
  const void* end = std::memchr(text, 0, strings.size() - at);
  if (!end) return false;
  *out = {text, static_cast<std::size_t>(static_cast<const char*>(end) - text)};
  return true;
}

}  // namespace perdure::runtime::elf
