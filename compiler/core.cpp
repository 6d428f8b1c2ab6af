#include "compiler/core.h"

namespace perdure::compiler {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{32} << 10;
constexpr std::size_t kReserveBytes = std::size_t{256} << 10;

// What an arena hands out, over and over, once memory is used up: the pass can then reach its next check.
alignas(16) char reserve[kReserveBytes];

}  // namespace

Arena::~Arena() {
  while (chunk_) {
    Chunk* previous = chunk_->previous;
    free_arena_memory(chunk_);
    chunk_ = previous;
  }
}

void* Arena::allocate_slow(std::size_t bytes) {
  const std::size_t size = bytes + sizeof(Chunk) > kChunkBytes ? bytes + sizeof(Chunk) : kChunkBytes;
  auto* chunk = exhausted_ ? nullptr : static_cast<Chunk*>(allocate_arena_memory(size));
  if (chunk) {
    chunk->previous = chunk_;
    chunk_ = chunk;
    next_ = reinterpret_cast<char*>(chunk + 1);
    end_ = reinterpret_cast<char*>(chunk) + size;
  } else {
    exhausted_ = true;
    if (bytes > kReserveBytes) __builtin_trap();
    next_ = reserve;
    end_ = reserve + kReserveBytes;
  }
  void* p = next_;
  next_ += bytes;
  return p;
}

}  // namespace perdure::compiler
