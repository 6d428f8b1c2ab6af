// The escape key of a booted machine's terminal: Ctrl-] q switches the machine off, Ctrl-] Ctrl-] sends one Ctrl-].
#pragma once

#include <string>
#include <string_view>

namespace perdure::images {

class EscapeFilter {
 public:
  // What of the typed bytes goes on to the machine. Once switch_off() is true the rest does not matter.
  std::string take(std::string_view typed);
  bool switch_off() const { return switch_off_; }

 private:
  bool armed_ = false;
  bool switch_off_ = false;
};

}  // namespace perdure::images
