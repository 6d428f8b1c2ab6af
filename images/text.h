// Numbers, times and notes of world files, as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace perdure::images {

// "20.3 MiB"; below one MiB "812 KiB".
std::string size_text(std::uint64_t bytes);
// "2026-05-04 12:30:59", local time.
std::string time_text(std::int64_t ns_since_1970);
// Of text from a file that may hold anything: UTF-8 as it is, a question mark for control characters and for each byte that is
// none.
std::string printable(std::string_view text);

}  // namespace perdure::images
