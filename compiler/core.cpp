#include "compiler/core.h"

namespace perdure::compiler {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{32} << 10;
constexpr std::size_t kReserveBytes = std::size_t{256} << 10;

// What an arena hands out, over and over, once memory is used up: the pass can then reach its next check.
alignas(16) char reserve[kReserveBytes];

}  // namespace

// Most forms need one chunk or two: those stay for the next form, cleared, since that costs less than fresh memory.
Arena::Chunk* Arena::kept_ = nullptr;
std::uint32_t Arena::kept_count_ = 0;

Arena::~Arena() {
  constexpr std::uint32_t kMostKept = 2;
  char* used_end = exhausted_ ? nullptr : next_;   // of the newest one
  while (chunk_) {
    Chunk* chunk = chunk_;
    chunk_ = chunk->previous;
    if (chunk->size != kChunkBytes || kept_count_ == kMostKept) {
      free_arena_memory(chunk);
    } else {
      auto* start = reinterpret_cast<char*>(chunk + 1);
      __builtin_memset(start, 0, static_cast<std::size_t>((used_end ? used_end : end_of(chunk)) - start));
      chunk->previous = kept_;
      kept_ = chunk;
      ++kept_count_;
    }
    used_end = nullptr;
  }
}

// A cleared chunk; null: out of memory.
Arena::Chunk* Arena::new_chunk(std::size_t size) {
  if (size == kChunkBytes && kept_ != nullptr) {
    --kept_count_;
    return std::exchange(kept_, kept_->previous);
  }
  auto* chunk = static_cast<Chunk*>(allocate_arena_memory(size));
  if (chunk) chunk->size = size;
  return chunk;
}

void* Arena::allocate_slow(std::size_t bytes) {
  const std::size_t size = bytes + sizeof(Chunk) > kChunkBytes ? bytes + sizeof(Chunk) : kChunkBytes;
  Chunk* chunk = exhausted_ ? nullptr : new_chunk(size);
  if (chunk) {
    chunk->previous = chunk_;
    chunk_ = chunk;
    next_ = reinterpret_cast<char*>(chunk + 1);
    end_ = end_of(chunk);
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
