// Makes tables.inc from the Unicode Character Database: unicode_generator FOLDER OUTPUT
//
// Characters with the same properties share one record; a character's record number is found through two levels, in
// blocks of kBlock characters, equal blocks stored once. Read unicode.cpp for what reads the tables.
// File formats: Unicode Standard Annex 44.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/unicode/properties.h"

using namespace perdure::unicode;

namespace {

constexpr std::uint32_t kChars = 0x110000;
constexpr std::uint32_t kBlock = 128;

std::vector<Properties> characters(kChars, Properties{});
std::map<std::uint32_t, FullMappings> specials;
std::string folder;

[[noreturn]] void die(const std::string& message) {
  std::cerr << "unicode_generator: " << message << "\n";
  std::exit(1);
}

std::string trim(const std::string& s) {
  const auto first = s.find_first_not_of(" \t\r");
  return first == std::string::npos ? "" : s.substr(first, s.find_last_not_of(" \t\r") - first + 1);
}

// The lines of a database file as fields, without comments and empty lines.
std::vector<std::vector<std::string>> read_rows(const std::string& name) {
  std::ifstream file(folder + "/" + name);
  if (!file) die("cannot read " + folder + "/" + name);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    line = trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    std::vector<std::string> fields;
    std::istringstream parts(line + ";");
    for (std::string field; std::getline(parts, field, ';');) fields.push_back(trim(field));
    rows.push_back(fields);
  }
  return rows;
}

std::uint32_t hex(const std::string& s) { return static_cast<std::uint32_t>(std::stoul(s, nullptr, 16)); }

template <class F> void for_range(const std::string& range, F f) {
  const auto dots = range.find("..");
  const std::uint32_t first = hex(range), last = dots == std::string::npos ? first : hex(range.substr(dots + 2));
  for (std::uint32_t c = first; c <= last; ++c) f(c);
}

std::uint8_t category_number(const std::string& name) {
  for (std::size_t i = 0; i < kCategoryNames.size(); ++i)
    if (kCategoryNames[i] == name) return static_cast<std::uint8_t>(i);
  die("unknown category " + name);
}

std::int32_t difference(const std::string& to, std::uint32_t from) {
  return to.empty() ? 0 : static_cast<std::int32_t>(hex(to)) - static_cast<std::int32_t>(from);
}

void read_unicode_data() {
  std::uint32_t range_first = 0;
  for (const auto& row : read_rows("UnicodeData.txt")) {
    const std::uint32_t c = hex(row[0]);
    Properties p{};
    p.category = category_number(row[2]);
    p.digit = row[2] == "Nd" ? static_cast<std::int8_t>(std::stoi(row[6])) : std::int8_t{-1};
    p.upper = difference(row[12], c);
    p.lower = difference(row[13], c);
    if (row[1].ends_with(", First>")) { range_first = c; continue; }
    const std::uint32_t first = row[1].ends_with(", Last>") ? range_first : c;
    for (std::uint32_t i = first; i <= c; ++i) characters[i] = p;
  }
}

void read_flags(const std::string& file, const std::string& property, std::uint8_t flag) {
  std::size_t count = 0;
  for (const auto& row : read_rows(file))
    if (row.size() > 1 && row[1] == property) for_range(row[0], [&](std::uint32_t c) { characters[c].flags |= flag; ++count; });
  if (count == 0) die("no " + property + " in " + file);
}

std::array<char32_t, 3> sequence(const std::string& text) {
  std::array<char32_t, 3> result{};
  std::istringstream parts(text);
  std::size_t n = 0;
  for (std::string part; parts >> part;) {
    if (n == result.size()) die("a mapping of more than three characters: " + text);
    result[n++] = hex(part);
  }
  return result;
}

FullMappings& special(std::uint32_t c) {
  const Properties& p = characters[c];
  const auto simple = [&](std::int32_t delta) { return std::array<char32_t, 3>{static_cast<char32_t>(static_cast<std::int32_t>(c) + delta)}; };
  return specials.try_emplace(c, FullMappings{simple(p.upper), simple(p.lower), simple(p.fold)}).first->second;
}

void read_case_folding() {
  const auto rows = read_rows("CaseFolding.txt");
  for (const auto& row : rows)
    if (row[1] == "C" || row[1] == "S") characters[hex(row[0])].fold = difference(row[2], hex(row[0]));
  for (const auto& row : rows)
    if (row[1] == "F") special(hex(row[0])).fold = sequence(row[2]);
}

void read_special_casing() {
  for (const auto& row : read_rows("SpecialCasing.txt")) {
    if (row.size() > 4 && !row[4].empty()) continue;  // depends on language, or is the final sigma: unicode.cpp
    special(hex(row[0])).lower = sequence(row[1]);
    special(hex(row[0])).upper = sequence(row[3]);
  }
}

