// Where the machine's own words begin: firmware and GRUB write to both serial ports before the kernel does, which then
// says the marker it was handed.
#pragma once

#include <string>
#include <string_view>

namespace perdure::images {

class MarkerFilter {
 public:
  // An empty marker: everything counts from the start.
  explicit MarkerFilter(std::string marker) : marker_(std::move(marker)), seen_(marker_.empty()) {}

  // What of the bytes comes after the marker.
  std::string take(std::string_view bytes) {
    if (seen_) return std::string(bytes);
    skipped_.append(bytes);
    const std::size_t at = skipped_.find(marker_);
    if (at == std::string::npos) return {};
    seen_ = true;
    return skipped_.substr(at + marker_.size());
  }
  bool seen() const { return seen_; }
  const std::string& skipped() const { return skipped_; }

 private:
  std::string marker_;
  std::string skipped_;
  bool seen_;
};

}  // namespace perdure::images
