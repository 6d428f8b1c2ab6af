#include "boot/store/verify.h"

#include "boot/abi/platform.h"
#include "boot/store/checksum.h"
#include "boot/store/superblock.h"

namespace perdure::store {
namespace {

constexpr std::uint64_t kNone = ~std::uint64_t{0};
constexpr std::uint8_t kWorldPage = 1, kTableKind = 2, kNodeKind = 3;   // a node's level is added

class Verifier {
 public:
  Verifier(const BlockDevice& device, const VerifyMemory& memory, void* context, void (*report)(void*, const Finding&))
      : device_(device), memory_(memory), context_(context), report_(report) {}
  Verdict run();

 private:
  bool superblocks();
  void table();
  void table_page(std::uint32_t index, const TableEntry& entry);
  void generation(const Generation& generation);
  void tree(const MapEntry& from, std::uint32_t level, std::uint64_t end_key);
  const MapNode* read_node(const MapEntry& from, std::uint32_t level);
  void leaf(const MapNode& node, std::uint64_t end_key);
  void leaf_entry(const MapEntry& entry);
  bool take(std::uint64_t page, std::uint8_t kind);
  bool read_checked(std::uint64_t page, std::uint64_t checksum, void* buffer);
  bool fail(Error error, const char* what, std::uint64_t file_page = kNone, std::uint64_t virtual_page = kNone);

  std::uint8_t* buffer_page(std::uint64_t index) { return static_cast<std::uint8_t*>(memory_.buffer) + index * kPageSize; }

