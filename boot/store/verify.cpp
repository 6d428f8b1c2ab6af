#include "boot/store/verify.h"

#include "boot/abi/platform.h"
#include "boot/store/checksum.h"
#include "boot/store/superblock.h"

namespace perdure::store {
namespace {

constexpr std::uint64_t kNoPage = ~std::uint64_t{0};

class Verifier {
 public:
  Verifier(const BlockDevice& device, const VerifyMemory& memory) : device_(device), memory_(memory) {}
  Finding run();

 private:
  bool superblocks();
  bool tree(const MapEntry& from, std::uint32_t level, std::uint64_t end_key);
  bool read_node(const MapEntry& from, std::uint32_t level, const MapNode** node);
  bool leaf(const MapNode& node, std::uint64_t end_key);
  bool leaf_entry(const MapEntry& entry);
  bool everything_used();
  bool take(std::uint64_t page);
  bool rest_is_zero(const MapNode& node);
  bool fail(Error error, const char* what, std::uint64_t file_page = kNoPage, std::uint64_t virtual_page = kNoPage);

  std::uint8_t* buffer_page(std::uint64_t index) { return static_cast<std::uint8_t*>(memory_.buffer) + index * kPageSize; }

  BlockDevice device_;
  VerifyMemory memory_;
  Superblock superblock_;
  std::uint64_t next_key_ = 0;   // keys below it are taken
  std::uint64_t entries_ = 0;
  Finding finding_ = {Error::kNone, "whole", kNoPage, kNoPage, 0, 0};
};

bool Verifier::fail(Error error, const char* what, std::uint64_t file_page, std::uint64_t virtual_page) {
  finding_.error = error;
  finding_.what = what;
  finding_.file_page = file_page;
  finding_.virtual_page = virtual_page;
  return false;
}

// Unlike a reader, which makes do with one, this wants both superblocks whole.
bool Verifier::superblocks() {
  auto* scratch = reinterpret_cast<MapNode*>(buffer_page(0));
  std::uint64_t tag = 0;
  Reader reader(device_, {scratch, &tag, 1});
  if (Error error = reader.open(); error != Error::kNone) return fail(error, describe(error));
  superblock_ = reader.superblock();
  finding_.generation = superblock_.generation;
  for (std::uint64_t page = 0; page < kSuperblockPages; ++page) {
    if (!device_.read(device_.context, page, 1, scratch)) return fail(Error::kReadFailed, "a superblock cannot be read", page);
    const auto& other = *reinterpret_cast<const Superblock*>(scratch);
    if (check_superblock(other, device_.page_count(device_.context)) != Error::kNone)
      return fail(Error::kBadSuperblock, "it is damaged: one of its two superblocks is not what was written", page);
  }
  return true;
}

bool Verifier::take(std::uint64_t page) {
  if (page < kSuperblockPages || page >= superblock_.page_count) return false;
  std::uint8_t& byte = memory_.used[page / 8];
  const std::uint8_t bit = static_cast<std::uint8_t>(1U << page % 8);
  if ((byte & bit) != 0) return false;
  byte = static_cast<std::uint8_t>(byte | bit);
  return true;
}

bool Verifier::rest_is_zero(const MapNode& node) {
  for (std::uint32_t i = node.count; i < kNodeEntries; ++i) {
    const MapEntry& entry = node.entries[i];
    if ((entry.virtual_page | entry.location | entry.checksum) != 0) return false;
  }
  return true;
}

bool Verifier::read_node(const MapEntry& from, std::uint32_t level, const MapNode** out) {
  const std::uint64_t page = from.file_page();
  auto* node = reinterpret_cast<MapNode*>(buffer_page(kSuperblockPages + level));
  if (!take(page)) return fail(Error::kBadNode, "it is damaged: a node's place is impossible or used twice", page);
  if (!device_.read(device_.context, page, 1, node)) return fail(Error::kReadFailed, "a node of the page map cannot be read", page);
  if (page_checksum(node) != from.checksum) return fail(Error::kBadNode, describe(Error::kBadNode), page);
  if (!node_is_sound(*node, page, level) || !rest_is_zero(*node))
    return fail(Error::kBadNode, "it is damaged: a node of the page map is malformed", page);
  *out = node;
  return true;
}

bool Verifier::tree(const MapEntry& from, std::uint32_t level, std::uint64_t end_key) {
  const MapNode* node = nullptr;
  if (!read_node(from, level, &node)) return false;
  if (node->entries[0].virtual_page < from.virtual_page || node->entries[node->count - 1].virtual_page >= end_key)
    return fail(Error::kBadNode, "it is damaged: keys are out of order between nodes", from.file_page());
  if (level == 0) return leaf(*node, end_key);
  for (std::uint32_t i = 0; i < node->count; ++i) {
    if ((node->entries[i].location & 0xff) != 0)
      return fail(Error::kBadNode, "it is damaged: reserved bits of an inner node are set", from.file_page());
    const std::uint64_t end = i + 1U < node->count ? node->entries[i + 1].virtual_page : end_key;
    if (!tree(node->entries[i], level - 1, end)) return false;
  }
  return true;
}

bool Verifier::leaf(const MapNode& node, std::uint64_t end_key) {
  for (std::uint32_t i = 0; i < node.count; ++i) {
    const MapEntry& entry = node.entries[i];
    const std::uint64_t pages = entry.page_count();
    if (entry.virtual_page < next_key_ || pages == 0 || pages > end_key - entry.virtual_page)
      return fail(Error::kBadNode, "it is damaged: pages of the world overlap", node.page, entry.virtual_page);
    next_key_ = entry.end_page();
    ++entries_;
    if (!leaf_entry(entry)) return false;
  }
  return true;
}

bool Verifier::leaf_entry(const MapEntry& entry) {
  const std::uint64_t first = abi::kWorldBase / kPageSize, end = abi::kWorldEnd / kPageSize;
  const std::uint32_t both = abi::kProtWrite | abi::kProtExecute;
  if (entry.virtual_page < first || entry.virtual_page >= end || entry.page_count() > end - entry.virtual_page)
    return fail(Error::kBadNode, "it is damaged: a page lies outside the world", kNoPage, entry.virtual_page);
  if ((entry.protection() & both) == both)
    return fail(Error::kBadNode, "it is damaged: a page is writable and executable", kNoPage, entry.virtual_page);
  if ((entry.location & 0xf0) != 0)
    return fail(Error::kBadNode, "it is damaged: reserved bits of an entry are set", kNoPage, entry.virtual_page);
  finding_.pages += entry.page_count();
  if (entry.is_zero_run())
    return entry.file_page() == 0 || fail(Error::kBadNode, "it is damaged: a run of zeros has a place", kNoPage, entry.virtual_page);
  const std::uint64_t page = entry.file_page();
  if (!take(page)) return fail(Error::kBadNode, "it is damaged: a page's place is impossible or used twice", page, entry.virtual_page);
  if (!device_.read(device_.context, page, 1, memory_.buffer))
    return fail(Error::kReadFailed, "a page cannot be read", page, entry.virtual_page);
  return page_checksum(memory_.buffer) == entry.checksum || fail(Error::kBadPage, describe(Error::kBadPage), page, entry.virtual_page);
}

// S1: a byte under no checksum could be changed unseen. With older generations kept, their pages count as used too;
// this version of the format keeps none.
bool Verifier::everything_used() {
  for (std::uint64_t page = kSuperblockPages; page < superblock_.page_count; ++page)
    if ((memory_.used[page / 8] >> page % 8 & 1) == 0)
      return fail(Error::kBadNode, "it is damaged: a page of the file belongs to nothing", page);
  return true;
}

Finding Verifier::run() {
  if (!superblocks()) return finding_;
  if (superblock_.page_count > memory_.used_bytes * 8) {
    fail(Error::kNoRoom, describe(Error::kNoRoom));
    return finding_;
  }
  const MapRoot& map = superblock_.map;
  const MapEntry root = {0, map.page << kLocationPageShift, map.checksum};
  if (map.height != 0 && !tree(root, map.height - 1, abi::kWorldEnd / kPageSize)) return finding_;
  if (entries_ != map.entry_count) {
    fail(Error::kBadNode, "it is damaged: the page map has more or fewer entries than the superblock says");
    return finding_;
  }
  everything_used();
  return finding_;
}

}  // namespace

Finding verify(const BlockDevice& device, const VerifyMemory& memory) { return Verifier(device, memory).run(); }

}  // namespace perdure::store
