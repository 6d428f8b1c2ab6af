// The sets of write_barrier.h, and what is done with clusters and stretches of them. For write_barrier.cpp alone, under its lock.
#pragma once

#include <cstdint>

#include "boot/hosted/cluster_image.h"
#include "boot/hosted/cluster_set.h"
#include "boot/hosted/page_bits.h"

namespace perdure::hosted {

extern PageBits writable, readable;   // by the world; below the stacks
extern ClusterSet dirty;              // changed since the last stop
extern ClusterSet pending;            // as it was at the last stop, and not copied yet
extern ClusterSet taken;              // of the generation that is being written, and not pending any more
extern ClusterSet exposed;            // Linux may let the world write to it
extern ClusterSet expected;           // the world wrote to it between the last two stops, so it probably will again
extern ClusterSet guessed;            // became exposed since it was expected to be written to, not since it was
extern Image* copies;                 // of pending clusters, made ahead of the writer

void create_watched_clusters();

inline std::uint64_t cluster_of(std::uint64_t address) { return address / kClusterSize * kClusterSize; }

bool protect(std::uint64_t start, std::uint64_t size, int protection);
// Gives the pages of a cluster that the world may write to a protection of Linux.
bool protect_writable(std::uint64_t cluster, int protection);

// The world may write to all of its pages.
bool is_whole(std::uint64_t cluster);
// It is not writable, and may become so without more ado.
bool is_closed(std::uint64_t cluster);

// A pending cluster of which there is a copy now: puts it into a list.
void add_taken(Image* image, Image** list);
// Copies a pending cluster, which may change then. False: no room for the copy, or there are so many already.
bool preserve(std::uint64_t cluster, std::uint64_t most);

struct Span {
  std::uint64_t start, end;
  std::uint64_t size() const { return end - start; }
};
// Clusters side by side, this one among them, that are exposed or expected to be written to. Up to so many of them may be pending, and
// are copied; `most`: as for preserve().
Span likely_around(std::uint64_t cluster, std::uint64_t most_copies, std::uint64_t most);
// Who writes to one cluster after the other, as an allocator does, need not fault for each: as many again as were written to just before
// this one may be written to next. So most that is looked at in vain is as much as is not.
void look_ahead(Span* span, std::uint64_t cluster);
// All of it is dirty and exposed from now on; who calls this makes it writable.
void expose(const Span& span);

// Makes clusters read-only in ascending order, with few system calls for many.
class Closer {
 public:
  ~Closer() { finish(); }
  // In parts of about a microsecond.
  std::uint64_t cost() const { return cost_; }
  // Where Linux refuses, the cluster is exposed as before, at the latest when the closer has ended.
  void add(std::uint64_t cluster);

 private:
  bool may_bridge(std::uint64_t cluster) const;
  void finish();

  std::uint64_t start_ = 0, end_ = 0, cost_ = 0;
};

}  // namespace perdure::hosted
