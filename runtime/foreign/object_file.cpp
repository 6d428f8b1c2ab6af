// Object files: sections are laid out by protection, with a table of addresses for what is reached through one, and room for common
// symbols. All lies within reach of a rel32, the world's own functions too, so no stubs are needed.
#include <algorithm>
#include <map>

#include "boot/abi/platform.h"
#include "runtime/foreign/image.h"

namespace perdure::runtime {
namespace {

using namespace elf;

constexpr std::uint64_t kMostSections = 65536;
constexpr std::uint64_t kNowhere = ~std::uint64_t{0};
constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 20;

class ObjectFile {
 public:
  ObjectFile(Bytes file, const Header& header, ImagePlan* plan) : file_(file), header_(header), plan_(*plan) {}

  std::string plan() {
    for (auto step : {&ObjectFile::read_sections, &ObjectFile::read_symbols, &ObjectFile::lay_out, &ObjectFile::copy_sections,
                      &ObjectFile::place_symbols, &ObjectFile::relocate, &ObjectFile::find_constructors})
      if (std::string wrong = (this->*step)(); !wrong.empty()) return wrong;
    return {};
  }

 private:
  struct Place { std::uint64_t offset = kNowhere; };

  std::string read_sections() {
    if (header_.section_size != sizeof(Section) || header_.section_count == 0 || header_.section_count > kMostSections) return "has no usable table of sections";
    for (unsigned i = 0; i < header_.section_count; ++i) {
      Section section;
      if (!read(file_, header_.sections, i, &section)) return "is cut short";
      if (section.type != kNoBits && (section.offset > file_.size() || section.size > file_.size() - section.offset)) return "is cut short";
      if ((section.flags & kSectionAlloc) && (section.flags & kSectionThreadLocal) && section.size) return "has thread-local data, which a world has not";
      if ((section.flags & kSectionWrite) && (section.flags & kSectionExecute)) return "has memory that is writable and executable at once";
      sections_.push_back(section);
    }
    places_.resize(sections_.size());
    return {};
  }

  Bytes contents(const Section& section) const {
    return section.type == kNoBits ? Bytes() : file_.subspan(section.offset, section.size);
  }

  std::string read_symbols() {
    for (const Section& section : sections_) {
      if (section.type != kSymbolTable) continue;
      if (section.link >= sections_.size()) return "has symbols without names";
      const Bytes names = contents(sections_[section.link]);
      for (std::uint64_t i = 0; i < section.size / sizeof(Symbol); ++i) {
        Symbol symbol;
        std::string_view name;
        if (!read(contents(section), i * sizeof(Symbol), &symbol) || (i != 0 && !read_name(names, symbol.name, &name))) return "has symbols without names";
        symbols_.push_back(symbol);
        names_.push_back(name);
      }
      return {};
    }
    return "has no symbols";
  }

  static std::uint32_t protection_of(const Section& section) {
    if (section.flags & kSectionExecute) return abi::kProtRead | abi::kProtExecute;
    return section.flags & kSectionWrite ? abi::kProtRead | abi::kProtWrite : std::uint32_t{abi::kProtRead};
  }

  // False: too large.
  bool append(std::uint64_t size, std::uint64_t alignment, std::uint64_t* offset) {
    if (alignment == 0) alignment = 1;
    if (size > kMostBytes || alignment > abi::kPageSize || (alignment & (alignment - 1))) return false;
    *offset = (end_ + alignment - 1) & ~(alignment - 1);
    end_ = *offset + size;
    return end_ <= kMostBytes;
  }

