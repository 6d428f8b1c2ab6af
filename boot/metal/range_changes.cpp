#include "boot/metal/range_changes.h"

namespace perdure::metal {

void Covering::advance() {
  if (reader_) return advance_in_map();
  while (ranges_ != ranges_end_ && ranges_->size == 0) ++ranges_;
  at_end_ = ranges_ == ranges_end_;
  if (at_end_) return;
  const std::uint64_t first = ranges_->start / abi::kPageSize, count = ranges_->size / abi::kPageSize;
  current_ = {first, first + count, ranges_->protection};
  pages_ += count;
  ++ranges_;
}

bool Covering::next_entry(store::MapEntry* entry) {
  if (next_ == entry_count_) {
    between_();
    next_ = entry_count_ = 0;
    error_ = reader_->scan(next_page_, ~std::uint64_t{0}, entries_, kEntries, &entry_count_);
    if (error_ != store::Error::kNone || entry_count_ == 0) return false;
    next_page_ = entries_[entry_count_ - 1].end_page();
  }
  *entry = entries_[next_];
  return true;
}

// Entries that follow one another and have one protection are one stretch.
void Covering::advance_in_map() {
  store::MapEntry entry;
  at_end_ = !next_entry(&entry);
  if (at_end_) return;
  current_ = {entry.virtual_page, entry.virtual_page, entry.protection()};
  do {
    current_.end = entry.end_page();
    ++next_;
  } while (next_entry(&entry) && entry.virtual_page == current_.end && entry.protection() == current_.protection);
  pages_ += current_.end - current_.first;
}

}  // namespace perdure::metal
