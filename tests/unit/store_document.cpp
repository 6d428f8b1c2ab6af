// docs/world-format.md and boot/store/format.h say the same.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>

#include "boot/store/format.h"

using namespace perdure::store;

namespace {

using Place = std::pair<unsigned long, unsigned long>;   // offset, size
using Fields = std::map<std::string, Place>;             // "Superblock.magic"

#define FIELD(type, field) {#type "." #field, Place{offsetof(type, field), sizeof(type::field)}}

const Fields kFields = {
    FIELD(Superblock, magic), FIELD(Superblock, format_version), FIELD(Superblock, abi_version), FIELD(Superblock, page_size),
    FIELD(Superblock, flags), FIELD(Superblock, sequence), FIELD(Superblock, page_count), FIELD(Superblock, build_id),
    FIELD(Superblock, generation_count), FIELD(Superblock, current), FIELD(Superblock, table), FIELD(Superblock, padding),
    FIELD(Superblock, checksum),
    FIELD(Generation, number), FIELD(Generation, created_ns), FIELD(Generation, parent), FIELD(Generation, page_count),
    FIELD(Generation, pages_changed), FIELD(Generation, flags), FIELD(Generation, note_length), FIELD(Generation, map),
    FIELD(Generation, note),
    FIELD(TableEntry, page), FIELD(TableEntry, checksum),
    FIELD(TablePage, magic), FIELD(TablePage, index), FIELD(TablePage, page), FIELD(TablePage, padding), FIELD(TablePage, slots),
    FIELD(MapRoot, page), FIELD(MapRoot, checksum), FIELD(MapRoot, entry_count), FIELD(MapRoot, height), FIELD(MapRoot, reserved),
    FIELD(MapNode, magic), FIELD(MapNode, level), FIELD(MapNode, count), FIELD(MapNode, page), FIELD(MapNode, entries),
    FIELD(MapEntry, virtual_page), FIELD(MapEntry, location), FIELD(MapEntry, checksum),
};

// Rows "| offset | size | `field` | ..." under a heading "## Type".
Fields documented(std::istream& text) {
  Fields fields;
  std::string line, type;
  while (std::getline(text, line)) {
    if (line.rfind("## ", 0) == 0) type = line.substr(3);
    std::istringstream row(line);
    std::string bar, field;
    unsigned long offset = 0, size = 0;
    if (!(row >> bar >> offset >> bar >> size >> bar >> field) || field.size() < 3 || field.front() != '`') continue;
    fields[type + "." + field.substr(1, field.size() - 2)] = {offset, size};
  }
  return fields;
}

}  // namespace

TEST_CASE("store: the document and the code agree on every field") {
  std::ifstream file(PERDURE_ROOT "/docs/world-format.md");
  REQUIRE(file);
  const Fields fields = documented(file);
  for (const auto& [name, place] : kFields) {
    INFO(name);
    REQUIRE(fields.count(name) == 1);
    CHECK(fields.at(name) == place);
  }
  CHECK(fields.size() == kFields.size());
}

TEST_CASE("store: fields cover their structures without a gap") {
  std::map<std::string, unsigned long> covered;
  for (const auto& [name, place] : kFields) covered[name.substr(0, name.find('.'))] += place.second;
  CHECK(covered["Superblock"] == kPageSize);
  CHECK(covered["Generation"] == sizeof(Generation));
  CHECK(covered["TableEntry"] == sizeof(TableEntry));
  CHECK(covered["TablePage"] == kPageSize);
  CHECK(covered["MapNode"] == kPageSize);
  CHECK(covered["MapRoot"] == sizeof(MapRoot));
  CHECK(covered["MapEntry"] == sizeof(MapEntry));
}

TEST_CASE("store: magics read as text") {
  CHECK(std::string(reinterpret_cast<const char*>(&kSuperblockMagic), 8) == "PERDURE1");
  CHECK(std::string(reinterpret_cast<const char*>(&kNodeMagic), 4) == "PMAP");
  CHECK(std::string(reinterpret_cast<const char*>(&kTableMagic), 4) == "PGEN");
}
