// Shared objects: segments are taken as they lie in the file, and relocated as its dynamic section says. All symbols are bound at
// once; those that the object defines are bound to itself.
#include <algorithm>

#include "boot/abi/platform.h"
#include "runtime/foreign/image.h"

namespace perdure::runtime {
namespace {

using namespace elf;

constexpr std::uint64_t kMostSegments = 128;
constexpr std::uint64_t kMostSymbols = std::uint64_t{1} << 20;

struct DynamicInfo {
  std::uint64_t symbols = 0, strings = 0, strings_size = 0;
  std::uint64_t relocations = 0, relocations_size = 0, plt = 0, plt_size = 0;
  std::uint64_t hash = 0, gnu_hash = 0;
  std::uint64_t init = 0, init_array = 0, init_array_size = 0;
};

class SharedObject {
 public:
  SharedObject(Bytes file, const Header& header, ImagePlan* plan) : file_(file), header_(header), plan_(*plan) {}

  std::string plan() {
    for (auto step : {&SharedObject::read_segments, &SharedObject::copy_segments, &SharedObject::read_dynamic, &SharedObject::read_symbols})
      if (std::string wrong = (this->*step)(); !wrong.empty()) return wrong;
    if (std::string wrong = relocate(info_.relocations, info_.relocations_size); !wrong.empty()) return wrong;
    if (std::string wrong = relocate(info_.plt, info_.plt_size); !wrong.empty()) return wrong;
    protect_relocated();
    return find_constructors();
  }

 private:
  std::string read_segments() {
    if (header_.segment_size != sizeof(Segment) || header_.segment_count == 0 || header_.segment_count > kMostSegments)
      return "has no usable table of segments";
    std::uint64_t end = 0;
    first_ = ~std::uint64_t{0};
    for (unsigned i = 0; i < header_.segment_count; ++i) {
      Segment segment;
      if (!read(file_, header_.segments, i, &segment)) return "is cut short";
      if (segment.type == kInterpreter) return "is a program (link it with -shared)";
      if (segment.type == kThreadLocalSegment && segment.memory_size) return "has thread-local data, which a world has not";
      if (segment.type == kLoad && segment.memory_size) {
        if (segment.address > ~std::uint64_t{0} - segment.memory_size || segment.file_size > segment.memory_size) return "has a segment outside its addresses";
        first_ = std::min(first_, segment.address & ~(abi::kPageSize - 1));
        end = std::max(end, segment.address + segment.memory_size);
      }
      segments_.push_back(segment);
    }
    if (end == 0) return "has nothing to load";
    return make_room(&plan_, end - first_) ? std::string() : "is too large for the world";
  }

  std::string copy_segments() {
    for (const Segment& segment : segments_) {
      if (segment.type != kLoad || segment.memory_size == 0) continue;
      if (segment.offset > file_.size() || segment.file_size > file_.size() - segment.offset) return "is cut short";
      const std::uint64_t at = segment.address - first_;
      std::memcpy(plan_.memory.data() + at, file_.data() + segment.offset, segment.file_size);
      const std::uint32_t protection = protection_of(segment);
      for (std::uint64_t page = at / abi::kPageSize; page <= (at + segment.memory_size - 1) / abi::kPageSize; ++page) {
        plan_.protection[page] |= protection;
        if ((plan_.protection[page] & abi::kProtWrite) && (plan_.protection[page] & abi::kProtExecute))
          return "has memory that is writable and executable at once";
      }
    }
    return {};
  }

  std::string read_dynamic() {
    const auto found = std::find_if(segments_.begin(), segments_.end(), [](const Segment& s) { return s.type == kDynamicSegment; });
    if (found == segments_.end()) return "has no dynamic section (link it with -shared)";
    for (std::uint64_t i = 0; i < found->memory_size / sizeof(Dynamic); ++i) {
      Dynamic entry;
      if (!read(memory(), found->address - first_, i, &entry)) return "has its dynamic section outside its segments";
      if (entry.tag == kEnd) break;
      if (std::string wrong = note(entry); !wrong.empty()) return wrong;
    }
    return {};
  }

