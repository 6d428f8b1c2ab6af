// Characters and strings: what their families share.
#pragma once

#include <span>
#include <string_view>

#include "runtime/heap.h"
#include "runtime/primitive.h"

namespace perdure::runtime {

// A string's characters; valid while nothing changes or frees it.
inline std::u32string_view view_of(Value string) { return {as<String>(string)->chars, length_of(string)}; }
// For a caller that sets every character.
Value make_unfilled_string(std::uint64_t length);
inline Value make_string_from(std::u32string_view chars) { return make_string_utf32(chars.data(), chars.size()); }

std::span<const Primitive> chars_primitives();
std::span<const Primitive> strings_primitives();
std::span<const Primitive> string_case_primitives();
std::span<const Primitive> string_conversion_primitives();
std::span<const Primitive> string_search_primitives();
std::span<const Primitive> graphemes_primitives();

}  // namespace perdure::runtime
