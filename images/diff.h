// perdure diff A B: which pages differ between two generations, of one file or of two.
#pragma once

#include "images/options.h"

namespace perdure::images {

inline constexpr int kDifferent = 1;

// Shows a table of areas, with `pages` each run of pages. Answers 0, kDifferent, or the exit code of an error.
int diff_worlds(const std::string& first, const std::string& second, bool pages);

}  // namespace perdure::images
