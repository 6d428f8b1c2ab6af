#include "boot/store/store.h"

#include <cstring>

#include "boot/store/checksum.h"
#include "boot/store/reader.h"
#include "boot/store/retention.h"
#include "boot/store/superblock.h"
#include "boot/store/writer.h"

namespace perdure::store {
namespace {

// In place and without memory of its own: sifts the largest to the end, again and again.
void sort_changes(MapEntry* changes, std::uint64_t count) {
  const auto less = [](const MapEntry& a, const MapEntry& b) { return a.virtual_page < b.virtual_page; };
  bool sorted = true;
  for (std::uint64_t i = 1; i < count && sorted; ++i) sorted = less(changes[i - 1], changes[i]);
  if (sorted) return;
  const auto sift = [&](std::uint64_t root, std::uint64_t end) {
    for (std::uint64_t child; (child = 2 * root + 1) < end; root = child) {
      if (child + 1 < end && less(changes[child], changes[child + 1])) ++child;
      if (!less(changes[root], changes[child])) return;
      const MapEntry held = changes[root];
      changes[root] = changes[child];
      changes[child] = held;
    }
  };
  for (std::uint64_t i = count / 2; i-- > 0;) sift(i, count);
  for (std::uint64_t end = count; --end > 0;) {
    const MapEntry held = changes[0];
    changes[0] = changes[end];
    changes[end] = held;
    sift(0, end);
  }
}

std::uint64_t pages_of(const MapEntry& change) { return (change.location & kLocationGone) != 0 ? change.checksum : change.page_count(); }

}  // namespace

Store::Store(const BlockDevice& device, const StoreMemory& memory)
    : device_(device), memory_(memory), space_(memory.counts, memory.counts_capacity),
      output_(device, &space_, memory.buffer, memory.buffer_pages,
              {this, [](void* self) { return static_cast<Store*>(self)->make_room(); }}),
      editor_(device, &space_, &output_, memory.scratch), table_(memory.table) {}

// Counts the references in a tree. What is reached a second time has been counted.
void Store::count_tree(std::uint64_t page, std::uint64_t checksum, std::uint32_t level) {
  if (!space_.valid(page)) {
    ++damaged_nodes_;
    return;
  }
  if (space_.add(page) > 1) return;
  MapNode* node = walk_node(level);
  if (!device_.read(device_.context, page, 1, node) || page_checksum(node) != checksum || !node_is_sound(*node, page, level)) {
    ++damaged_nodes_;
    return;
  }
  for (std::uint32_t i = 0; i < node->count; ++i) {
    const MapEntry& entry = node->entries[i];
    if (level != 0) count_tree(entry.file_page(), entry.checksum, level - 1);
    else if (!entry.is_zero_run() && space_.valid(entry.file_page())) space_.add(entry.file_page());
  }
}

// Takes one reference back; a node that has none left takes its own back. A node that cannot be read now was read when its
// references were counted: they stay, and its pages are lost until the next opening.
void Store::release_tree(std::uint64_t page, std::uint64_t checksum, std::uint32_t level) {
  if (space_.drop(page) != 0) return;
  MapNode* node = walk_node(level);
  if (!device_.read(device_.context, page, 1, node) || page_checksum(node) != checksum) return;
  for (std::uint32_t i = 0; i < node->count; ++i) {
    const MapEntry& entry = node->entries[i];
    if (level != 0) release_tree(entry.file_page(), entry.checksum, level - 1);
    else if (!entry.is_zero_run() && space_.valid(entry.file_page())) space_.drop(entry.file_page());
  }
}

// Where nodes are damaged it is not known what they named, and so nothing is given up: only the next opening will tell.
void Store::release(const MapRoot& map) {
  if (map.height != 0 && damaged_nodes_ == 0) release_tree(map.page, map.checksum, map.height - 1);
}

// What the older superblock leads to stays untouched until a newer one is written over it.
void Store::count_older_superblock() {
  auto* older = reinterpret_cast<Superblock*>(walk_node(0));
  auto* scratch = walk_node(1);
  for (std::uint64_t page = 0; page < kSuperblockPages; ++page) {
    if (!device_.read(device_.context, page, 1, older)) continue;
    if (check_superblock(*older, device_.page_count(device_.context)) != Error::kNone) continue;
    if (older->sequence + 1 == superblock_.sequence) table_.load_older(device_, *older, superblock_.current.number, scratch);
  }
}

Error Store::open() {
  opened_ = begun_ = false;
  damaged_nodes_ = 0;
  output_.reset();
  if (Error error = choose_superblock(device_, &superblock_, walk_node(0), &used_fallback_); error != Error::kNone) return error;
  const bool table_damaged = table_.load(device_, superblock_, walk_node(0)) != Error::kNone;
  count_older_superblock();
  space_.reset(device_.capacity != nullptr ? device_.capacity(device_.context) : device_.page_count(device_.context));
  table_.count_pages(&space_);
  const MapRoot& map = superblock_.current.map;
  if (map.height != 0) count_tree(map.page, map.checksum, map.height - 1);
  if (damaged_nodes_ != 0) return Error::kBadNode;
  table_.for_each([this](const Generation& generation, SlotState) {
    if (generation.map.height != 0) count_tree(generation.map.page, generation.map.checksum, generation.map.height - 1);
  });
  damaged_nodes_ += table_damaged ? 1 : 0;
  opened_ = true;
  return Error::kNone;
}

Error Store::begin(const char* note, std::uint64_t note_length, std::int64_t time_ns) {
  if (!opened_ || begun_) return Error::kBadOrder;
  next_ = superblock_.current;
  next_.parent = next_.number++;
  next_.created_ns = time_ns;
  next_.pages_changed = 0;
  next_.flags = 0;
  set_note(&next_, note, note_length);
  change_count_ = 0;
  owns_map_ = false;
  begun_ = true;
  return Error::kNone;
}

Error Store::add_change(const MapEntry& change) {
  if (change_count_ == memory_.changes_capacity)
    if (Error error = merge_changes(); error != Error::kNone) return error;
  memory_.changes[change_count_++] = change;
  next_.pages_changed += pages_of(change);
  return Error::kNone;
}

Error Store::merge_changes() {
  if (change_count_ == 0) return Error::kNone;
  MapEntry* changes = memory_.changes;
  const std::uint64_t count = change_count_;
  change_count_ = 0;
  sort_changes(changes, count);
  for (std::uint64_t i = 1; i < count; ++i)
    if (changes[i].virtual_page - changes[i - 1].virtual_page < pages_of(changes[i - 1])) return Error::kBadOrder;
  const MapRoot old = next_.map;
  output_.set_reserve(table_.page_reserve());
  if (Error error = editor_.apply(old, changes, count, &next_.map, &next_.page_count); error != Error::kNone) return error;
  if (owns_map_) release(old);
  owns_map_ = true;
  return Error::kNone;
}

Error Store::write_pages(std::uint64_t virtual_page, const void* pages, std::uint64_t count, std::uint32_t protection) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto* page = static_cast<const std::uint8_t*>(pages) + i * kPageSize;
    if (Error error = write_page(virtual_page + i, page, digest_of(page), protection); error != Error::kNone) return error;
  }
  return Error::kNone;
}