void read_widths() {
  for (const auto& row : read_rows("EastAsianWidth.txt"))
    if (row[1] == "W" || row[1] == "F") for_range(row[0], [](std::uint32_t c) { characters[c].flags |= kWide; });
}

void read_grapheme_breaks() {
  const auto number = [](const std::string& name) {
    for (std::size_t i = 0; i < kGraphemeBreakNames.size(); ++i)
      if (kGraphemeBreakNames[i] == name) return static_cast<std::uint8_t>(i);
    die("unknown grapheme break " + name);
  };
  for (const auto& row : read_rows("emoji/emoji-data.txt"))
    if (row[1] == "Extended_Pictographic") for_range(row[0], [](std::uint32_t c) { characters[c].grapheme = kPictographic; });
  for (const auto& row : read_rows("auxiliary/GraphemeBreakProperty.txt"))
    for_range(row[0], [&](std::uint32_t c) {
      if (characters[c].grapheme != kOther) die("a pictographic character with a grapheme break of its own");
      characters[c].grapheme = number(row[1]);
    });
}

void number_specials() {
  std::uint8_t number = 0;
  for (const auto& [c, mappings] : specials) {
    if (++number == 0) die("too many special mappings");
    characters[c].special = number;
  }
}

template <class T> std::uint32_t number_of(std::map<T, std::uint32_t>& numbers, std::vector<T>& all, const T& item) {
  const auto [at, fresh] = numbers.try_emplace(item, static_cast<std::uint32_t>(all.size()));
  if (fresh) all.push_back(item);
  return at->second;
}

template <class List> void write_numbers(std::ostream& out, const char* declaration, const List& list) {
  out << declaration << " = {";
  std::size_t i = 0;
  for (auto n : list) out << (i++ % 20 == 0 ? "\n" : "") << static_cast<long>(n) << ",";
  out << "\n};\n\n";
}

void write_mappings(std::ostream& out) {
  const auto three = [&](const std::array<char32_t, 3>& s) {
    out << "{" << std::uint32_t{s[0]} << "," << std::uint32_t{s[1]} << "," << std::uint32_t{s[2]} << "},";
  };
  out << "constexpr FullMappings kFullMappings[] = {\n{},\n";  // number 0: none
  for (const auto& [c, m] : specials) {
    out << "{"; three(m.upper); three(m.lower); three(m.fold); out << "},\n";
  }
  out << "};\n";
}

void write_tables(std::ostream& out) {
  std::map<Properties, std::uint32_t> record_numbers;
  std::vector<Properties> records;
  std::map<std::vector<std::uint32_t>, std::uint32_t> block_numbers;
  std::vector<std::vector<std::uint32_t>> blocks;
  std::vector<std::uint32_t> first_level;
  for (std::uint32_t start = 0; start < kChars; start += kBlock) {
    std::vector<std::uint32_t> block;
    for (std::uint32_t c = start; c < start + kBlock; ++c) block.push_back(number_of(record_numbers, records, characters[c]));
    first_level.push_back(number_of(block_numbers, blocks, block));
  }
  std::vector<std::uint32_t> second_level;
  for (const auto& block : blocks) second_level.insert(second_level.end(), block.begin(), block.end());

  out << "// Generated from the Unicode Character Database; do not edit.\n\n";
  out << "constexpr std::uint32_t kBlock = " << kBlock << ";\n\n";
  write_numbers(out, "constexpr std::uint16_t kFirstLevel[]", first_level);
  write_numbers(out, "constexpr std::uint16_t kSecondLevel[]", second_level);
  out << "constexpr Properties kRecords[] = {\n";
  for (const Properties& p : records)
    out << "{" << int{p.category} << "," << int{p.flags} << "," << int{p.digit} << "," << int{p.special} << ","
        << int{p.grapheme} << "," << p.upper << "," << p.lower << "," << p.fold << "},\n";
  out << "};\n\n";
  write_mappings(out);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) die("usage: unicode_generator FOLDER OUTPUT");
  folder = arguments[1];
  read_unicode_data();
  for (std::uint32_t c = 0; c < kChars; ++c)
    if (characters[c].category != category_number("Nd")) characters[c].digit = -1;
  read_flags("DerivedCoreProperties.txt", "Alphabetic", kAlphabetic);
  read_flags("DerivedCoreProperties.txt", "Uppercase", kUppercase);
  read_flags("DerivedCoreProperties.txt", "Lowercase", kLowercase);
  read_flags("DerivedCoreProperties.txt", "Cased", kCased);
  read_flags("DerivedCoreProperties.txt", "Case_Ignorable", kCaseIgnorable);
  read_flags("PropList.txt", "White_Space", kWhiteSpace);
  read_widths();
  read_grapheme_breaks();
  read_case_folding();
  read_special_casing();
  number_specials();
  std::ofstream out(arguments[2]);
  write_tables(out);
  out.close();
  if (!out) die(std::string("cannot write ") + arguments[2]);
}
