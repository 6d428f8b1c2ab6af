#include "boot/store/map_editor.h"

#include <cstring>

#include "boot/store/checksum.h"
#include "boot/store/reader.h"

namespace perdure::store {
namespace {

constexpr std::uint64_t kPendingEntries = 2 * kNodeEntries;
constexpr std::uint64_t kFewEntries = kNodeEntries / 4;   // a node of fewer is filled up from its neighbour
constexpr std::uint64_t kEverything = ~std::uint64_t{0};

bool runs_on(const MapEntry& entry) { return (entry.location & (kLocationZeroRun | kLocationGone)) != 0; }
std::uint64_t end_of(const MapEntry& entry) { return entry.virtual_page + (runs_on(entry) ? entry.checksum : 1); }

std::uint64_t least(std::uint64_t a, std::uint64_t b) { return a < b ? a : b; }

// Whether each entry of a leaf is of a kind that there is, and ends before the next one begins.
bool leaf_is_sound(const MapNode& leaf, std::uint64_t end) {
  for (std::uint32_t i = 0; i < leaf.count; ++i) {
    const MapEntry& entry = leaf.entries[i];
    const std::uint64_t limit = i + 1U < leaf.count ? leaf.entries[i + 1].virtual_page : end;
    if ((entry.location & 0xf0) != 0 || entry.page_count() == 0 || entry.page_count() > limit - entry.virtual_page) return false;
  }
  return true;
}

}  // namespace

MapEntry MapEditor::Source::piece(std::uint64_t until) const {
  MapEntry entry = *next;
  if (!runs_on(entry)) return entry;
  const std::uint64_t stop = least(end_of(entry), until);
  entry.virtual_page = start();
  entry.checksum = stop - entry.virtual_page;
  return entry;
}

void MapEditor::Source::skip_to(std::uint64_t page) {
  from = page;
  while (next != end && end_of(*next) <= page) ++next;
}

MapEditor::MapEditor(const BlockDevice& device, Space* space, Output* output, void* scratch)
    : device_(device), space_(space), output_(output), scratch_(static_cast<MapNode*>(scratch)) {}

bool MapEditor::changes_before(std::uint64_t page) const { return !changes_.empty() && changes_.start() < page; }

// Writes the first `count` pending entries as a node.
Error MapEditor::emit(std::uint32_t level, std::uint64_t count) {
  if (level == kMaxMapHeight) return Error::kBadNode;
  void* memory = nullptr;
  std::uint64_t page = 0;
  if (Error error = output_->take(&memory, &page); error != Error::kNone) return error;
  auto* node = static_cast<MapNode*>(memory);
  std::memset(node, 0, sizeof *node);
  node->magic = kNodeMagic;
  node->level = static_cast<std::uint16_t>(level);
  node->count = static_cast<std::uint16_t>(count);
  node->page = page;
  std::memcpy(node->entries, pending(level), count * sizeof(MapEntry));
  if (level == 0) entry_count_ += count;
  pending_count_[level] -= count;
  std::memmove(pending(level), pending(level) + count, pending_count_[level] * sizeof(MapEntry));
  return append(level + 1, {node->entries[0].virtual_page, page << kLocationPageShift, page_checksum(node)}, true);
}

Error MapEditor::append(std::uint32_t level, const MapEntry& entry, bool is_new) {
  if (!is_new && !entry.is_zero_run()) {
    if (!space_->valid(entry.file_page())) return Error::kBadNode;
    space_->add(entry.file_page());
  }
  std::uint64_t& count = pending_count_[level];
  if (level == 0) {
    page_count_ += entry.page_count();
    if (count != 0 && entry.is_zero_run()) {
      MapEntry& last = pending(level)[count - 1];
      if (last.location == entry.location && last.end_page() == entry.virtual_page) {
        last.checksum += entry.checksum;
        return Error::kNone;
      }
    }
  }
  if (count == kPendingEntries)
    if (Error error = emit(level, kNodeEntries); error != Error::kNone) return error;
  pending(level)[count++] = entry;
  return Error::kNone;
}

// All that is pending becomes nodes: one, or two halves.
Error MapEditor::close(std::uint32_t level) {
  const std::uint64_t count = pending_count_[level];
  if (count > kNodeEntries)
    if (Error error = emit(level, count / 2); error != Error::kNone) return error;
  return pending_count_[level] == 0 ? Error::kNone : emit(level, pending_count_[level]);
}

// Merges a leaf with the changes below `end`. Where both speak of a page, the change counts.
Error MapEditor::edit_leaf(const MapEntry* entries, std::uint32_t count, std::uint64_t end) {
  Source old = {entries, entries + count, 0};
  while (!old.empty() || changes_before(end)) {
    if (changes_before(end) && (old.empty() || changes_.start() <= old.start())) {
      const MapEntry change = changes_.piece(end);
      if ((change.location & kLocationGone) == 0)
        if (Error error = append(0, change, true); error != Error::kNone) return error;
      changes_.skip_to(end_of(change));
      old.skip_to(end_of(change));
    } else {
      const MapEntry kept = old.piece(changes_.empty() ? kEverything : changes_.start());
      if (Error error = append(0, kept, false); error != Error::kNone) return error;
      old.skip_to(kept.end_page());
    }
  }
  return Error::kNone;
}

// A node that no change concerns stays as it is. What is pending below lies before it and becomes nodes first.
Error MapEditor::keep_child(const MapEntry& child, std::uint32_t level) {
  for (std::uint32_t below = 0; below < level; ++below)
    if (Error error = close(below); error != Error::kNone) return error;
  return append(level, child, false);
}

Error MapEditor::edit(const MapEntry& from, std::uint32_t level, std::uint64_t end) {
  MapNode* node = input(level);
  if (!space_->valid(from.file_page())) return Error::kBadNode;
  if (!device_.read(device_.context, from.file_page(), 1, node)) return Error::kReadFailed;
  if (page_checksum(node) != from.checksum || !node_is_sound(*node, from.file_page(), level)) return Error::kBadNode;
  // With its keys where they belong, no node can be met twice: a hostile map would take for ever else.
  if (node->entries[0].virtual_page < from.virtual_page || node->entries[node->count - 1].virtual_page >= end) return Error::kBadNode;
  if (level == 0) {
    if (!leaf_is_sound(*node, end)) return Error::kBadNode;
    entry_count_ -= node->count;
    for (std::uint32_t i = 0; i < node->count; ++i) page_count_ -= node->entries[i].page_count();
    return edit_leaf(node->entries, node->count, end);
  }
  for (std::uint32_t i = 0; i < node->count; ++i) {
    const std::uint64_t child_end = i + 1U < node->count ? node->entries[i + 1].virtual_page : end;
    const std::uint64_t waiting = pending_count_[level - 1];
    const bool concerned = changes_before(child_end) || (waiting != 0 && waiting < kFewEntries);
    const Error error = concerned ? edit(node->entries[i], level - 1, child_end) : keep_child(node->entries[i], level);
    if (error != Error::kNone) return error;
  }
  return Error::kNone;
}

// Closes level after level, until one node holds all.
Error MapEditor::finish(MapRoot* result) {
  for (std::uint32_t level = 0; level < kMaxMapHeight; ++level) {
    if (Error error = close(level); error != Error::kNone) return error;
    bool more = pending_count_[level + 1] > 1;
    for (std::uint32_t above = level + 2; above <= kMaxMapHeight; ++above) more |= pending_count_[above] != 0;
    if (more) continue;
    *result = {0, 0, entry_count_, 0, 0};
    if (pending_count_[level + 1] == 0) return Error::kNone;
    const MapEntry& root = pending(level + 1)[0];
    *result = {root.file_page(), root.checksum, entry_count_, level + 1, 0};
    return Error::kNone;
  }
  return Error::kBadNode;
}

Error MapEditor::apply(const MapRoot& old, const MapEntry* changes, std::uint64_t count, MapRoot* result,
                       std::uint64_t* page_count) {
  if (Error error = output_->flush(); error != Error::kNone) return error;   // the old nodes may be among what is buffered
  changes_ = {changes, changes + count, 0};
  std::memset(pending_count_, 0, sizeof pending_count_);
  entry_count_ = old.entry_count;
  page_count_ = *page_count;
  const MapEntry root = {0, old.page << kLocationPageShift, old.checksum};
  Error error = old.height == 0 ? edit_leaf(nullptr, 0, kEverything) : edit(root, old.height - 1, kEverything);
  if (error == Error::kNone) error = finish(result);
  *page_count = page_count_;
  return error;
}

}  // namespace perdure::store