Error Store::write_page(std::uint64_t virtual_page, const void* page, const PageDigest& digest, std::uint32_t protection) {
  if (!begun_) return Error::kBadOrder;
  if (digest.is_zero) return write_zeros(virtual_page, 1, protection);
  if (change_count_ == memory_.changes_capacity)
    if (Error error = merge_changes(); error != Error::kNone) return error;
  void* memory = nullptr;
  std::uint64_t file_page = 0;
  output_.set_reserve(table_.page_reserve());
  if (Error error = output_.take(&memory, &file_page); error != Error::kNone) return error;
  std::memcpy(memory, page, kPageSize);
  return add_change({virtual_page, file_page << kLocationPageShift | protection, digest.checksum});
}

// Pages of zeros that follow one another become one change.
Error Store::write_zeros(std::uint64_t virtual_page, std::uint64_t count, std::uint32_t protection) {
  if (!begun_) return Error::kBadOrder;
  if (count == 0) return Error::kNone;
  const MapEntry change = {virtual_page, kLocationZeroRun | protection, count};
  if (change_count_ != 0) {
    MapEntry& last = memory_.changes[change_count_ - 1];
    if (last.location == change.location && last.end_page() == virtual_page) {
      last.checksum += count;
      next_.pages_changed += count;
      return Error::kNone;
    }
  }
  return add_change(change);
}

Error Store::remove(std::uint64_t virtual_page, std::uint64_t count) {
  if (!begun_) return Error::kBadOrder;
  return count == 0 ? Error::kNone : add_change({virtual_page, kLocationGone, count});
}

// The counts of what was begun are everywhere; counting anew is simple, and seldom.
Error Store::abandon() { return open(); }

