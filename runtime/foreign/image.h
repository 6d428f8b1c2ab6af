// Foreign code in the world: what a shared object or an object file becomes.
//
//   I1  A file is taken apart in a buffer, relocated there for the addresses it will have, and only then given pages: no page
//       is ever writable and executable. Nothing of it is in the world when it is refused.
//   I2  The file's author is trusted, its bytes are not: every offset, index and size in it is checked.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "boot/abi/address_map.h"
#include "runtime/elf.h"

namespace perdure::runtime {

struct ForeignSymbol {
  std::string name;
  std::uint64_t address, size;
  bool exported, function;
};

struct ForeignImage {
  std::string name;
  std::uint64_t start = 0, size = 0;              // its pages
  std::vector<ForeignSymbol> symbols;
  std::vector<std::uint64_t> constructors;        // to be called, in this order
};

// What is made of a file before it gets pages.
struct ImagePlan {
  ForeignImage image;
  std::vector<std::uint8_t> memory;               // what will be at image.start
  std::vector<std::uint32_t> protection;          // of each page; kProtNone: not there
  std::vector<std::string> missing;               // names that nothing defines
  std::uint64_t address_of(std::uint64_t offset) const { return image.start + offset; }
};

// The image, which lives for good or until it is unloaded; null: *wrong says why, as a phrase: "is not an x86-64 ELF file".
ForeignImage* load_image(const std::string& name, std::span<const std::uint8_t> file, std::string* wrong);
void unload_image(ForeignImage* image);
// Newest first.
const std::vector<ForeignImage*>& foreign_images();

// The two kinds of files (shared_object.cpp, object_file.cpp). Empty, or what is wrong.
std::string plan_shared_object(elf::Bytes file, const elf::Header& header, ImagePlan* plan);
std::string plan_object_file(elf::Bytes file, const elf::Header& header, ImagePlan* plan);
// Addresses for so many bytes, and zeros for them in the plan. False: too large.
bool make_room(ImagePlan* plan, std::uint64_t bytes);
// Where a name that the file does not define is: in what was loaded before, or offered by the world. 0: nowhere; filed as missing unless
// that is allowed.
std::uint64_t resolve(ImagePlan* plan, std::string_view name, bool may_be_missing);
std::string about_symbol(std::string_view what, std::string_view name);

const ForeignSymbol* find_exported(const ForeignImage& image, std::string_view name);
// What the world offers (offered.cpp); 0: not that.
std::uint64_t offered_address(std::string_view name);
std::vector<std::string_view> offered_names();
// Stands for weak functions that are nowhere: ends the call.
std::uint64_t missing_function();

// "image: function+0x12", or nothing.
std::string describe_foreign_address(std::uint64_t address);

}  // namespace perdure::runtime