  std::string lay_out() {
    struct Part { std::uint64_t start, end; std::uint32_t protection; };
    std::vector<Part> parts;
    for (const std::uint32_t protection : {abi::kProtRead | abi::kProtExecute, std::uint32_t{abi::kProtRead}, abi::kProtRead | abi::kProtWrite}) {
      const std::uint64_t start = end_ = (end_ + abi::kPageSize - 1) & ~(abi::kPageSize - 1);
      for (std::size_t i = 0; i < sections_.size(); ++i)
        if ((sections_[i].flags & kSectionAlloc) && protection_of(sections_[i]) == protection)
          if (!append(sections_[i].size, sections_[i].alignment, &places_[i].offset)) return "is too large for the world, or wants an alignment beyond a page";
      if (protection == abi::kProtRead && !append(symbols_.size() * 8, 8, &table_)) return "is too large for the world";
      if (protection & abi::kProtWrite)
        for (std::size_t i = 0; i < symbols_.size(); ++i)
          if (symbols_[i].section == kCommon && !append(symbols_[i].size, symbols_[i].value, &common_[i])) return "is too large for the world";
      parts.push_back({start, end_, protection});
    }
    if (!make_room(&plan_, end_ + 1)) return "is too large for the world";
    for (const Part& part : parts)
      for (std::uint64_t page = part.start / abi::kPageSize; page * abi::kPageSize < part.end; ++page) plan_.protection[page] = part.protection;
    return {};
  }

  std::string copy_sections() {
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      const Bytes bytes = contents(sections_[i]);
      if (places_[i].offset != kNowhere && !bytes.empty()) std::memcpy(plan_.memory.data() + places_[i].offset, bytes.data(), bytes.size());
    }
    return {};
  }

  std::string place_symbols() {
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
      const Symbol& symbol = symbols_[i];
      std::uint64_t address = 0;
      if (symbol.type() == kThreadLocal) return "has thread-local data, which a world has not";
      if (symbol.type() == kIndirect) return about_symbol("chooses a function when it is loaded (ifunc), which would not hold on another processor", names_[i]);
      if (symbol.section == kCommon) address = plan_.address_of(common_[i]);
      else if (symbol.section == kAbsolute) address = symbol.value;
      else if (symbol.section == kUndefined || symbol.section >= kFirstReserved) address = 0;
      else if (symbol.section >= sections_.size()) return "has symbols in sections that are not there";
      else if (places_[symbol.section].offset != kNowhere) address = plan_.address_of(places_[symbol.section].offset + symbol.value);
      addresses_.push_back(address);
      note_symbol(symbol, names_[i], address);
    }
    // The places themselves are known now, so that what is undefined may also be looked for elsewhere.
    for (std::size_t i = 1; i < symbols_.size(); ++i)
      if (symbols_[i].section == kUndefined && symbols_[i].binding() != kLocal && names_[i] != "_GLOBAL_OFFSET_TABLE_")
        addresses_[i] = resolve(&plan_, names_[i], symbols_[i].binding() == kWeak);
    for (std::size_t i = 0; i < addresses_.size(); ++i) std::memcpy(plan_.memory.data() + table_ + 8 * i, &addresses_[i], 8);
    return {};
  }

  void note_symbol(const Symbol& symbol, std::string_view name, std::uint64_t address) {
    if (address == 0 || name.empty() || symbol.section == kAbsolute || symbol.type() > kFunction) return;
    const bool exported = symbol.binding() != kLocal && symbol.visibility() != kHidden && symbol.visibility() != kInternal;
    if (exported || symbol.type() == kFunction) plan_.image.symbols.push_back({std::string(name), address, symbol.size, exported, symbol.type() == kFunction});
  }

  std::string relocate() {
    for (const Section& section : sections_) {
      if (section.type == kRel) return "has relocations without addends, which x86-64 has not";
      if (section.type != kRelocations || section.info >= sections_.size()) continue;
      const Place place = places_[section.info];
      if (place.offset == kNowhere) continue;      // of debugging information
      for (std::uint64_t i = 0; i < section.size / sizeof(Relocation); ++i) {
        Relocation relocation;
        if (!read(contents(section), i * sizeof(Relocation), &relocation)) return "is cut short";
        if (std::string wrong = apply(relocation, place.offset, sections_[section.info].size); !wrong.empty()) return wrong;
      }
    }
    return {};
  }