  std::string note(const Dynamic& entry) {
    switch (entry.tag) {
      case kSymbols: info_.symbols = entry.value; break;
      case kStrings: info_.strings = entry.value; break;
      case kStringsSize: info_.strings_size = entry.value; break;
      case kRela: info_.relocations = entry.value; break;
      case kRelaSize: info_.relocations_size = entry.value; break;
      case kPltRelocations: info_.plt = entry.value; break;
      case kPltRelocationsSize: info_.plt_size = entry.value; break;
      case kHash: info_.hash = entry.value; break;
      case kGnuHash: info_.gnu_hash = entry.value; break;
      case kInit: info_.init = entry.value; break;
      case kInitArray: info_.init_array = entry.value; break;
      case kInitArraySize: info_.init_array_size = entry.value; break;
      case kRelTag: return "has relocations without addends, which x86-64 has not";
      case kRelr: return "has packed relative relocations (link it with -z nopack-relative-relocs)";
      case kPltRelocationsKind: return entry.value == kRela ? std::string() : "has relocations without addends, which x86-64 has not";
      default: break;
    }
    return {};
  }

  // How many symbols there are, which only their hash table says.
  std::uint64_t count_symbols() const {
    std::uint32_t count;
    if (info_.hash && read(memory(), info_.hash - first_ + 4, &count)) return count;
    if (!info_.gnu_hash) return 0;
    std::uint32_t header[4];      // buckets, first symbol, words of the bloom filter, shift
    const std::uint64_t table = info_.gnu_hash - first_;
    if (!read(memory(), table, &header) || header[0] > kMostSymbols || header[2] > kMostSymbols) return 0;
    const std::uint64_t buckets = table + sizeof header + header[2] * std::uint64_t{8};
    std::uint32_t last = 0, each;
    for (std::uint32_t i = 0; i < header[0]; ++i) {
      if (!read(memory(), buckets, i, &each)) return 0;
      last = std::max(last, each);
    }
    if (last < header[1]) return header[1];
    const std::uint64_t chains = buckets + header[0] * std::uint64_t{4};
    for (; read(memory(), chains, last - header[1], &each); ++last)
      if (each & 1) return last + std::uint64_t{1};
    return 0;
  }

  std::string read_symbols() {
    if (info_.strings) {
      const std::uint64_t at = info_.strings - first_;
      if (at > plan_.memory.size() || info_.strings_size > plan_.memory.size() - at) return "has its names outside its segments";
      strings_ = memory().subspan(at, info_.strings_size);
    }
    const std::uint64_t count = std::min(count_symbols(), kMostSymbols);
    for (std::uint64_t i = 1; i < count; ++i) {
      Symbol symbol;
      std::string_view name;
      if (!read(memory(), info_.symbols - first_, i, &symbol) || !read_name(strings_, symbol.name, &name)) return "has symbols outside its segments";
      if (symbol.section == kUndefined || symbol.binding() == kLocal || symbol.section == kAbsolute || name.empty()) continue;
      if (symbol.type() != kFunction && symbol.type() != kObject && symbol.type() != 0) continue;
      const bool exported = symbol.visibility() != kHidden && symbol.visibility() != kInternal;
      plan_.image.symbols.push_back({std::string(name), address_of(symbol.value), symbol.size, exported, symbol.type() == kFunction});
    }
    return {};
  }

  std::string relocate(std::uint64_t table, std::uint64_t size) {
    for (std::uint64_t i = 0; i < size / sizeof(Relocation); ++i) {
      Relocation relocation;
      if (!read(memory(), table - first_, i, &relocation)) return "has relocations outside its segments";
      if (std::string wrong = apply(relocation); !wrong.empty()) return wrong;
    }
    return {};
  }