  BlockDevice device_;
  VerifyMemory memory_;
  void* context_;
  void (*report_)(void*, const Finding&);
  Superblock superblock_;
  std::uint64_t generation_count_ = 0;
  std::uint64_t file_pages_ = kSuperblockPages;
  std::uint64_t last_page_ = 1;
  std::uint64_t defects_ = 0;
  // of the generation that is walked
  std::uint16_t walk_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t next_key_ = 0;   // keys below it are taken
  std::uint64_t entries_ = 0;
  std::uint64_t pages_ = 0;
};

bool Verifier::fail(Error error, const char* what, std::uint64_t file_page, std::uint64_t virtual_page) {
  ++defects_;
  report_(context_, {error, what, file_page, virtual_page, number_});
  return false;
}

// Unlike a reader, which makes do with one, this wants both superblocks whole.
bool Verifier::superblocks() {
  bool used_fallback = false;
  if (Error error = choose_superblock(device_, &superblock_, buffer_page(0), &used_fallback); error != Error::kNone)
    return fail(error, describe(error));
  for (std::uint64_t page = 0; page < kSuperblockPages; ++page) {
    const auto& other = *reinterpret_cast<const Superblock*>(buffer_page(0));
    if (!device_.read(device_.context, page, 1, buffer_page(0))) fail(Error::kReadFailed, "a superblock cannot be read", page);
    else if (check_superblock(other, device_.page_count(device_.context)) != Error::kNone)
      fail(Error::kBadSuperblock, "it is damaged: one of its two superblocks is not what was written", page);
    else if (other.sequence > superblock_.sequence)
      fail(Error::kBadNode, "it is damaged: the newest generation's page map has no root", page);
    else if (other.sequence + 1 < superblock_.sequence)
      fail(Error::kBadSuperblock, "it is damaged: the older superblock is not the one before", page);
  }
  if (superblock_.page_count <= memory_.note_count) return true;
  return fail(Error::kNoRoom, describe(Error::kNoRoom));
}

// Notes that the walk came to a file page. False: it cannot be there, or has been named as something else.
bool Verifier::take(std::uint64_t page, std::uint8_t kind) {
  if (page < kSuperblockPages || page >= superblock_.page_count) return false;
  PageNote& note = memory_.notes[page];
  if (note.kind != 0 && (note.kind != kind || note.walk == walk_)) return false;
  file_pages_ += note.kind == 0;
  if (page > last_page_) last_page_ = page;
  note.kind = kind;
  note.walk = walk_;
  return true;
}

bool Verifier::read_checked(std::uint64_t page, std::uint64_t checksum, void* buffer) {
  if (!device_.read(device_.context, page, 1, buffer)) return false;
  memory_.notes[page].checksum = page_checksum(buffer);
  return memory_.notes[page].checksum == checksum;
}

void Verifier::table_page(std::uint32_t index, const TableEntry& entry) {
  auto* table = reinterpret_cast<TablePage*>(buffer_page(0));
  if (!take(entry.page, kTableKind)) {
    fail(Error::kBadTable, "it is damaged: a table page's place is impossible or used twice", entry.page);
    return;
  }
  if (!read_checked(entry.page, entry.checksum, table)) {
    fail(Error::kBadTable, describe(Error::kBadTable), entry.page);
    return;
  }
  if (!table_page_is_sound(*table, entry.page, index)) fail(Error::kBadTable, "it is damaged: a table page is malformed", entry.page);
  for (const Generation& slot : table->slots) {
    if (slot.number == 0) continue;
    bool sound = generation_is_sound(slot, superblock_.page_count) && slot.number < superblock_.current.number;
    for (std::uint64_t i = 0; i < generation_count_; ++i) sound &= memory_.generations[i].number != slot.number;
    if (sound) memory_.generations[generation_count_++] = slot;
    else fail(Error::kBadTable, "it is damaged: a generation of the table is impossible", entry.page);
  }
}

void Verifier::table() {
  walk_ = 1;
  const std::uint64_t defects = defects_;
  for (std::uint32_t i = 0; i < kTablePages; ++i)
    if (superblock_.table[i].page != 0) table_page(i, superblock_.table[i]);
  if (defects == defects_ && generation_count_ != superblock_.generation_count)
    fail(Error::kBadTable, "it is damaged: the table has more or fewer generations than the superblock says");
}

const MapNode* Verifier::read_node(const MapEntry& from, std::uint32_t level) {
  const std::uint64_t page = from.file_page();
  auto* node = reinterpret_cast<MapNode*>(buffer_page(kSuperblockPages + level));
  const auto failed = [&](Error error, const char* what) {
    fail(error, what, page, from.virtual_page);
    return nullptr;
  };
  if (!take(page, static_cast<std::uint8_t>(kNodeKind + level))) return failed(Error::kBadNode, "it is damaged: a node's place is impossible or used twice");
  if (!read_checked(page, from.checksum, node)) return failed(Error::kBadNode, describe(Error::kBadNode));
  bool sound = node_is_sound(*node, page, level);
  for (std::uint32_t i = node->count; sound && i < kNodeEntries; ++i)
    sound = (node->entries[i].virtual_page | node->entries[i].location | node->entries[i].checksum) == 0;
  return sound ? node : failed(Error::kBadNode, "it is damaged: a node of the page map is malformed");
}

void Verifier::tree(const MapEntry& from, std::uint32_t level, std::uint64_t end_key) {
  const MapNode* node = read_node(from, level);
  if (node == nullptr) return;
  if (node->entries[0].virtual_page < from.virtual_page || node->entries[node->count - 1].virtual_page >= end_key) {
    fail(Error::kBadNode, "it is damaged: keys are out of order between nodes", from.file_page());
    return;
  }
  if (level == 0) return leaf(*node, end_key);
  for (std::uint32_t i = 0; i < node->count; ++i) {
    if ((node->entries[i].location & 0xff) != 0)
      fail(Error::kBadNode, "it is damaged: reserved bits of an inner node are set", from.file_page());
    tree(node->entries[i], level - 1, i + 1U < node->count ? node->entries[i + 1].virtual_page : end_key);
  }
}

void Verifier::leaf(const MapNode& node, std::uint64_t end_key) {
  for (std::uint32_t i = 0; i < node.count; ++i) {
    const MapEntry& entry = node.entries[i];
    const std::uint64_t pages = entry.page_count();
    if (entry.virtual_page < next_key_ || pages == 0 || pages > end_key - entry.virtual_page) {
      fail(Error::kBadNode, "it is damaged: pages of the world overlap", node.page, entry.virtual_page);
      return;
    }
    next_key_ = entry.end_page();
    ++entries_;
    pages_ += pages;
    leaf_entry(entry);
  }
}

void Verifier::leaf_entry(const MapEntry& entry) {
  const std::uint64_t first = abi::kWorldBase / kPageSize, end = abi::kWorldEnd / kPageSize;
  const std::uint32_t both = abi::kProtWrite | abi::kProtExecute;
  const auto failed = [&](const char* what) { fail(Error::kBadNode, what, kNone, entry.virtual_page); };
  if (entry.virtual_page < first || entry.virtual_page >= end || entry.page_count() > end - entry.virtual_page)
    return failed("it is damaged: a page lies outside the world");
  if ((entry.protection() & both) == both) return failed("it is damaged: a page is writable and executable");
  if ((entry.location & 0xf0) != 0) return failed("it is damaged: reserved bits of an entry are set");
  if (entry.is_zero_run()) return entry.file_page() == 0 ? void() : failed("it is damaged: a run of zeros has a place");
  const std::uint64_t page = entry.file_page();
  const bool seen = page < superblock_.page_count && memory_.notes[page].kind != 0;
  if (!take(page, kWorldPage)) {
    fail(Error::kBadNode, "it is damaged: a page's place is impossible or used twice", page, entry.virtual_page);
  } else if (seen ? memory_.notes[page].checksum != entry.checksum : !read_checked(page, entry.checksum, buffer_page(0))) {
    fail(Error::kBadPage, describe(Error::kBadPage), page, entry.virtual_page);
  }
}

void Verifier::generation(const Generation& generation) {
  ++walk_;
  number_ = generation.number;
  next_key_ = entries_ = pages_ = 0;
  const std::uint64_t defects = defects_;
  const MapRoot& map = generation.map;
  const MapEntry root = {0, map.page << kLocationPageShift, map.checksum};
  if (map.height != 0) tree(root, map.height - 1, abi::kWorldEnd / kPageSize);
  if (defects != defects_) return;
  if (entries_ != map.entry_count) fail(Error::kBadNode, "it is damaged: the page map has more or fewer entries than its generation says");
  if (pages_ != generation.page_count) fail(Error::kBadNode, "it is damaged: the page map has more or fewer pages than its generation says");
}

Verdict Verifier::run() {
  if (!superblocks()) return {defects_, 0, 0, 0, 0, 0};
  table();
  generation(superblock_.current);
  const std::uint64_t world_pages = pages_;
  for (std::uint64_t i = 0; i < generation_count_; ++i) generation(memory_.generations[i]);
  return {defects_, superblock_.current.number, generation_count_ + 1, world_pages, file_pages_, last_page_ + 1 - file_pages_};
}

}  // namespace

Verdict verify(const BlockDevice& device, const VerifyMemory& memory, void* context, void (*report)(void*, const Finding&)) {
  return Verifier(device, memory, context, report).run();
}

}  // namespace perdure::store
