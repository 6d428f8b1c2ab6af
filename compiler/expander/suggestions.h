// The names that are nearest to one that means nothing: for messages to people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/expander/environment.h"

namespace perdure::compiler {

class Suggestions {
 public:
  explicit Suggestions(std::string wanted) : wanted_(std::move(wanted)) {}
  // One that could be meant.
  void offer(std::string name);
  // "a", "a or b", "a, b or c": the nearest, at most three; "" if none is near.
  std::string phrase() const;

 private:
  struct Near {
    std::string name;
    std::size_t distance;
  };
  std::string wanted_;
  std::vector<Near> nearest_;   // best first
};

// Offers all names that mean something in `environment`.
void offer_names(Suggestions* suggestions, Environment* environment);
// "(foo bar)"
std::string text_of_library_name(Value name);
// "(a b), (c d)": at most three libraries that export the name; or "".
std::string libraries_exporting(Value symbol);
// For a library that is not there: the nearest.
std::string suggest_library(Value name);
// For an unbound variable: the nearest of the names that are visible where it was mentioned, or the libraries that
// export it; "" if there is nothing to say.
std::string suggest_variable(Value symbol);

}  // namespace perdure::compiler