  std::string apply(const Relocation& r) {
    std::uint64_t symbol = 0;
    switch (r.type()) {
      case kNone: return {};
      case kRelative: break;
      case k64: case kGlobalData: case kJumpSlot:
        if (std::string wrong = find_symbol(r.symbol(), &symbol); !wrong.empty()) return wrong;
        break;
      case kDtpMod64: case kDtpOff64: case kTpOff64: case kTlsDescriptor: return "has thread-local data, which a world has not";
      case kIndirectRelative: return "chooses functions when it is loaded (ifunc), which would not hold on another processor";
      case kPc32: case k32: case k32Signed: case kPlt32: return "has relocations in its code (compile it with -fPIC)";
      case kCopy: return "has a copy relocation: it is a program (link it with -shared)";
      default: return "has a relocation of an unknown type, " + std::to_string(r.type());
    }
    const std::uint64_t at = r.offset - first_, addend = static_cast<std::uint64_t>(r.addend);
    const std::uint64_t value = r.type() == kRelative ? address_of(addend) : symbol + (r.type() == k64 ? addend : 0);
    if (at > plan_.memory.size() - sizeof value) return "has a relocation outside its segments";
    for (const std::uint64_t page : {at / abi::kPageSize, (at + sizeof value - 1) / abi::kPageSize})
      if (!(plan_.protection[page] & abi::kProtWrite)) return "has relocations in its code (compile it with -fPIC)";
    std::memcpy(plan_.memory.data() + at, &value, sizeof value);
    return {};
  }

  std::string find_symbol(std::uint32_t index, std::uint64_t* out) {
    Symbol symbol;
    std::string_view name;
    if (index == 0) return {};
    if (!read(memory(), info_.symbols - first_, index, &symbol) || !read_name(strings_, symbol.name, &name)) return "has a relocation of a symbol that is not there";
    if (symbol.type() == kThreadLocal) return "has thread-local data, which a world has not";
    if (symbol.type() == kIndirect) return about_symbol("chooses a function when it is loaded (ifunc), which would not hold on another processor", name);
    if (symbol.section == kUndefined) *out = resolve(&plan_, name, symbol.binding() == kWeak);
    else *out = symbol.section == kAbsolute ? symbol.value : address_of(symbol.value);
    return {};
  }

  // What is not written once it is relocated.
  void protect_relocated() {
    for (const Segment& segment : segments_) {
      if (segment.type != kReadOnlyAfterwards || segment.address < first_ || segment.memory_size > plan_.memory.size()) continue;
      const std::uint64_t start = segment.address - first_, end = start + segment.memory_size;
      for (std::uint64_t page = (start + abi::kPageSize - 1) / abi::kPageSize; page < end / abi::kPageSize && page < plan_.protection.size(); ++page)
        plan_.protection[page] &= ~abi::kProtWrite;
    }
  }

  std::string find_constructors() {
    if (info_.init) plan_.image.constructors.push_back(address_of(info_.init));
    for (std::uint64_t i = 0; i < info_.init_array_size / 8; ++i) {
      std::uint64_t address;
      if (!read(memory(), info_.init_array - first_, i, &address)) return "has its constructors outside its segments";
      if (address != 0 && address != ~std::uint64_t{0}) plan_.image.constructors.push_back(address);
    }
    return {};
  }

  Bytes memory() const { return plan_.memory; }
  std::uint64_t address_of(std::uint64_t virtual_address) const { return plan_.image.start + (virtual_address - first_); }

  Bytes file_;
  const Header& header_;
  ImagePlan& plan_;
  std::uint64_t first_ = 0;       // the lowest address that the file names
  std::vector<Segment> segments_;
  DynamicInfo info_;
  Bytes strings_;
};

}  // namespace

std::string plan_shared_object(Bytes file, const Header& header, ImagePlan* plan) { return SharedObject(file, header, plan).plan(); }

}  // namespace perdure::runtime
