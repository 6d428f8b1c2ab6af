#include "boot/store/diff.h"

namespace perdure::store {
namespace {

constexpr std::uint64_t kEnd = ~std::uint64_t{0};

std::uint64_t least(std::uint64_t a, std::uint64_t b) { return a < b ? a : b; }

// What one map says from a page on: an entry, or nothing up to `end`.
struct Stretch {
  bool present;
  MapEntry entry;
  std::uint64_t end;
};

class Differ {
 public:
  Differ(Reader& first, Reader& second, bool same_file, void* context, void (*emit)(void*, const DifferentRun&))
      : readers_{&first, &second}, same_file_(same_file), context_(context), emit_(emit) {}

  Error run() {
    std::uint64_t key = 0;
    while (key != kEnd) {
      if (same_file_)
        if (Error error = skip_shared(&key); error != Error::kNone) return error;
      if (key == kEnd) break;
      Stretch a, b;
      if (Error error = stretch(*readers_[0], key, &a); error != Error::kNone) return error;
      if (Error error = stretch(*readers_[1], key, &b); error != Error::kNone) return error;
      const std::uint64_t end = least(a.end, b.end);
      compare(a, b, key, end);
      key = end;
    }
    if (run_.page_count != 0) emit_(context_, run_);
    return Error::kNone;
  }

 private:
  Error stretch(Reader& reader, std::uint64_t key, Stretch* out) {
    std::uint64_t count = 0;
    if (Error error = reader.scan(key, kEnd, &out->entry, 1, &count); error != Error::kNone) return error;
    out->present = count != 0 && out->entry.virtual_page <= key;
    out->end = count == 0 ? kEnd : out->present ? out->entry.end_page() : out->entry.virtual_page;
    return out->end > key ? Error::kNone : Error::kBadNode;   // a run that ends before it begins
  }

  // Goes on behind the largest subtree around *key that both maps share.
  Error skip_shared(std::uint64_t* key) {
    for (;;) {
      Reader::PathStep paths[2][kMaxMapHeight];
      std::uint32_t lengths[2];
      for (int i = 0; i < 2; ++i)
        if (Error error = readers_[i]->path_to(*key, paths[i], &lengths[i]); error != Error::kNone) return error;
      std::uint64_t next = *key;
      for (std::uint32_t i = 0; i < lengths[0] && next == *key; ++i)
        for (std::uint32_t k = 0; k < lengths[1] && next == *key; ++k)
          if (paths[0][i].page == paths[1][k].page) next = least(paths[0][i].next_key, paths[1][k].next_key);
      if (next == *key) return Error::kNone;
      *key = next;
      if (next == kEnd) return Error::kNone;
    }
  }

  void compare(const Stretch& a, const Stretch& b, std::uint64_t from, std::uint64_t end) {
    if (!a.present && !b.present) return;
    if (!a.present) return add(Difference::kAdded, from, end);
    if (!b.present) return add(Difference::kRemoved, from, end);
    const bool same = a.entry.is_zero_run() == b.entry.is_zero_run() && (a.entry.is_zero_run() || a.entry.checksum == b.entry.checksum);
    if (!same) add(Difference::kChanged, from, end);
    else if (a.entry.protection() != b.entry.protection()) add(Difference::kProtection, from, end);
  }

  void add(Difference kind, std::uint64_t from, std::uint64_t end) {
    if (run_.page_count != 0 && run_.kind == kind && run_.virtual_page + run_.page_count == from) {
      run_.page_count += end - from;
      return;
    }
    if (run_.page_count != 0) emit_(context_, run_);
    run_ = {kind, from, end - from};
  }

  Reader* readers_[2];
  bool same_file_;
  void* context_;
  void (*emit_)(void*, const DifferentRun&);
  DifferentRun run_ = {Difference::kChanged, 0, 0};
};

}  // namespace

Error diff(Reader& first, Reader& second, bool same_file, void* context, void (*emit)(void*, const DifferentRun&)) {
  return Differ(first, second, same_file, context, emit).run();
}

}  // namespace perdure::store
