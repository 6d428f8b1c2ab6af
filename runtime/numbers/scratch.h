// Working memory of big-number arithmetic: limbs for our own steps, and a place for mpn's temporaries.
//
// mpn asks GMP's memory functions for its larger temporaries and cannot be told that there are none. So an operation
// that may need them first takes one block of heap memory, enough for all, and hands out parts of it for as long as the
// operation lasts: memory runs out before mpn is called, where that can be reported.
#pragma once

#include <gmp.h>

#include <cstdint>

#include "runtime/heap.h"

namespace perdure::runtime {

using Limb = std::uint64_t;
static_assert(sizeof(mp_limb_t) == sizeof(Limb) && GMP_NUMB_BITS == 64);

// Limbs for the time of one operation: in line when few, otherwise from the heap.
class ScratchLimbs {
 public:
  explicit ScratchLimbs(std::uint64_t count)
      : limbs_(count <= kInline ? inline_ : static_cast<Limb*>(allocate(count * sizeof(Limb), false))) {}
  ScratchLimbs(const ScratchLimbs&) = delete;
  ScratchLimbs& operator=(const ScratchLimbs&) = delete;
  Limb* get() { return limbs_; }
  bool failed() const { return limbs_ == nullptr; }
  static constexpr std::uint64_t kInline = 48;

 private:
  Limb inline_[kInline];
  Limb* limbs_;
};

// Serves mpn's temporaries during its life. `limbs`: of all operands of the call together (of a text: twice those of the
// number). When it failed the condition is pending and mpn must not be called.
class MpnScratch {
 public:
  enum class Use { kArithmetic, kText };
  explicit MpnScratch(std::uint64_t limbs, Use use = Use::kArithmetic) {
    if (limbs >= (use == Use::kText ? kSmallText : kSmallArithmetic)) take_block(limbs);
  }
  ~MpnScratch() {
    if (block_) give_back();
  }
  MpnScratch(const MpnScratch&) = delete;
  MpnScratch& operator=(const MpnScratch&) = delete;
  bool failed() const { return failed_; }

 private:
  // Below these mpn finds room on the stack.
  static constexpr std::uint64_t kSmallArithmetic = 1500, kSmallText = 16;

  void take_block(std::uint64_t limbs);
  void give_back();

  char* block_ = nullptr;
  bool failed_ = false;
};

}  // namespace perdure::runtime