  std::string apply(const Relocation& r, std::uint64_t section, std::uint64_t section_size) {
    const std::uint32_t type = r.type();
    if (type == kNone) return {};
    const std::uint64_t width = type == k64 || type == kPc64 || type == kGotOffset64 ? 8 : 4;
    if (r.symbol() >= symbols_.size() || r.offset > section_size || section_size - r.offset < width) return "has relocations outside its sections";
    const std::uint64_t at = section + r.offset, place = plan_.address_of(at), addend = static_cast<std::uint64_t>(r.addend);
    const std::uint64_t symbol = addresses_[r.symbol()], table = plan_.address_of(table_), entry = table + 8 * std::uint64_t{r.symbol()};
    const bool is_weak_nothing = symbol == 0 && symbols_[r.symbol()].binding() == kWeak;
    std::uint64_t value;
    switch (type) {
      case k64: case k32: case k32Signed: value = symbol + addend; break;
      case kPc32: case kPlt32: case kPc64: value = (is_weak_nothing ? missing_function() : symbol) + addend - place; break;
      case kGotPcRelative: case kGotPcRelativeX: case kRexGotPcRelativeX: value = entry + addend - place; break;
      case kGotPc32: value = table + addend - place; break;
      case kGotOffset64: value = symbol + addend - table; break;
      case kTlsGd: case kTlsLd: case kGotTpOff: case kTpOff32: case kTpOff64: case kDtpOff32: case kTlsDescriptor: case kTlsDescriptorCall:
        return "has thread-local data, which a world has not";
      default: return "has a relocation of an unknown type, " + std::to_string(type);
    }
    const auto as_signed = static_cast<std::int64_t>(value);
    const bool fits = width == 8 || (type == k32 ? value <= UINT32_MAX : as_signed >= INT32_MIN && as_signed <= INT32_MAX);
    // What nothing defines is told by name afterwards.
    if (!fits && plan_.missing.empty())
      return about_symbol(type == k32 || type == k32Signed ? "needs addresses of 32 bits (compile it with -fPIC) for" : "cannot reach", name_for(r.symbol()));
    std::memcpy(plan_.memory.data() + at, &value, width);
    return {};
  }

  std::string section_name(const Section& section) const {
    std::string_view name;
    if (header_.names >= sections_.size() || !read_name(contents(sections_[header_.names]), section.name, &name)) return {};
    return std::string(name);
  }

  // A section's symbol has no name of its own.
  std::string name_for(std::uint32_t index) const {
    const Symbol& symbol = symbols_[index];
    return names_[index].empty() && symbol.section < sections_.size() ? section_name(sections_[symbol.section]) : std::string(names_[index]);
  }

  // Those with a priority come first, the lowest number before the others: as their names are ordered.
  std::string find_constructors() {
    std::map<std::string, std::vector<std::size_t>> by_name;
    for (std::size_t i = 0; i < sections_.size(); ++i)
      if (sections_[i].type == kConstructors && places_[i].offset != kNowhere) {
        const std::string name = section_name(sections_[i]);
        by_name[name == ".init_array" ? "~" : name].push_back(i);
      }
    for (const auto& [name, indices] : by_name)
      for (const std::size_t i : indices)
        for (std::uint64_t at = 0; at + 8 <= sections_[i].size; at += 8) {
          std::uint64_t address;
          std::memcpy(&address, plan_.memory.data() + places_[i].offset + at, sizeof address);
          if (address != 0) plan_.image.constructors.push_back(address);
        }
    return {};
  }

  Bytes file_;
  const Header& header_;
  ImagePlan& plan_;
  std::vector<Section> sections_;
  std::vector<Place> places_;                    // of each section
  std::vector<Symbol> symbols_;
  std::vector<std::string_view> names_;
  std::vector<std::uint64_t> addresses_;
  std::map<std::size_t, std::uint64_t> common_;  // offsets of common symbols
  std::uint64_t table_ = 0;                      // offset of the table with all symbols' addresses
  std::uint64_t end_ = 0;                        // of what is laid out
};

}  // namespace

std::string plan_object_file(Bytes file, const Header& header, ImagePlan* plan) { return ObjectFile(file, header, plan).plan(); }

}  // namespace perdure::runtime