Error Store::commit(std::uint64_t* number) {
  if (!begun_) return Error::kBadOrder;
  if (Error error = merge_changes(); error != Error::kNone) return error;
  // An empty change has the current one's map: one more names its root.
  if (!owns_map_ && next_.map.height != 0) space_.add(next_.map.page);
  *number = next_.number;
  return commit_as(next_);
}

Error Store::commit_as(const Generation& generation) {
  begun_ = false;
  if (!table_.add(superblock_.current)) return Error::kTooManyKept;
  thin_out(generation.number);
  return write_superblock(generation);
}

Error Store::write_superblock(const Generation& current) {
  output_.set_reserve(0);
  Superblock next = superblock_;
  next.current = current;
  ++next.sequence;
  opened_ = false;   // until it is known to be so
  if (Error error = table_.write(&output_, &next); error != Error::kNone) return error;
  if (Error error = output_.flush(); error != Error::kNone) return error;
  next.page_count = space_.end();
  seal_superblock(&next);
  // Everything the superblock names must be safe before it says so.
  if (!device_.flush(device_.context)) return Error::kWriteFailed;
  if (!device_.write(device_.context, next.sequence % kSuperblockPages, 1, &next)) return Error::kWriteFailed;
  if (!device_.flush(device_.context)) return Error::kWriteFailed;
  superblock_ = next;
  opened_ = true;
  table_.written(&space_, [this](const MapRoot& map) { release(map); });
  return Error::kNone;
}

void Store::thin_out(std::uint64_t newest) {
  table_.for_each([&](Generation& generation, SlotState state) {
    const bool stays = (generation.flags & kGenerationKept) != 0 || retained(generation.number, newest);
    if (state == SlotState::kLive && !stays) table_.drop(&generation);
  });
}

// Drops the oldest eighth of what may be dropped, and writes both superblocks, so that its pages are free at once.
bool Store::make_room() {
  std::uint64_t droppable = 0;
  const auto may_go = [](const Generation& g, SlotState state) { return state == SlotState::kLive && (g.flags & kGenerationKept) == 0; };
  table_.for_each([&](Generation& g, SlotState state) { droppable += may_go(g, state); });
  if (droppable == 0) return false;
  for (std::uint64_t left = droppable / 8 + 1; left > 0; --left) {
    Generation* oldest = nullptr;
    table_.for_each([&](Generation& g, SlotState state) {
      if (may_go(g, state) && (oldest == nullptr || g.number < oldest->number)) oldest = &g;
    });
    if (oldest != nullptr) table_.drop(oldest);
  }
  bool written = true;
  for (int i = 0; i < 2 && written; ++i) written = write_superblock(superblock_.current) == Error::kNone;
  output_.set_reserve(table_.page_reserve());
  return written;
}

Error Store::rollback(std::uint64_t number, const char* note, std::uint64_t note_length, std::int64_t time_ns, std::uint64_t* made) {
  if (!opened_ || begun_) return Error::kBadOrder;
  const Generation* from = number == superblock_.current.number ? &superblock_.current : table_.find(number);
  if (from == nullptr) return Error::kNoGeneration;
  Generation generation = *from;
  generation.parent = number;
  generation.number = *made = superblock_.current.number + 1;
  generation.created_ns = time_ns;
  generation.pages_changed = 0;
  generation.flags = 0;
  set_note(&generation, note, note_length);
  if (generation.map.height != 0) space_.add(generation.map.page);
  return commit_as(generation);
}

Error Store::keep(std::uint64_t number, bool kept) {
  if (!opened_ || begun_) return Error::kBadOrder;
  Generation current = superblock_.current;
  Generation* generation = number == current.number ? &current : table_.find(number);
  if (generation == nullptr) return Error::kNoGeneration;
  std::uint64_t kept_count = 0;
  table_.for_each([&](const Generation& g, SlotState state) { kept_count += state == SlotState::kLive && (g.flags & kGenerationKept) != 0; });
  if (kept && kept_count >= kMostKept) return Error::kTooManyKept;
  generation->flags = kept ? kGenerationKept : 0;
  if (generation != &current) table_.changed(generation);
  return write_superblock(current);
}

void Store::history(Generation* generations, std::uint64_t* count) {
  *count = 0;
  const auto insert = [&](const Generation& generation) {
    std::uint64_t at = (*count)++;
    for (; at > 0 && generations[at - 1].number > generation.number; --at) generations[at] = generations[at - 1];
    generations[at] = generation;
  };
  table_.for_each([&](const Generation& g, SlotState state) { if (state == SlotState::kLive) insert(g); });
  insert(superblock_.current);
}

}  // namespace perdure::store
