#include "compiler/arena.h"

namespace perdure::compiler {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{32} << 10;

}  // namespace

Arena* Arena::current_ = nullptr;
// Most forms need one chunk or two: those stay for the next form, cleared, since that costs less than fresh memory.
Arena::Chunk* Arena::kept_ = nullptr;
std::uint32_t Arena::kept_count_ = 0;

Arena::~Arena() {
  constexpr std::uint32_t kMostKept = 2;
  current_ = outer_;
  char* used_end = next_;   // of the newest one
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
  Chunk* chunk = new_chunk(bytes + sizeof(Chunk) > kChunkBytes ? bytes + sizeof(Chunk) : kChunkBytes);
  if (chunk == nullptr) runtime::escape(runtime::Outcome::kNoMemory);
  chunk->previous = chunk_;
  chunk_ = chunk;
  next_ = reinterpret_cast<char*>(chunk + 1);
  end_ = end_of(chunk);
  void* p = next_;
  next_ += bytes;
  return p;
}

}  // namespace perdure::compiler
