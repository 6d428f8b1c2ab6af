#include "boot/hosted/watched_clusters.h"

#include <sys/mman.h>

#include <bit>
#include <initializer_list>

#include "boot/abi/address_map.h"

namespace perdure::hosted {

using namespace abi;

PageBits writable, readable;
ClusterSet dirty, pending, taken, exposed, expected, guessed;
Image* copies = nullptr;

namespace {

constexpr std::uint64_t kFarthest = 32 * kClusterSize;        // from one that the world writes to
constexpr std::uint64_t kLongestBridge = 32 * kClusterSize;
// What closing costs: each cluster, and each run of them, whose mappings Linux splits and merges.
constexpr std::uint64_t kCostOfCluster = 1, kCostOfRun = 5;

}  // namespace

void create_watched_clusters() {
  for (PageBits* bits : {&writable, &readable}) bits->create(kWorldBase, kStackEnd, kPageSize);
  for (ClusterSet* set : {&dirty, &pending, &taken, &exposed, &expected, &guessed}) set->create(kWorldBase, kStackEnd);
}

bool protect(std::uint64_t start, std::uint64_t size, int protection) {
  return mprotect(reinterpret_cast<void*>(start), size, protection) == 0;
}

bool protect_writable(std::uint64_t cluster, int protection) {
  std::uint32_t left = writable.cluster(cluster);
  while (left != 0) {
    const int first = std::countr_zero(left);
    const int count = std::countr_one(left >> first);
    if (!protect(cluster + static_cast<std::uint64_t>(first) * kPageSize, static_cast<std::uint64_t>(count) * kPageSize, protection)) return false;
    left &= ~(((1U << count) - 1) << first);
  }
  return true;
}

bool is_whole(std::uint64_t cluster) { return writable.cluster(cluster) == kWholeCluster; }
bool is_closed(std::uint64_t cluster) { return is_whole(cluster) && !exposed.contains(cluster) && !pending.contains(cluster); }

void add_taken(Image* image, Image** list) {
  pending.erase(image->address);
  taken.insert(image->address);
  image->guessed = guessed.contains(image->address);
  guessed.erase(image->address);
  image->next = *list;
  *list = image;
}

bool preserve(std::uint64_t cluster, std::uint64_t most) {
  Image* image = images_in_use() < most ? new_image() : nullptr;
  if (image == nullptr) return false;
  image->address = cluster;
  copy_cluster(image, readable.cluster(cluster));
  add_taken(image, &copies);
  return true;
}

Span likely_around(std::uint64_t cluster, std::uint64_t most_copies, std::uint64_t most) {
  Span span = {cluster, cluster + kClusterSize};
  if (!is_whole(cluster)) return span;
  const auto likely = [&](std::uint64_t at) {
    if (!is_whole(at)) return false;
    if (!pending.contains(at)) return exposed.contains(at) || expected.contains(at);
    if (guessed.contains(at) || most_copies == 0 || !preserve(at, most)) return false;
    --most_copies;
    return true;
  };
  while (span.end < kStackBase && span.end < cluster + kFarthest && likely(span.end)) span.end += kClusterSize;
  const std::uint64_t low = cluster - kWorldBase < kFarthest ? kWorldBase : cluster - kFarthest;
  while (span.start > low && likely(span.start - kClusterSize)) span.start -= kClusterSize;
  return span;
}

void look_ahead(Span* span, std::uint64_t cluster) {
  const std::uint64_t end = span->end + (cluster - span->start);
  while (span->end < end && span->end < kStackBase && is_closed(span->end)) span->end += kClusterSize;
}

void expose(const Span& span) {
  for (std::uint64_t at = span.start; at < span.end; at += kClusterSize) {
    if (exposed.contains(at)) continue;
    dirty.insert(at);
    exposed.insert(at);
    guessed.insert(at);
  }
}

// What lies between two clusters and is closed already is included: that costs less than a second system call, unless it is long.
void Closer::add(std::uint64_t cluster) {
  exposed.erase(cluster);
  cost_ += cluster == end_ ? kCostOfCluster : kCostOfCluster + kCostOfRun;
  if (!is_whole(cluster)) {
    if (!protect_writable(cluster, PROT_READ)) exposed.insert(cluster);
    return;
  }
  if (!may_bridge(cluster)) {
    finish();
    start_ = cluster;
  }
  end_ = cluster + kClusterSize;
}

void Closer::finish() {
  if (start_ != end_ && !protect(start_, end_ - start_, PROT_READ))
    for (std::uint64_t at = start_; at < end_; at += kClusterSize)
      if (!protect(at, kClusterSize, PROT_READ)) exposed.insert(at);
  start_ = end_;
}

bool Closer::may_bridge(std::uint64_t cluster) const {
  if (start_ == end_ || cluster - end_ > kLongestBridge) return false;
  for (std::uint64_t at = end_; at < cluster; at += kClusterSize)
    if (!is_whole(at) || exposed.contains(at)) return false;
  return true;
}

}  // namespace perdure::hosted
